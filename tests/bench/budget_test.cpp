#include "bench/plan/budget.h"

#include <gtest/gtest.h>

#include <numeric>

#include "tests/bench/synthetic.h"

namespace sockbench {
namespace {

WorkloadPlan entry(int slice_ms, int slices, int connections, int restarts = 12) {
  Workload workload = test::closed_loop();
  workload.slice_ms = slice_ms;
  workload.discard_ms = 2;
  workload.connections = connections;
  return {workload, restarts, slices};
}

RunPlan plan_of(std::vector<WorkloadPlan> workloads, int contestants = 3) {
  RunPlan plan;
  plan.workloads = std::move(workloads);
  for (int i = 0; i < contestants; ++i) {
    plan.contestants.push_back(test::contestant("c" + std::to_string(i)));
  }
  return plan;
}

TEST(Budget, ARestartTakesItsSlicesAndItsConnections) {
  const double one = expected_restart_s(entry(20, 12, 1), 1);
  EXPECT_NEAR(one, 12 * (0.020 + 0.002 + 0.0007 + 0.005) + 0.060, 0.001);
  EXPECT_DOUBLE_EQ(expected_restart_s(entry(20, 12, 1), 7), 7 * one);
  EXPECT_GT(expected_restart_s(entry(20, 12, 10'000), 1), one + 1);
  WorkloadPlan slowly_warm = entry(20, 12, 1);
  slowly_warm.workload.warm_up_ms = 1'520;
  EXPECT_NEAR(expected_restart_s(slowly_warm, 1), one + 1.5, 1e-9);
}

TEST(Budget, AModelThatReachesItsLimitTakesNoFurtherPart) {
  RunPlan plan = plan_of({entry(20, 12, 8)}, 2);
  const double both = expected_run_s(plan);
  const double counted = both - 12 * expected_restart_s(plan.workloads[0], 2);
  EXPECT_GT(counted, 0) << "system calls are counted in a restart of their own";
  EXPECT_LT(counted, 2 * expected_restart_s(plan.workloads[0], 2));
  plan.workloads[0].counted_restarts = 0;
  EXPECT_DOUBLE_EQ(expected_run_s(plan), both - counted);
  plan.contestants[1] = test::contestant("one at a time", 1);
  EXPECT_DOUBLE_EQ(expected_run_s(plan), (both - counted) * (12 + 2) / 24);
  plan.workloads[0].workload.churn = true;
  EXPECT_DOUBLE_EQ(expected_run_s(plan), 12 * expected_restart_s(plan.workloads[0], 2))
      << "one after the other it serves them all";
  plan.workloads[0].left_out[1] = "why";
  EXPECT_DOUBLE_EQ(expected_run_s(plan), 12 * expected_restart_s(plan.workloads[0], 2));
}

TEST(Budget, IsDividedByWhatTheWorkloadsTake) {
  RunPlan plan = plan_of({entry(20, 12, 1), entry(40, 12, 1), entry(20, 12, 10'000)});
  const auto seconds = divide_budget(plan, 600);
  EXPECT_NEAR(std::accumulate(seconds.begin(), seconds.end(), 0.0), 600, 1e-9);
  EXPECT_GT(seconds[1], 1.4 * seconds[0]);
  EXPECT_GT(seconds[2], 3 * seconds[0]) << "connecting takes time as well";
  for (const WorkloadPlan& each : plan.workloads) EXPECT_EQ(each.slices_per_restart, 12);
}

TEST(Budget, IsSpentOnRestartsRatherThanOnSlices) {
  RunPlan plan = plan_of({entry(20, 40, 1)});
  const double wanted = expected_restart_s(plan.workloads[0], 3) * 12;
  divide_budget(plan, wanted / 2);
  const int slices = plan.workloads[0].slices_per_restart;
  EXPECT_LT(slices, 20);
  EXPECT_GT(slices, 10);
  EXPECT_LE(expected_restart_s(plan.workloads[0], 3) * 12, wanted / 2);
  divide_budget(plan, 0.1);
  EXPECT_EQ(plan.workloads[0].slices_per_restart, 3) << "a median needs some";
}

TEST(Budget, OneSliceStaysOne) {
  RunPlan plan = plan_of({entry(150, 1, 200)});
  divide_budget(plan, 0.1);
  EXPECT_EQ(plan.workloads[0].slices_per_restart, 1);
}

TEST(Budget, EffortDecidesHowManyRestartsThereMayBe) {
  struct Row {
    Effort effort;
    int most;
  };
  const std::vector<Row> rows = {{{{}, {}, false}, 12},       {{0.01, {}, false}, 48},
                                 {{0.01, {}, true}, 12},      {{{}, 60, false}, 10'000},
                                 {{0.01, 60, false}, 10'000}, {{{}, 60, true}, 12}};
  for (const Row& row : rows) {
    RunPlan plan = plan_of({entry(20, 12, 1)});
    plan_effort(plan, row.effort);
    EXPECT_EQ(plan.workloads[0].restarts, row.most);
  }
}

}  // namespace
}  // namespace sockbench
