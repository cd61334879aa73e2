#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/document/run.h"

namespace sockbench {

/// Checks `document` against the JSON schema in `schema_file`; one sentence per violation, with its
/// place, empty when it is valid.
std::vector<std::string> validate(const nlohmann::json& document,
                                  const std::filesystem::path& schema_file);

/// `kind`.schema.json ("run", "duel", "pool" or "capacity"), beside the workloads when installed or
/// in the source tree's results/schema/.
std::filesystem::path schema_file(const std::string& kind);

/// The run.json at `path`, or the duel.json likewise, unchecked; throws UsageError when it is not
/// JSON.
nlohmann::ordered_json read_measured(const std::string& path);
/// Throws UsageError also when it is not a valid run.
Run read_run(const std::string& path);
/// Likewise of a pool.
nlohmann::ordered_json read_valid_pool(const std::string& path);

}  // namespace sockbench
