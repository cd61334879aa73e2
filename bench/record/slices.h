#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

#include "bench/judge/comparison.h"

namespace sockbench {

/// Every timed slice of every workload, in the order of time and column by column, and how far the
/// figures drift. `start_ns`: CLOCK_MONOTONIC when the run began. `cells` as for compare_cells().
nlohmann::ordered_json slices_json(const RunPlan& plan, const std::vector<JudgedCell>& cells,
                                   std::int64_t start_ns);

}  // namespace sockbench
