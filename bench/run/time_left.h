#pragma once

#include <cstddef>
#include <vector>

#include "bench/plan/run_plan.h"

namespace sockbench {

/// How much of a run is done, and how long the rest takes if it goes on as before.
class TimeLeft final {
 public:
  explicit TimeLeft(const RunPlan& plan);
  /// `done`: share of this workload's restarts, from 0 to 1.
  void set_done(std::size_t workload, double done);
  /// Of the whole run.
  double share() const;
  /// Seconds after `elapsed_s`; 0 when nothing is done yet, for nobody knows then.
  static double left_s(double share, double elapsed_s);

 private:
  std::vector<double> weights_;
  std::vector<double> done_;
  double total_ = 0;
};

}  // namespace sockbench
