#include "tests/bench/synthetic.h"

#include <cmath>
#include <stdexcept>

#include "bench/machine/environment.h"
#include "common/clock.h"
#include "common/histogram.h"
#include "tests/bench/documents.h"

namespace sockbench::test {
namespace {

using nlohmann::ordered_json;

constexpr std::int64_t kWindowNs = 20 * kNsPerMs;

template <typename Value>
ordered_json or_null(const std::optional<Value>& value) {
  return value ? ordered_json(*value) : nullptr;
}

ordered_json block(const std::vector<std::int64_t>& times, int repeats) {
  Histogram histogram;
  for (const std::int64_t time : times) {
    histogram.record_n(time, static_cast<std::uint64_t>(repeats));
  }
  return time_block(histogram);
}

}  // namespace

Slice slice(int round, const SliceShape& shape) {
  Slice slice{.round = round};
  slice.window_ns = kWindowNs;
  slice.answered = static_cast<std::uint64_t>(std::lround(shape.rps * 0.024));
  slice.wall_ns = std::llround(static_cast<double>(slice.answered) / shape.rps * 1e9);
  slice.disturbance.span_ns = slice.wall_ns;
  slice.cpu_ns = std::llround(shape.cpu_ns_per_request * static_cast<double>(slice.answered));
  return slice;
}

ordered_json report(const ReportShape& shape) {
  ordered_json ledger = {{"intended", 1000},  {"sent", 1000},    {"never_sent", 0},
                         {"answered", 1000},  {"unanswered", 0}, {"refused", 0},
                         {"reset", 0},        {"timed_out", 0},  {"mismatched", 0},
                         {"extra_replies", 0}};
  ledger.update(shape.ledger);
  return {{"response_time_ns", block(shape.response_ns, shape.repeats)},
          {"service_time_ns", block(shape.response_ns, shape.repeats)},
          {"send_delay_ns", block(shape.send_delay_ns, shape.repeats)},
          {"take_up_delay_ns", block(shape.send_delay_ns, shape.repeats)},
          {"receive_delay_ns", nullptr},
          {"connect_time_ns", block({90'000}, shape.asked)},
          {"generator",
           {{"cpu_ns_per_request", 900.0},
            {"cpu_utilisation", shape.generator_utilisation},
            {"schedule_adherence", or_null(shape.schedule_adherence)},
            {"little_ratio", or_null(shape.little_ratio)}}},
          {"connections", {{"asked", shape.asked}, {"verified", shape.verified}, {"lost", 0}}},
          {"ledger", ledger},
          {"fairness",
           {{"jain", 0.99},
            {"reply_shares",
             shape.reply_shares.empty() ? ordered_json(nullptr) : ordered_json(shape.reply_shares)},
            {"starved_connections", shape.starved},
            {"stalled_connections", shape.stalled},
            {"slowest_connection_p99_ns", nullptr}}}};
}

ordered_json idle_report(int connections) {
  ordered_json report = test::report({.generator_utilisation = 0,
                                      .little_ratio = std::nullopt,
                                      .response_ns = {},
                                      .asked = connections,
                                      .verified = connections,
                                      .starved = connections});
  report["generator"]["cpu_ns_per_request"] = nullptr;
  report["fairness"]["jain"] = nullptr;
  report["fairness"]["reply_shares"] = nullptr;
  for (auto& [kind, count] : report["ledger"].items()) count = 0;
  return report;
}

RestartResult restart(int number, const SliceShape& shape, int slices,
                      const ReportShape& report_shape) {
  RestartResult result;
  result.restart = number;
  for (int round = 0; round < slices; ++round) result.slices.push_back(slice(round, shape));
  ReportShape own = report_shape;
  if (!own.ledger.contains("intended")) {  // as many as were answered
    std::uint64_t intended = 0;
    for (const Slice& each : result.slices) intended += each.answered;
    intended = intended * 20 / 24;  // those of the windows
    own.ledger["intended"] = intended;
  }
  result.report = report(own);
  result.memory_peak = 4 << 20;
  result.user_share = 0.25;
  result.threads = 1;
  return result;
}

CellResult cell(int count, const SliceShape& shape, double spread,
                const ReportShape& report_shape) {
  CellResult result;
  for (int i = 0; i < count; ++i) {
    const double factor = std::exp(i % 2 == 0 ? spread : -spread);
    SliceShape own = shape;
    own.cpu_ns_per_request *= factor;
    own.rps *= factor;
    result.restarts.push_back(restart(i, own, 4, report_shape));
  }
  return result;
}

CellResult idle_cell(int count, double utilisation) {
  CellResult result;
  for (int i = 0; i < count; ++i) {
    RestartResult& restart = result.restarts.emplace_back();
    restart.restart = i;
    Slice slice{};
    slice.wall_ns = slice.window_ns = 250 * kNsPerMs;
    slice.cpu_ns = std::llround(utilisation * static_cast<double>(slice.wall_ns));
    restart.slices = {slice};
    restart.report = idle_report(200);
    restart.memory_peak = 4 << 20;
    restart.threads = 1;
  }
  return result;
}

Contestant contestant(const std::string& name, std::optional<int> max_connections) {
  const std::string model = name.substr(0, name.find('#'));
  return {name,
          model,
          {"/somewhere/bin/server-" + model},
          {{"name", model},
           {"family", "test"},
           {"max_connections", or_null(max_connections)},
           {"options", {{"reply", "upper"}}}}};
}

Workload closed_loop(const std::string& name) {
  Workload workload;
  workload.name = name;
  workload.family = "connections";
  workload.title = "The title of " + name;
  workload.description = "The description of " + name + ".";
  workload.connections = workload.active = 64;
  workload.metrics = {"server.cpu_ns_per_request", "achieved_rps"};
  return workload;
}

Workload open_loop(const std::string& name) {
  Workload workload = closed_loop(name);
  workload.mode = Mode::kOpenLoop;
  workload.offered_rps = 10'000;
  workload.metrics = {"server.cpu_ns_per_request", "response_time_ns.p50", "response_time_ns.p99"};
  return workload;
}

Workload idle(const std::string& name) {
  Workload workload = closed_loop(name);
  workload.mode = Mode::kIdle;
  workload.connections = workload.active = 200;
  workload.metrics = {"server.cpu_utilisation"};
  return workload;
}

Scene::Scene(const std::vector<std::string>& contestants, std::uint64_t restarts)
    : restarts_(static_cast<int>(restarts)) {
  for (const std::string& name : contestants) plan.contestants.push_back(contestant(name));
}

void Scene::add(const Workload& workload, std::vector<CellResult> results) {
  plan.workloads.push_back({workload, restarts_, 4});
  results_.push_back(std::move(results));
}

void Scene::judge() {
  cells.clear();
  for (std::size_t w = 0; w < plan.workloads.size(); ++w) {
    for (std::size_t c = 0; c < plan.contestants.size(); ++c) {
      JudgedCell& cell = cells.emplace_back();
      cell.contestant = &plan.contestants[c];
      cell.workload = &plan.workloads[w];
      cell.result = &results_[w][c];
      cell.figures = figures_of(*cell.result, cell.workload->workload);
      cell.judgement = judge_cell(*cell.contestant, cell.workload->workload, cell.result->failure,
                                  cell.figures, 1);
    }
  }
}

std::vector<Ranking> Scene::rankings() const {
  return rank_cells(plan, cells, compare_cells(plan, cells, kMargin), kMargin);
}

RunRecord record(const RunPlan& plan, std::vector<std::vector<CellResult>> results) {
  RunRecord record;
  record.plan = plan;
  record.cpus = {{0}, {1}, false};
  record.environment = describe_environment(record.cpus, read_facts());
  // A CPU that lost a millisecond of 200 in four ticks.
  const CpuJitter jitter{0, 200 * kNsPerMs, {100'000, 200'000, 300'000, 400'000}};
  RunWatch(record.cpus, {jitter}).record_into(record.environment);
  record.started_at = "2024-05-01T12:00:00Z";
  record.duration_s = 12.5;
  for (std::size_t w = 0; w < results.size(); ++w) {
    WorkloadEnd& end = record.ends.emplace_back();
    end = {.restarts = plan.workloads[w].restarts,
           .ended_by = "restarts",
           .groups = {{}},
           .timings = {{20 * kNsPerMs, plan.workloads[w].slices_per_restart}}};
    for (std::size_t c = 0; c < plan.contestants.size(); ++c) end.groups.front().push_back(c);
  }
  record.results = std::move(results);
  return record;
}

RunRecord full_record() {
  RunPlan plan;
  plan.suite = "made";
  plan.contestants = {contestant("epoll"), contestant("select", 1020), contestant("blocking", 1)};
  plan.workloads = {{closed_loop(), 8, 4}, {open_loop(), 8, 4}, {idle(), 8, 1}};
  CellResult dead = cell(2);
  dead.failure = "the server was ended by signal 9 (Killed) (restart 3)";
  const ReportShape paced{.little_ratio = std::nullopt,
                          .schedule_adherence = 1.0,
                          .repeats = 50'000,
                          .send_delay_ns = {100, 200, 300}};
  const SliceShape at_rate{.rps = 10'000};
  CellResult starved = cell(2, {}, 0.001, {.verified = 1, .starved = 63});
  return record(plan, {{cell(8), dead, starved},
                       {cell(8, at_rate, 0, paced), cell(8, at_rate, 0, paced), dead},
                       {idle_cell(8, 0.0), idle_cell(8, 0.001), idle_cell(8, 0.9)}});
}

const nlohmann::ordered_json& full_run() {
  static const nlohmann::ordered_json run = to_json(full_record());
  return run;
}

const nlohmann::ordered_json& cell_of(const nlohmann::ordered_json& run,
                                      const std::string& workload, const std::string& contestant) {
  for (const nlohmann::ordered_json& cell : run["cells"]) {
    if (cell["workload"] == workload && cell["contestant"] == contestant) return cell;
  }
  throw std::runtime_error("no cell " + workload + " " + contestant);
}

}  // namespace sockbench::test
