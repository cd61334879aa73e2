#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/judge/statistics.h"

/// What intervals and tests together say of a ratio, and in which order contestants come.
namespace sockbench {

enum class Verdict : std::uint8_t { kFaster, kSlower, kTie, kInconclusive };

/// "faster", "slower", "tie", "inconclusive", as in run.json.
std::string_view verdict_name(Verdict verdict);

/// What a ratio head / base says; faster = better in the metric's good direction.
/// - tie: the interval lies within [1 / (1 + margin), 1 + margin]. This comes first: a difference,
///   however certain, that is certainly below the margin is none in practice.
/// - faster, slower: the interval excludes 1 and the Holm-adjusted p is below kSignificance.
/// - inconclusive: the rest, and whenever there is no interval or no p.
/// The interval alone gives the direction, so the point estimate is not asked for. margin 0.02 = 2
/// %.
Verdict judge(const std::optional<Interval>& ci95, double p_holm, double margin,
              bool lower_is_better);

struct RankInput {
  std::string name;
  /// log(this / reference), aligned: the same index is the same restart for every contestant, NaN
  /// where it failed. The reference itself has zeros.
  std::vector<double> per_restart_log;
};

struct Ranked {
  std::string name;
  std::optional<std::size_t> rank;  ///< from 1; none when nothing was measured
  double ratio = 0;                 ///< exp(mean effect) against the reference
};

/// Ranks with ties, best first (equal means by name, unmeasured ones last). An entry leaves the
/// group above it only when it is clearly beyond the margin from that group's best: the interval of
/// their paired difference lies wholly outside ± log(1 + margin) and its sign-flip p is below
/// kSignificance; else it shares the rank. Comparing with the group's best, not with the neighbour,
/// keeps a chain of small steps from tying first with last. Competition ranking: 1, 1, 3. Not
/// adjusted for the number of entries. With fewer than 6 restarts all share rank 1.
std::vector<Ranked> rank(const std::vector<RankInput>& entries, double margin, bool lower_is_better,
                         const EffectOptions& options = {});

}  // namespace sockbench
