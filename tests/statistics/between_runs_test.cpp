// What a single run adds to its intervals for what other runs will find.

#include "bench/judge/between_runs.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "bench/judge/significance.h"
#include "common/numbers.h"
#include "common/random.h"

namespace sockbench {
namespace {

using Values = std::vector<double>;
constexpr auto kTwo = Programs::kDifferent;

TEST(BetweenRuns, TheStandardDeviationGrowsWithTheRatioUpToALimit) {
  EXPECT_DOUBLE_EQ(between_run_sd(0, kTwo), 0.008);
  EXPECT_NEAR(between_run_sd(std::log(1.2), kTwo), 0.0233, 0.0001);
  EXPECT_DOUBLE_EQ(between_run_sd(0.3, kTwo), between_run_sd(-0.3, kTwo));
  EXPECT_NEAR(between_run_sd(0.4, kTwo), 0.0487, 0.0001);
  EXPECT_DOUBLE_EQ(between_run_sd(std::log(11.0), kTwo), between_run_sd(0.4, kTwo));
}

TEST(BetweenRuns, OneProgramAgainstItselfVariesOnlyAsItsRatioDoes) {
  EXPECT_EQ(between_run_sd(0, Programs::kSame), 0);
  EXPECT_DOUBLE_EQ(between_run_sd(0.1, Programs::kSame), 0.012);
  const Values one_and_a_half(12, 0.015);
  const Effect effect = across_runs(restart_effect(one_and_a_half), Programs::kSame);
  EXPECT_LT(effect.p_value, 0.001) << "a spin of 140 ns is found in one run";
  EXPECT_LT(minimum_detectable_effect_across_runs(one_and_a_half, 0.05, Programs::kSame), 1e-6);
}

TEST(BetweenRuns, TimesAndRatesVaryCountsAndBytesDoNot) {
  EXPECT_TRUE(varies_between_runs("server.cpu_ns_per_request"));
  EXPECT_TRUE(varies_between_runs("achieved_rps"));
  EXPECT_TRUE(varies_between_runs("response_time_ns.p99"));
  EXPECT_TRUE(varies_between_runs("burst_ns"));
  EXPECT_FALSE(varies_between_runs("server.memory_bytes_per_connection"));
  EXPECT_FALSE(varies_between_runs("server.syscalls_per_request.total"));
}

TEST(BetweenRuns, VariancesAddOnBothSidesOfTheRatio) {
  const double log_ratio = 0.3;
  const double between = 1.959964 * between_run_sd(log_ratio, kTwo);
  const Interval wide = across_runs(log_ratio, {0.28, 0.34}, kTwo);
  EXPECT_NEAR(log_ratio - wide.lo, std::hypot(0.02, between), 1e-6);
  EXPECT_NEAR(wide.hi - log_ratio, std::hypot(0.04, between), 1e-6);
}

TEST(BetweenRuns, APreciseRunOfASmallDifferenceIsNotSignificant) {
  const Values one_percent = {0.0101, 0.0099, 0.0100, 0.0102, 0.0098, 0.0100,
                              0.0101, 0.0099, 0.0100, 0.0102, 0.0098, 0.0100};
  const Effect alone = restart_effect(one_percent);
  ASSERT_LT(alone.p_value, 0.001);
  ASSERT_GT(alone.ci95->lo, 1.0);
  const Effect effect = across_runs(alone, kTwo);
  EXPECT_GT(effect.p_value, 0.05) << "another run may say 0.99";
  EXPECT_LT(effect.ci95->lo, 1.0);
  EXPECT_EQ(effect.ratio, alone.ratio);
  EXPECT_DOUBLE_EQ(effect.between_run_sd, between_run_sd(std::log(alone.ratio), kTwo));
}

TEST(BetweenRuns, ALargeDifferenceStaysSignificant) {
  const Values twice(12, std::log(2.0));
  const Effect effect = across_runs(restart_effect(twice), kTwo);
  EXPECT_DOUBLE_EQ(effect.p_value, smallest_sign_flip_p(12));
  EXPECT_NEAR(effect.ci95->lo, 2 * std::exp(-1.959964 * 0.04867), 0.001);
}

TEST(BetweenRuns, WithoutAnIntervalNothingIsAdded) {
  const Effect effect = across_runs(restart_effect(Values{0.1, 0.2}), kTwo);
  EXPECT_FALSE(effect.ci95);
  EXPECT_EQ(effect.between_run_sd, 0);
  EXPECT_EQ(effect.p_value, 0.5);
}

/// Of simulated pairs of runs, the share whose intervals are disjoint.
double disjoint_share(double log_ratio, double between_sd, bool widened) {
  Random random(7);
  const auto normal = [&] {  // Box and Muller
    const double radius = std::sqrt(-2 * std::log(1 - random.uniform()));
    return radius * std::cos(2 * M_PI * random.uniform());
  };
  const auto run = [&] {
    const double of_run = log_ratio + between_sd * normal();
    Values restarts;
    for (int i = 0; i < 12; ++i) restarts.push_back(of_run + 0.01 * normal());
    const Effect effect = restart_effect(restarts, {.resamples = 1'000, .seed = 1});
    return *(widened ? across_runs(effect, kTwo) : effect).ci95;
  };
  constexpr int kPairs = 1'000;
  int disjoint = 0;
  for (int i = 0; i < kPairs; ++i) {
    const Interval a = run();
    const Interval b = run();
    disjoint += a.hi < b.lo || b.hi < a.lo ? 1 : 0;
  }
  return static_cast<double>(disjoint) / kPairs;
}

TEST(BetweenRuns, IntervalsOfTwoRunsMeetWhenRunsDifferAsMeasured) {
  for (const double log_ratio : {0.0, 0.1, 0.4}) {
    const double sd = between_run_sd(log_ratio, kTwo);
    EXPECT_LE(disjoint_share(log_ratio, sd, true), 0.02) << log_ratio;
  }
  EXPECT_GE(disjoint_share(0.4, between_run_sd(0.4, kTwo), false), 0.3)
      << "the restarts alone know nothing of it";
}

TEST(BetweenRuns, DrawsAreWidenedAsTheIntervalIs) {
  const Values restarts = {0.29, 0.31, 0.30, 0.32, 0.28, 0.30, 0.31, 0.29};
  const Effect effect = across_runs(restart_effect(restarts), kTwo);
  const Values draws = bootstrap_means_across_runs(effect, {});
  EXPECT_NEAR(quantile(draws, 0.025), std::log(effect.ci95->lo), 0.02);
  EXPECT_NEAR(quantile(draws, 0.975), std::log(effect.ci95->hi), 0.02);
  EXPECT_EQ(bootstrap_means_across_runs(restart_effect(restarts), {}), bootstrap_means(restarts));
}

TEST(BetweenRuns, WhatOneRunCanDetectIsBoundedByTheVarianceBetweenRuns) {
  const Values precise(12, 0.0);
  EXPECT_NEAR(minimum_detectable_effect_across_runs(precise, 0.05, kTwo), 0.025, 0.003);
  Values noisy;
  for (int i = 0; i < 12; ++i) noisy.push_back(i % 2 == 0 ? 0.2 : -0.2);
  EXPECT_GE(minimum_detectable_effect_across_runs(noisy, 0.05, kTwo),
            minimum_detectable_effect(noisy, 0.05));
  EXPECT_EQ(minimum_detectable_effect_across_runs(Values{0.1, 0.1, 0.1}, 0.05, kTwo), kInfinity);
}

}  // namespace
}  // namespace sockbench
