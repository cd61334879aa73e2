#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "bench/judge/comparison.h"
#include "bench/machine/cpus.h"

namespace sockbench {

/// Everything a finished or interrupted run knows.
struct RunRecord {
  RunPlan plan;
  CpuSplit cpus;
  nlohmann::ordered_json environment;
  std::string started_at;     ///< ISO 8601, UTC
  std::int64_t start_ns = 0;  ///< CLOCK_MONOTONIC when the first workload began
  double duration_s = 0;
  bool interrupted = false;
  double margin = 0.02;
  std::optional<double> precision;  ///< asked for, as a share
  std::optional<double> budget_s;
  std::vector<std::vector<CellResult>> results;  ///< per finished workload, per contestant
  std::vector<WorkloadEnd> ends;                 ///< per finished workload
};

/// The document of results/schema/run.schema.json: judges the cells, compares, ranks. Workloads
/// that were not reached are left out.
nlohmann::ordered_json to_json(const RunRecord& record);

/// Whether some cell failed (a crash, wrong bytes): the run's exit code is then kExitFailed.
bool any_failed(const nlohmann::ordered_json& run);

}  // namespace sockbench
