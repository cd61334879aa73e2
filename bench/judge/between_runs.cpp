#include "bench/judge/between_runs.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>

#include "bench/judge/significance.h"
#include "common/numbers.h"

namespace sockbench {
namespace {

constexpr double kOfDifferentPrograms = 0.008;
constexpr double kShareOfLog = 0.12;
constexpr double kLargestLog = 0.4;

/// The quantile of the standard normal distribution.
double normal_quantile(double probability) {
  return boost::math::quantile(boost::math::normal(), probability);
}

double standard_error(std::span<const double> effects) {
  const std::vector<double> kept = finite(effects);
  return standard_deviation(kept) / std::sqrt(static_cast<double>(kept.size()));
}

}  // namespace

double between_run_sd(double log_ratio, Programs programs) {
  const double of_log = kShareOfLog * std::min(std::abs(log_ratio), kLargestLog);
  return programs == Programs::kSame ? of_log : std::hypot(kOfDifferentPrograms, of_log);
}

bool varies_between_runs(const std::string& metric) {
  return metric.find("_ns") != std::string::npos || metric.starts_with("achieved_rps");
}

Interval across_runs(double log_ratio, const Interval& log_ci95, Programs programs) {
  const double between = normal_quantile(0.975) * between_run_sd(log_ratio, programs);
  return {log_ratio - std::hypot(log_ratio - log_ci95.lo, between),
          log_ratio + std::hypot(log_ci95.hi - log_ratio, between)};
}

Effect across_runs(Effect effect, Programs programs) {
  const double log_ratio = std::log(effect.ratio);
  if (!effect.ci95 || !std::isfinite(log_ratio)) return effect;
  const Interval logs =
      across_runs(log_ratio, {std::log(effect.ci95->lo), std::log(effect.ci95->hi)}, programs);
  effect.ci95 = Interval{std::exp(logs.lo), std::exp(logs.hi)};
  effect.between_run_sd = between_run_sd(log_ratio, programs);
  const double error = std::hypot(standard_error(effect.per_restart_log), effect.between_run_sd);
  if (!(error > 0)) return effect;
  const double tails = 2 * boost::math::cdf(boost::math::normal(), -std::abs(log_ratio) / error);
  effect.p_value = std::max(effect.p_value, tails);
  return effect;
}

std::vector<double> bootstrap_means_across_runs(const Effect& effect,
                                                const EffectOptions& options) {
  std::vector<double> means = bootstrap_means(effect.per_restart_log, options);
  const double error = standard_error(effect.per_restart_log);
  if (effect.between_run_sd == 0 || !(error > 0)) return means;
  const double center = std::log(effect.ratio);
  const double wider = std::hypot(error, effect.between_run_sd) / error;
  for (double& each : means) each = center + (each - center) * wider;
  return means;
}

double minimum_detectable_effect_across_runs(std::span<const double> effects, double alpha,
                                             Programs programs) {
  const double of_restarts = minimum_detectable_effect(effects, alpha);
  if (!std::isfinite(of_restarts)) return of_restarts;
  const double deviations = normal_quantile(1 - alpha / 2) + normal_quantile(kPower);
  const double error = standard_error(effects);
  const auto is_detected = [&](double log_ratio) {
    return log_ratio >= deviations * std::hypot(error, between_run_sd(log_ratio, programs));
  };
  return std::max(of_restarts, std::expm1(smallest_accepted(is_detected)));
}

}  // namespace sockbench
