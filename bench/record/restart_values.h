#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace sockbench {

/// The figure at `metric` ("response_time_ns.p99") of a cell of a parsed run.json, one value per
/// restart that has it; a figure that exists once for all restarts is one value. For what others
/// draw or watch over time, so empty where the run itself would not compare the cell on this
/// metric.
std::vector<double> restart_values(const nlohmann::ordered_json& cell, const std::string& metric);

}  // namespace sockbench
