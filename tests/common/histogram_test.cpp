// The histogram against an independent oracle: the sorted samples themselves.

#include "common/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace sockbench {
namespace {

using Samples = std::vector<std::int64_t>;

Histogram histogram_of(const Samples& samples) {
  Histogram histogram;
  for (const std::int64_t sample : samples) histogram.record(sample);
  return histogram;
}

/// The smallest sample that at least `per_mille` thousandths of all samples do not exceed.
std::int64_t exact_percentile(const Samples& sorted, std::size_t per_mille) {
  const std::size_t rank = (per_mille * sorted.size() + 999) / 1000;
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

void expect_within_error_bound(Samples samples) {
  const Histogram histogram = histogram_of(samples);
  std::sort(samples.begin(), samples.end());
  EXPECT_EQ(histogram.count(), samples.size());
  EXPECT_EQ(histogram.min(), samples.front());
  EXPECT_EQ(histogram.max(), samples.back());
  for (const std::size_t per_mille : {1, 10, 100, 250, 500, 750, 900, 950, 990, 999, 1000}) {
    const std::int64_t exact = exact_percentile(samples, per_mille);
    const auto value = histogram.percentile(static_cast<double>(per_mille) / 10);
    ASSERT_TRUE(value.has_value());
    EXPECT_GE(*value, exact) << per_mille;  // the highest value equivalent to the exact one
    EXPECT_LE((*value - exact) * 1024, exact) << per_mille << ": " << *value << " for " << exact;
  }
}

TEST(Histogram, ErrorBoundOfRandomValuesOfEveryMagnitude) {
  std::mt19937_64 random(1);
  for (const std::size_t size : {1, 2, 3, 10, 999, 1000, 20'000}) {
    std::uniform_real_distribution<double> log2_value(0, 41.9);
    Samples samples(size);
    for (auto& sample : samples) {
      sample = static_cast<std::int64_t>(std::exp2(log2_value(random)));
    }
    expect_within_error_bound(samples);
  }
}

TEST(Histogram, ErrorBoundOfLatenciesWithATail) {
  std::mt19937_64 random(2);
  std::lognormal_distribution<double> latency(std::log(20'000), 1.5);
  Samples samples(50'000);
  for (auto& sample : samples) sample = static_cast<std::int64_t>(latency(random));
  expect_within_error_bound(samples);
}

TEST(Histogram, ErrorBoundAroundEveryPowerOfTwo) {
  Samples all;
  for (int bit = 0; bit < 42; ++bit) {
    for (std::int64_t offset = -2; offset <= 2; ++offset) {
      const std::int64_t value = (std::int64_t{1} << bit) + offset;
      if (value < 0) continue;
      expect_within_error_bound({value});
      expect_within_error_bound({0, value, Histogram::kMaxValue});
      all.push_back(value);
    }
  }
  all.push_back(Histogram::kMaxValue);
  expect_within_error_bound(all);
}

TEST(Histogram, SmallValuesAreExact) {
  Samples samples(2048);
  std::iota(samples.begin(), samples.end(), 0);
  const Histogram histogram = histogram_of(samples);
  for (std::int64_t value = 0; value < 2048; ++value) {
    EXPECT_EQ(histogram.count_above(value), static_cast<std::uint64_t>(2047 - value));
  }
}

TEST(Histogram, EmptyHasNoPercentiles) {
  const Histogram empty;
  EXPECT_EQ(empty.count(), 0U);
  EXPECT_EQ(empty.min(), 0);
  EXPECT_EQ(empty.max(), 0);
  EXPECT_EQ(empty.mean(), 0);
  EXPECT_EQ(empty.count_above(0), 0U);
  EXPECT_EQ(empty.percentile(50), std::nullopt);
  EXPECT_EQ(empty.percentile(100, 5), std::nullopt);
}

TEST(Histogram, MeanIsExact) {
  const Histogram histogram = histogram_of({1'000'001, 2'000'003, 3'000'005});
  EXPECT_DOUBLE_EQ(histogram.mean(), 2'000'003);
  EXPECT_DOUBLE_EQ(histogram.sum(), 6'000'009);
}

TEST(Histogram, RecordNIsRecordRepeated) {
  Histogram repeated;
  for (int i = 0; i < 1000; ++i) repeated.record(123'456);
  repeated.record(7);
  Histogram at_once;
  at_once.record_n(123'456, 1000);
  at_once.record_n(7, 1);
  EXPECT_EQ(at_once.encode(), repeated.encode());
  EXPECT_EQ(at_once.count(), repeated.count());
  EXPECT_DOUBLE_EQ(at_once.mean(), repeated.mean());
}

TEST(Histogram, RecordNOfNothingChangesNothing) {
  Histogram histogram;
  histogram.record_n(50, 0);
  EXPECT_EQ(histogram.max(), 0);
  histogram.record(100);
  histogram.record_n(5, 0);
  histogram.record_n(500, 0);
  EXPECT_EQ(histogram.count(), 1U);
  EXPECT_EQ(histogram.min(), 100);
  EXPECT_EQ(histogram.max(), 100);
}

TEST(Histogram, NegativeValuesCountAsZero) {
  const Histogram histogram = histogram_of({-1, std::numeric_limits<std::int64_t>::min(), 5});
  EXPECT_EQ(histogram.min(), 0);
  EXPECT_EQ(histogram.percentile(50), 0);
  EXPECT_EQ(histogram.clipped(), 0U);
}

TEST(Histogram, LargeValuesAreClippedAndCounted) {
  Histogram histogram = histogram_of({Histogram::kMaxValue});
  EXPECT_EQ(histogram.clipped(), 0U);
  histogram.record(Histogram::kMaxValue + 1);
  histogram.record_n(std::numeric_limits<std::int64_t>::max(), 3);
  EXPECT_EQ(histogram.clipped(), 4U);
  EXPECT_EQ(histogram.count(), 5U);
  EXPECT_EQ(histogram.max(), Histogram::kMaxValue);
  EXPECT_EQ(histogram.percentile(100), Histogram::kMaxValue);
}

TEST(Histogram, MergeOfUnequalPartsEqualsTheWhole) {
  std::mt19937_64 random(3);
  std::exponential_distribution<double> few(1e-6);
  std::exponential_distribution<double> many(1e-4);
  Samples small(10);
  Samples large(30'000);
  for (auto& sample : small) sample = static_cast<std::int64_t>(few(random));
  for (auto& sample : large) sample = static_cast<std::int64_t>(many(random));
  small.push_back(Histogram::kMaxValue + 5);

  Samples all = small;
  all.insert(all.end(), large.begin(), large.end());
  const Histogram whole = histogram_of(all);
  for (const auto& [first, second] : {std::pair(small, large), std::pair(large, small)}) {
    Histogram merged = histogram_of(first);
    merged.merge(histogram_of(second));
    EXPECT_EQ(merged.encode(), whole.encode());
    EXPECT_EQ(merged.count(), whole.count());
    EXPECT_EQ(merged.clipped(), 1U);
    EXPECT_EQ(merged.min(), whole.min());
    EXPECT_EQ(merged.max(), whole.max());
    EXPECT_NEAR(merged.mean(), whole.mean(), whole.mean() * 1e-12);
    EXPECT_EQ(merged.percentile(99.9), whole.percentile(99.9));
  }
}

TEST(Histogram, MergeWithAnEmptyOne) {
  Histogram histogram = histogram_of({10, 20});
  histogram.merge(Histogram());
  EXPECT_EQ(histogram.min(), 10);
  Histogram empty;
  empty.merge(histogram);
  EXPECT_EQ(empty.min(), 10);
  EXPECT_EQ(empty.max(), 20);
  EXPECT_EQ(empty.count(), 2U);
}

TEST(Histogram, ACopyHasNothingOfWhatWasThereBefore) {
  const Histogram narrow = histogram_of({1'000, 1'001, 90'000});
  Histogram copy = histogram_of({3, 500, 2'000'000, Histogram::kMaxValue + 1});
  copy = narrow;
  EXPECT_EQ(copy.encode(), narrow.encode());
  EXPECT_EQ(copy.clipped(), 0U);
  copy.record(3);
  copy.record(Histogram::kMaxValue);
  EXPECT_EQ(copy.encode(), histogram_of({3, 1'000, 1'001, 90'000, Histogram::kMaxValue}).encode());
  EXPECT_EQ(narrow.count(), 3U);
  copy = Histogram(copy);
  EXPECT_EQ(copy.count(), 5U);
}

TEST(Histogram, ResetForgetsEverything) {
  Histogram histogram = histogram_of({10, Histogram::kMaxValue + 1});
  histogram.reset();
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.clipped(), 0U);
  histogram.record(3);
  EXPECT_EQ(histogram.min(), 3);
  EXPECT_EQ(histogram.max(), 3);
}

// A sample that never came is later than every one that did.
TEST(Histogram, PercentilesWithSamplesBeyond) {
  Samples samples(90);
  std::iota(samples.begin(), samples.end(), 1);
  const Histogram histogram = histogram_of(samples);
  EXPECT_EQ(histogram.percentile(50), 45);
  EXPECT_EQ(histogram.percentile(50, 10), 50);
  EXPECT_EQ(histogram.percentile(90, 10), 90);
  EXPECT_EQ(histogram.percentile(90.1, 10), std::nullopt);
  EXPECT_EQ(histogram.percentile(100, 10), std::nullopt);
  EXPECT_EQ(histogram.percentile(100), 90);
  EXPECT_EQ(histogram.percentile(50, 91), std::nullopt);
}

TEST(Histogram, CountAbove) {
  const Histogram histogram = histogram_of({0, 1, 1000, 1'000'000, 1'000'000'000});
  EXPECT_EQ(histogram.count_above(-1), 5U);
  EXPECT_EQ(histogram.count_above(0), 4U);
  EXPECT_EQ(histogram.count_above(1), 3U);
  EXPECT_EQ(histogram.count_above(999), 3U);
  EXPECT_EQ(histogram.count_above(1000), 2U);
  EXPECT_EQ(histogram.count_above(999'000), 2U);
  EXPECT_EQ(histogram.count_above(1'001'000), 1U);
  EXPECT_EQ(histogram.count_above(Histogram::kMaxValue), 0U);
}

}  // namespace
}  // namespace sockbench
