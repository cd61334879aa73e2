#include "bench/plan/budget.h"

#include <algorithm>
#include <numeric>

#include "bench/plan/timing.h"

namespace sockbench {
namespace {

constexpr int kMinSlices = 3;
constexpr int kMaxSuites = 4;     // what a wanted precision may cost, in restarts of the suite
constexpr int kEndless = 10'000;  // restarts, where the budget ends a workload

/// What a server may reach, in requests per second: enough to guess the length of a turn by.
double rough_rps(const Workload& workload) {
  if (workload.mode == Mode::kOpenLoop) return workload.offered_rps;
  const double request_us = 10.0 + workload.message_bytes * 0.0005 + (workload.churn ? 40.0 : 0.0);
  return 1e6 / request_us;
}

double slices_s(const Workload& workload, int slices) {
  constexpr double kEdgesNs = 5e6;  // orders, replies, settling, draining
  const SliceTiming timing = timing_of(workload, rough_rps(workload));
  const auto each_ns = static_cast<double>(timing.lead_in_ns + timing.ramp_ns + timing.window_ns);
  return slices_for(workload, slices, timing.window_ns) * (each_ns + kEdgesNs) * 1e-9;
}

double start_s(const Workload& workload) {
  return 0.040 + workload.warm_up_ms * 1e-3 + 0.00035 * workload.connections;
}

double restart_of_one_s(const WorkloadPlan& entry) {
  return slices_s(entry.workload, entry.slices_per_restart) + start_s(entry.workload);
}

/// Beside a timed restart: system calls, memory at some numbers of connections.
double counted_restart_s(const WorkloadPlan& entry) {
  constexpr int kSlices = 3;
  constexpr int kStarts = 3;
  return slices_s(entry.workload, kSlices) + kStarts * start_s(entry.workload);
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
      if (!entry.includes(i)) continue;
      const bool starves = !plan.contestants[i].serves(entry.workload.at_once());
      const int most = starves ? kRestartsToShowLimit : entry.restarts;
      seconds += each * std::min(entry.restarts, most) +
                 counted_restart_s(entry) * std::min(entry.counted_restarts, most);
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
    int& slices = entry.slices_per_restart;
    while (slices > kMinSlices && slices_s(entry.workload, slices) > for_slices) --slices;
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
      entry.restarts *= kMaxSuites;
    }
  }
}

TimeLeft::TimeLeft(const RunPlan& plan) {
  weights_.reserve(plan.workloads.size());
  for (const WorkloadPlan& entry : plan.workloads) {
    weights_.push_back(expected_restart_s(entry, plan.contestants.size()) * entry.restarts);
  }
  done_.resize(weights_.size());
  total_ = std::accumulate(weights_.begin(), weights_.end(), 0.0);
}

void TimeLeft::set_done(std::size_t workload, double done) { done_[workload] = done; }

double TimeLeft::share() const {
  return std::inner_product(weights_.begin(), weights_.end(), done_.begin(), 0.0) / total_;
}

double TimeLeft::left_s(double share, double elapsed_s) {
  return share > 0 ? elapsed_s * (1 - share) / share : 0;
}

}  // namespace sockbench
