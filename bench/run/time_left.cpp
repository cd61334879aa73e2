#include "bench/run/time_left.h"

#include <numeric>

#include "bench/plan/budget.h"

namespace sockbench {

TimeLeft::TimeLeft(const RunPlan& plan) {
  weights_.reserve(plan.workloads.size());
  for (const WorkloadPlan& entry : plan.workloads) {
    weights_.push_back(expected_restart_s(entry, plan.contestants.size()) * entry.restarts);
  }
  total_ = std::accumulate(weights_.begin(), weights_.end(), 0.0);
}

double TimeLeft::share(std::size_t workload, double done) const {
  const auto begin = weights_.begin();
  const auto current = begin + static_cast<std::ptrdiff_t>(workload);
  return (std::accumulate(begin, current, 0.0) + *current * done) / total_;
}

double TimeLeft::left_s(double share, double elapsed_s) {
  return share > 0 ? elapsed_s * (1 - share) / share : 0;
}

}  // namespace sockbench
