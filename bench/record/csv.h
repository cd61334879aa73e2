#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace sockbench {

/// The cells of a parsed run.json as CSV (RFC 4180): a heading, then a line for each cell. Columns
/// are paths of the contract ("achieved_rps.ci95.lo"), the same for every run but for the system
/// calls at the end; what is null is empty. "workload.…" and "comparison.…" are what the run says
/// of the cell elsewhere. Text that a spreadsheet would run as a formula begins with an apostrophe.
/// Empty for a run without cells.
std::string csv_of_run(const nlohmann::ordered_json& run);

}  // namespace sockbench
