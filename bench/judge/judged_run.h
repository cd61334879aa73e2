#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/document/run.h"
#include "bench/judge/comparison.h"
#include "bench/machine/cpus.h"

/// From what was measured to the document of a run.
namespace sockbench {

/// The figures of a cell's server that come from counted restarts, and for each that is absent the
/// reason, by its path below "server.".
struct CountedFigures {
  std::optional<SwitchesPerRequest> context_switches;
  std::optional<CallsPerRequest> syscalls;
  std::optional<PredictedCalls> predicted;
  std::optional<CountedRestarts> counted;
  double page_faults = kNaN;  ///< per request, as the next three
  double migrations = kNaN;
  double cycles = kNaN;
  double instructions = kNaN;
  std::map<std::string, std::string> absent;
};

CountedFigures counted_figures(const CellResult& cell, const Contestant& contestant);

/// Also a cell that failed by its ledger, and not by a crash, has no counted figures.
CountedFigures counted_of(const JudgedCell& cell);

/// Why figures of `cell` are absent: the path of each, with its reason.
std::vector<std::pair<std::string, std::string>> absent_reasons(const Cell& cell,
                                                                const JudgedCell& judged);

/// What the comparisons say of the A/A control, the reference against itself; nullopt when the run
/// has none. The warning is there when the control got a verdict.
std::optional<ControlFindings> control_findings(const RunPlan& plan,
                                                const std::vector<Comparison>& comparisons);

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
  std::optional<double> precision;  ///< of --precision, as a share
  std::optional<double> budget_s;
  std::vector<std::vector<CellResult>> results;  ///< per finished workload, per contestant
  std::vector<WorkloadEnd> ends;                 ///< per finished workload
};

/// Judges the cells, compares, ranks. Workloads that were not reached are left out; claims and what
/// else rests on several workloads are not drawn yet.
Run judged_run(const RunRecord& record);

}  // namespace sockbench
