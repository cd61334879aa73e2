#include "loadgen/pace/arrival.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace sockbench {
namespace {

std::vector<std::int64_t> first_arrivals(ArrivalSchedule schedule, std::size_t count) {
  std::vector<std::int64_t> times(count);
  for (std::int64_t& time : times) {
    time = schedule.next_ns();
    schedule.advance();
  }
  return times;
}

/// Kolmogorov's distance between `gaps` and the exponential distribution with that mean.
double distance_from_exponential(std::vector<double> gaps, double mean) {
  std::sort(gaps.begin(), gaps.end());
  const auto n = static_cast<double>(gaps.size());
  double distance = 0;
  for (std::size_t i = 0; i < gaps.size(); ++i) {
    const double expected = -std::expm1(-gaps[i] / mean);
    const auto below = static_cast<double>(i);
    distance = std::max({distance, expected - below / n, (below + 1) / n - expected});
  }
  return distance;
}

TEST(ArrivalSchedule, SameSeedSameTimes) {
  for (const Arrival arrival : {Arrival::kPoisson, Arrival::kUniform}) {
    const auto times = first_arrivals({arrival, 1000, 5, 42}, 1000);
    EXPECT_EQ(times, first_arrivals({arrival, 1000, 5, 42}, 1000));
    EXPECT_NE(times, first_arrivals({arrival, 1000, 5, 43}, 1000));
  }
}

TEST(ArrivalSchedule, StartsAfterItsStartAndNeverGoesBack) {
  constexpr std::int64_t kStart = 1'700'000'000'000'000'000;
  for (const Arrival arrival : {Arrival::kPoisson, Arrival::kUniform}) {
    const auto times = first_arrivals({arrival, 1e6, kStart, 1}, 10'000);
    EXPECT_GE(times.front(), kStart);
    EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
  }
}

TEST(ArrivalSchedule, TheStartOnlyShiftsTheTimes) {
  for (const Arrival arrival : {Arrival::kPoisson, Arrival::kUniform}) {
    const auto early = first_arrivals({arrival, 777, 0, 3}, 100);
    const auto late = first_arrivals({arrival, 777, 1'000'000'000'000, 3}, 100);
    for (std::size_t i = 0; i < early.size(); ++i) EXPECT_EQ(late[i] - early[i], 1'000'000'000'000);
  }
}

// 1.63 / sqrt(n) is exceeded once in a hundred seeds, 1.95 / sqrt(n) once in a thousand.
TEST(ArrivalSchedule, PoissonGapsAreExponential) {
  constexpr std::size_t kCount = 20'000;
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    std::int64_t before = 0;
    std::vector<double> gaps;
    for (const std::int64_t time : first_arrivals({Arrival::kPoisson, 1000, 0, seed}, kCount)) {
      gaps.push_back(static_cast<double>(time - before));
      before = time;
    }
    EXPECT_LT(distance_from_exponential(gaps, 1e6), 1.95 / std::sqrt(kCount)) << "seed " << seed;
  }
}

// Independent gaps: counts per bin of a tenth, one and ten mean gaps are Poisson, variance = mean.
TEST(ArrivalSchedule, PoissonCountsHaveTheDispersionOfPoisson) {
  for (const double bin_ns : {1e5, 1e6, 1e7}) {
    constexpr std::size_t kBins = 4000;
    std::vector<double> counts(kBins);
    ArrivalSchedule schedule(Arrival::kPoisson, 1000, 0, 11);
    for (; static_cast<double>(schedule.next_ns()) < bin_ns * kBins; schedule.advance()) {
      ++counts[static_cast<std::size_t>(static_cast<double>(schedule.next_ns()) / bin_ns)];
    }
    double sum = 0;
    double squares = 0;
    for (const double count : counts) {
      sum += count;
      squares += count * count;
    }
    const double mean = sum / kBins;
    const double variance = (squares - sum * mean) / (kBins - 1);
    EXPECT_GT(variance / mean, 0.9) << bin_ns;
    EXPECT_LT(variance / mean, 1.1) << bin_ns;
  }
}

// What a server sees of four generator threads: their Poisson streams together are one again.
TEST(ArrivalSchedule, ThreadsTogetherArePoisson) {
  constexpr double kRate = 40'000;
  constexpr int kThreads = 4;
  constexpr int kEach = 25'000;
  std::vector<std::int64_t> merged;
  for (std::uint64_t thread = 0; thread < kThreads; ++thread) {
    // The seeds that WorkerPool gives its workers.
    const auto times =
        first_arrivals({Arrival::kPoisson, kRate / kThreads, 0, 1'000'003 + 2 * thread}, kEach);
    merged.insert(merged.end(), times.begin(), times.end());
  }
  std::sort(merged.begin(), merged.end());
  merged.resize(merged.size() * 9 / 10);  // before the first of the streams ends
  std::vector<double> gaps;
  for (std::size_t i = 1; i < merged.size(); ++i) {
    gaps.push_back(static_cast<double>(merged[i] - merged[i - 1]));
  }
  EXPECT_LT(distance_from_exponential(gaps, 1e9 / kRate),
            1.95 / std::sqrt(static_cast<double>(gaps.size())));
}

TEST(ArrivalSchedule, UniformGapsAreEqual) {
  for (const double rate : {0.5, 3.0, 1000.0, 333'333.0, 1e6}) {
    const double gap = 1e9 / rate;
    const auto times = first_arrivals({Arrival::kUniform, rate, 0, 9}, 10'000);
    for (std::size_t i = 1; i < times.size(); ++i) {
      // Times are cut to whole nanoseconds.
      ASSERT_NEAR(static_cast<double>(times[i] - times[i - 1]), gap, 1.01) << rate;
    }
  }
}

// Generator threads and connections must not march in lock step.
TEST(ArrivalSchedule, UniformHasARandomPhase) {
  constexpr int kSeeds = 1000;
  std::vector<int> tenths(10);
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const ArrivalSchedule schedule(Arrival::kUniform, 1000, 0, seed);
    ASSERT_GE(schedule.next_ns(), 0);
    ASSERT_LT(schedule.next_ns(), 1'000'000);
    ++tenths[static_cast<std::size_t>(schedule.next_ns() / 100'000)];
  }
  for (const int count : tenths) EXPECT_NEAR(count, kSeeds / 10, 40);  // four standard deviations
}

TEST(ArrivalSchedule, KeepsTheRateInTheLongRun) {
  for (const double rate : {0.5, 7.0, 1000.0 / 3, 50'000.0, 999'999.5, 1e6}) {
    for (const Arrival arrival : {Arrival::kPoisson, Arrival::kUniform}) {
      // A Poisson process needs 1/0.001² arrivals for a relative standard deviation of 0.1 %.
      const int count = arrival == Arrival::kPoisson ? 16'000'000 / 4 : 1'000'000;
      ArrivalSchedule schedule(arrival, rate, 0, 5);
      const std::int64_t first = schedule.next_ns();
      for (int i = 0; i < count; ++i) schedule.advance();
      const double seconds = static_cast<double>(schedule.next_ns() - first) * 1e-9;
      EXPECT_NEAR(count / seconds / rate, 1, 0.001) << rate;
    }
  }
}

}  // namespace
}  // namespace sockbench
