// Capacity at a bound: the staircase against servers whose capacity is known, and what is concluded
// from its estimates.

#include "bench/judge/capacity.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <random>
#include <tuple>

#include "bench/report/reports.h"
#include "common/clock.h"
#include "common/error.h"
#include "tests/bench/schema_damage.h"

namespace sockbench {
namespace {

constexpr double kStep = 0.7;
constexpr double kMinRate = 10;

/// Where a staircase of `windows` ends up, for a server whose windows hold the bound with a
/// probability that falls from 1 to 0 around `capacity`, over `width` of its logarithm.
double found(double capacity, double width, int windows, double start, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> noise(0, width);
  Staircase stairs(start, kStep, kMinRate);
  for (int i = 0; i < windows && !stairs.ended(); ++i) {
    stairs.answer(std::log(stairs.rate()) < std::log(capacity) + noise(random));
  }
  return stairs.estimate();
}

TEST(Staircase, FindsAKnownCapacityFromFarBelowAndFarAbove) {
  for (const double start : {100.0, 2'000.0, 1'000'000.0}) {
    SCOPED_TRACE(start);
    EXPECT_NEAR(found(30'000, 0, 60, start, 1) / 30'000, 1, 0.02) << "without noise";
    double sum = 0;
    constexpr int kTrials = 200;
    for (unsigned seed = 0; seed < kTrials; ++seed) {
      sum += std::log(found(30'000, 0.05, 60, start, seed) / 30'000);
    }
    EXPECT_NEAR(std::exp(sum / kTrials), 1, 0.01) << "with noise of 5 %, on average";
  }
}

TEST(Staircase, RecoversFromPausesThatMadeItsStepsSmallTooEarly) {
  Staircase stairs(2'000, kStep, kMinRate);
  int windows = 0;
  for (; windows < 80 && !stairs.ended(); ++windows) {
    const bool pause = windows > 0 && windows < 12 && windows % 2 == 0;  // far below the capacity
    stairs.answer(!pause && stairs.rate() < 180'000);
  }
  EXPECT_TRUE(stairs.ended());
  EXPECT_NEAR(stairs.estimate() / 180'000, 1, 0.02) << "not the mean of the way up";
}

TEST(Staircase, RisesAndFallsByHalvedStepsAtReversals) {
  Staircase stairs(1'000, 0.4, kMinRate);
  EXPECT_NEAR(stairs.rate(), 1'000, 1e-6);
  stairs.answer(true);
  EXPECT_NEAR(std::log(stairs.rate() / 1'000), 0.4, 1e-9);
  stairs.answer(true);
  EXPECT_NEAR(std::log(stairs.rate() / 1'000), 0.8, 1e-9) << "the same direction, the same step";
  stairs.answer(false);
  EXPECT_NEAR(std::log(stairs.rate() / 1'000), 0.6, 1e-9);
  stairs.answer(true);
  EXPECT_NEAR(std::log(stairs.rate() / 1'000), 0.7, 1e-9);
}

TEST(Staircase, HasNoEstimateFromFewWindowsAndNoneOfAServerThatNeverHolds) {
  EXPECT_TRUE(std::isnan(found(30'000, 0, 6, 2'000, 1)));
  Staircase stairs(2'000, kStep, kMinRate);
  int windows = 0;
  for (; windows < 40 && !stairs.ended(); ++windows) stairs.answer(false);
  EXPECT_EQ(windows, 9) << "it ends there";
  EXPECT_DOUBLE_EQ(stairs.rate(), kMinRate);
  EXPECT_EQ(stairs.estimate(), 0);
}

TEST(CapacityBound, IsAPercentileAndADurationOrAMultiple) {
  const CapacityBound absolute = parse_bound("p99.9=200us");
  EXPECT_EQ(absolute.percentile, "p99.9");
  EXPECT_DOUBLE_EQ(absolute.ns, 200'000);
  EXPECT_FALSE(absolute.times_unloaded);
  const CapacityBound multiple = parse_bound("p50=2.5x");
  EXPECT_EQ(multiple.times_unloaded, 2.5);
  EXPECT_TRUE(std::isnan(multiple.ns)) << "until the unloaded reference is measured";
}

TEST(CapacityBound, RefusesEverythingElseAndNamesTheFlag) {
  for (const char* text :
       {"", "p99", "1ms", "p98=1ms", "p99=", "p99=x", "p99=1x", "p99=0.5x", "p99=-3x", "p99=3xx",
        "p99=nanx", "p99=infx", "p99=0ms", "99=1ms", "p99=1ms=2ms", "p99=100ms", "p50=51ms"}) {
    SCOPED_TRACE(text);
    try {
      parse_bound(text);
      FAIL() << "it is accepted";
    } catch (const UsageError& error) {
      EXPECT_NE(std::string(error.what()).find("--bound"), std::string::npos) << error.what();
    }
  }
}

TEST(CapacityWindow, HasSamplesBeyondThePercentile) {
  EXPECT_EQ(window_for(parse_bound("p99=1ms"), 10'000, false), 150 * kNsPerMs);
  EXPECT_EQ(window_for(parse_bound("p99.9=1ms"), 10'000, false), 1'500 * kNsPerMs);
  EXPECT_EQ(window_for(parse_bound("p50=100us"), 10'000, false), 100 * kNsPerMs) << "at least";
  EXPECT_EQ(window_for(parse_bound("p99.9=1ms"), 10, false), 10 * kNsPerSecond) << "at most";
  EXPECT_NEAR(min_rate_for(parse_bound("p99=1ms")), 150, 1e-6);
  EXPECT_NEAR(min_rate_for(parse_bound("p50=1ms")), 3, 1e-6);
}

/// The percentile of response times of a window in which a server, whose queue is empty at its
/// start, is offered `overload` times what it takes.
double percentile_under(double overload, std::int64_t window_ns, double rank) {
  return (overload - 1) * rank * static_cast<double>(window_ns);
}

TEST(CapacityWindow, AnOverloadOfOnePercentBreaksTheBound) {
  for (const char* text : {"p50=20ms", "p50=2ms", "p90=30ms", "p99=1ms", "p99=50ms", "p99.9=5ms"}) {
    SCOPED_TRACE(text);
    const CapacityBound bound = parse_bound(text);
    const double rank = std::stod(bound.percentile.substr(1)) / 100;
    EXPECT_GT(percentile_under(1.0101, window_for(bound, 1e6, false), rank), bound.ns);
    EXPECT_GT(percentile_under(1.11, window_for(bound, 1e6, true), rank), bound.ns) << "coarse";
  }
}

CapacityInput input(const std::string& name, const std::vector<double>& per_restart) {
  CapacityInput one;
  one.name = name;
  one.program = name.substr(0, name.find('#'));
  one.per_restart = per_restart;
  return one;
}

TEST(JudgeCapacities, PairsTheRestarts) {
  // The machine drifts by a factor of two, the ratio by half a percent.
  const std::vector<double> base = {10'000, 12'000, 15'000, 20'000, 11'000, 13'000, 16'000, 19'000};
  std::vector<double> same = base;
  std::vector<double> less = base;
  for (std::size_t i = 0; i < base.size(); ++i) {
    same[i] *= i % 2 == 0 ? 1.004 : 0.997;
    less[i] *= i % 2 == 0 ? 0.953 : 0.949;
  }
  const auto results =
      judge_capacities({input("a", base), input("a#2", same), input("a#3", less)}, 0.02);
  ASSERT_EQ(results.size(), 3U);
  EXPECT_FALSE(results[0].verdict) << "the reference";
  EXPECT_NEAR(results[0].capacity_rps, 14'103, 1) << "geometric mean";
  EXPECT_GT(results[0].ci95->hi / results[0].ci95->lo, 1.3) << "absolute: it drifts";
  EXPECT_NEAR(results[1].ratio, 1.0005, 1e-4);
  EXPECT_LT(results[1].ratio_ci95->hi - results[1].ratio_ci95->lo, 0.01) << "paired: it does not";
  EXPECT_EQ(results[1].verdict, Verdict::kTie);
  EXPECT_NEAR(results[2].ratio, 0.951, 1e-3);
  EXPECT_EQ(results[2].verdict, Verdict::kSlower) << "5 % less load is worse";
  const auto turned = judge_capacities({input("a", less), input("a#2", base)}, 0.02);
  EXPECT_EQ(turned[1].verdict, Verdict::kFaster);
}

TEST(JudgeCapacities, ACapacityThatIsALowerBoundDecidesOnlyForIt) {
  CapacityInput low = input("a", std::vector<double>(8, 10'000));
  CapacityInput high = input("b", std::vector<double>(8, 20'000));
  high.generator_late = true;
  EXPECT_EQ(judge_capacities({low, high}, 0.02)[1].verdict, Verdict::kFaster);
  EXPECT_EQ(judge_capacities({high, low}, 0.02)[1].verdict, Verdict::kSlower);
  high.per_restart = std::vector<double>(8, 5'000);
  EXPECT_FALSE(judge_capacities({low, high}, 0.02)[1].verdict);
  EXPECT_FALSE(judge_capacities({high, low}, 0.02)[1].verdict);
}

TEST(JudgeCapacities, AFailureOrTooFewWindowsHaveAReasonAndNoCapacity) {
  const std::vector<double> good(8, 10'000);
  CapacityInput crashed = input("b", good);
  crashed.failure = "It crashed.";
  CapacityInput late = input("c", good);
  late.generator_late = true;
  const auto results =
      judge_capacities({input("a", good), crashed, late, input("d", std::vector<double>(8, 0)),
                        input("e", std::vector<double>(8, kNaN))},
                       0.02);
  EXPECT_EQ(results[1].reason, "It crashed.");
  EXPECT_TRUE(std::isnan(results[1].capacity_rps));
  EXPECT_FALSE(results[1].verdict);
  EXPECT_EQ(results[2].limiter, Limiter::kGenerator);
  EXPECT_FALSE(results[2].verdict) << "it may take more than that";
  EXPECT_NE(results[2].reason.value_or("").find("the generator was the limit"), std::string::npos);
  EXPECT_EQ(results[3].reason, "the bound is broken at every rate that could be tried");
  EXPECT_EQ(results[4].reason, "too few windows for an estimate");
  EXPECT_EQ(results[0].limiter, Limiter::kServer);
}

CapacityDocument sample() {
  CapacityDocument document;
  document.sockbench = this_program();
  document.started_at = "2026-01-31T12:00:00Z";
  document.bound = parse_bound("p99=3x");
  document.bound.ns = 900'000;
  document.connections = 64;
  document.message_bytes = 64;
  document.restarts = 8;
  document.margin = 0.02;
  document.reference = "a";
  std::vector<double> less(8, 9'000);
  less[0] = kNaN;
  CapacityInput late = input("c", std::vector<double>(8, 10'000));
  late.generator_late = true;
  document.contestants =
      judge_capacities({input("a", std::vector<double>(8, 10'000)), input("b", less), late}, 0.02);
  document.environment = environment_of({{"kernel", "6.1"},
                                         {"cpu_model", "x"},
                                         {"cpus", 2},
                                         {"memory_bytes", 1},
                                         {"warnings", nlohmann::ordered_json::array()},
                                         {"steal_s", 0}});
  return document;
}

TEST(CapacityDocument, IsValidAndDamageIsNamed) {
  const nlohmann::json document = to_json(sample());
  EXPECT_EQ(test::violations_of(document, "capacity.schema.json"), "");
  EXPECT_TRUE(document["contestants"][1]["per_restart"][0].is_null());
  test::expect_named(document, "capacity.schema.json",
                     {{"/bound/percentile", "p98", "percentile"},
                      {"/bound/times_unloaded", 1, "times_unloaded"},
                      {"/contestants", nlohmann::json::array(), "contestants"},
                      {"/contestants/0/capacity_rps", -1, "capacity_rps"},
                      {"/contestants/0/speed", 1, "speed"},
                      {"/contestants/1/verdict", "better", "verdict"},
                      {"/contestants/2/limiter", "neither", "limiter"},
                      {"/seed", test::kRemoved, "seed"}});
}

TEST(CapacityText, SaysBoundCapacityRatioAndVerdict) {
  const std::string text = capacity_text(sample());
  for (const char* part : {"p99 <= 900 µs (3.0 times the unloaded p99 of a)",
                           "64 connections, 8 restarts", "reference", "takes less", "at least "}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in:\n" << text;
  }
}

}  // namespace
}  // namespace sockbench
