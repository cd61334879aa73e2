#include "bench/plan/budget.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace sockbench {
namespace {

constexpr int kFewestSlices = 3;
constexpr int kMostSuites = 4;    // what a wanted precision may cost, in restarts of the suite
constexpr int kEndless = 10'000;  // restarts, where the budget ends a workload

double slice_s(const Workload& workload) {
  constexpr double kEdgesMs = 2;  // orders, replies, draining
  return (workload.slice_ms + 1.5 * workload.discard_ms + kEdgesMs) * 1e-3;
}

double start_s(const Workload& workload) {
  return 0.040 + workload.warm_up_ms * 1e-3 + 0.00015 * workload.connections;
}

double restart_of_one_s(const WorkloadPlan& entry) {
  return entry.slices_per_restart * slice_s(entry.workload) + start_s(entry.workload);
}

}  // namespace

double expected_restart_s(const WorkloadPlan& entry, std::size_t contestants) {
  return restart_of_one_s(entry) * static_cast<double>(contestants - entry.left_out.size());
}

double expected_run_s(const RunPlan& plan) {
  double seconds = 0;
  for (const WorkloadPlan& entry : plan.workloads) {
    const double each = restart_of_one_s(entry);
    for (std::size_t i = 0; i < plan.contestants.size(); ++i) {
      if (!entry.takes_part(i)) continue;
      const bool starves = !plan.contestants[i].serves(entry.workload.at_once());
      seconds += each * (starves ? std::min(entry.restarts, kRestartsToShowLimit) : entry.restarts);
    }
  }
  return seconds;
}

std::vector<double> divide_budget(RunPlan& plan, double budget_s) {
  std::vector<double> seconds;
  seconds.reserve(plan.workloads.size());
  for (const WorkloadPlan& entry : plan.workloads) {
    seconds.push_back(expected_restart_s(entry, plan.contestants.size()) * entry.restarts);
  }
  const double scale = budget_s / std::accumulate(seconds.begin(), seconds.end(), 0.0);
  for (std::size_t w = 0; w < plan.workloads.size(); ++w) {
    WorkloadPlan& entry = plan.workloads[w];
    seconds[w] *= scale;
    const auto contestants = static_cast<double>(plan.contestants.size() - entry.left_out.size());
    const double for_slices = seconds[w] / entry.restarts / contestants - start_s(entry.workload);
    const int affordable =
        std::max(kFewestSlices, static_cast<int>(std::floor(for_slices / slice_s(entry.workload))));
    entry.slices_per_restart = std::min(entry.slices_per_restart, affordable);
  }
  return seconds;
}

void plan_effort(RunPlan& plan, const Effort& effort) {
  if (effort.budget_s) divide_budget(plan, *effort.budget_s);
  if (effort.fixed_restarts) return;
  for (WorkloadPlan& entry : plan.workloads) {
    if (effort.budget_s) {
      entry.restarts = kEndless;
    } else if (effort.precision) {
      entry.restarts *= kMostSuites;
    }
  }
}

}  // namespace sockbench
