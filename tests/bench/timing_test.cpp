// How slices are timed: from the rate that a warm-up reached.

#include "bench/plan/timing.h"

#include <gtest/gtest.h>

#include "common/clock.h"
#include "tests/bench/synthetic.h"

namespace sockbench {
namespace {

Workload many(int connections) {
  Workload workload = test::closed_loop();
  workload.connections = workload.active = connections;
  workload.slice_ms = 20;
  workload.discard_ms = 2;
  return workload;
}

TEST(Timing, AFastTurnLeavesTheWorkloadsOwnLengths) {
  const SliceTiming timing = timing_of(many(64), 200'000);  // a turn is 0.32 ms
  EXPECT_EQ(timing.window_ns, 20 * kNsPerMs);
  EXPECT_EQ(timing.lead_in_ns, 2 * kNsPerMs);
  EXPECT_EQ(timing.ramp_ns, 320 * kNsPerUs);
}

TEST(Timing, AWindowHoldsTenTurns) {
  const SliceTiming timing = timing_of(many(1'000), 100'000);  // a turn is 10 ms
  EXPECT_EQ(timing.window_ns, 100 * kNsPerMs);
  EXPECT_EQ(timing.lead_in_ns, 30 * kNsPerMs);
  EXPECT_EQ(timing.ramp_ns, 10 * kNsPerMs);
}

TEST(Timing, AVerySlowTurnEndsAtTwoSeconds) {
  const SliceTiming timing = timing_of(many(10'000), 20'000);  // a turn is 500 ms
  EXPECT_EQ(timing.window_ns, 2 * kNsPerSecond);
  EXPECT_EQ(timing.lead_in_ns, kNsPerSecond) << "no more than half of the window";
  Workload longer = many(10'000);
  longer.slice_ms = 3'000;
  EXPECT_EQ(timing_of(longer, 20'000).window_ns, 3 * kNsPerSecond);
}

TEST(Timing, OpenLoopThinkingAndHoldingKeepTheirWindow) {
  Workload paced = test::open_loop();
  paced.slice_ms = 200;
  EXPECT_EQ(timing_of(paced, 100).window_ns, 200 * kNsPerMs);
  Workload think = many(1'000);
  think.think_ns = kNsPerMs;
  EXPECT_EQ(timing_of(think, 1'000).window_ns, 20 * kNsPerMs);
  Workload hold = many(8);
  hold.churn = true;
  hold.hold_ns = 60 * kNsPerMs;
  EXPECT_EQ(timing_of(hold, 100).window_ns, 20 * kNsPerMs);
}

TEST(Timing, WithoutLoadOrARateItIsTheWorkloads) {
  Workload idle = test::idle();
  idle.slice_ms = 150;
  idle.discard_ms = 20;
  for (const SliceTiming& timing : {timing_of(idle, 0), timing_of(idle, 5)}) {
    EXPECT_EQ(timing.window_ns, 150 * kNsPerMs);
    EXPECT_EQ(timing.lead_in_ns, 20 * kNsPerMs);
    EXPECT_EQ(timing.ramp_ns, 0);
  }
}

TEST(Timing, ABurstHasNoLoadBeforeIt) {
  Workload burst = test::open_loop();
  burst.burst = true;
  burst.slice_ms = 400;
  burst.discard_ms = 100;
  const SliceTiming timing = timing_of(burst, 1'000);
  EXPECT_EQ(timing.lead_in_ns, 0);
  EXPECT_EQ(timing.ramp_ns, 100 * kNsPerMs);
}

TEST(Timing, LongerSlicesAreFewer) {
  const Workload workload = many(64);
  EXPECT_EQ(slices_for(workload, 12, 20 * kNsPerMs), 12);
  EXPECT_EQ(slices_for(workload, 12, 80 * kNsPerMs), 3);
  EXPECT_EQ(slices_for(workload, 12, 2 * kNsPerSecond), 1);
}

}  // namespace
}  // namespace sockbench
