#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bench/plan/run_plan.h"
#include "bench/plan/timing.h"
#include "bench/run/counted_restart.h"
#include "bench/run/memory_restart.h"
#include "bench/run/progress.h"
#include "bench/run/server_process.h"

namespace sockbench {

/// What one contestant did in one restart.
struct RestartResult {
  int restart = 0;
  int group = 0;  ///< its slices are paired with the reference's of the same restart and group
  std::vector<Slice> slices;
  nlohmann::ordered_json report;  ///< of the load generator; null for an idle workload
  std::optional<std::int64_t> memory_peak;
  std::optional<double> user_share;
  int threads = 0;
};

/// Contestant x workload, raw.
struct CellResult {
  std::vector<RestartResult> restarts;
  std::string failure;         ///< why it failed, or empty
  bool paused = false;         ///< it was stopped while others ran (not silent by itself)
  bool spins = false;          ///< it never sleeps, also without load
  bool limit_reached = false;  ///< the model's own limit was seen twice; not measured further
  CountedResult counted;
  std::string not_counted;  ///< why the counted restarts gave nothing, or empty
  MemoryResult memory;
};

/// When a workload ends.
struct StopRule {
  std::optional<std::int64_t> deadline_ns;  ///< no restart begins that would end after it
  /// Asked after every restart from the `fewest`th on; empty: never.
  std::function<bool(const std::vector<CellResult>& cells, int restarts)> precise_enough;
  int fewest = 1;
};

/// How a workload was measured in the end.
struct WorkloadEnd {
  int restarts = 0;      ///< that were begun
  std::string ended_by;  ///< "restarts", "precision", "budget", "interrupted"; empty: it goes on
  /// Indices of the contestants that were alive together; the reference is in every group.
  std::vector<std::vector<std::size_t>> groups;
  /// By group; the same in all its restarts.
  struct Timing {
    std::int64_t window_ns = 0;
    int slices = 0;  ///< per restart
  };
  std::vector<Timing> timings;
};

struct WorkloadResult {
  std::vector<CellResult> cells;  ///< one per contestant
  WorkloadEnd end;
};

/// One workload in the course of a run, restart by restart: fresh processes, warm-up, rounds. In
/// the first restart, contestants that do not fit beside the others within `bench.budget` are put
/// off to a further group, with the reference again; all restarts keep the groups. A counted
/// restart follows each of the first timed ones, until there are as many as planned, and then one
/// for memory. What it is given is borrowed.
class WorkloadRun final {
 public:
  WorkloadRun(const Bench& bench, const RunPlan& plan, std::size_t workload, Progress& progress);

  /// The next restart; what is complete counts when it is interrupted. Ends the workload where
  /// `stop` or the plan says so.
  void run_restart(const StopRule& stop);

  bool ended() const { return !result_.end.ended_by.empty(); }
  const WorkloadResult& result() const { return result_; }
  WorkloadResult& result() { return result_; }

 private:
  void run_first_restart();
  void run_unsliced(int restart);
  void run_extra_restarts(int restart);

  const Bench& bench_;
  const RunPlan& plan_;
  std::size_t workload_;
  const WorkloadPlan& own_;
  Progress& progress_;
  WorkloadResult result_;
  std::vector<SliceTiming> timings_;  // by contestant, from the first restart's warm-up
  std::int64_t timed_ns_ = 0;         // what the restarts took, without the extra ones
};

/// All restarts of one workload in a row.
WorkloadResult run_workload(const Bench& bench, const RunPlan& plan, std::size_t workload,
                            const StopRule& stop, Progress& progress);

}  // namespace sockbench
