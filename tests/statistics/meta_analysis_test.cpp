// Several runs as one result: known answers, limits, and what intervals and tests promise.

#include "bench/judge/meta_analysis.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "bench/judge/significance.h"
#include "common/random.h"

namespace sockbench {
namespace {

using Values = std::vector<double>;

struct RunsCase {
  std::vector<Values> runs;
  double effect, between_run_sd, i_squared, q, q_p_value, lo, hi, p_value;
};
struct TrialsCase {
  Values effects, standard_errors;
  double effect, between_run_sd, i_squared, q, lo, hi;
};

#include "tests/statistics/meta_fixtures.inc"

std::vector<RunEstimate> estimates_of(const std::vector<Values>& runs) {
  std::vector<RunEstimate> estimates;
  for (const Values& run : runs) estimates.push_back(run_estimate(run).value());
  return estimates;
}

void expect_near(double actual, double expected, double relative) {
  EXPECT_NEAR(actual, expected, relative * std::abs(expected));
}

TEST(MetaAnalysis, AgreesWithSciPyAndStatsmodels) {
  for (const RunsCase& test : kRuns) {
    const auto runs = estimates_of(test.runs);
    const PooledEffect pooled = pool_effects(runs);
    EXPECT_EQ(pooled.runs, test.runs.size());
    expect_near(pooled.effect, test.effect, 1e-9);
    expect_near(pooled.heterogeneity.between_run_sd, test.between_run_sd, 1e-6);
    expect_near(pooled.heterogeneity.i_squared, test.i_squared, 1e-9);
    expect_near(pooled.heterogeneity.q, test.q, 1e-9);
    expect_near(pooled.heterogeneity.q_p_value, test.q_p_value, 1e-6);
    ASSERT_TRUE(pooled.ci95);
    expect_near(pooled.ci95->lo, test.lo, 1e-7);
    expect_near(pooled.ci95->hi, test.hi, 1e-7);
    expect_near(pooled.p_value, test.p_value, 1e-6);
  }
}

// Thirteen trials of the BCG vaccine, which every text on meta-analysis works through.
TEST(MetaAnalysis, AgreesWithAPublishedExample) {
  ASSERT_EQ(kTrials.size(), 1U);
  const TrialsCase& test = kTrials.front();
  std::vector<RunEstimate> runs;
  for (std::size_t i = 0; i < test.effects.size(); ++i) {
    runs.push_back({test.effects[i], test.standard_errors[i], 1000});
  }
  const PooledEffect pooled = pool_effects(runs);
  EXPECT_NEAR(pooled.heterogeneity.q, 152.2330, 5e-5);
  EXPECT_NEAR(between_run_variance(runs), 0.3181, 5e-5);
  expect_near(pooled.effect, test.effect, 1e-9);
  expect_near(pooled.ci95->lo, test.lo, 1e-7);
  expect_near(pooled.ci95->hi, test.hi, 1e-7);
}

TEST(MetaAnalysis, ARunsEstimateIsTheMeanOfItsRestarts) {
  constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
  const auto run = run_estimate(Values{0.01, kMissing, 0.03});
  ASSERT_TRUE(run);
  EXPECT_DOUBLE_EQ(run->effect, 0.02);
  EXPECT_DOUBLE_EQ(run->standard_error, 0.01);
  EXPECT_EQ(run->restarts, 2U);
  EXPECT_FALSE(run_estimate(Values{}));
  EXPECT_FALSE(run_estimate(Values{0.01, kMissing})) << "one restart has no standard error";
  EXPECT_GT(run_estimate(Values{0.5, 0.5, 0.5})->standard_error, 0) << "weights stay finite";
}

TEST(MetaAnalysis, FewerThanTwoRunsHaveNoInterval) {
  const PooledEffect none = pool_effects({});
  EXPECT_EQ(none.runs, 0U);
  EXPECT_TRUE(std::isnan(none.effect));
  const std::vector<RunEstimate> single = {{0.02, 0.01, 8}};
  const PooledEffect one = pool_effects(single);
  EXPECT_EQ(one.effect, 0.02);
  EXPECT_FALSE(one.ci95);
  EXPECT_TRUE(std::isnan(one.p_value));
  EXPECT_TRUE(std::isnan(one.heterogeneity.q_p_value));
  EXPECT_TRUE(std::isinf(minimum_detectable_effect(one)));
}

TEST(MetaAnalysis, RunsThatAgreeByChanceDoNotNarrowTheInterval) {
  const std::vector<RunEstimate> runs(4, {0.02, 0.01, 12});
  const PooledEffect pooled = pool_effects(runs);
  EXPECT_EQ(pooled.heterogeneity.between_run_sd, 0);
  EXPECT_EQ(pooled.heterogeneity.q, 0);
  EXPECT_EQ(pooled.heterogeneity.i_squared, 0);
  EXPECT_DOUBLE_EQ(pooled.heterogeneity.q_p_value, 1);
  EXPECT_NEAR(pooled.ci95->hi - pooled.ci95->lo, 2 * 1.959964 * 0.005, 1e-8);
}

// What one run says twice is not certain: two runs that differ by 10 % give no narrow interval,
// however precise each of them is.
TEST(MetaAnalysis, RunsThatDisagreeWidenTheInterval) {
  const std::vector<RunEstimate> runs = {{0, 0.001, 12}, {0.1, 0.001, 12}, {0.05, 0.001, 12}};
  const PooledEffect pooled = pool_effects(runs);
  EXPECT_NEAR(pooled.heterogeneity.between_run_sd, 0.05, 1e-4);
  EXPECT_GT(pooled.heterogeneity.i_squared, 0.99);
  EXPECT_LT(pooled.heterogeneity.q_p_value, 1e-6);
  EXPECT_GT(pooled.ci95->hi - pooled.ci95->lo, 0.2);
  EXPECT_GT(pooled.p_value, 0.05);
}

double normal(Random& random) {  // Box and Muller
  const double radius = std::sqrt(-2 * std::log1p(-random.uniform()));
  return radius * std::cos(2 * std::numbers::pi * random.uniform());
}

/// Runs of 12 restarts whose standard errors are 0.5-1 % and have to be estimated.
std::vector<RunEstimate> simulated_runs(Random& random, std::size_t runs, double between_run_sd,
                                        double truth) {
  constexpr std::size_t kRestarts = 12;
  std::vector<RunEstimate> estimates;
  for (std::size_t i = 0; i < runs; ++i) {
    const double center = truth + between_run_sd * normal(random);
    const double sd = (0.005 + 0.005 * random.uniform()) * std::sqrt(kRestarts);
    Values restarts(kRestarts);
    for (double& restart : restarts) restart = center + sd * normal(random);
    estimates.push_back(run_estimate(restarts).value());
  }
  return estimates;
}

class PoolSimulation : public testing::TestWithParam<double> {};

TEST_P(PoolSimulation, IntervalsCover) {
  constexpr int kPools = 4000;
  constexpr double kTruth = 0.03;
  Random random(49);
  int covered = 0;
  for (int i = 0; i < kPools; ++i) {
    const PooledEffect pooled = pool_effects(simulated_runs(random, 6, GetParam(), kTruth));
    if (pooled.ci95->lo <= kTruth && kTruth <= pooled.ci95->hi) ++covered;
  }
  const double coverage = 100.0 * covered / kPools;
  RecordProperty("coverage_percent", std::to_string(coverage));
  EXPECT_GE(coverage, 93);
  EXPECT_LE(coverage, 97);
}

INSTANTIATE_TEST_SUITE_P(BetweenRunSd, PoolSimulation, testing::Values(0, 0.01, 0.03));

// Compared with chi-squared, Q would be below 0.001 in one of a hundred pools of equal runs.
TEST(SimulatedPools, EqualRunsAreSeldomCalledDifferentAndDifferentOnesAreFound) {
  constexpr int kPools = 4000;
  Random random(50);
  int false_alarms = 0;
  int strict_false_alarms = 0;
  int found = 0;
  for (int i = 0; i < kPools; ++i) {
    const double equal = pool_effects(simulated_runs(random, 6, 0, 0)).heterogeneity.q_p_value;
    if (equal < 0.05) ++false_alarms;
    if (equal < 0.001) ++strict_false_alarms;
    if (pool_effects(simulated_runs(random, 6, 0.03, 0)).heterogeneity.q_p_value < 0.001) ++found;
  }
  EXPECT_NEAR(static_cast<double>(false_alarms) / kPools, 0.05, 0.012);
  EXPECT_LE(strict_false_alarms, kPools * 3 / 1000);
  EXPECT_GE(found, kPools * 8 / 10);
}

TEST(SimulatedPools, MinimumDetectableEffectIsDetectedFourTimesInFive) {
  constexpr int kPools = 1500;
  constexpr double kEffect = 0.025;
  Random random(51);
  double named = 0;
  int detected = 0;
  for (int i = 0; i < kPools; ++i) {
    const PooledEffect pooled = pool_effects(simulated_runs(random, 6, 0.02, kEffect));
    named += std::log1p(minimum_detectable_effect(pooled)) / kPools;
    if (pooled.p_value < kSignificance) ++detected;
  }
  EXPECT_NEAR(named, 0.029, 0.005);
  EXPECT_GT(detected, kPools / 2) << "slightly below what is named on average";
  EXPECT_LT(detected, kPools * 8 / 10);
}

}  // namespace
}  // namespace sockbench
