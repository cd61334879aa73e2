#include "bench/run/time_left.h"

#include <numeric>

#include "bench/plan/budget.h"

namespace sockbench {

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
