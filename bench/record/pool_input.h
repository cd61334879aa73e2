#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/judge/pool.h"

/// From run.json to what a pool needs: the only part of pooling that reads JSON.
namespace sockbench {

/// Of a valid run. `file` is what messages call it. Throws UsageError when the run has no ratios
/// per restart.
PoolRun pool_run(const nlohmann::ordered_json& run, const std::string& file);

/// Reads each path, a run.json or the directory that holds one. Throws UsageError with one sentence
/// when a path is neither, or these runs cannot be pooled.
std::vector<PoolRun> read_pool_runs(const std::vector<std::string>& paths);

}  // namespace sockbench
