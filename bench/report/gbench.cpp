#include <array>
#include <cmath>

#include "bench/judge/statistics.h"
#include "bench/report/export.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

constexpr const char* kRate = "achieved_rps";
constexpr const char* kRateInNs = "achieved_ns_per_request";

constexpr std::array kTimes = {
    "server.cpu_ns_per_request", "response_time_ns.p50",    "response_time_ns.p90",
    "response_time_ns.p99",      "response_time_ns.p99_9",  "first_reply_time_ns.mean",
    "first_reply_time_ns.p50",   "first_reply_time_ns.p99", "burst_ns"};

std::vector<double> ns_per_request(const std::vector<double>& rates) {
  std::vector<double> times;
  for (const double rps : rates) {
    if (rps > 0) times.push_back(1e9 / rps);
  }
  return times;
}

/// Real and CPU time are the same figure: which of them a reader takes is not ours to choose.
void put_figure(ordered_json& entry, std::size_t restarts, double ns) {
  entry["threads"] = 1;
  entry["iterations"] = restarts;
  entry["real_time"] = ns;
  entry["cpu_time"] = ns;
  entry["time_unit"] = "ns";
}

/// The entries of one benchmark.
class Benchmark final {
 public:
  Benchmark(const GbenchSeries& series, std::size_t family) : series_(series), family_(family) {}

  ordered_json median_alone() const {
    ordered_json entry = begun("", "iteration", 1);
    entry["repetition_index"] = 0;
    put_figure(entry, series_.values_ns.size(), median(series_.values_ns));
    return entry;
  }

  ordered_json repetition(std::size_t index) const {
    ordered_json entry = begun("", "iteration", series_.values_ns.size());
    entry["repetition_index"] = index;
    put_figure(entry, 1, series_.values_ns[index]);
    return entry;
  }

  ordered_json aggregate(const std::string& name, const char* unit, double value) const {
    ordered_json entry = begun("_" + name, "aggregate", series_.values_ns.size());
    entry["aggregate_name"] = name;
    entry["aggregate_unit"] = unit;
    put_figure(entry, series_.values_ns.size(), value);
    return entry;
  }

 private:
  ordered_json begun(const std::string& suffix, const char* type, std::size_t repetitions) const {
    return {{"name", series_.name + suffix},
            {"family_index", family_},
            {"per_family_instance_index", 0},
            {"run_name", series_.name},
            {"run_type", type},
            {"repetitions", repetitions}};
  }

  const GbenchSeries& series_;
  std::size_t family_;
};

/// As Google Benchmark itself, which has none of a single repetition.
void add_aggregates(ordered_json& entries, const Benchmark& benchmark,
                    const std::vector<double>& values) {
  if (values.size() < 2) return;
  entries.push_back(benchmark.aggregate("mean", "time", mean(values)));
  entries.push_back(benchmark.aggregate("median", "time", median(values)));
  entries.push_back(benchmark.aggregate("stddev", "time", standard_deviation(values)));
  const double share = coefficient_of_variation(values);
  if (std::isfinite(share)) entries.push_back(benchmark.aggregate("cv", "percentage", share));
}

/// What is not known is left out. The keys from "kernel" on are ours.
ordered_json context_of(const std::string& started_at, const Environment& machine,
                        const Program& program) {
  const bool release = program.build_type == "Release";
  ordered_json context = {{"date", started_at},
                          {"executable", "sockbench"},
                          {"num_cpus", machine.cpus},
                          {"caches", ordered_json::array()},
                          {"library_build_type", release ? "release" : "debug"}};
  if (machine.governor) context["cpu_scaling_enabled"] = *machine.governor != "performance";
  if (machine.load_average_at_start) {
    context["load_avg"] = ordered_json::array({*machine.load_average_at_start});
  }
  context["kernel"] = machine.kernel;
  context["cpu_model"] = machine.cpu_model;
  context["sockbench_version"] = program.version;
  if (program.git_commit) context["sockbench_commit"] = *program.git_commit;
  return context;
}

std::vector<GbenchSeries> series_of_cell(const Cell& cell) {
  const std::string prefix = cell.contestant + "/" + cell.workload + "/";
  std::vector<GbenchSeries> all = {
      {prefix + kRateInNs, ns_per_request(restart_values(cell, kRate))}};
  for (const char* metric : kTimes) all.push_back({prefix + metric, restart_values(cell, metric)});
  return all;
}

using CheckSide = std::optional<SideFigure> DuelCheck::*;

std::vector<GbenchSeries> series_of_side(const Duel& duel, CheckSide side) {
  std::vector<GbenchSeries> all;
  for (const DuelCheck& check : duel.checks) {
    const auto& measured = check.*side;
    if (!measured || (check.unit != "ns" && check.metric != kRate)) continue;
    const std::string prefix = check.workload + "/";
    std::vector<double> values = finite(measured->per_restart);
    if (check.metric == kRate) {
      all.push_back({prefix + kRateInNs, ns_per_request(values)});
    } else {
      all.push_back({prefix + check.metric, std::move(values)});
    }
  }
  return all;
}

ordered_json side_document(const Duel& duel, const DuelSide& side, CheckSide of,
                           GbenchEntries which) {
  ordered_json context = context_of(duel.started_at, duel.environment, duel.sockbench);
  context["label"] = side.label;
  return {{"context", context}, {"benchmarks", gbench_entries(series_of_side(duel, of), which)}};
}

std::string run_document(const Run& run, GbenchEntries which) {
  std::vector<GbenchSeries> all;
  for (const Cell& cell : run.cells) {
    for (GbenchSeries& series : series_of_cell(cell)) all.push_back(std::move(series));
  }
  const ordered_json entries = gbench_entries(all, which);
  if (entries.empty()) return "";
  const ordered_json document = {
      {"context", context_of(run.started_at, run.environment, run.sockbench)},
      {"benchmarks", entries}};
  return document.dump(1) + "\n";
}

}  // namespace

ordered_json gbench_entries(const std::vector<GbenchSeries>& all, GbenchEntries which) {
  ordered_json entries = ordered_json::array();
  std::size_t family = 0;
  for (const GbenchSeries& series : all) {
    if (series.values_ns.empty()) continue;
    const Benchmark benchmark(series, family++);
    if (which == GbenchEntries::kMedians) {
      entries.push_back(benchmark.median_alone());
      continue;
    }
    for (std::size_t i = 0; i < series.values_ns.size(); ++i) {
      entries.push_back(benchmark.repetition(i));
    }
    add_aggregates(entries, benchmark, series.values_ns);
  }
  return entries;
}

std::string gbench_of_run(const Run& run) { return run_document(run, GbenchEntries::kAll); }

std::string gbench_medians_of_run(const Run& run) {
  return run_document(run, GbenchEntries::kMedians);
}

GbenchDuel gbench_of_duel(const Duel& duel) {
  return {side_document(duel, duel.base, &DuelCheck::base, GbenchEntries::kAll),
          side_document(duel, duel.head, &DuelCheck::head, GbenchEntries::kAll),
          side_document(duel, duel.head, &DuelCheck::head, GbenchEntries::kMedians)};
}

}  // namespace sockbench
