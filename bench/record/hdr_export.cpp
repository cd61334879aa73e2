#include "bench/record/hdr_export.h"

#include <ctime>

#include "common/error.h"
#include "common/hdr_log_format.h"
#include "common/histogram.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

std::int64_t start_ms_of(const ordered_json& run) {
  const auto text = run["started_at"].get<std::string>();
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

std::string hdr_log_of_run(const ordered_json& run) {
  const std::string head = hdr_log_head(start_ms_of(run));
  std::string lines;
  for (const ordered_json& cell : run["cells"]) {
    const std::string name =
        cell["contestant"].get<std::string>() + "/" + cell["workload"].get<std::string>() + "/";
    for (const char* kind :
         {"response_time_ns", "service_time_ns", "send_delay_ns", "take_up_delay_ns",
          "receive_delay_ns", "connect_time_ns", "first_reply_time_ns"}) {
      const auto times = cell.find(kind);
      if (times == cell.end() || times->is_null()) continue;
      const auto histogram = (*times)["hdr"].get<std::string>();
      (void)Histogram::decode(histogram);  // what is damaged must not reach a viewer
      const std::string tag = name + kind;
      lines += hdr_log_line({.length_s = run["duration_s"].get<double>(),
                             .max_ns = (*times)["max"].get<std::int64_t>(),
                             .histogram = histogram,
                             .tag = tag});
    }
  }
  return lines.empty() ? "" : head + lines;
}

}  // namespace sockbench
