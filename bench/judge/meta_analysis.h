#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "bench/judge/statistics.h"

/// One effect from several independent runs: random-effects meta-analysis. Two runs differ by more
/// than their restarts show (the hour, neighbours, where memory lies), so the interval has to hold
/// the variance between runs as well.
namespace sockbench {

/// What one run says of an effect: a log ratio, from its restarts.
struct RunEstimate {
  double effect = 0;          ///< the mean over restarts
  double standard_error = 0;  ///< of that mean, > 0
  std::size_t restarts = 0;   ///< at least 2
};

/// Of log ratios, one for each restart; values that are not finite are left out. nullopt with fewer
/// than two: there is no standard error then.
std::optional<RunEstimate> run_estimate(std::span<const double> per_restart_log);

/// How much the runs differ beyond what their restarts explain.
struct Heterogeneity {
  double between_run_sd = 0;  ///< tau, of the logarithm: 0.01 is about 1 %
  /// Share of the variance of the runs' estimates that lies between runs: max(0, (Q - (k - 1)) / Q)
  /// (Higgins and Thompson, "Quantifying heterogeneity in a meta-analysis", Statistics in Medicine
  /// 21, 2002).
  double i_squared = 0;
  /// Cochran's Q: the squared distances of the estimates from their weighted mean, in standard
  /// errors.
  double q = 0;
  /// Probability of such a Q when all runs have the same true effect. Standard errors from 6 to 14
  /// restarts are estimates themselves: compared with chi-squared, Q would be "significant at
  /// 0.001" in 1-4 % of equal runs (simulated, k = 6). So this is Welch's F, which is Q with the
  /// correction for that ("On the comparison of several mean values: an alternative approach",
  /// Biometrika 38, 1951); 0.0-0.2 % in the same simulation.
  double q_p_value = 1;
};

/// The effect of all runs together.
struct PooledEffect {
  std::size_t runs = 0;
  double effect = 0;             ///< weighted mean of log ratios; NaN without runs
  double standard_error = 0;     ///< of `effect`, with variance between runs; NaN below two runs
  std::optional<Interval> ci95;  ///< of `effect`; none below two runs
  double p_value = 0;            ///< two-sided, of "no effect"; NaN below two runs
  Heterogeneity heterogeneity;   ///< all NaN below two runs
};

/// The variance between runs, tau squared, by Paule and Mandel's rule: the value at which Q with
/// the weights 1 / (se^2 + tau^2) equals k - 1, or 0 ("Consensus values and weighting factors",
/// Journal of Research of the NBS 87, 1982; recommended by Veroniki et al., "Methods to estimate
/// the between-study variance and its uncertainty in meta-analysis", Research Synthesis Methods 7,
/// 2016). Needs two runs.
double between_run_variance(std::span<const RunEstimate> runs);

/// Pools by inverse variance. Interval and test use Student's t with k - 1 degrees of freedom and
/// the standard error of Hartung, Knapp, Sidik and Jonkman (Hartung and Knapp, "A refined method
/// for the meta-analysis of controlled clinical trials with binary outcome", Statistics in Medicine
/// 20, 2001), but never a narrower interval than that of a fixed effect, when runs agree by chance
/// (Wiksten, Ruecker and Schwarzer, "Hartung-Knapp method is not always conservative compared with
/// fixed-effect meta-analysis", Statistics in Medicine 35, 2016).
///
/// Simulated coverage in percent of nominal 95 % intervals, 6 runs, standard errors 0.5-1 %
/// estimated from so many restarts (tests/statistics/meta_analysis_test.cpp repeats the row of 12):
///
/// | restarts | no variance between runs | sd 1 % | sd 3 % |
/// |----------|--------------------------|--------|--------|
/// | 6        | 94                       | 94     | 95     |
/// | 12       | 96                       | 94     | 96     |
///
/// The usual guard, a factor max(1, q) on the t interval, covers 98-99 % of the first column: a
/// third wider than needed where runs do agree.
PooledEffect pool_effects(std::span<const RunEstimate> runs);

/// The smallest true effect (0.01 = 1 %) that would have been significant at `alpha` with
/// probability kPower, with as many runs and this standard error. Infinite below two runs.
double minimum_detectable_effect(const PooledEffect& pooled, double alpha = 0.05);

}  // namespace sockbench
