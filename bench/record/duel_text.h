#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace sockbench {

/// A duel.json for the terminal, in 100 columns: the verdict, a line for each workload, then what
/// is behind every verdict but a pass. `folder`: where its files are; empty: nothing is said of it.
/// Control characters of the document are not passed on.
std::string duel_text(const nlohmann::ordered_json& duel, const std::string& folder = "");

}  // namespace sockbench
