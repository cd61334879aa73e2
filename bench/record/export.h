#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

namespace sockbench {

/// Turns a valid run.json into a file of another format. Throws UsageError when the run has nothing
/// that could stand in it.
using Exporter = std::function<std::string(const nlohmann::ordered_json& run)>;

/// For `format` "gbench", "csv", "hdr" or "bmf". `medians`, of gbench only: one entry for each
/// benchmark and nothing else. Throws UsageError for what is none of these.
Exporter exporter(const std::string& format, bool medians);

}  // namespace sockbench
