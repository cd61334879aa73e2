#include "bench/judge/meta_analysis.h"

#include <algorithm>
#include <boost/math/distributions/fisher_f.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numeric>
#include <vector>

#include "bench/judge/significance.h"
#include "common/error.h"
#include "common/numbers.h"

namespace sockbench {
namespace {

constexpr double kPooledQuantile = 0.975;  // of two-sided 95 %
// Restarts that are equal to the last digit do not prove that there is no error. A millionth is far
// below what is measured, and keeps weights finite.
constexpr double kMinStandardError = 1e-6;

/// Estimates pooled with the weights 1 / (se^2 + tau^2).
struct WeightedMean {
  double mean = 0;
  double weight = 0;  ///< the sum of weights
  double q = 0;       ///< squared distances from the mean, weighted
};

double weight_of(const RunEstimate& run, double tau_squared) {
  return 1 / (run.standard_error * run.standard_error + tau_squared);
}

WeightedMean weighted_mean(std::span<const RunEstimate> runs, double tau_squared) {
  WeightedMean result;
  double sum = 0;
  for (const RunEstimate& run : runs) {
    const double weight = weight_of(run, tau_squared);
    result.weight += weight;
    sum += weight * run.effect;
  }
  result.mean = sum / result.weight;
  for (const RunEstimate& run : runs) {
    const double distance = run.effect - result.mean;
    result.q += weight_of(run, tau_squared) * distance * distance;
  }
  return result;
}

/// Welch 1951: the p-value of Q when the standard errors are estimates.
double welch_p(std::span<const RunEstimate> runs, const WeightedMean& fixed) {
  const auto k = static_cast<double>(runs.size());
  double uncertainty = 0;  // of the weights
  for (const RunEstimate& run : runs) {
    const double rest = 1 - weight_of(run, 0) / fixed.weight;
    uncertainty += rest * rest / static_cast<double>(run.restarts - 1);
  }
  const double f = fixed.q / (k - 1) / (1 + 2 * (k - 2) / (k * k - 1) * uncertainty);
  const boost::math::fisher_f distribution(k - 1, (k * k - 1) / (3 * uncertainty));
  return boost::math::cdf(boost::math::complement(distribution, f));
}

}  // namespace

std::optional<RunEstimate> run_estimate(std::span<const double> per_restart_log) {
  const std::vector<double> kept = finite(per_restart_log);
  if (kept.size() < 2) return std::nullopt;
  const double error = standard_deviation(kept) / std::sqrt(static_cast<double>(kept.size()));
  return RunEstimate{mean(kept), std::max(error, kMinStandardError), kept.size()};
}

double between_run_variance(std::span<const RunEstimate> runs) {
  SOCKBENCH_ASSERT(runs.size() >= 2);
  const auto expected = static_cast<double>(runs.size() - 1);
  if (weighted_mean(runs, 0).q <= expected) return 0;
  double lo = 0;
  double hi = kMinStandardError * kMinStandardError;
  while (weighted_mean(runs, hi).q > expected) hi *= 4;  // Q falls as tau^2 grows
  while (hi - lo > 1e-12 * hi) {
    const double middle = std::midpoint(lo, hi);
    if (middle <= lo || middle >= hi) break;
    (weighted_mean(runs, middle).q > expected ? lo : hi) = middle;
  }
  return std::midpoint(lo, hi);
}

PooledEffect pool_effects(std::span<const RunEstimate> runs) {
  for (const RunEstimate& run : runs) {
    SOCKBENCH_ASSERT(run.standard_error > 0 && run.restarts >= 2 && std::isfinite(run.effect));
  }
  PooledEffect pooled{.runs = runs.size(),
                      .effect = runs.empty() ? kNaN : runs.front().effect,
                      .standard_error = kNaN,
                      .ci95 = std::nullopt,
                      .p_value = kNaN,
                      .heterogeneity = {kNaN, kNaN, kNaN, kNaN}};
  if (runs.size() < 2) return pooled;
  const auto degrees = static_cast<double>(runs.size() - 1);
  const double tau_squared = between_run_variance(runs);
  const WeightedMean random = weighted_mean(runs, tau_squared);
  const WeightedMean fixed = weighted_mean(runs, 0);

  const boost::math::students_t student(degrees);
  const double t = boost::math::quantile(student, kPooledQuantile);
  const double z = boost::math::quantile(boost::math::normal(), kPooledQuantile);
  const double hartung_knapp = std::sqrt(random.q / degrees / random.weight);
  const double fixed_error = 1 / std::sqrt(fixed.weight);

  pooled.effect = random.mean;
  pooled.standard_error = std::max(hartung_knapp, z * fixed_error / t);
  const double half_width = t * pooled.standard_error;
  pooled.ci95 = Interval{random.mean - half_width, random.mean + half_width};
  pooled.p_value = 2 * boost::math::cdf(boost::math::complement(
                           student, std::abs(random.mean) / pooled.standard_error));
  pooled.heterogeneity = {.between_run_sd = std::sqrt(tau_squared),
                          .i_squared = fixed.q > degrees ? (fixed.q - degrees) / fixed.q : 0,
                          .q = fixed.q,
                          .q_p_value = welch_p(runs, fixed)};
  return pooled;
}

double minimum_detectable_effect(const PooledEffect& pooled, double alpha) {
  if (pooled.runs < 2) return kInfinity;
  const double spread = pooled.standard_error * std::sqrt(static_cast<double>(pooled.runs));
  return std::expm1(detectable_deviations(pooled.runs, alpha) * spread);
}

}  // namespace sockbench
