#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// HdrHistogram's log format, version 1.3, as its own writers and viewers have it.
namespace sockbench {

/// The lines before the first interval. `start_ms` >= 0 is since the epoch; intervals begin so many
/// seconds after it.
std::string hdr_log_head(std::int64_t start_ms);

/// A line of the log: what was recorded in an interval.
struct HdrLogInterval {
  double start_s = 0;
  double length_s = 0;
  std::int64_t max_ns = 0;
  std::string_view histogram;  ///< as Histogram::encode() gives it
  /// Tells series of one log apart; empty: none. Commas, blanks and what no tag may hold otherwise
  /// are written as in addresses of the web, a comma as %2C.
  std::string_view tag = {};
};
std::string hdr_log_line(const HdrLogInterval& interval);

}  // namespace sockbench
