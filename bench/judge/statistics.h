#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "common/interval.h"

/// Descriptions of arrays, and paired comparisons with their intervals; tests are in
/// significance.h, what both together say in verdict.h. All are pure functions: the same input and
/// seed give the same output. Values that are not finite stand for "not measured" and are left out
/// everywhere; where nothing is left the result is NaN (or nullopt), never 0.
namespace sockbench {

// ---- Descriptions -------------------------------------------------------------------------------

/// What is left of `values` without those that are not finite, in the order given.
std::vector<double> finite(std::span<const double> values);
double mean(std::span<const double> values);
/// Sample standard deviation (divisor n − 1); NaN for fewer than two values.
double standard_deviation(std::span<const double> values);
/// The middle value, or the mean of the middle two.
double median(std::span<const double> values);
/// The quantile at `probability` in [0, 1], linear between order statistics (Hyndman and Fan,
/// "Sample quantiles in statistical packages", 1996, type 7: what NumPy and R do unless told
/// otherwise).
double quantile(std::span<const double> values, double probability);
/// Standard deviation / mean; NaN when the mean is 0.
double coefficient_of_variation(std::span<const double> values);
/// Fairness of shares >= 0: (sum x)^2 / (n sum x^2), from 1/n (one has all) to 1 (all equal). Jain,
/// Chiu, Hawe, DEC-TR-301, 1984. NaN when all are 0.
double jain(std::span<const double> shares);

/// Slope of the least-squares line of `y` on `x`, which are equally long; pairs that are not finite
/// are left out. NaN for fewer than two different x.
double slope(std::span<const double> x, std::span<const double> y);

/// An absolute figure over restarts, in the unit of the values.
struct Summary {
  double median = 0;
  std::optional<Interval> ci95;     ///< of the median; see summarize()
  std::vector<double> per_restart;  ///< the finite values, in the order given
};

/// The median over restarts and its 95 % interval:
/// - 6 restarts or more: order statistics, interpolated to 95 % (Hettmansperger and Sheather,
///   "Confidence intervals based on interpolated order statistics", 1986); no assumption about the
///   distribution. Simulated coverage 94–95 %.
/// - 3 to 5: even the extremes cover the median only with 1 − 2^(1−n) = 75, 87.5 and 93.75 %, so
/// this
///   is Student's t around the mean, of the logarithms when all values are positive; right when
///   the restarts are roughly (log-)normal. It always contains the median.
/// - fewer: none.
Summary summarize(std::span<const double> per_restart);

/// The 95 % interval of sum(numerators) / sum(denominators), one pair for each slice: the ratio
/// estimator with its linearized variance (Cochran, "Sampling Techniques", 1977, section 6.3) and
/// Student's t. Slices that are long weigh more, as they do in the ratio. nullopt for fewer than 3
/// pairs, and where the denominators add up to 0.
std::optional<Interval> ratio_interval(std::span<const double> numerators,
                                       std::span<const double> denominators);

// ---- Paired comparison --------------------------------------------------------------------------

/// log(head / base) of one pair of slices; NaN when either is not finite and positive (a contestant
/// failed, a counter was absent).
double log_ratio(double base, double head);

struct EffectOptions {
  int resamples = 10'000;  ///< of the bootstrap; its own error is then below 2 % of the half-width
  std::uint64_t seed = 1;
};

/// head / base of one metric. Logarithms are natural.
struct Effect {
  double ratio = 0;              ///< exp(mean over restarts of the restart's median log ratio)
  std::optional<Interval> ci95;  ///< of the ratio; none with fewer than 3 restarts
  std::vector<double> per_restart_log;  ///< one for every restart given; NaN where nothing was left
  std::size_t restarts = 0;             ///< finite ones among them
  double p_value = 1;                   ///< sign_flip_p, not adjusted for other comparisons
  double restart_sd_log = 0;            ///< between restarts; NaN with fewer than two
  double between_run_sd = 0;  ///< of the log ratio, in ci95 and p_value: see across_runs()
  std::optional<Interval> restarts_ci95 = std::nullopt;  ///< as ci95, without it
};

/// The effect from one log ratio per restart, the unit of statistics.
///
/// The interval is a percentile bootstrap of the mean over restarts, whose distances from the mean
/// are multiplied by t(0.975, n−1) / z(0.975) · sqrt(n / (n−1)): the two small-sample corrections
/// of Hesterberg's "expanded percentile" interval ("What teachers should know about the bootstrap",
/// The American Statistician 69(4), 2015), applied to the width instead of to the level, because a
/// bootstrap of six values has no tail left at the level that would be needed.
///
/// Slices are not resampled: a restart's median already carries their noise into the spread between
/// restarts, and a two-level bootstrap would count it twice. Simulated coverage in percent of
/// nominal 95 % intervals (between restarts 0.5–1.2 %, slice noise 5–10 %, 3 % of slices off by 30
/// %, 3–40 slices a restart; 20,000 comparisons for each shape in the first row, 2,000 in the
/// others; tests/statistics/simulation_test.cpp repeats the first):
///
/// | restarts                       | 3      | 6      | 8      | 10     | 12     |
/// |--------------------------------|--------|--------|--------|--------|--------|
/// | **this**                       | 94–95  | 94–95  | 94–95  | 94–95  | 94–95  |
/// | percentile, restarts           | 72–75  | 84–86  | 88–89  | 88–91  | 90–92  |
/// | expanded percentile, restarts  | 73–76  | 91–94  | 93–95  | 93–95  | 93–95  |
/// | bootstrap-t, restarts          | none   | 94–95  | 94–95  | 93–96  | 93–96  |
/// | percentile, two levels         | 90–98  | 95–99  | 95–99  | 96–100 | 96–100 |
/// | expanded percentile, two levels| 98–100 | 99–100 | 99–100 | 98–100 | 99–100 |
///
/// Bootstrap-t is a quarter wider at six restarts. With strongly skewed restarts (exponential) this
/// interval covers 88–91 %, Student's t 88–90 %.
Effect restart_effect(std::span<const double> per_restart_log, const EffectOptions& options = {});

/// The same from slices: for every restart the log ratios of its slice pairs. A restart's effect is
/// the median of its finite ones.
Effect paired_effect(const std::vector<std::vector<double>>& log_ratios_by_restart,
                     const EffectOptions& options = {});

/// The resampled means behind that interval, already widened, in the order in which they were
/// drawn; for what is computed from several effects together. Give each effect a seed of its own.
/// Empty with fewer than 3 finite values.
std::vector<double> bootstrap_means(std::span<const double> effects,
                                    const EffectOptions& options = {});

/// The interval of restart_effect(), of the mean itself, not of its exponential; nullopt with fewer
/// than 3 finite values.
std::optional<Interval> bootstrap_interval(std::span<const double> effects,
                                           const EffectOptions& options = {});

/// Student's t interval of the mean at `level` (0.99 = 99 %); nullopt with fewer than two finite
/// values. Narrower tails than a bootstrap of a few restarts can give; see restart_effect() for 95
/// %.
std::optional<Interval> t_interval(std::span<const double> values, double level);

/// A ratio with its 95 % interval; all values positive.
struct RatioInterval {
  double ratio = 0;
  Interval ci95;
};

/// head / base of two figures that were measured independently of each other: the distances of the
/// limits from the figures, as logarithms, add in squares (Zou and Donner, "Construction of
/// confidence limits about effect measures", Statistics in Medicine 27, 2008). Wider than a paired
/// ratio, as it must be. Each figure must lie within its interval.
RatioInterval independent_ratio(const RatioInterval& head, const RatioInterval& base);

}  // namespace sockbench
