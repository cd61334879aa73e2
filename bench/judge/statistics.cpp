#include "bench/judge/statistics.h"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numeric>

#include "bench/judge/significance.h"
#include "common/error.h"
#include "common/numbers.h"
#include "common/random.h"

namespace sockbench {
namespace {

constexpr double kConfidence = 0.95;
constexpr double kUpperTail = 1 - (1 - kConfidence) / 2;
constexpr std::size_t kMinRestartsForInterval = 3;
constexpr std::size_t kMinRestartsForOrderStatistics = 6;  // 1 − 2^(1−n) >= 0.95

std::vector<double> sorted_finite(std::span<const double> values) {
  std::vector<double> kept = finite(values);
  std::sort(kept.begin(), kept.end());
  return kept;
}

double count_of(std::span<const double> values) { return static_cast<double>(values.size()); }

double plain_mean(std::span<const double> values) {
  if (values.empty()) return kNaN;
  return std::accumulate(values.begin(), values.end(), 0.0) / count_of(values);
}

double quantile_of_sorted(std::span<const double> sorted, double probability) {
  if (sorted.empty()) return kNaN;
  const double position = probability * (count_of(sorted) - 1);
  const auto below = static_cast<std::size_t>(position);
  if (below + 1 >= sorted.size()) return sorted.back();
  const double weight = position - static_cast<double>(below);
  return sorted[below] + weight * (sorted[below + 1] - sorted[below]);
}

double students_t_quantile(std::size_t n, double probability) {
  return boost::math::quantile(boost::math::students_t(static_cast<double>(n - 1)), probability);
}

/// Student's t interval of the mean, n >= 2.
Interval student_interval(std::span<const double> values) {
  const double half_width = students_t_quantile(values.size(), kUpperTail) *
                            standard_deviation(values) / std::sqrt(count_of(values));
  const double center = plain_mean(values);
  return {center - half_width, center + half_width};
}

/// For 3 to 5 values: see summarize().
Interval student_interval_of_figure(std::span<const double> values) {
  if (!std::all_of(values.begin(), values.end(), [](double value) { return value > 0; })) {
    return student_interval(values);
  }
  std::vector<double> logs;
  logs.reserve(values.size());
  for (const double value : values) logs.push_back(std::log(value));
  const auto [lo, hi] = student_interval(logs);
  return {std::exp(lo), std::exp(hi)};
}

/// Hettmansperger and Sheather 1986, equations 2.1 and 2.2. [x(d), x(n+1−d)] covers the median with
/// 1 − 2 P(Binomial(n, 1/2) < d); interpolates between the last d that covers enough and the next.
Interval order_statistic_interval(std::span<const double> sorted) {
  const std::size_t n = sorted.size();
  const boost::math::binomial signs(count_of(sorted), 0.5);
  const auto coverage = [&](std::size_t d) {
    return 1 - 2 * boost::math::cdf(signs, static_cast<double>(d - 1));
  };
  std::size_t d = 1;
  while (coverage(d + 1) >= kConfidence) ++d;
  const double share = (coverage(d) - kConfidence) / (coverage(d) - coverage(d + 1));
  const auto rank = static_cast<double>(d);
  const auto total = static_cast<double>(n);
  const double weight = (total - rank) * share / (rank + (total - 2 * rank) * share);
  return {std::lerp(sorted[d - 1], sorted[d], weight),
          std::lerp(sorted[n - d], sorted[n - d - 1], weight)};
}

}  // namespace

std::vector<double> finite(std::span<const double> values) {
  std::vector<double> kept;
  kept.reserve(values.size());
  std::copy_if(values.begin(), values.end(), std::back_inserter(kept),
               [](double value) { return std::isfinite(value); });
  return kept;
}

double mean(std::span<const double> values) { return plain_mean(finite(values)); }

std::optional<Interval> t_interval(std::span<const double> values, double level) {
  const std::vector<double> kept = finite(values);
  if (kept.size() < 2) return std::nullopt;
  const double half_width = students_t_quantile(kept.size(), (1 + level) / 2) *
                            standard_deviation(kept) / std::sqrt(count_of(kept));
  return Interval{plain_mean(kept) - half_width, plain_mean(kept) + half_width};
}

double standard_deviation(std::span<const double> values) {
  const std::vector<double> kept = finite(values);
  if (kept.size() < 2) return kNaN;
  const double center = plain_mean(kept);
  double squares = 0;
  for (const double value : kept) squares += (value - center) * (value - center);
  return std::sqrt(squares / (count_of(kept) - 1));
}

double median(std::span<const double> values) { return quantile(values, 0.5); }

double quantile(std::span<const double> values, double probability) {
  SOCKBENCH_ASSERT(probability >= 0 && probability <= 1);
  return quantile_of_sorted(sorted_finite(values), probability);
}

double coefficient_of_variation(std::span<const double> values) {
  const double center = mean(values);
  return center == 0 ? kNaN : standard_deviation(values) / center;
}

double jain(std::span<const double> shares) {
  const std::vector<double> kept = finite(shares);
  const double sum = std::accumulate(kept.begin(), kept.end(), 0.0);
  const double squares = std::inner_product(kept.begin(), kept.end(), kept.begin(), 0.0);
  return squares == 0 ? kNaN : sum * sum / (count_of(kept) * squares);
}

double slope(std::span<const double> x, std::span<const double> y) {
  SOCKBENCH_ASSERT(x.size() == y.size());
  std::vector<double> kept_x;
  std::vector<double> kept_y;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!std::isfinite(x[i]) || !std::isfinite(y[i])) continue;
    kept_x.push_back(x[i]);
    kept_y.push_back(y[i]);
  }
  const double center_x = plain_mean(kept_x);
  const double center_y = plain_mean(kept_y);
  double products = 0;
  double squares = 0;
  for (std::size_t i = 0; i < kept_x.size(); ++i) {
    products += (kept_x[i] - center_x) * (kept_y[i] - center_y);
    squares += (kept_x[i] - center_x) * (kept_x[i] - center_x);
  }
  return squares > 0 ? products / squares : kNaN;
}

