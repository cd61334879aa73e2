#pragma once

#include <nlohmann/json.hpp>

#include "bench/judge/comparison.h"

namespace sockbench {

/// Why figures of `cell`, as it stands in run.json, are null: the path of each, with its reason.
nlohmann::ordered_json absent_reasons(const nlohmann::ordered_json& cell, const JudgedCell& judged);

}  // namespace sockbench
