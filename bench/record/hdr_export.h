#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace sockbench {

/// The recorded times of a parsed run.json as one HdrHistogram log, in nanoseconds: a line for each
/// cell and kind of time, tagged CONTESTANT/WORKLOAD/response_time_ns. Slices of all cells are
/// interleaved, so each line's interval is the whole run. Empty when nothing was recorded. Throws
/// UsageError for a damaged histogram, or a start that is no time.
std::string hdr_log_of_run(const nlohmann::ordered_json& run);

}  // namespace sockbench
