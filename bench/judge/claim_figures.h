#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "bench/judge/claim_checks.h"

/// The figures of a run.json as claims want them.
namespace sockbench {

/// The first of `workloads` that has a cell of every contestant; empty when none has.
std::string first_measured(const nlohmann::ordered_json& run,
                           const std::vector<std::string>& workloads,
                           const std::vector<std::string>& contestants);

/// A metric of a cell, or why it has none.
struct CellFigure {
  ClaimFigure figure;
  std::vector<double> per_restart;  ///< one for every restart of the cell, or none
  std::string missing;              ///< empty: `figure` is there
};

/// `metric`: a path as in comparisons, "a+b" is the sum (without interval). A cell whose figure is
/// not eligible has none, unless its status or limiter is in `accept`. A figure without
/// interval gets bounds of `guard`; 0: none.
CellFigure cell_figure(const nlohmann::ordered_json& cell, const std::string& metric,
                       const std::vector<std::string>& accept, double guard);

/// head / base in one workload: from the run's own comparison, which is paired slice by slice, else
/// paired by restart, else from two independent intervals, else with the guard.
ClaimFigure ratio_of(const nlohmann::ordered_json& run, const std::string& workload,
                     const CellFigure& head, const CellFigure& base, double guard);

/// head / base of independent figures. An interval needs two; else the bounds are combined.
ClaimFigure independent_ratio_of(const ClaimFigure& head, const ClaimFigure& base, double guard);

/// "ns", "bytes", "share", "requests/s", "per request", "connections" or "".
std::string unit_of(const std::string& metric);

/// value / guard to value · guard; nullopt for guard 0.
std::optional<Interval> guarded(double value, double guard);

}  // namespace sockbench
