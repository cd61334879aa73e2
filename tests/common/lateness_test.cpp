// When a generator was too late for the response times it recorded.

#include "common/lateness.h"

#include <gtest/gtest.h>

#include "common/clock.h"

namespace sockbench {
namespace {

constexpr std::int64_t kGivenUp = 500 * kNsPerMs;
constexpr std::int64_t kTolerated = 100 * kNsPerUs;

Histogram all_at(std::int64_t ns, int count = 1000) {
  Histogram histogram;
  for (int i = 0; i < count; ++i) histogram.record(ns);
  return histogram;
}

TEST(Lateness, IsAPartOfTheResponseTime) {
  const Histogram replies = all_at(10 * kNsPerMs);
  EXPECT_FALSE(generator_is_late(all_at(900 * kNsPerUs), 0, replies, 0, kGivenUp, kTolerated));
  EXPECT_TRUE(generator_is_late(all_at(1200 * kNsPerUs), 0, replies, 0, kGivenUp, kTolerated));
}

TEST(Lateness, IsToleratedWhereItIsShort) {
  const Histogram replies = all_at(200 * kNsPerUs);
  EXPECT_FALSE(generator_is_late(all_at(90 * kNsPerUs), 0, replies, 0, kGivenUp, kTolerated));
  EXPECT_TRUE(generator_is_late(all_at(90 * kNsPerUs), 0, replies, 0, kGivenUp, 0));
}

TEST(Lateness, IsCertainWhereRequestsWereNeverTakenUp) {
  EXPECT_TRUE(generator_is_late(all_at(1), 20, all_at(kNsPerMs), 0, kGivenUp, kTolerated));
  EXPECT_FALSE(generator_is_late(all_at(1), 5, all_at(kNsPerMs), 0, kGivenUp, kTolerated));
}

// Nine of ten requests were taken up too late to be answered at all: the p99 response time is not
// known, and that does not clear the generator.
TEST(Lateness, IsSeenWhereThe99thPercentileWasNotAnswered) {
  const Histogram replies = all_at(200 * kNsPerMs, 100);
  EXPECT_TRUE(generator_is_late(all_at(150 * kNsPerMs), 0, replies, 900, kGivenUp, kTolerated));
  EXPECT_FALSE(generator_is_late(all_at(10 * kNsPerMs), 0, replies, 900, kGivenUp, kTolerated))
      << "it is the server that did not answer";
}

TEST(Lateness, IsNotToldWithoutRequests) {
  EXPECT_FALSE(generator_is_late({}, 0, {}, 0, kGivenUp, kTolerated));
  EXPECT_FALSE(generator_is_late(all_at(kNsPerMs), 0, {}, 0, kGivenUp, kTolerated));
}

}  // namespace
}  // namespace sockbench
