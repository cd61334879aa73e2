#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

/// Tests of paired effects. As in statistics.h, values that are not finite are left out.
namespace sockbench {

/// Significance level of verdicts and ranks.
inline constexpr double kSignificance = 0.05;

/// Two-sided sign-flip permutation test of "symmetric about 0" for paired effects (Good,
/// "Permutation, parametric and bootstrap tests of hypotheses", 2005): the share of the 2^n sign
/// patterns whose mean is at least as far from 0. Exact up to 36 values; beyond, `resamples` random
/// patterns with (count + 1) / (resamples + 1), which keeps the test valid (Phipson and Smyth
/// 2010). 1 when empty.
double sign_flip_p(std::span<const double> effects, std::uint64_t seed = 1,
                   int resamples = 100'000);

/// The smallest p the exact test can give: 2^(1−n). Below 0.05 from 6 restarts on; after Holm over
/// m comparisons it must be below 0.05 / m (12 restarts: m up to 102).
double smallest_sign_flip_p(std::size_t restarts);

/// Holm's step-down adjusted p-values ("A simple sequentially rejective multiple test procedure",
/// 1979), in the order given, at most 1. NaN (a comparison that failed) stays NaN and does not
/// count.
std::vector<double> holm(std::span<const double> p_values);

inline constexpr double kPower = 0.8;  ///< of what "would have been seen"

/// The true mean, in standard deviations, that a two-sided one-sample t-test of `n` >= 2 values at
/// level `alpha` finds with probability kPower.
double detectable_deviations(std::size_t n, double alpha);

/// Relative effect (0.01 = 1 %) that as many restarts with this spread show with probability kPower
/// in a two-sided one-sample t-test at level `alpha`: exp(d · s) − 1, where n and d solve the power
/// equation of the noncentral t distribution with noncentrality d · sqrt(n) (Cohen, "Statistical
/// power analysis", 1988, chapter 2). Where `alpha` is near the smallest p of the sign-flip test,
/// d is at least what lets the signs agree as much as that test asks: where it may find k patterns
/// on either side, log2 (k + 1) - 1 of the signs may differ. Simulated power of the sign-flip test
/// at this effect: 0.77 to 0.84; 0.94 where k is 2, 0.7 with 7 restarts. `effects` are log ratios.
/// Pass
/// Family::level() for the worst case under Holm. Infinite when the sign-flip test cannot reach
/// `alpha` with so few restarts: then no effect, however large, is found.
double minimum_detectable_effect(std::span<const double> effects, double alpha = 0.05);

/// Comparisons that share the 5 % of Holm's correction: those of them that their restarts can
/// decide at all, so that none that never could takes away from the others.
struct Family {
  std::size_t size = 0;             ///< how many share
  std::size_t fewest_restarts = 0;  ///< of a member

  bool decides(std::size_t restarts) const { return size > 0 && restarts >= fewest_restarts; }
  /// The level at which a member is decided in the worst case of Holm's procedure. 0 when nothing
  /// can be decided.
  double level() const { return size == 0 ? 0 : kSignificance / static_cast<double>(size); }
};

/// The family of comparisons with these numbers of restarts: the largest set of those with most
/// restarts in which each can reach its worst-case level, 2^(1−n) < 0.05 / size. Those with fewest
/// restarts are dropped first, all of one number together. It depends on how many restarts there
/// are and on no figure, so that dropping does not favour any outcome.
Family family_of(std::vector<std::size_t> restarts);

/// holm() over the members; NaN for those that the family cannot decide.
std::vector<double> holm(std::span<const double> p_values, std::span<const std::size_t> restarts,
                         const Family& family);

/// Restarts from which on every one of so many comparisons can be decided: the smallest n whose
/// exact sign-flip test can still reach 5 % after Holm's correction, 2^(1-n) < 0.05 / comparisons;
/// at least 8, below which an interval's own width is a matter of luck.
int fewest_restarts(std::size_t comparisons);

}  // namespace sockbench
