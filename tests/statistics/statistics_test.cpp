#include "bench/judge/statistics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <vector>

#include "bench/judge/significance.h"
#include "common/random.h"

namespace sockbench {
namespace {

using Values = std::vector<double>;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct DescriptionCase {
  Values values;
  double median, quantile_2_5, quantile_90, standard_deviation, coefficient_of_variation;
};
struct SignFlipCase {
  Values effects;
  double p;
};
struct HolmCase {
  Values p, adjusted;
};
struct DetectableCase {
  Values effects;
  double alpha, effect;
};
struct IntervalCase {
  Values effects;
  double lo, hi;
};
struct SummaryCase {
  Values values;
  double median, lo, hi;
};

#include "tests/statistics/fixtures.inc"

/// Equal to 12 digits, or both NaN.
void expect_same(double actual, double expected) {
  if (std::isnan(expected)) {
    EXPECT_TRUE(std::isnan(actual)) << actual;
  } else {
    EXPECT_NEAR(actual, expected, 1e-12 * std::abs(expected));
  }
}

void expect_same(const std::optional<Interval>& actual, double lo, double hi, double relative) {
  ASSERT_TRUE(actual.has_value());
  EXPECT_NEAR(actual->lo, lo, relative * std::abs(lo));
  EXPECT_NEAR(actual->hi, hi, relative * std::abs(hi));
}

TEST(Descriptions, AgreeWithSciPy) {
  for (const auto& test : kDescriptions) {
    expect_same(median(test.values), test.median);
    expect_same(quantile(test.values, 0.025), test.quantile_2_5);
    expect_same(quantile(test.values, 0.9), test.quantile_90);
    expect_same(standard_deviation(test.values), test.standard_deviation);
    expect_same(coefficient_of_variation(test.values), test.coefficient_of_variation);
  }
}

TEST(Descriptions, OfNothingAreNotANumber) {
  for (const Values& nothing : {Values{}, Values{kNaN, kInfinity}}) {
    expect_same(mean(nothing), kNaN);
    expect_same(median(nothing), kNaN);
    expect_same(quantile(nothing, 0.5), kNaN);
    expect_same(standard_deviation(nothing), kNaN);
    expect_same(coefficient_of_variation(nothing), kNaN);
    expect_same(jain(nothing), kNaN);
  }
}

TEST(Descriptions, LeaveOutWhatWasNotMeasured) {
  const Values values{1, kNaN, 2, kInfinity, 6, -kInfinity};
  EXPECT_EQ(mean(values), 3);
  EXPECT_EQ(median(values), 2);
  expect_same(standard_deviation(values), std::sqrt(7.0));
}

TEST(Jain, RangesFromOneOverNToOne) {
  expect_same(jain(Values{5, 5, 5, 5}), 1);
  expect_same(jain(Values{8, 0, 0, 0}), 0.25);
  expect_same(jain(Values{1, 2, 3}), 36.0 / 42);  // 6^2 / (3 * 14)
  expect_same(jain(Values{0, 0}), kNaN);
}

TEST(Summarize, AgreesWithStudentUpToFiveRestarts) {
  for (const auto& test : kStudentMedians) {
    const Summary summary = summarize(test.values);
    expect_same(summary.median, test.median);
    expect_same(summary.ci95, test.lo, test.hi, 1e-9);
  }
}

TEST(Summarize, InterpolatesOrderStatisticsFromSixRestartsOn) {
  for (const auto& test : kOrderStatisticMedians) {
    const Summary summary = summarize(test.values);
    expect_same(summary.median, test.median);
    expect_same(summary.ci95, test.lo, test.hi, 1e-12);
    EXPECT_EQ(summary.per_restart, test.values);
  }
}

TEST(Summarize, KeepsOrderAndDropsFailedRestarts) {
  const Summary summary = summarize(Values{3, kNaN, 1, 2});
  EXPECT_EQ(summary.per_restart, (Values{3, 1, 2}));
  EXPECT_EQ(summary.median, 2);
  EXPECT_FALSE(summarize(Values{3, kNaN, 1}).ci95.has_value());
  expect_same(summarize(Values{}).median, kNaN);
}

TEST(Summarize, IntervalContainsTheMedian) {
  Random random(11);
  for (std::size_t n = 3; n <= 15; ++n) {
    for (int i = 0; i < 200; ++i) {
      Values values(n);
      for (double& value : values) value = std::exp(3 * random.exponential(1));
      const Summary summary = summarize(values);
      EXPECT_LE(summary.ci95->lo, summary.median);
      EXPECT_GE(summary.ci95->hi, summary.median);
    }
  }
}

TEST(SignFlip, AgreesWithSciPy) {
  for (const auto& test : kSignFlips) expect_same(sign_flip_p(test.effects), test.p);
}

TEST(SignFlip, EdgeCases) {
  EXPECT_EQ(sign_flip_p(Values{}), 1);
  EXPECT_EQ(sign_flip_p(Values{kNaN}), 1);
  EXPECT_EQ(sign_flip_p(Values{0.1}), 1);
  EXPECT_EQ(sign_flip_p(Values{0.1, kNaN, 0.1}), 0.5);
}

TEST(SignFlip, SmallestIsReachedWhenAllAgree) {
  EXPECT_EQ(smallest_sign_flip_p(0), 1);
  for (std::size_t n = 1; n <= 36; ++n) {
    EXPECT_EQ(sign_flip_p(Values(n, 0.1)), smallest_sign_flip_p(n)) << n;
  }
}

/// The definition: every pattern is summed.
double sign_flip_p_by_enumeration(const Values& effects) {
  const double total = std::abs(std::accumulate(effects.begin(), effects.end(), 0.0));
  const std::size_t patterns = std::size_t{1} << effects.size();
  std::size_t extreme = 0;
  for (std::size_t pattern = 0; pattern < patterns; ++pattern) {
    double sum = 0;
    for (std::size_t i = 0; i < effects.size(); ++i) {
      sum += (pattern >> i & 1U) != 0 ? effects[i] : -effects[i];
    }
    if (std::abs(sum) >= total - 1e-12) ++extreme;
  }
  return static_cast<double>(extreme) / static_cast<double>(patterns);
}

TEST(SignFlip, IsWhatEnumerationGives) {
  Random random(7);
  for (std::size_t n = 1; n <= 17; ++n) {
    for (const double shift : {0.0, 0.3, 1.0}) {
      Values effects(n);
      // Some values and sums are equal, some are zero.
      for (double& effect : effects) effect = shift + std::round(random.uniform() * 16) / 8 - 1;
      EXPECT_EQ(sign_flip_p(effects), sign_flip_p_by_enumeration(effects)) << n << ", " << shift;
    }
  }
}

TEST(SignFlip, ExactAndMonteCarloAgree) {
  Random random(8);
  Values effects(36);
  for (double& effect : effects) effect = 0.1 + random.uniform() - 0.5;
  const double exact = sign_flip_p(effects);
  effects.push_back(1e-9);  // one more than is enumerated
  EXPECT_NEAR(sign_flip_p(effects), exact, 0.01);
}

TEST(SignFlip, MonteCarloAgreesWithTheNormalLimit) {
  Values effects;
  for (int i = 0; i < 40; ++i) effects.push_back(i % 2 == 0 ? 0.013 : -0.007);
  // Under random signs the sum has variance sum x^2; the normal limit with continuity is good to
  // 0.01.
  double squares = 0;
  for (const double effect : effects) squares += effect * effect;
  const double z = (20 * 0.006) / std::sqrt(squares);
  EXPECT_NEAR(sign_flip_p(effects), std::erfc(z / std::sqrt(2)), 0.02);
  EXPECT_EQ(sign_flip_p(effects, 5), sign_flip_p(effects, 5));
}

TEST(SignFlip, MonteCarloNeverReturnsZero) {
  EXPECT_EQ(sign_flip_p(Values(40, 0.1), 1, 999), 1.0 / 1000);
}

TEST(Holm, AgreesWithStatsmodels) {
  for (const auto& test : kHolm) {
    const Values adjusted = holm(test.p);
    ASSERT_EQ(adjusted.size(), test.adjusted.size());
    for (std::size_t i = 0; i < adjusted.size(); ++i) expect_same(adjusted[i], test.adjusted[i]);
  }
}

// By hand: sorted .005 .01 .03 .04 times 4 3 2 1 = .02 .03 .06 .04, running maximum .02 .03 .06
// .06.
TEST(Holm, FailedComparisonsDoNotCount) {
  const Values adjusted = holm(Values{0.01, kNaN, 0.04, 0.03, kNaN, 0.005});
  const Values expected{0.03, kNaN, 0.06, 0.06, kNaN, 0.02};
  for (std::size_t i = 0; i < expected.size(); ++i) expect_same(adjusted[i], expected[i]);
  EXPECT_TRUE(holm(Values{}).empty());
}

TEST(MinimumDetectableEffect, AgreesWithStatsmodels) {
  int compared = 0;
  for (const auto& test : kDetectable) {
    const double effect = minimum_detectable_effect(test.effects, test.alpha);
    // Near the smallest p of the sign-flip test that asks for more than a t-test does.
    if (test.alpha >= 16 * smallest_sign_flip_p(test.effects.size())) {
      EXPECT_NEAR(effect, test.effect, 1e-5 * test.effect);
      ++compared;
    } else {
      EXPECT_GE(effect, (1 - 1e-5) * test.effect);
    }
  }
  EXPECT_GE(compared, 1);
}

TEST(MinimumDetectableEffect, InfiniteWhereTheTestCannotReachAlpha) {
  EXPECT_EQ(minimum_detectable_effect(Values{}), kInfinity);
  EXPECT_EQ(minimum_detectable_effect(Values{0.01, 0.0, 0.02, 0.01, 0.0}), kInfinity);
  EXPECT_LT(minimum_detectable_effect(Values{0.01, 0.0, 0.02, 0.01, 0.0, 0.01}), 0.05);
  EXPECT_EQ(minimum_detectable_effect(Values(8, 0.01), 0.05 / 10), kInfinity);
  EXPECT_EQ(minimum_detectable_effect(Values(8, 0.01)), 0);
}

TEST(LogRatio, NeedsTwoPositiveFigures) {
  expect_same(log_ratio(100, 110), std::log(1.1));
  for (const double bad : {0.0, -1.0, kNaN, kInfinity}) {
    expect_same(log_ratio(bad, 1), kNaN);
    expect_same(log_ratio(1, bad), kNaN);
  }
}

// The oracle enumerates all n^n resamples; ours draws some, so the ends agree to a few percent of
// the half-width.
TEST(RestartEffect, IntervalAgreesWithTheExactBootstrap) {
  for (const auto& test : kExactBootstraps) {
    const Effect effect = restart_effect(test.effects, {.resamples = 100'000, .seed = 3});
    ASSERT_TRUE(effect.ci95.has_value());
    const double tolerance = 0.02 * (test.hi - test.lo);
    EXPECT_NEAR(effect.ci95->lo, test.lo, tolerance);
    EXPECT_NEAR(effect.ci95->hi, test.hi, tolerance);
    expect_same(effect.ratio, std::exp(mean(test.effects)));
    expect_same(effect.restart_sd_log, standard_deviation(test.effects));
    EXPECT_EQ(effect.p_value, sign_flip_p(test.effects));
  }
}

TEST(BootstrapMeans, AreWhatTheIntervalIsMadeOf) {
  const std::vector<double> effects = {0.1, 0.3, -0.2, kNaN, 0.05, 0.15, 0.2};
  const std::vector<double> means = bootstrap_means(effects, {.resamples = 4'000, .seed = 5});
  ASSERT_EQ(means.size(), 4'000U);
  const Effect effect = restart_effect(effects, {.resamples = 4'000, .seed = 5});
  EXPECT_NEAR(std::log(effect.ci95->lo), quantile(means, 0.025), 1e-12);
  EXPECT_NEAR(std::log(effect.ci95->hi), quantile(means, 0.975), 1e-12);
  EXPECT_TRUE(bootstrap_means(std::vector<double>{0.1, 0.2, kNaN}).empty());
}

TEST(PairedEffect, TakesTheMedianOfEveryRestart) {
  const Effect effect = paired_effect({{0.1, 0.2, 9}, {0.3}, {0.0, 0.2}});
  ASSERT_EQ(effect.per_restart_log.size(), 3U);
  EXPECT_EQ(effect.per_restart_log, (Values{0.2, 0.3, 0.1}));
  expect_same(effect.ratio, std::exp(0.2));
  EXPECT_EQ(effect.restarts, 3U);
  EXPECT_TRUE(effect.ci95.has_value());
}

TEST(PairedEffect, DropsFailedSlicesAndRestartsButKeepsTheirPlace) {
  const Effect effect = paired_effect({{0.1, kNaN}, {}, {kNaN, kNaN}, {kInfinity, 0.3}});
  ASSERT_EQ(effect.per_restart_log.size(), 4U);
  EXPECT_EQ(effect.restarts, 2U);
  expect_same(effect.per_restart_log[0], 0.1);
  expect_same(effect.per_restart_log[1], kNaN);
  expect_same(effect.per_restart_log[2], kNaN);
  expect_same(effect.per_restart_log[3], 0.3);
  EXPECT_FALSE(effect.ci95.has_value());
  EXPECT_EQ(effect.p_value, 0.5);
}

TEST(PairedEffect, OfNothing) {
  const Effect effect = paired_effect({});
  expect_same(effect.ratio, kNaN);
  EXPECT_FALSE(effect.ci95.has_value());
  EXPECT_EQ(effect.p_value, 1);
  EXPECT_EQ(effect.restarts, 0U);
}

/// Slices of two contestants over `restarts`: the metric itself, in arbitrary units.
struct Slices {
  std::vector<Values> base, head;
};

Slices random_slices(Random& random, std::size_t restarts) {
  Slices slices;
  for (std::size_t r = 0; r < restarts; ++r) {
    Values& base = slices.base.emplace_back();
    Values& head = slices.head.emplace_back();
    for (int s = 0; s < 9; ++s) {
      base.push_back(1000 + random.exponential(100));
      head.push_back(1010 + random.exponential(100));
    }
  }
  return slices;
}

std::vector<Values> log_ratios(const Slices& slices, double base_scale, double head_scale) {
  std::vector<Values> logs;
  for (std::size_t r = 0; r < slices.base.size(); ++r) {
    Values& restart = logs.emplace_back();
    for (std::size_t s = 0; s < slices.base[r].size(); ++s) {
      restart.push_back(log_ratio(base_scale * slices.base[r][s], head_scale * slices.head[r][s]));
    }
  }
  return logs;
}

TEST(PairedEffectProperty, SwappingTheSidesInvertsTheRatio) {
  Random random(21);
  for (int i = 0; i < 50; ++i) {
    const Slices there = random_slices(random, 3 + static_cast<std::size_t>(random.below(10)));
    const Slices back{there.head, there.base};
    const Effect ab = paired_effect(log_ratios(there, 1, 1));
    const Effect ba = paired_effect(log_ratios(back, 1, 1));
    expect_same(ab.ratio, 1 / ba.ratio);
    expect_same(ab.ci95, 1 / ba.ci95->hi, 1 / ba.ci95->lo, 1e-12);
    EXPECT_EQ(ab.p_value, ba.p_value);
  }
}

TEST(PairedEffectProperty, UnitsDoNotMatter) {
  Random random(22);
  for (int i = 0; i < 50; ++i) {
    const Slices slices = random_slices(random, 8);
    const Effect plain = paired_effect(log_ratios(slices, 1, 1));
    const Effect scaled = paired_effect(log_ratios(slices, 1e-6, 1e-6));
    EXPECT_NEAR(plain.ratio, scaled.ratio, 1e-12);
    expect_same(scaled.ci95, plain.ci95->lo, plain.ci95->hi, 1e-12);
    EXPECT_EQ(plain.p_value, scaled.p_value);

    const Effect doubled = paired_effect(log_ratios(slices, 1, 2));
    EXPECT_NEAR(doubled.ratio, 2 * plain.ratio, 1e-12);
    expect_same(doubled.ci95, 2 * plain.ci95->lo, 2 * plain.ci95->hi, 1e-12);
  }
}

TEST(PairedEffectProperty, SameSeedSameInterval) {
  Random random(23);
  const std::vector<Values> logs = log_ratios(random_slices(random, 8), 1, 1);
  const Effect first = paired_effect(logs, {.resamples = 1000, .seed = 5});
  const Effect again = paired_effect(logs, {.resamples = 1000, .seed = 5});
  EXPECT_EQ(first.ci95->lo, again.ci95->lo);
  EXPECT_EQ(first.ci95->hi, again.ci95->hi);
}

// What EffectOptions says of its default number of resamples.
TEST(PairedEffectProperty, SeedMovesTheIntervalByLittle) {
  Random random(24);
  for (int i = 0; i < 20; ++i) {
    const std::vector<Values> logs = log_ratios(random_slices(random, 12), 1, 1);
    const Effect one = paired_effect(logs, {.seed = 1});
    const Effect two = paired_effect(logs, {.seed = 2});
    const double width = one.ci95->hi - one.ci95->lo;
    EXPECT_NEAR(one.ci95->lo, two.ci95->lo, 0.04 * width);
    EXPECT_NEAR(one.ci95->hi, two.ci95->hi, 0.04 * width);
  }
}

TEST(PairedEffectProperty, EqualRestartsHaveNoWidth) {
  const Effect effect = paired_effect(std::vector<Values>(6, Values{0.5}));
  expect_same(effect.ci95, std::exp(0.5), std::exp(0.5), 1e-12);
  EXPECT_EQ(effect.restart_sd_log, 0);
}

TEST(RatioInterval, IsStudentsWhereAllDenominatorsAreEqual) {
  const std::vector<double> numerators = {190, 200, 210};
  const std::vector<double> denominators = {100, 100, 100};
  const auto interval = ratio_interval(numerators, denominators);
  ASSERT_TRUE(interval);
  EXPECT_NEAR(interval->lo, 2 - 4.302653 * 0.1 / std::sqrt(3), 1e-6);
  EXPECT_NEAR(interval->hi, 2 + 4.302653 * 0.1 / std::sqrt(3), 1e-6);
}

TEST(RatioInterval, IsAroundTheRatioOfSums) {
  const auto exact =
      ratio_interval(std::vector<double>{2, 20, 200}, std::vector<double>{1, 10, 100});
  ASSERT_TRUE(exact);
  EXPECT_DOUBLE_EQ(exact->lo, 2) << "every pair has the same ratio";
  EXPECT_DOUBLE_EQ(exact->hi, 2);
  const auto uneven =
      ratio_interval(std::vector<double>{5, 20, 200}, std::vector<double>{1, 10, 100});
  ASSERT_TRUE(uneven);
  EXPECT_NEAR((uneven->lo + uneven->hi) / 2, 225.0 / 111, 1e-12) << "the short one weighs little";
  EXPECT_LT(uneven->hi, 2.25);
}

TEST(RatioInterval, NeedsThreePairsAndSomethingToDivideBy) {
  EXPECT_FALSE(ratio_interval(std::vector<double>{1, 2}, std::vector<double>{1, 1}));
  EXPECT_FALSE(ratio_interval(std::vector<double>{1, 2, 3}, std::vector<double>{0, 0, 0}));
  EXPECT_FALSE(ratio_interval({}, {}));
}

}  // namespace
}  // namespace sockbench
