// A run in Bencher's metric format.

#include <array>
#include <nlohmann/json.hpp>
#include <string>

#include "bench/judge/statistics.h"
#include "bench/report/export.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

struct Measure {
  const char* name;    ///< "latency" and "throughput" are Bencher's own, in ns and per second
  const char* metric;  ///< path in a cell
};

constexpr const char* kCpu = "cpu-ns-per-request";

constexpr std::array<Measure, 18> kMeasures = {{
    {"latency", "response_time_ns.p50"},
    {"throughput", "achieved_rps"},
    {kCpu, "server.cpu_ns_per_request"},
    {"response-time-ns-p90", "response_time_ns.p90"},
    {"response-time-ns-p99", "response_time_ns.p99"},
    {"response-time-ns-p99-9", "response_time_ns.p99_9"},
    {"first-reply-time-ns-mean", "first_reply_time_ns.mean"},
    {"first-reply-time-ns-p50", "first_reply_time_ns.p50"},
    {"first-reply-time-ns-p99", "first_reply_time_ns.p99"},
    {"burst-ns", "burst_ns"},
    {"syscalls-per-request", "server.syscalls_per_request.total"},
    {"context-switches-per-request", "server.context_switches_per_request.total"},
    {"memory-bytes-peak", "server.memory_bytes_peak"},
    {"memory-bytes-per-connection-user", "server.memory_bytes_per_connection.user"},
    {"memory-bytes-per-connection-kernel", "server.memory_bytes_per_connection.kernel"},
    {"memory-growth-bytes-per-s", "server.memory_growth_bytes_per_s"},
    {"cpu-utilisation", "server.cpu_utilisation"},
    {"wakeups-per-s", "server.wakeups_per_s"},
}};

/// `values` are not empty.
ordered_json figure_of(const std::vector<double>& values) {
  const Summary summary = summarize(values);
  ordered_json figure = {{"value", summary.median}};
  if (summary.ci95) {
    figure["lower_value"] = summary.ci95->lo;
    figure["upper_value"] = summary.ci95->hi;
  }
  return figure;
}

}  // namespace

std::string bmf_of_run(const Run& run) {
  ordered_json document = ordered_json::object();
  for (const Cell& cell : run.cells) {
    ordered_json measures = ordered_json::object();
    for (const auto& [name, metric] : kMeasures) {
      const std::vector<double> values = restart_values(cell, metric);
      if (!values.empty()) measures[name] = figure_of(values);
    }
    // Where there are requests it says only which side was faster.
    if (measures.contains(kCpu)) measures.erase("cpu-utilisation");
    if (!measures.empty()) document[cell.contestant + "/" + cell.workload] = std::move(measures);
  }
  return document.empty() ? "" : document.dump(1) + "\n";
}

}  // namespace sockbench
