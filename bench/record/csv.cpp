#include "bench/record/csv.h"

#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/judge/run_series.h"
#include "bench/record/format.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

constexpr const char* kWhitespace = " \t\r\n";

ordered_json value_at(const ordered_json& object, std::string path) {
  for (char& c : path) {
    if (c == '.') c = '/';
  }
  const ordered_json::json_pointer place("/" + path);
  return object.contains(place) ? object.at(place) : ordered_json(nullptr);
}

std::string quoted(const std::string& text) {
  if (text.empty()) return text;
  const std::string_view whitespace = kWhitespace;
  const bool edges = whitespace.find(text.front()) != std::string_view::npos ||
                     whitespace.find(text.back()) != std::string_view::npos;
  if (!edges && text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string field = "\"";
  for (const char c : text) field += c == '"' ? std::string("\"\"") : std::string(1, c);
  return field + "\"";
}

std::string as_field(const ordered_json& value) {
  if (value.is_null()) return "";
  if (value.is_array()) {
    std::string all;
    for (const ordered_json& part : value) {
      all += (all.empty() ? "" : "; ") + part.get<std::string>();
    }
    return as_field(all);
  }
  if (!value.is_string()) return value.dump();
  const auto text = value.get<std::string>();
  const bool formula = text.find_first_of("=+-@\t\r") == 0;
  return quoted(formula ? "'" + text : text);
}

/// The columns and fields of one cell.
class Row final {
 public:
  void add(const std::string& column, const ordered_json& value) {
    columns_.emplace_back(column, as_field(value));
  }

  /// Every row has the same columns, so `object` may be null.
  void add_figures(const ordered_json& object, const std::string& prefix,
                   std::initializer_list<const char*> paths) {
    for (const char* path : paths) add(prefix + path, value_at(object, path));
  }

  /// `path` leads to something with an interval.
  void add_interval(const ordered_json& object, const std::string& prefix) {
    const ordered_json interval = value_at(object, "ci95");
    add(prefix + "ci95.lo", interval.is_null() ? interval : interval.at(0));
    add(prefix + "ci95.hi", interval.is_null() ? interval : interval.at(1));
  }

  void add_statistic(const ordered_json& cell, const std::string& path) {
    const ordered_json statistic = value_at(cell, path);
    add(path + ".median", value_at(statistic, "median"));
    add_interval(statistic, path + ".");
  }

  void add_times(const ordered_json& cell, const std::string& path) {
    add_figures(value_at(cell, path), path + ".",
                {"count", "mean", "min", "max", "p50", "p90", "p99", "p99_9"});
  }

  std::string heading() const {
    std::string text;
    for (const auto& [column, field] : columns_) text += (text.empty() ? "" : ",") + quoted(column);
    return text + "\r\n";
  }

  std::string line() const {
    std::string text;
    for (const auto& [column, field] : columns_) text += "," + field;
    return text.substr(1) + "\r\n";
  }

 private:
  std::vector<std::pair<std::string, std::string>> columns_;
};

void add_workload(Row& row, const ordered_json& run, const ordered_json& cell) {
  const ordered_json* workload = find_workload(run, cell["workload"]);
  row.add_figures(workload == nullptr ? ordered_json() : *workload, "workload.",
                  {"mode", "connections", "active", "message_bytes", "pipeline", "offered_rps",
                   "sweep", "sweep_value", "reference"});
}

/// Against the workload's reference, which itself has none.
void add_comparisons(Row& row, const ordered_json& run, const ordered_json& cell) {
  for (const std::string metric : {"server.cpu_ns_per_request", "achieved_rps"}) {
    const ordered_json* found = comparison_of(run, cell, metric);
    const ordered_json comparison = found == nullptr ? ordered_json() : *found;
    const std::string prefix = "comparison." + metric + ".";
    row.add_figures(comparison, prefix, {"ratio"});
    row.add_interval(comparison, prefix);
    row.add_figures(comparison, prefix, {"verdict"});
  }
}

void add_server(Row& row, const ordered_json& cell) {
  row.add_statistic(cell, "server.cpu_ns_per_request");
  row.add_figures(cell, "", {"server.user_ns_per_request", "server.system_ns_per_request"});
  row.add_statistic(cell, "server.cpu_utilisation");
  row.add_figures(
      cell, "",
      {"server.context_switches_per_request.total", "server.context_switches_per_request.voluntary",
       "server.context_switches_per_request.involuntary", "server.threads_peak",
       "server.memory_bytes_peak", "server.memory_bytes_per_connection.user",
       "server.memory_bytes_per_connection.kernel", "server.page_faults_per_request",
       "server.cpu_migrations_per_request", "server.cycles_per_request",
       "server.instructions_per_request"});
  row.add_statistic(cell, "server.memory_growth_bytes_per_s");
  row.add_statistic(cell, "server.wakeups_per_s");
  row.add_figures(
      cell, "",
      {"server.counted.restarts", "server.counted.slices", "server.counted.requests",
       "server.counted.source", "server.counted.traced_slices", "server.counted.traced_requests",
       "server.counted.task_clock_ns_per_request", "server.syscalls_per_request_predicted.total",
       "server.syscalls_per_request.total"});
}

Row row_of(const ordered_json& run, const ordered_json& cell, const std::set<std::string>& calls) {
  Row row;
  row.add_figures(cell, "", {"contestant", "workload"});
  add_workload(row, run, cell);
  row.add_figures(cell, "", {"restarts", "limiter", "validity.status", "validity.reasons"});
  row.add_statistic(cell, "achieved_rps");
  add_comparisons(row, run, cell);
  for (const char* times :
       {"response_time_ns", "service_time_ns", "send_delay_ns", "take_up_delay_ns",
        "receive_delay_ns", "connect_time_ns", "first_reply_time_ns"}) {
    row.add_times(cell, times);
  }
  row.add_statistic(cell, "burst_ns");
  add_server(row, cell);
  row.add_figures(cell, "",
                  {"generator.cpu_ns_per_request",
                   "generator.cpu_utilisation",
                   "generator.burst_utilisation",
                   "generator.schedule_adherence",
                   "generator.little_ratio",
                   "stamp_check.sampled",
                   "stamp_check.send_error_ns.p50",
                   "stamp_check.send_error_ns.max",
                   "stamp_check.after_send",
                   "stamp_check.before_arrival",
                   "ledger.intended",
                   "ledger.sent",
                   "ledger.never_sent",
                   "ledger.answered",
                   "ledger.unanswered",
                   "ledger.refused",
                   "ledger.reset",
                   "ledger.timed_out",
                   "ledger.mismatched",
                   "ledger.extra_replies",
                   "fairness.jain",
                   "fairness.starved_connections",
                   "fairness.stalled_connections",
                   "fairness.waited_for_others",
                   "fairness.slowest_connection_p99_ns",
                   "connections.verified",
                   "connections.no_port",
                   "connections.listen_drops",
                   "connections.server_nagle_on",
                   "connections.generator_nagle_on",
                   "slow_peers.connected",
                   "slow_peers.refused",
                   "slow_peers.lost",
                   "slow_peers.wrong",
                   "slices.count",
                   "slices.with_steal",
                   "slices.repeated",
                   "slices.disturbed",
                   "slices.steal_ns",
                   "slices.foreign_ns",
                   "slices.max_settle_ns"});
  const ordered_json by_name = value_at(cell, "server.syscalls_per_request.by_name");
  for (const std::string& call : calls) {
    row.add("server.syscalls_per_request.by_name." + call,
            by_name.is_object() ? by_name.value(call, ordered_json()) : ordered_json());
  }
  return row;
}

/// Of all cells, so that every row has the same columns.
std::set<std::string> system_calls(const ordered_json& run) {
  std::set<std::string> names;
  for (const ordered_json& cell : run["cells"]) {
    const ordered_json calls = value_at(cell, "server.syscalls_per_request.by_name");
    for (const auto& [name, count] : calls.items()) names.insert(name);
  }
  return names;
}

}  // namespace

std::string csv_of_run(const ordered_json& run) {
  const std::set<std::string> calls = system_calls(run);
  std::string text;
  for (const ordered_json& cell : run["cells"]) {
    const Row row = row_of(run, cell, calls);
    if (text.empty()) text = row.heading();
    text += row.line();
  }
  return text;
}

}  // namespace sockbench
