// What the machine itself takes from a spinning thread: the figures by tables, the probe beside a
// process that competes for the CPU.

#include "bench/machine/jitter.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <nlohmann/json.hpp>
#include <system_error>

#include "bench/machine/cpus.h"
#include "common/error.h"
#include "common/histogram.h"
#include "common/process_limits.h"
#include "tests/bench/forked.h"

namespace sockbench {
namespace {

using Gaps = std::vector<std::int64_t>;

TEST(Jitter, DelayAtAPercentile) {
  struct Case {
    const char* what;
    Gaps gaps;
    double percent;
    std::int64_t expected;
  };
  // Of 1,000,000 ns: with d above the second longest gap one in a thousand moments waits for
  // longer than (longest) - 1,000.
  const std::vector<Case> cases = {
      {"no gap", {}, 99.9, 0},
      {"one that is lost among the rest", {900}, 99.9, 0},
      {"one that just is not", {1'001}, 99.9, 1},
      {"one long gap", {50'000}, 99.9, 49'000},
      {"the same at p99", {50'000}, 99, 40'000},
      {"the same at p90", {50'000}, 90, 0},
      {"two of a length", {50'000, 50'000}, 99, 45'000},
      {"the shorter one does not reach that far", {50'000, 20'000}, 99, 40'000},
      {"both do", {50'000, 20'000}, 95, 10'000},
      {"in any order", {20'000, 50'000}, 95, 10'000},
      {"many short ones", Gaps(100, 2'000), 99.9, 1'990},
      {"many short ones at p90", Gaps(100, 2'000), 90, 1'000},
      {"half of the time is lost at once", {500'000}, 50, 0},
      {"three quarters", {750'000}, 50, 250'000},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(delay_at(each.percent, each.gaps, 1'000'000), each.expected) << each.what;
  }
}

/// Counts, moment by moment, what delay_at() computes.
TEST(Jitter, DelayAtAgreesWithCounting) {
  const Gaps gaps = {700, 40, 40, 250, 3, 90};
  constexpr std::int64_t kWatched = 4'000;
  Histogram delays;  // of every moment: what is left of the gap that it falls into
  std::int64_t in_gaps = 0;
  for (const std::int64_t gap : gaps) {
    for (std::int64_t left = 1; left <= gap; ++left) delays.record(left);
    in_gaps += gap;
  }
  delays.record_n(0, static_cast<std::uint64_t>(kWatched - in_gaps));
  for (const double percent : {50.0, 75.0, 80.0, 90.0, 95.0, 99.0}) {
    EXPECT_NEAR(static_cast<double>(delay_at(percent, gaps, kWatched)),
                static_cast<double>(delays.percentile(percent).value_or(-1)), 1)
        << percent;
  }
}

TEST(Jitter, FloorsRiseWithThePercentile) {
  const Floor floor = floor_of({0, 1'000'000, {600'000, 5'000, 3'000}});
  EXPECT_EQ(floor.p50, 100'000);
  EXPECT_EQ(floor.p90, 500'000);
  EXPECT_EQ(floor.p99, 590'000);
  EXPECT_EQ(floor.p99_9, 599'000);
}

TEST(Jitter, AsJson) {
  const auto json = to_json(CpuJitter{3, 200 * kNsPerMs, {4'000'000, 2'000'000, 2'000'000}});
  EXPECT_EQ(json["cpu"], 3);
  EXPECT_EQ(json["watched_ns"], 200'000'000);
  EXPECT_DOUBLE_EQ(json["interruptions_per_second"], 15);
  EXPECT_DOUBLE_EQ(json["lost_share"], 0.04);
  EXPECT_EQ(json["interruption_ns"]["count"], 3);
  EXPECT_EQ(json["interruption_ns"]["max"], 4'000'000);
  EXPECT_EQ(json["interruption_ns"]["p99"], nullptr) << "three gaps tell nothing of their p99";
  EXPECT_EQ(histogram_of_block(json["interruption_ns"]).count(), 3U);
  EXPECT_EQ(json["floor_ns"]["p99"], 2'000'000);
  EXPECT_EQ(json["floor_ns"]["p50"], 0);
}

TEST(Jitter, NothingSeenIsNoInterruption) {
  const auto json = to_json(CpuJitter{0, 1'000, {}});
  EXPECT_EQ(json["interruption_ns"], nullptr);
  EXPECT_EQ(json["lost_share"], 0);
  EXPECT_EQ(json["floor_ns"]["p99_9"], 0);
  EXPECT_EQ(to_json(CpuJitter{})["interruptions_per_second"], 0) << "not even watched";
}

TEST(WatchJitter, SeesEachCpuForTheTimeAskedFor) {
  const std::vector<int> cpus = allowed_cpus();
  const auto jitters = watch_jitter(cpus, std::chrono::milliseconds(20));
  ASSERT_EQ(jitters.size(), cpus.size());
  for (std::size_t i = 0; i < cpus.size(); ++i) {
    EXPECT_EQ(jitters[i].cpu, cpus[i]);
    EXPECT_GE(jitters[i].watched_ns, 20 * kNsPerMs);
    for (const std::int64_t gap : jitters[i].gaps_ns) EXPECT_GT(gap, kShortestGapNs);
    EXPECT_LE(lost_share(jitters[i]), 1);
  }
  EXPECT_EQ(allowed_cpus(), cpus) << "the caller is not pinned";
}

TEST(WatchJitter, ACpuThatMayNotBeUsed) {
  EXPECT_THROW(watch_jitter({CPU_SETSIZE - 1}, std::chrono::milliseconds(1)), std::system_error);
}

/// A process of its own that never sleeps, on one CPU.
void compete(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(cpu), &set);
  check(::sched_setaffinity(0, sizeof set, &set), "sched_setaffinity");
}

// A share is no timing: with n equal competitors a spinning thread keeps 1/(n+1) of its CPU, on a
// fast machine and on a slow one, so with three it loses at least three quarters in the long run.
TEST(WatchJitter, CompetitorsOfTheSameCpuAreSeen) {
  const int cpu = allowed_cpus().front();
  const auto compete_for_it = [cpu](const test::Meeting& meeting) {
    compete(cpu);
    meeting.say(1);
    test::spin(3'600 * kNsPerSecond);
  };
  const test::Forked first(compete_for_it);
  const test::Forked second(compete_for_it);
  const test::Forked third(compete_for_it);
  for (const test::Forked* each : {&first, &second, &third}) each->hear();
  const auto jitter = watch_jitter({cpu}, std::chrono::milliseconds(500)).front();
  EXPECT_GT(lost_share(jitter), 0.4);
  EXPECT_FALSE(jitter.gaps_ns.empty());
  EXPECT_GT(floor_of(jitter).p90, 100 * kShortestGapNs);
}

}  // namespace
}  // namespace sockbench
