#include "loadgen/record/coarse_histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "common/random.h"

namespace sockbench {
namespace {

TEST(CoarseHistogram, PercentilesAreAtMostAnEighthTooHigh) {
  Random random(1);
  for (const double slowest_ns : {1e4, 1e6, 1e9, 6e10}) {
    CoarseHistogram histogram;
    std::vector<std::int64_t> sorted(20'000);
    for (std::int64_t& ns : sorted) {  // as many short times as long ones
      ns = static_cast<std::int64_t>(1000 * std::pow(slowest_ns / 1000, random.uniform()));
      histogram.record(ns);
    }
    std::sort(sorted.begin(), sorted.end());
    for (const double percent : {1.0, 50.0, 90.0, 99.0}) {
      const auto rank = static_cast<std::size_t>(std::ceil(percent / 100 * 20'000));
      const std::int64_t right = sorted[rank - 1];
      const std::int64_t said = histogram.percentile(percent, 100).value();
      EXPECT_GE(said, right) << percent;
      EXPECT_LE(said, right + right / 8 + 1000) << percent << ", in steps of a microsecond";
    }
  }
}

TEST(CoarseHistogram, NeedsSamplesBeyondThePercentile) {
  CoarseHistogram histogram;
  EXPECT_EQ(histogram.percentile(50, 100), std::nullopt);
  for (int i = 0; i < 9'999; ++i) histogram.record(5'000'000);
  EXPECT_EQ(histogram.percentile(99, 100), std::nullopt);
  histogram.record(5'000'000);
  EXPECT_TRUE(histogram.percentile(99, 100).has_value());
}

TEST(CoarseHistogram, KnowsWhetherATimeWasReached) {
  constexpr std::int64_t kStall = 100'000'000;
  CoarseHistogram histogram;
  EXPECT_FALSE(histogram.reached(kStall));
  histogram.record(kStall * 7 / 8 - 1'000);
  EXPECT_FALSE(histogram.reached(kStall)) << "an eighth below it at the latest";
  histogram.record(kStall);
  EXPECT_TRUE(histogram.reached(kStall));
  EXPECT_FALSE(histogram.reached(2 * kStall));
}

TEST(CoarseHistogram, TakesWhateverAClockSays) {
  CoarseHistogram histogram;
  for (const std::int64_t ns : {INT64_MIN, std::int64_t{-1}, std::int64_t{0}, INT64_MAX}) {
    histogram.record(ns);
  }
  EXPECT_LE(histogram.percentile(75, 0).value(), 1000);
  EXPECT_GE(histogram.percentile(100, 0).value(), 67'000'000'000);
}

}  // namespace
}  // namespace sockbench
