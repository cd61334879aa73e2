#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "bench/judge/comparison.h"

namespace sockbench {

/// For each contestant and each sweep of offered rates that was run whole or in part: its knee.
nlohmann::ordered_json knees_json(const RunPlan& plan, const std::vector<JudgedCell>& cells);

}  // namespace sockbench
