#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/judge/pool.h"

/// What a pool reads and writes.
namespace sockbench {

/// Of a valid run. `file` is what messages call it. Throws UsageError when the run has no ratios
/// per restart.
PoolRun pool_run(const nlohmann::ordered_json& run, const std::string& file);

/// Reads each path, a run.json or the directory that holds one. Throws UsageError with one sentence
/// when a path is neither, or these runs cannot be pooled.
std::vector<PoolRun> read_pool_runs(const std::vector<std::string>& paths);

/// pool.json: see results/schema/pool.schema.json. Figures have six significant digits.
nlohmann::ordered_json to_json(const Pool& pool);

/// A document with one element of its lists a line: short, and line by line comparable.
std::string one_element_a_line(const nlohmann::ordered_json& document);

/// pool.md: ratios of CPU per request, what moved between runs, reproducibility, claims.
std::string pool_markdown(const Pool& pool);

/// A few lines for people.
std::string pool_text(const Pool& pool);

}  // namespace sockbench
