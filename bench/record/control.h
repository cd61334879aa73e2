#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/judge/comparison.h"

/// The A/A control of a run: the reference against itself.
namespace sockbench {

/// {contestant, comparisons, largest_deviation, intervals_excluding_1, verdicts, text, warning}, or
/// null when the run has no control. The warning is null unless the control got a verdict.
nlohmann::ordered_json control_json(const RunPlan& plan,
                                    const std::vector<Comparison>& comparisons);

/// The line about the control of a run.json, and the warning where there is one; empty without a
/// control.
std::vector<std::string> control_lines(const nlohmann::ordered_json& run);

}  // namespace sockbench
