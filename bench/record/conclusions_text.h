#pragma once

#include <nlohmann/json.hpp>
#include <string>

/// Advice, break-even points and the cost model for people. What a run lacks gives an empty text.
namespace sockbench {

/// For the terminal; control characters of the run are not passed on.
std::string advice_text(const nlohmann::ordered_json& run);
std::string cost_model_text(const nlohmann::ordered_json& run);

/// The sections "Which model when", "Break-even points" and "Predicted and measured cost".
std::string conclusions_markdown(const nlohmann::ordered_json& run);

}  // namespace sockbench
