#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/histogram.h"

namespace sockbench {
namespace {

Histogram one_to(int count) {
  Histogram histogram;
  for (int value = 1; value <= count; ++value) histogram.record(value);
  return histogram;
}

TEST(TimeBlock, IsNullWithoutSamples) {
  EXPECT_TRUE(time_block(Histogram()).is_null());
  EXPECT_TRUE(time_block(Histogram(), 5).is_null());
}

TEST(TimeBlock, HasTheKeysOfTheContractInOrder) {
  std::vector<std::string> keys;
  const auto block = time_block(one_to(10));
  for (const auto& [key, value] : block.items()) keys.push_back(key);
  EXPECT_EQ(keys, (std::vector<std::string>{"count", "mean", "min", "max", "p50", "p90", "p99",
                                            "p99_9", "hdr"}));
}

TEST(TimeBlock, GivesExactFigures) {
  const auto block = time_block(one_to(1000));
  EXPECT_EQ(block["count"], 1000);
  EXPECT_DOUBLE_EQ(block["mean"], 500.5);
  EXPECT_EQ(block["min"], 1);
  EXPECT_EQ(block["max"], 1000);
  EXPECT_EQ(block["p50"], 500);
  EXPECT_EQ(block["p90"], 900);
  EXPECT_EQ(Histogram::decode(block["hdr"].get<std::string>()).count(), 1000U);
}

struct Enough {
  int samples;
  bool p90;
  bool p99;
  bool p99_9;
};

// A hundred samples must stand beyond a percentile; the median is always given.
constexpr Enough kEnough[] = {
    {1, false, false, false},    {999, false, false, false},  {1000, true, false, false},
    {9'999, true, false, false}, {10'000, true, true, false}, {99'999, true, true, false},
    {100'000, true, true, true},
};

TEST(TimeBlock, PercentilesNeedSamplesBeyondThem) {
  for (const auto& [samples, p90, p99, p99_9] : kEnough) {
    const auto block = time_block(one_to(samples));
    EXPECT_FALSE(block["p50"].is_null()) << samples;
    EXPECT_EQ(!block["p90"].is_null(), p90) << samples;
    EXPECT_EQ(!block["p99"].is_null(), p99) << samples;
    EXPECT_EQ(!block["p99_9"].is_null(), p99_9) << samples;
  }
}

TEST(TimeBlock, SamplesBeyondCountForTheRank) {
  // 950 came and 50 did not: enough for p90, whose rank is the 900th of all 1000.
  const auto some_lost = time_block(one_to(950), 50);
  EXPECT_EQ(some_lost["count"], 950);
  EXPECT_EQ(some_lost["p50"], 500);
  EXPECT_EQ(some_lost["p90"], 900);
  // 10,000 of which 200 did not come: the p99 is among those, so nobody knows it.
  const auto tail_lost = time_block(one_to(9'800), 200);
  EXPECT_EQ(tail_lost["p90"], 9'000 | 7) << "the highest value of the bucket that holds 9,000";
  EXPECT_TRUE(tail_lost["p99"].is_null());
  // Most did not come: not even the median is known.
  EXPECT_TRUE(time_block(one_to(100), 101)["p50"].is_null());
}

TEST(HistogramOfBlock, BringsTheExactFiguresBack) {
  Histogram histogram;
  for (int i = 0; i < 1000; ++i) histogram.record(1'000'003 + i * 777);
  const auto block = nlohmann::ordered_json::parse(time_block(histogram).dump());
  const Histogram back = histogram_of_block(block);
  EXPECT_EQ(back.count(), histogram.count());
  EXPECT_EQ(back.min(), histogram.min());
  EXPECT_EQ(back.max(), histogram.max());
  EXPECT_DOUBLE_EQ(back.mean(), histogram.mean());
  EXPECT_EQ(histogram_of_block(nullptr).count(), 0U);
}

}  // namespace
}  // namespace sockbench
