// What decides when requests start and how their spacing is judged.

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "common/random.h"
#include "loadgen/connection.h"
#include "loadgen/pace/arrival.h"
#include "loadgen/pace/bursts.h"
#include "loadgen/pace/dispersion.h"
#include "loadgen/pace/spin_budget.h"
#include "loadgen/pace/timers.h"
#include "loadgen/record/stamp_sampler.h"

namespace sockbench {
namespace {

constexpr std::int64_t kUs = kNsPerUs;

/// Share of sleeps that end later than the budget, after it has learnt from many like them.
template <typename Lateness>
double late_share(Lateness lateness, std::int64_t& budget_ns) {
  SpinBudget budget;
  Random random(1);
  for (int i = 0; i < 100'000; ++i) budget.woke_late(lateness(random));
  int late = 0;
  constexpr int kSleeps = 100'000;
  for (int i = 0; i < kSleeps; ++i) {
    const std::int64_t ns = lateness(random);
    if (ns > budget.ns()) ++late;
    budget.woke_late(ns);
  }
  budget_ns = budget.ns();
  return static_cast<double>(late) / kSleeps;
}

TEST(SpinBudget, LearnsTheNinetyNinthPercentileOfWakingLate) {
  std::int64_t budget = 0;
  const auto exponential = [](Random& random) {
    return static_cast<std::int64_t>(random.exponential(8.0 * kUs));
  };
  EXPECT_NEAR(late_share(exponential, budget), 0.01, 0.003);
  EXPECT_NEAR(static_cast<double>(budget), 8.0 * kUs * std::log(100), 12.0 * kUs);
}

TEST(SpinBudget, StaysWithinItsBounds) {
  SpinBudget budget;
  for (int i = 0; i < 10'000; ++i) budget.woke_late(0);
  EXPECT_EQ(budget.ns(), SpinBudget::kLeastNs);
  for (int i = 0; i < 10'000; ++i) budget.woke_late(kNsPerSecond);
  EXPECT_EQ(budget.ns(), SpinBudget::kMostNs);
}

Dispersion of_schedule(Arrival arrival, double rate, int burst, std::int64_t length_ns,
                       std::uint64_t seed) {
  Dispersion dispersion;
  dispersion.start(0);
  ArrivalSchedule schedule(arrival, rate, 0, seed, burst);
  for (; schedule.next_ns() < length_ns; schedule.advance()) dispersion.count(schedule.next_ns());
  dispersion.stop(length_ns);
  return dispersion;
}

TEST(Dispersion, TellsTheSchedulesApart) {
  constexpr std::int64_t kLength = 5 * kNsPerSecond;
  EXPECT_NEAR(*of_schedule(Arrival::kPoisson, 20'000, 1, kLength, 1).ratio(), 1, 0.1);
  EXPECT_LT(*of_schedule(Arrival::kUniform, 20'000, 1, kLength, 1).ratio(), 0.01);
  EXPECT_GT(*of_schedule(Arrival::kBurst, 20'000, 100, kLength, 1).ratio(), 50);
}

TEST(Dispersion, OfTwoMergedStreamsIsTheirSum) {
  constexpr std::int64_t kLength = 5 * kNsPerSecond;
  Dispersion poisson = of_schedule(Arrival::kPoisson, 10'000, 1, kLength, 1);
  poisson.merge(of_schedule(Arrival::kPoisson, 30'000, 1, kLength, 2));
  EXPECT_NEAR(*poisson.ratio(), 1, 0.1);
  // Half of the events without variance halve it.
  Dispersion mixed = of_schedule(Arrival::kPoisson, 10'000, 1, kLength, 1);
  mixed.merge(of_schedule(Arrival::kUniform, 10'000, 1, kLength, 2));
  EXPECT_NEAR(*mixed.ratio(), 0.5, 0.1);
}

TEST(Dispersion, OfNothing) {
  EXPECT_FALSE(Dispersion().ratio());
  EXPECT_FALSE(of_schedule(Arrival::kPoisson, 1000, 1, kNsPerMs / 2, 1).ratio());
}

TEST(Dispersion, EmptyBinsCount) {
  Dispersion dispersion;
  dispersion.start(0);
  for (int i = 0; i < 4; ++i) dispersion.count(10 * kNsPerMs + i);
  dispersion.stop(20 * kNsPerMs);
  // 20 bins, one of them with 4: mean 0.2, variance (16 - 20 * 0.04) / 19.
  EXPECT_NEAR(*dispersion.ratio(), (16 - 0.8) / 19 / 0.2, 1e-9);
}

TEST(BurstSchedule, StartsAllAtOnceAtEqualGaps) {
  ArrivalSchedule schedule(Arrival::kBurst, 1000, 5, 1, 50);  // 50 every 50 ms
  for (int burst = 1; burst <= 4; ++burst) {
    for (int i = 0; i < 50; ++i, schedule.advance()) {
      ASSERT_EQ(schedule.next_ns(), 5 + std::int64_t{burst} * 50 * kNsPerMs) << i;
    }
  }
}

TEST(Bursts, TimeTheFirstReplyAndTheLast) {
  Bursts bursts;
  const auto no_cpu = [] { return 0; };
  for (int i = 0; i < 3; ++i) bursts.begin(1000, 3, no_cpu);
  bursts.answered(1000, 1400, 1400, no_cpu);
  bursts.answered(1000, 1200, 1400, no_cpu);  // another one was stamped earlier
  EXPECT_EQ(bursts.times().last.count(), 0U) << "one is missing";
  bursts.begin(2000, 3, no_cpu);  // the next begins before the last has ended
  bursts.answered(1000, 1900, 1900, no_cpu);
  EXPECT_EQ(bursts.times().first.max(), 200);
  EXPECT_EQ(bursts.times().last.max(), 900);
  bursts.answered(7, 8, 8, no_cpu);  // not of any burst
  EXPECT_EQ(bursts.times().last.count(), 1U);
  EXPECT_EQ(bursts.times().incomplete, 0U);
  bursts.end();
  EXPECT_EQ(bursts.times().incomplete, 1U);
}

TEST(Bursts, MeasureTheGeneratorFromTheInstantUntilTheLastReplyIsRead) {
  Bursts bursts;
  std::int64_t cpu_ns = 70;
  const auto cpu = [&] { return cpu_ns; };
  bursts.begin(1000, 2, cpu);
  cpu_ns = 100;
  bursts.begin(1000, 2, cpu);  // its second arrival
  bursts.answered(1000, 1100, 1150, cpu);
  cpu_ns = 370;
  EXPECT_EQ(bursts.times().length_ns, 0) << "the last reply is missing";
  bursts.answered(1000, 1300, 1400, cpu);
  EXPECT_EQ(bursts.times().length_ns, 400);
  EXPECT_EQ(bursts.times().generator_cpu_ns, 300);
  bursts.begin(5000, 1, cpu);
  cpu_ns = 999;
  bursts.end();
  EXPECT_EQ(bursts.times().generator_cpu_ns, 300) << "one that never ended has no length";
}

TEST(BurstTimes, Merge) {
  BurstTimes a;
  a.first.record(1);
  a.incomplete = 2;
  BurstTimes b;
  b.first.record(3);
  b.last.record(9);
  b.incomplete = 3;
  a.length_ns = 10;
  a.generator_cpu_ns = 1;
  b.length_ns = 30;
  b.generator_cpu_ns = 5;
  a.merge(b);
  EXPECT_EQ(a.length_ns, 40);
  EXPECT_EQ(a.generator_cpu_ns, 6);
  EXPECT_EQ(a.first.count(), 2U);
  EXPECT_EQ(a.last.max(), 9);
  EXPECT_EQ(a.incomplete, 5U);
}

TEST(StampSampler, TakesOneInSoManyAndOneInSoLong) {
  StampSampler sampler;
  const auto taken = [&](int sends, std::int64_t gap_ns) {
    int count = 0;
    static std::int64_t now = kNsPerSecond;
    for (int i = 0; i < sends; ++i) count += sampler.due(now += gap_ns) ? 1 : 0;
    return count;
  };
  EXPECT_EQ(taken(6400, kNsPerMs), 100) << "of few sends one in 64";
  EXPECT_LE(taken(1'000'000, 1000), 1000) << "of many at most one a millisecond";
  EXPECT_GE(taken(1'000'000, 1000), 900);
}

TEST(Timers, ComeInOrder) {
  std::vector<Connection> connections(3);
  Timers timers;
  EXPECT_GT(timers.next_ns(), 1'000'000 * kNsPerSecond) << "nobody waits";
  timers.set(30, connections[0]);
  timers.set(10, connections[1]);
  timers.set(20, connections[2]);
  EXPECT_EQ(timers.next_ns(), 10);
  EXPECT_EQ(timers.take().second, &connections[1]);
  EXPECT_EQ(timers.take(), std::pair(std::int64_t{20}, &connections[2]));
  timers.clear();
  EXPECT_GT(timers.next_ns(), 1'000'000 * kNsPerSecond);
}

}  // namespace
}  // namespace sockbench