Summary summarize(std::span<const double> per_restart) {
  const std::vector<double> sorted = sorted_finite(per_restart);
  Summary summary{.median = quantile_of_sorted(sorted, 0.5),
                  .ci95 = std::nullopt,
                  .per_restart = finite(per_restart)};
  if (sorted.size() >= kMinRestartsForOrderStatistics) {
    summary.ci95 = order_statistic_interval(sorted);
  } else if (sorted.size() >= kMinRestartsForInterval) {
    summary.ci95 = student_interval_of_figure(sorted);
  }
  return summary;
}

std::optional<Interval> ratio_interval(std::span<const double> numerators,
                                       std::span<const double> denominators) {
  SOCKBENCH_ASSERT(numerators.size() == denominators.size());
  const std::size_t n = numerators.size();
  const double all = plain_mean(denominators);
  if (n < kMinRestartsForInterval || !(all > 0)) return std::nullopt;
  const double ratio = plain_mean(numerators) / all;
  double squares = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double residual = numerators[i] - ratio * denominators[i];
    squares += residual * residual;
  }
  const auto count = static_cast<double>(n);
  const double error = std::sqrt(squares / (count - 1) / count) / all;
  const double half_width = students_t_quantile(n, kUpperTail) * error;
  return Interval{ratio - half_width, ratio + half_width};
}

std::vector<double> bootstrap_means(std::span<const double> effects, const EffectOptions& options) {
  const std::vector<double> kept = finite(effects);
  const std::size_t n = kept.size();
  if (n < kMinRestartsForInterval) return {};
  SOCKBENCH_ASSERT(options.resamples >= 40);  // else nothing lies beyond the 2.5 % quantiles
  Random random(options.seed);
  const double correction = students_t_quantile(n, kUpperTail) /
                            boost::math::quantile(boost::math::normal(), kUpperTail) *
                            std::sqrt(static_cast<double>(n) / static_cast<double>(n - 1));
  const double center = plain_mean(kept);
  std::vector<double> means(static_cast<std::size_t>(options.resamples));
  for (double& widened : means) {
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i) sum += kept[static_cast<std::size_t>(random.below(n))];
    widened = center + correction * (sum / static_cast<double>(n) - center);
  }
  return means;
}

std::optional<Interval> bootstrap_interval(std::span<const double> effects,
                                           const EffectOptions& options) {
  std::vector<double> means = bootstrap_means(effects, options);
  if (means.empty()) return std::nullopt;
  std::sort(means.begin(), means.end());
  return Interval{quantile_of_sorted(means, 1 - kUpperTail), quantile_of_sorted(means, kUpperTail)};
}

double log_ratio(double base, double head) {
  const bool usable = std::isfinite(base) && std::isfinite(head) && base > 0 && head > 0;
  return usable ? std::log(head) - std::log(base) : kNaN;
}

Effect restart_effect(std::span<const double> per_restart_log, const EffectOptions& options) {
  const std::vector<double> kept = finite(per_restart_log);
  Effect effect{.ratio = std::exp(plain_mean(kept)),
                .ci95 = bootstrap_interval(kept, options),
                .per_restart_log = {per_restart_log.begin(), per_restart_log.end()},
                .restarts = kept.size(),
                .p_value = sign_flip_p(kept, options.seed),
                .restart_sd_log = standard_deviation(kept)};
  if (effect.ci95) effect.ci95 = Interval{std::exp(effect.ci95->lo), std::exp(effect.ci95->hi)};
  effect.restarts_ci95 = effect.ci95;
  for (double& value : effect.per_restart_log) {
    if (!std::isfinite(value)) value = kNaN;
  }
  return effect;
}

Effect paired_effect(const std::vector<std::vector<double>>& log_ratios_by_restart,
                     const EffectOptions& options) {
  std::vector<double> medians;
  medians.reserve(log_ratios_by_restart.size());
  for (const auto& slices : log_ratios_by_restart) medians.push_back(median(slices));
  return restart_effect(medians, options);
}

RatioInterval independent_ratio(const RatioInterval& head, const RatioInterval& base) {
  const double centre = std::log(head.ratio) - std::log(base.ratio);
  const double below =
      std::hypot(std::log(head.ratio / head.ci95.lo), std::log(base.ci95.hi / base.ratio));
  const double above =
      std::hypot(std::log(head.ci95.hi / head.ratio), std::log(base.ratio / base.ci95.lo));
  return {std::exp(centre), {std::exp(centre - below), std::exp(centre + above)}};
}

}  // namespace sockbench
