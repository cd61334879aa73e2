#pragma once

#include <nlohmann/json.hpp>
#include <string>

/// What the Markdown pages are made of.
namespace sockbench {

/// Text that cannot break a table or smuggle in markup; at most 200 characters.
std::string safe(const nlohmann::ordered_json& value);
/// The same, however long.
std::string safe_whole(const nlohmann::ordered_json& value);
/// 0.0123 as "1.23 %".
std::string format_percent(double share);
/// The comparison of a cell with its reference; null when there is none.
const nlohmann::ordered_json* comparison_of(const nlohmann::ordered_json& run,
                                            const nlohmann::ordered_json& cell,
                                            const std::string& metric);

}  // namespace sockbench
