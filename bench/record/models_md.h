#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace sockbench {

/// Every contestant of a run in one Markdown table: what it says of itself, and what was measured.
std::string models_markdown(const nlohmann::ordered_json& run);
/// The same with the ratios of `ratios`, a pool.json with the same reference.
std::string models_markdown(const nlohmann::ordered_json& run,
                            const nlohmann::ordered_json& ratios);

}  // namespace sockbench
