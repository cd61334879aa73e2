#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace sockbench {

/// Two valid runs side by side: {a, b, differences, environments_differ, workloads_not_mixed,
/// cells, only_in_a, only_in_b, cannot_show}. Gives no verdict, because two runs cannot: absolute
/// figures stand beside each other for information, and each run's own paired ratios to its
/// reference are checked for overlapping intervals. Pure.
nlohmann::ordered_json compare_runs(const nlohmann::ordered_json& a,
                                    const nlohmann::ordered_json& b);

/// One sentence that names what differs, or empty when the environments are alike.
std::string refusal(const nlohmann::ordered_json& comparison);

/// For people; control characters of the files are not passed on.
std::string comparison_text(const nlohmann::ordered_json& comparison);

}  // namespace sockbench
