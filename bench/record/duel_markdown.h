#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace sockbench {

/// The first line of duel_markdown(), by which a program finds the comment to replace.
inline constexpr const char* kDuelMarker = "<!-- sockbench-duel -->";

/// A duel.json as a comment on a pull request: the verdict, workloads, what changed, all figures
/// folded, and how to repeat it. No text of the document can bring markup or notify anybody.
std::string duel_markdown(const nlohmann::ordered_json& duel);

}  // namespace sockbench
