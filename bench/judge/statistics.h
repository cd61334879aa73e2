#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Every statistic of the project, as pure functions of arrays: the same input and seed give the
/// same output. Values that are not finite stand for "not measured" and are left out everywhere;
/// where nothing is left the result is NaN (or nullopt), never 0.
namespace sockbench {

// ---- Descriptions -------------------------------------------------------------------------------

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

struct Interval {
  double lo = 0;
  double hi = 0;
};

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

/// Student's t interval of the mean at `level` (0.99 = 99 %); nullopt with fewer than two finite
/// values. Narrower tails than a bootstrap of a few restarts can give; see restart_effect() for 95
/// %.
std::optional<Interval> t_interval(std::span<const double> values, double level);

// ---- Tests --------------------------------------------------------------------------------------

/// Two-sided sign-flip permutation test of "symmetric about 0" for paired effects (Good,
/// "Permutation, parametric and bootstrap tests of hypotheses", 2005): the share of the 2^n sign
/// patterns whose mean is at least as far from 0. Exact up to 20 values; beyond, `resamples` random
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

/// Relative effect (0.01 = 1 %) that as many restarts with this spread show with probability 0.8 in
/// a two-sided one-sample t-test at level `alpha`: exp(d · s) − 1, where n and d solve the power
/// equation of the noncentral t distribution with noncentrality d · sqrt(n) (Cohen, "Statistical
/// power analysis", 1988, chapter 2). `effects` are log ratios. Pass alpha / m for the worst case
/// under Holm. Infinite when the sign-flip test cannot reach `alpha` with so few restarts: then no
/// effect, however large, is found. Simulated power of the sign-flip test at this effect: 0.80 with
/// 10 or more restarts, 0.78 with 8, 0.62 with 6, where all six signs must agree.
double minimum_detectable_effect(std::span<const double> effects, double alpha = 0.05);

// ---- Verdicts -----------------------------------------------------------------------------------

enum class Verdict : std::uint8_t { kFaster, kSlower, kTie, kInconclusive };

/// "faster", "slower", "tie", "inconclusive", as in run.json.
std::string_view verdict_name(Verdict verdict);

/// Significance level of verdicts and ranks.
inline constexpr double kSignificance = 0.05;

/// What a ratio head / base says; faster = better in the metric's good direction.
/// - tie: the interval lies within [1 / (1 + margin), 1 + margin]. This comes first: a difference,
///   however certain, that is certainly below the margin is none in practice.
/// - faster, slower: the interval excludes 1 and the Holm-adjusted p is below kSignificance.
/// - inconclusive: the rest, and whenever there is no interval or no p.
/// The interval alone gives the direction, so the point estimate is not asked for. margin 0.02 = 2
/// %.
Verdict judge(const std::optional<Interval>& ci95, double p_holm, double margin,
              bool lower_is_better);

/// Restarts from which on every one of so many comparisons can be decided: the smallest n whose
/// exact sign-flip test can still reach 5 % after Holm's correction, 2^(1-n) < 0.05 / comparisons;
/// at least 8, below which an interval's own width is a matter of luck.
int fewest_restarts(std::size_t comparisons);

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
