// A run as CSV.

#include <array>
#include <charconv>
#include <cmath>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/document/figure.h"
#include "bench/report/export.h"
#include "common/text.h"

namespace sockbench {
namespace {

constexpr const char* kWhitespace = " \t\r\n";

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

/// The shortest text that reads back as the same number; empty for NaN.
std::string number(double value) {
  if (std::isnan(value)) return "";
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

/// A spreadsheet must not take a text for a formula.
std::string text(const std::string& value) {
  const bool formula = value.find_first_of("=+-@\t\r") == 0;
  return quoted(formula ? "'" + value : value);
}

/// The columns and fields of one cell.
class Row final {
 public:
  explicit Row(const Cell& cell) : cell_(cell) {}

  void add(const std::string& column, std::string field) {
    columns_.emplace_back(column, std::move(field));
  }
  void add_interval(const std::string& prefix, const std::optional<Interval>& interval) {
    add(prefix + "ci95.lo", interval ? number(interval->lo) : "");
    add(prefix + "ci95.hi", interval ? number(interval->hi) : "");
  }
  void add_figures(std::initializer_list<const char*> paths) {
    for (const char* path : paths) add(path, number(figure(cell_, path).value));
  }
  void add_statistic(const std::string& path) {
    const Figure found = figure(cell_, path);
    add(path + ".median", number(found.value));
    add_interval(path + ".", found.ci95);
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
  const Cell& cell_;
  std::vector<std::pair<std::string, std::string>> columns_;
};

void add_workload(Row& row, const RunWorkload* workload) {
  const RunWorkload none{};
  const RunWorkload& own = workload == nullptr ? none : *workload;
  const auto known = [&](std::string field) {
    return workload == nullptr ? std::string() : std::move(field);
  };
  row.add("workload.mode", known(to_text(own.mode)));
  row.add("workload.connections", known(number(own.connections)));
  row.add("workload.active", known(number(own.active)));
  row.add("workload.message_bytes", known(number(own.message_bytes)));
  row.add("workload.pipeline", known(number(own.pipeline)));
  row.add("workload.offered_rps", own.mode == Mode::kOpenLoop ? number(own.offered_rps) : "");
  row.add("workload.sweep", text(own.sweep));
  row.add("workload.sweep_value", text(own.sweep_value));
  row.add("workload.reference", text(own.reference));
}

/// Against the workload's reference, which itself has none.
void add_comparisons(Row& row, const Run& run, const Cell& cell) {
  for (const std::string metric : {"server.cpu_ns_per_request", "achieved_rps"}) {
    const Comparison* found = run.comparison(cell.workload, cell.contestant, metric);
    const std::string prefix = "comparison." + metric + ".";
    row.add(prefix + "ratio", found == nullptr ? "" : number(found->ratio));
    row.add_interval(prefix, found == nullptr ? std::nullopt : found->ci95);
    row.add(prefix + "verdict", found == nullptr ? "" : to_text(found->verdict));
  }
}

void add_server(Row& row, const Cell& cell) {
  row.add_statistic("server.cpu_ns_per_request");
  row.add_figures({"server.user_ns_per_request", "server.system_ns_per_request"});
  row.add_statistic("server.cpu_utilisation");
  row.add_figures({"server.context_switches_per_request.total",
                   "server.context_switches_per_request.voluntary",
                   "server.context_switches_per_request.involuntary", "server.threads_peak",
                   "server.memory_bytes_peak", "server.memory_bytes_per_connection.user",
                   "server.memory_bytes_per_connection.kernel", "server.page_faults_per_request",
                   "server.cpu_migrations_per_request", "server.cycles_per_request",
                   "server.instructions_per_request"});
  row.add_statistic("server.memory_growth_bytes_per_s");
  row.add_statistic("server.wakeups_per_s");
  row.add_figures({"server.counted.restarts", "server.counted.slices", "server.counted.requests"});
  const auto& counted = cell.server.counted;
  row.add("server.counted.source", counted ? text(counted->source.value_or("")) : "");
  row.add_figures({"server.counted.traced_slices", "server.counted.traced_requests",
                   "server.counted.task_clock_ns_per_request",
                   "server.syscalls_per_request_predicted.total",
                   "server.syscalls_per_request.total"});
}

Row row_of(const Run& run, const Cell& cell, const std::set<std::string>& calls) {
  Row row(cell);
  row.add("contestant", text(cell.contestant));
  row.add("workload", text(cell.workload));
  add_workload(row, run.workload(cell.workload));
  row.add("restarts", number(static_cast<double>(cell.restarts)));
  row.add("limiter", to_text(cell.limiter));
  row.add("validity.status", to_text(cell.validity.status));
  row.add("validity.reasons", text(joined(cell.validity.reasons, "; ")));
  row.add_statistic("achieved_rps");
  add_comparisons(row, run, cell);
  for (const KindOfTimes& kind : kKindsOfTimes) {
    for (const char* part : {"count", "mean", "min", "max", "p50", "p90", "p99", "p99_9"}) {
      const std::string path = std::string(kind.key) + "." + part;
      row.add(path, number(figure(cell, path).value));
    }
  }
  row.add_statistic("burst_ns");
  add_server(row, cell);
  row.add_figures({"generator.cpu_ns_per_request",
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
  for (const std::string& call : calls) {
    const std::string path = "server.syscalls_per_request.by_name." + call;
    row.add(path, number(figure(cell, path).value));
  }
  return row;
}

/// Of all cells, so that every row has the same columns.
std::set<std::string> system_calls(const Run& run) {
  std::set<std::string> names;
  for (const Cell& cell : run.cells) {
    if (!cell.server.syscalls_per_request) continue;
    for (const auto& [name, count] : cell.server.syscalls_per_request->by_name) names.insert(name);
  }
  return names;
}

}  // namespace

std::string csv_of_run(const Run& run) {
  const std::set<std::string> calls = system_calls(run);
  std::string lines;
  for (const Cell& cell : run.cells) {
    const Row row = row_of(run, cell, calls);
    if (lines.empty()) lines = row.heading();
    lines += row.line();
  }
  return lines;
}

}  // namespace sockbench
