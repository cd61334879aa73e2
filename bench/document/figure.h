#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/document/cell.h"

/// The one way to a figure of a cell: by its metric, the path in run.json, such as
/// "server.cpu_ns_per_request", "response_time_ns.p99" or "fairness.starved_connections".
namespace sockbench {

struct Figure {
  double value = kNaN;           ///< of a statistic its median; NaN: there is none
  std::optional<Interval> ci95;  ///< of a statistic
  /// One for each restart in order, NaN where it has none; empty for what exists once.
  std::vector<double> per_restart;
};

/// Of memory by user space and kernel the sum. A path that leads to no number has no value.
Figure figure(const Cell& cell, const std::string& metric);

/// Of times the one with this key: "count", "mean", "min", "max", "p50" …; NaN when there is none.
double figure(const Times& times, const std::string& key);

/// Why a figure is absent: the reason at the path or at the part of it that has one; nullopt when
/// the cell tells none.
std::optional<std::string> absent_reason(const Cell& cell, const std::string& metric);

}  // namespace sockbench
