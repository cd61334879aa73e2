#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace sockbench {

/// Every contestant of a run in one Markdown table: what it says of itself, and what was measured.
std::string models_markdown(const nlohmann::ordered_json& run);

}  // namespace sockbench
