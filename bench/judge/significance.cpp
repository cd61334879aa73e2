#include "bench/judge/significance.h"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/non_central_t.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numeric>
#include <vector>

#include "bench/judge/statistics.h"
#include "common/error.h"
#include "common/numbers.h"
#include "common/random.h"

namespace sockbench {
namespace {

constexpr std::size_t kMaxExactSignFlips = 36;  // 5 ms
constexpr std::size_t kMinRestarts = 8;

/// The sums of `effects` under each of their 2^n sign patterns, in order.
std::vector<double> signed_sums(std::span<const double> effects) {
  std::vector<double> sums = {0};
  for (const double effect : effects) {
    std::vector<double> less = sums;
    std::vector<double> more = sums;
    for (double& sum : less) sum -= std::abs(effect);
    for (double& sum : more) sum += std::abs(effect);
    sums.resize(2 * more.size());
    std::merge(less.begin(), less.end(), more.begin(), more.end(), sums.begin());
  }
  return sums;
}

/// The share of the sign patterns whose sum is at least `threshold` from 0. The sums of either half
/// of the values are put in order, and each of one half goes with a stretch at either end of the
/// other: 2^(n/2) steps instead of 2^n (Horowitz and Sahni, "Computing partitions with applications
/// to the knapsack problem", 1974).
double exact_sign_flip_p(std::span<const double> effects, double threshold) {
  if (threshold <= 0) return 1;
  // A pattern and its opposite are equally far from 0, so the first sign need not be flipped.
  const auto rest = effects.subspan(1);
  const std::vector<double> some = signed_sums(rest.first(rest.size() / 2));
  const std::vector<double> others = signed_sums(rest.subspan(rest.size() / 2));
  auto low_end = others.end();     // those in front of it make a sum that is low enough
  auto high_begin = others.end();  // those from it on make a sum that is high enough
  double extreme = 0;
  for (const double part : some) {
    const double sum = effects.front() + part;
    while (low_end != others.begin() && sum + *(low_end - 1) > -threshold) --low_end;
    while (high_begin != others.begin() && sum + *(high_begin - 1) >= threshold) --high_begin;
    extreme += static_cast<double>((low_end - others.begin()) + (others.end() - high_begin));
  }
  return extreme * smallest_sign_flip_p(effects.size());
}

double monte_carlo_sign_flip_p(std::span<const double> effects, double threshold,
                               std::uint64_t seed, int resamples) {
  SOCKBENCH_ASSERT(resamples > 0);
  Random random(seed);
  int extreme = 0;
  for (int i = 0; i < resamples; ++i) {
    double sum = 0;
    std::uint64_t bits = 0;
    for (std::size_t j = 0; j < effects.size(); ++j, bits >>= 1U) {
      if (j % 64 == 0) bits = random.next();
      sum += (bits & 1U) != 0 ? effects[j] : -effects[j];
    }
    if (std::abs(sum) >= threshold) ++extreme;
  }
  return (extreme + 1.0) / (resamples + 1.0);
}

/// Power of the two-sided one-sample t-test when the true mean is `d` standard deviations.
double t_test_power(std::size_t n, double d, double alpha) {
  const auto size = static_cast<double>(n);
  const double critical = boost::math::quantile(boost::math::students_t(size - 1), 1 - alpha / 2);
  const boost::math::non_central_t shifted(size - 1, d * std::sqrt(size));
  return boost::math::cdf(boost::math::complement(shifted, critical)) +
         boost::math::cdf(shifted, -critical);
}

/// A lower bound of the probability that the signs of n normal values agree as much as the
/// sign-flip test needs for a p below `alpha`, when the true mean is `d` standard deviations. The
/// test allows k patterns on one side. Where j signs differ, changing any of these j gives a
/// pattern as far from 0 as the observed one, and mostly some others do: 2^(j+1) - 1 in all are
/// assumed.
double signs_agree(std::size_t n, double d, double alpha) {
  const double patterns = std::ceil(alpha / smallest_sign_flip_p(n)) - 1;  // p < alpha
  if (patterns < 1) return 0;
  const double differing =
      std::min(std::floor(std::log2(patterns + 1)) - 1, static_cast<double>(n));
  const boost::math::binomial signs(static_cast<double>(n),
                                    boost::math::cdf(boost::math::normal(), -d));
  return boost::math::cdf(signs, differing);
}

}  // namespace

double sign_flip_p(std::span<const double> effects, std::uint64_t seed, int resamples) {
  const std::vector<double> kept = finite(effects);
  if (kept.empty()) return 1;
  double sum = 0;
  double absolute_sum = 0;
  for (const double effect : kept) {
    sum += effect;
    absolute_sum += std::abs(effect);
  }
  // Sums that are equal on paper differ in their last bits; they must count as equal.
  const double threshold = std::abs(sum) - 1e-12 * absolute_sum;
  if (kept.size() > kMaxExactSignFlips) {
    return monte_carlo_sign_flip_p(kept, threshold, seed, resamples);
  }
  return exact_sign_flip_p(kept, threshold);
}

double smallest_sign_flip_p(std::size_t restarts) {
  return restarts == 0 ? 1 : std::exp2(1 - static_cast<double>(restarts));
}

int fewest_restarts(std::size_t comparisons) {
  std::size_t restarts = kMinRestarts;
  while (smallest_sign_flip_p(restarts) * static_cast<double>(comparisons) >= kSignificance) {
    ++restarts;
  }
  return static_cast<int>(restarts);
}

std::vector<double> holm(std::span<const double> p_values) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < p_values.size(); ++i) {
    if (!std::isnan(p_values[i])) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
  std::vector<double> adjusted(p_values.size(), kNaN);
  double largest = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto hypotheses_left = static_cast<double>(order.size() - i);
    largest = std::max(largest, std::min(1.0, hypotheses_left * p_values[order[i]]));
    adjusted[order[i]] = largest;
  }
  return adjusted;
}

Family family_of(std::vector<std::size_t> restarts) {
  std::sort(restarts.begin(), restarts.end());
  for (auto fewest = restarts.begin(); fewest != restarts.end();) {
    const auto size = static_cast<std::size_t>(restarts.end() - fewest);
    if (smallest_sign_flip_p(*fewest) * static_cast<double>(size) < kSignificance) {
      return {size, *fewest};
    }
    fewest = std::upper_bound(fewest, restarts.end(), *fewest);
  }
  return {};
}

std::vector<double> holm(std::span<const double> p_values, std::span<const std::size_t> restarts,
                         const Family& family) {
  SOCKBENCH_ASSERT(p_values.size() == restarts.size());
  std::vector<double> members(p_values.begin(), p_values.end());
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (!family.decides(restarts[i])) members[i] = kNaN;
  }
  return holm(members);
}

double detectable_deviations(std::size_t n, double alpha) {
  SOCKBENCH_ASSERT(n >= 2 && alpha > 0 && alpha < 1);
  return smallest_accepted([&](double d) { return t_test_power(n, d, alpha) >= kPower; });
}

double minimum_detectable_effect(std::span<const double> effects, double alpha) {
  SOCKBENCH_ASSERT(alpha > 0 && alpha < 1);
  const std::vector<double> kept = finite(effects);
  const std::size_t n = kept.size();
  if (n < 2 || smallest_sign_flip_p(n) >= alpha) return kInfinity;
  const double deviations = smallest_accepted([&](double d) {
    return t_test_power(n, d, alpha) >= kPower && signs_agree(n, d, alpha) >= kPower;
  });
  return std::expm1(deviations * standard_deviation(kept));
}

}  // namespace sockbench
