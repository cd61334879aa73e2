#pragma once

#include <nlohmann/json.hpp>
#include <string>

/// Advice, break-even points and the cost model for people. What a run lacks gives an empty text.
namespace sockbench {

/// A rule file beside the workloads, such as "advice.json"; throws UsageError when it is missing or
/// is not JSON.
nlohmann::ordered_json read_rules(const std::string& name);

/// Whether there is such a file: a folder of somebody's own workloads need not have one.
bool has_rules(const std::string& name);

/// Writes `advice` and `break_even` into a run, over those that are there.
void add_conclusions(nlohmann::ordered_json& run);

/// Writes `cost_model` into a run, from what sockbench-micro wrote to `micro_file`.
void add_cost_model(nlohmann::ordered_json& run, const std::string& micro_file);

/// For the terminal; control characters of the run are not passed on.
std::string advice_text(const nlohmann::ordered_json& run);
std::string cost_model_text(const nlohmann::ordered_json& run);

/// The sections "Which model when", "Break-even points" and "Predicted and measured cost".
std::string conclusions_markdown(const nlohmann::ordered_json& run);

}  // namespace sockbench
