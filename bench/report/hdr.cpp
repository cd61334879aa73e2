// The recorded times of a run as an HdrHistogram log.

#include <ctime>

#include "bench/report/export.h"
#include "common/error.h"
#include "common/hdr_log_format.h"
#include "common/histogram.h"

namespace sockbench {
namespace {

std::int64_t start_ms_of(const std::string& text) {
  std::tm parts{};
  const char* end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  const std::int64_t seconds = end != nullptr && *end == '\0' ? ::timegm(&parts) : -1;
  if (seconds < 0) {
    throw UsageError("The run's 'started_at', '" + text +
                     "', is no time such as 2026-01-31T12:00:00Z.");
  }
  return seconds * 1000;
}

}  // namespace

std::string hdr_log_of_run(const Run& run) {
  const std::string head = hdr_log_head(start_ms_of(run.started_at));
  std::string lines;
  for (const Cell& cell : run.cells) {
    for (const KindOfTimes& kind : kKindsOfTimes) {
      const std::optional<Times>& times = cell.*kind.times;
      if (!times) continue;
      (void)Histogram::decode(times->hdr);  // what is damaged must not reach a viewer
      lines += hdr_log_line({.length_s = run.duration_s,
                             .max_ns = times->max,
                             .histogram = times->hdr,
                             .tag = cell.contestant + "/" + cell.workload + "/" + kind.key});
    }
  }
  return lines.empty() ? "" : head + lines;
}

}  // namespace sockbench
