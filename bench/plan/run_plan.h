#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bench/plan/contestant.h"
#include "bench/plan/external_contestant.h"
#include "bench/plan/workload.h"

namespace sockbench {

struct WorkloadPlan {
  Workload workload;
  int restarts = 0;  ///< at most; the run may stop earlier, and then notes how many there were
  int slices_per_restart = 0;  ///< after the suite's factor and the budget
  int counted_restarts = 1;    ///< beside the timed ones, for the counters of the servers
  /// Contestants that take no part, by their index, and why.
  std::map<std::size_t, std::string> left_out = {};

  bool includes(std::size_t contestant) const { return !left_out.contains(contestant); }
};

/// Everything a run needs to know; pure data, and stored in run.json.
struct RunPlan {
  std::string suite;
  std::uint64_t seed = 1;
  std::vector<WorkloadPlan> workloads;
  std::vector<Contestant> contestants;
  std::vector<Skipped> skipped;  ///< asked for, but something they need is missing
  std::size_t reference = 0;     ///< index of the contestant the others are compared with
  /// The reference once more: an A/A comparison that shows how far to trust the run. It is no model
  /// of its own, so rankings, advice and charts leave it out.
  std::optional<std::size_t> control = std::nullopt;
  bool repeat_disturbed = true;  ///< slices that something else disturbed are measured again
  /// Slices are so many times as long, and fewer: a check that figures do not depend on it.
  double slice_factor = 1;
  /// Above 0: each contestant runs alone, in one slice of this length; likewise a check.
  std::int64_t unsliced_ns = 0;
};

}  // namespace sockbench
