// Which slices are measured again, and that doing so favours nobody.

#include "bench/run/disturbance.h"

#include <gtest/gtest.h>

#include <cmath>

#include "bench/judge/statistics.h"
#include "common/clock.h"
#include "common/random.h"

namespace sockbench {
namespace {

TEST(Disturbance, Table) {
  constexpr std::int64_t kSpan = 20 * kNsPerMs;
  struct Row {
    SliceDisturbance disturbance;
    bool disturbed;
  };
  const std::vector<Row> rows = {
      {{.span_ns = kSpan}, false},
      {{.span_ns = kSpan, .foreign_ns = 500 * kNsPerUs}, false},
      {{.span_ns = kSpan, .foreign_ns = 700 * kNsPerUs}, true},
      {{.span_ns = kNsPerMs, .foreign_ns = 200 * kNsPerUs}, false},  // what the kernel needs
      {{.span_ns = kSpan, .steal_ns = 10 * kNsPerMs}, true},
      {{.span_ns = 400 * kNsPerMs, .steal_ns = 10 * kNsPerMs}, false},
      {{.span_ns = 400 * kNsPerMs, .steal_ns = 30 * kNsPerMs}, true},
      {{.span_ns = kSpan, .delay_ns = 4 * kNsPerSecond}, true},
      {{.span_ns = 0}, false},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(is_disturbed(row.disturbance), row.disturbed) << row.disturbance.foreign_ns;
  }
}

/// A slice's cost with neighbours that come and go: each one present makes it dearer, and shows as
/// foreign time; now and then something makes it dearer that does not show.
struct Simulated {
  double cost;
  SliceDisturbance disturbance;
};

Simulated measure(Random& random, double true_cost) {
  Simulated slice{true_cost * std::exp(0.03 * (random.uniform() - 0.5)), {.span_ns = 20'000'000}};
  if (random.uniform() < 0.3) {
    const double share = 0.5 * random.uniform();
    slice.disturbance.foreign_ns = static_cast<std::int64_t>(share * 20e6);
    slice.cost *= 1 + share;
  }
  if (random.uniform() < 0.05) slice.cost *= 1.2;
  return slice;
}

double with_repeats(Random& random, double true_cost) {
  Simulated slice = measure(random, true_cost);
  for (int attempt = 0; attempt < 2 && is_disturbed(slice.disturbance); ++attempt) {
    slice = measure(random, true_cost);
  }
  return slice.cost;
}

TEST(Disturbance, RepeatingBringsTheRatioNoNearerToEitherSide) {
  Random random(1);
  constexpr int kRestarts = 4'000;
  for (const double ratio : {1.0, 1.05, 2.0}) {
    std::vector<double> logs;
    double base_sum = 0;
    for (int i = 0; i < kRestarts; ++i) {
      const double base = with_repeats(random, 1'000);
      base_sum += base;
      logs.push_back(std::log(with_repeats(random, 1'000 * ratio) / base));
    }
    EXPECT_NEAR(std::exp(mean(logs)) / ratio, 1, 0.005) << ratio;
    EXPECT_LT(base_sum / kRestarts, 1'030) << "most of what neighbours added is gone";
  }
}

TEST(Disturbance, OfTheSameServerTheIntervalExcludesOneAsOftenAsItShould) {
  Random random(2);
  int excluded = 0;
  constexpr int kComparisons = 1'000;
  for (int comparison = 0; comparison < kComparisons; ++comparison) {
    std::vector<double> logs;
    for (int restart = 0; restart < 11; ++restart) {
      std::vector<double> slices;
      for (int slice = 0; slice < 4; ++slice) {
        slices.push_back(std::log(with_repeats(random, 1'000) / with_repeats(random, 1'000)));
      }
      logs.push_back(median(slices));
    }
    const auto interval = bootstrap_interval(logs, {.resamples = 500, .seed = 1});
    if (interval && (interval->lo > 0 || interval->hi < 0)) ++excluded;
  }
  EXPECT_GE(excluded, kComparisons * 3 / 100);
  EXPECT_LE(excluded, kComparisons * 8 / 100);
}

TEST(DelayOfHarness, IsWhatNeitherTheLoadNorRestExplains) {
  constexpr std::int64_t kMs = kNsPerMs;
  struct Row {
    const char* what;
    SliceTimes times;
    std::int64_t delay;
  };
  const std::vector<Row> rows = {
      {"a closed loop ends with its last reply",
       {.span = 27 * kMs, .at_rest = 1 * kMs, .load = 25 * kMs, .planned = 22 * kMs},
       1 * kMs},
      {"a burst is answered early in its window",
       {.span = 510 * kMs, .at_rest = 5 * kMs, .load = 130 * kMs, .planned = 500 * kMs},
       5 * kMs},
      {"the harness was stopped for 4 s",
       {.span = 4'027 * kMs, .at_rest = 1 * kMs, .load = 25 * kMs, .planned = 22 * kMs},
       4'001 * kMs},
  };
  for (const Row& row : rows) EXPECT_EQ(delay_of_harness(row.times), row.delay) << row.what;
  EXPECT_FALSE(is_disturbed({.span_ns = 510 * kMs, .delay_ns = 5 * kMs}));
  EXPECT_TRUE(is_disturbed({.span_ns = 4'027 * kMs, .delay_ns = 4'001 * kMs}));
}

}  // namespace
}  // namespace sockbench
