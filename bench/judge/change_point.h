#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "bench/judge/statistics.h"

/// When a figure changed in a chain of duels, each of which compared a build with the one before.
namespace sockbench {

/// What one duel of the chain found. Logarithms are natural.
struct DuelEffect {
  double log_ratio = 0;       ///< log(head / base), finite
  double standard_error = 0;  ///< of log_ratio; NaN when it is not known
};

/// The standard error of log(ratio) behind an interval of the ratio at `level` (0.99) from so many
/// restarts, by Student's t; NaN when the interval is none of positive numbers.
double standard_error_of(const Interval& ci, double level, std::size_t restarts);

struct ChangePointOptions {
  double significance = 0.01;  ///< probability of any change in a chain that has none
  int simulations = 2'000;     ///< the smallest p is 1 / (simulations + 1)
  std::uint64_t seed = 1;
};

/// Duels whose ratios multiply to more than noise does.
struct ChangePoint {
  std::size_t first = 0;  ///< index of its first duel
  std::size_t last = 0;   ///< and of its last one; the same: a step, else a creep
  double log_ratio = 0;   ///< of the product of its duels
  double standard_error = 0;
  double p_value = 1;
};

struct ChangePoints {
  std::vector<ChangePoint> changes;  ///< in the order of the chain; they do not overlap
  double noise = 0;       ///< standard error of a typical duel's log_ratio, as the chain shows it
  double detectable = 0;  ///< log ratio of a single step that would be found with probability 0.8
};

/// Fewer tell too little of their noise.
inline constexpr std::size_t kMinDuels = 8;
/// A creep through more duels is found by as many of them.
inline constexpr std::size_t kLongestCreep = 50;

/// The changes in a chain of duels, or nullopt when it has fewer than kMinDuels.
///
/// Absolute figures drift with the machine, so a level is only known as the product of the ratios
/// so far. The errors of its factors add up in it: it is a random walk even when nothing changes,
/// and methods that look for new means of a noisy level (E-divisive, Matteson and James 2014; the
/// usual CUSUM) would find them everywhere. Looked for is instead a run of duels, of any length up
/// to kLongestCreep, by which the product moves more than its own accumulated error allows:
/// |sum of log ratios| / sqrt(sum of squared standard errors). A single step is a run of one, a
/// slow creep a long one. The largest one is taken, then what is left and right of it is searched
/// (Jeng, Cai, Li: "Optimal sparse segment identification with application in copy number variation
/// analysis", Journal of the American Statistical Association 105, 2010).
///
/// The standard errors are believed up to a common factor >= 1: how much more the chain scatters
/// than they say once its few largest runs are set aside. Where none is known, that scatter alone
/// gives them. p is the share of simulated chains of such noise without a change, treated in the
/// same way, whose largest run is at least as large (Davison and Hinkley, "Bootstrap methods and
/// their application", 1997, chapter 4).
std::optional<ChangePoints> find_change_points(std::span<const DuelEffect> duels,
                                               const ChangePointOptions& options = {});

}  // namespace sockbench
