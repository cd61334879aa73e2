#pragma once

#include <nlohmann/json.hpp>

namespace sockbench {

/// A parsed run.json in Bencher's metric format: benchmarks CONTESTANT/WORKLOAD, each with measures
/// that have the median over restarts as value and its 95 % interval as lower and upper value.
/// docs/export.md has the measures. Cells without a figure are left out; an empty object when all
/// are.
nlohmann::ordered_json bmf_of_run(const nlohmann::ordered_json& run);

}  // namespace sockbench
