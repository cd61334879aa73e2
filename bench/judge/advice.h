#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace sockbench {

/// "Which model should I use": one answer for each situation of bench/advice.json, computed from a
/// parsed run.json. [{situation, question, metric, cells, missing, winner, ties, not_significant,
/// too_few_restarts, group, margin, runners_up, out, against, undecided_reason}]. Pure.
///
/// Each contestant gets the weighted mean of its log ratios over the situation's cells, restart by
/// restart, and is compared with the best mean: judge() with Holm over the situation. There is a
/// winner when every other one is worse or ties; else `undecided_reason` says what is missing.
/// "slightly_worse" is one that is significantly worse, but perhaps by less than the run's margin.
/// Ratios say how many times the best's figure, so they are 1 or more whichever direction is good.
nlohmann::ordered_json advise(const nlohmann::ordered_json& run,
                              const nlohmann::ordered_json& rules);

/// What speaks against a contestant, one sentence each, with the figures and where they are from:
/// starved connections, failures, CPU use while idle, memory, multiples of the best.
std::vector<std::string> speaks_against(const nlohmann::ordered_json& run,
                                        const nlohmann::ordered_json& rules,
                                        const std::string& contestant);

}  // namespace sockbench
