#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "bench/plan/run_plan.h"

namespace sockbench {

/// Seconds that one restart takes, roughly, of those of the plan's `contestants` that it includes:
/// slices with their edges, starting processes and connecting. Good to a factor of two, which is
/// enough to divide time by.
double expected_restart_s(const WorkloadPlan& entry, std::size_t contestants);

/// After so many restarts in which a model's stated limit starved connections, more would only
/// repeat it.
inline constexpr int kRestartsToShowLimit = 2;

/// Seconds that all planned restarts take together, as roughly, with those that count calls and
/// memory. A model whose limit was shown has no further restarts.
double expected_run_s(const RunPlan& plan);

/// Divides `budget_s` over the workloads in proportion to what they would take without a budget:
/// the seconds of each, in the plan's order. Where these do not allow the restarts that `plan` asks
/// for, the workload gets fewer slices per restart, but not below three: verdicts need restarts,
/// and a restart's median needs slices.
std::vector<double> divide_budget(RunPlan& plan, double budget_s);

/// How much a run may take, and how well it must know.
struct Effort {
  std::optional<double> precision;  ///< half-width that ends a workload, as a share
  std::optional<double> budget_s;   ///< of time, for all workloads
  bool fixed_restarts = false;      ///< never more than the plan says
};

/// Sets how many restarts each workload may take at most: without a limit of time or precision as
/// the plan says; for a precision alone four times as many; with a budget, as many as time allows,
/// after divide_budget().
void plan_effort(RunPlan& plan, const Effort& effort);

/// How much of a run is done, and how long the rest takes if it goes on as before.
class TimeLeft final {
 public:
  explicit TimeLeft(const RunPlan& plan);
  /// `done`: share of this workload's restarts, from 0 to 1.
  void set_done(std::size_t workload, double done);
  /// Of the whole run.
  double share() const;
  /// Seconds after `elapsed_s`; 0 as long as nothing is done.
  static double left_s(double share, double elapsed_s);

 private:
  std::vector<double> weights_;
  std::vector<double> done_;
  double total_ = 0;
};

}  // namespace sockbench
