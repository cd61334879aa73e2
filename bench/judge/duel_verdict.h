#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sockbench {

/// What `sockbench duel` says of a workload, and in the end.
enum class DuelVerdict : std::uint8_t { kPass, kRegression, kInconclusive, kFailed };

/// "pass", "regression", "inconclusive", "failed", as in duel.json.
std::string_view to_text(DuelVerdict verdict);
/// nullopt for any other word.
std::optional<DuelVerdict> duel_verdict(std::string_view name);

/// The verdict that a whole duel takes over from its parts: the first of failed, regression,
/// inconclusive, pass that occurs.
DuelVerdict worst_of(const std::vector<DuelVerdict>& verdicts);

}  // namespace sockbench
