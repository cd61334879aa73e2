#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/judge/between_runs.h"
#include "bench/judge/statistics.h"

/// Figures of a parsed run.json, as judgements over several cells need them.
namespace sockbench {

/// One metric of a contestant in a workload, a logarithm per restart (natural). Two series of the
/// same workload and metric may be subtracted restart by restart; alone they mean nothing. One that
/// exists once for all restarts (a percentile of merged samples) has one value.
struct Series {
  std::vector<double> per_restart_log;  ///< NaN where a restart has none
  std::string out;                      ///< why it may not be used; empty: it may
};

/// Names that are in no run give a series that is out. Metrics are paths such as
/// "server.cpu_ns_per_request". Whether and why a cell is left out is what `eligibility` and
/// `rankings` say.
Series series_of(const nlohmann::ordered_json& run, const std::string& contestant,
                 const std::string& workload, const std::string& metric);

/// Whether two contestants of a run are one program, with other options or as the control.
Programs programs_in_run(const nlohmann::ordered_json& run, const std::string& contestant,
                         const std::string& other);

/// `head` against `base`, restart by restart, as many as both have; with the variance between runs
/// where the metric has one.
Effect paired_series_effect(const std::vector<double>& base, const std::vector<double>& head,
                            const std::string& metric, Programs programs);

/// The names of the contestants without the control, which is the reference once more and no model.
std::vector<std::string> models_in_run(const nlohmann::ordered_json& run);
bool is_control_in_run(const nlohmann::ordered_json& run, const nlohmann::ordered_json& contestant);

/// nullptr when the run has no such cell.
const nlohmann::ordered_json* find_cell(const nlohmann::ordered_json& run,
                                        const std::string& contestant, const std::string& workload);
/// nullptr when the run has no such workload.
const nlohmann::ordered_json* find_workload(const nlohmann::ordered_json& run,
                                            const std::string& name);

/// The number at a path such as "response_time_ns.p99", the median where a statistic stands there,
/// user and kernel together of memory per connection; NaN when it is null or absent.
double figure_at(const nlohmann::ordered_json& cell, const std::string& path);

/// The list of figures, one per restart in order, of the figure at a path: inside a statistic, or
/// beside a percentile; null where a restart has none. nullptr when the figure has no such list.
const nlohmann::ordered_json* figures_by_restart(const nlohmann::ordered_json& cell,
                                                 const std::string& path);

}  // namespace sockbench
