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

/// What one contestant's counters saw in all counted restarts of a workload.
struct CountedResult {
  int restarts = 0;
  std::uint64_t answered = 0;
  Counts counts;
  std::optional<Switches> switches;  ///< nullopt when a thread ended in a counted slice
};

/// Adds one counted restart.
void add(CountedResult& sum, const CountedSlice& restart);

/// Contestant x workload, raw.
struct CellResult {
  std::vector<RestartResult> restarts;
  std::string failure;         ///< why it failed, or empty
  bool paused = false;         ///< it was stopped while others ran (not silent by itself)
  bool limit_reached = false;  ///< the model's own limit was seen twice; not measured further
  CountedResult counted;
  std::string not_counted;  ///< why the counted restarts gave nothing, or empty
};

struct WorkloadPlan {
  Workload workload;
  int restarts = 0;
  int slices_per_restart = 0;  ///< after the suite's factor
  int counted_restarts = 1;    ///< beside the timed ones, for the counters of the servers
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

/// Runs all restarts of one workload: fresh processes, warm-up, rounds; a counted restart follows
/// each of the first timed ones, until there are as many as planned. One result per contestant.
/// Returns early, with what is complete, when interrupted.
std::vector<CellResult> run_workload(const Bench& bench, const RunPlan& plan, std::size_t workload,
                                     const Progress& progress);

}  // namespace sockbench
