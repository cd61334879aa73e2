#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "bench/run/member.h"

namespace sockbench {

/// What one contestant did in one restart.
struct RestartResult {
  int restart = 0;
  std::vector<Slice> slices;
  nlohmann::ordered_json report;  ///< of the load generator; null for an idle workload
  std::optional<std::int64_t> memory_per_connection;
  std::optional<std::int64_t> memory_peak;
  std::optional<double> user_share;
  int threads = 0;
};

/// Contestant x workload, raw.
struct CellResult {
  std::vector<RestartResult> restarts;
  std::string failure;         ///< why it failed, or empty
  bool paused = false;         ///< it was stopped while others ran (not silent by itself)
  bool limit_reached = false;  ///< the model's own limit was seen twice; not measured further
};

struct WorkloadPlan {
  Workload workload;
  int restarts = 0;
  int slices_per_restart = 0;  ///< after the suite's factor
};

/// Everything a run needs to know; pure data, and stored in run.json.
struct RunPlan {
  std::string suite;
  std::uint64_t seed = 1;
  std::vector<WorkloadPlan> workloads;
  std::vector<Contestant> contestants;
  std::size_t reference = 0;  ///< index of the contestant the others are compared with
};

/// The order in which contestants run in one round, and how much of each slice's start is
/// discarded. Pure: a function of the plan's seed and the indices.
std::vector<std::size_t> round_order(std::uint64_t seed, std::size_t workload, int restart,
                                     int round, std::size_t contestants);

/// Called as the run proceeds: a sentence for people, and the share of the work that is done.
using Progress = std::function<void(const std::string& what, double done)>;

/// Runs all restarts of one workload: fresh processes, warm-up, rounds. One result per contestant.
/// Returns early, with what is complete, when interrupted.
std::vector<CellResult> run_workload(const Bench& bench, const RunPlan& plan, std::size_t workload,
                                     const Progress& progress);

}  // namespace sockbench
