// The knee: the highest offered rate at which a contestant still answers in time.

#include "bench/judge/knee.h"

#include <gtest/gtest.h>

#include <vector>

namespace sockbench {
namespace {

constexpr std::int64_t kBound = 1'000'000;

RatePoint good(double rate, std::int64_t p99_ns = 500'000) {
  return {.offered_rps = rate,
          .p99_ns = p99_ns,
          .schedule_adherence = 0.9999,
          .starved_connections = 0,
          .validity = Validity::kValid};
}

RatePoint with(RatePoint point, Validity validity) {
  point.validity = validity;
  return point;
}

RatePoint disturbed(double rate) {
  RatePoint point = good(rate);
  point.unusable = "the machine was disturbed in 3 of 8 slices";
  return point;
}

RatePoint starving(double rate) {
  RatePoint point = good(rate);
  point.starved_connections = 3;
  return point;
}

RatePoint late(double rate, double adherence) {
  RatePoint point = good(rate);
  point.schedule_adherence = adherence;
  return point;
}

RatePoint unknown(double rate) {
  RatePoint point = good(rate);
  point.p99_ns.reset();
  return point;
}

TEST(Knee, IsTheHighestRateThatIsAnsweredInTime) {
  struct Row {
    const char* what;
    std::vector<RatePoint> points;
    std::optional<double> knee;
    const char* reason;
  };
  const std::vector<Row> rows = {
      {"none", {}, std::nullopt, "no rate was offered"},
      {"all good", {good(2000), good(5000)}, 5000, "no higher rate was offered"},
      {"any order",
       {good(5000, 2'000'000), good(2000)},
       2000,
       "at 5000/s the p99 response time was 2.00 ms"},
      {"at the bound", {good(2000, kBound)}, 2000, "no higher rate was offered"},
      {"just above", {good(2000, kBound + 1)}, std::nullopt, "at 2000/s the p99 response time"},
      {"the next one tells",
       {good(1), good(2), good(3, 9'000'000), with(good(4), Validity::kFailed)},
       2,
       "at 3/s the p99 response time was 9.00 ms"},
      {"saturated", {good(1), with(good(2), Validity::kSaturated)}, 1, "at 2/s it was saturated"},
      {"failed", {with(good(1), Validity::kFailed)}, std::nullopt, "at 1/s the cell failed"},
      {"disturbed",
       {good(1), disturbed(2)},
       1,
       "at 2/s the figures do not count: the machine was disturbed in 3 of 8 slices"},
      {"starved", {good(1), starving(2)}, 1, "at 2/s 3 connections starved"},
      {"late",
       {good(1), late(2, 0.998)},
       1,
       "at 2/s only 99.80 % of the requests were taken up on schedule"},
      {"just on time", {late(2, 0.999)}, 2, "no higher rate was offered"},
      {"too few samples", {good(1), unknown(2)}, 1, "at 2/s there are too few samples for a p99"},
      {"a busy generator alone",
       {with(good(7), Validity::kGeneratorBound)},
       7,
       "no higher rate was offered"},
  };
  for (const Row& row : rows) {
    const Knee knee = find_knee(row.points, kBound);
    EXPECT_EQ(knee.offered_rps, row.knee) << row.what;
    EXPECT_EQ(knee.reason.rfind(row.reason, 0), 0U) << row.what << ": " << knee.reason;
  }
}

TEST(Knee, DependsOnTheBound) {
  const std::vector<RatePoint> points = {good(1, 10'000), good(2, 20'000), good(3, 30'000)};
  EXPECT_EQ(find_knee(points, 25'000).offered_rps, 2);
  EXPECT_EQ(find_knee(points, 5'000).offered_rps, std::nullopt);
}

}  // namespace
}  // namespace sockbench
