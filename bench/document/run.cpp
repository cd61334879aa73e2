#include "bench/document/run.h"

#include <cstdio>
#include <cstdlib>

#include "bench/document/cell_fields.h"
#include "bench/document/conclusion_fields.h"

namespace sockbench {

using document::Reader;
using document::Writer;
using nlohmann::ordered_json;

template <typename Visit>
void fields(Visit& visit, Is<DriftTables> auto& drift) {
  visit.rounded("by_position", drift.by_position);
  visit.rounded("by_round", drift.by_round);
  visit.rounded("by_predecessor", drift.by_predecessor);
}

template <typename Visit>
void fields(Visit& visit, Is<SliceColumns> auto& slices) {
  visit("workload", slices.workload);
  visit("metric", slices.metric);
  visit("drift", slices.drift);
  visit("start_ms", slices.start_ms);
  visit("contestant", slices.contestant);
  visit("restart", slices.restart);
  visit("round", slices.round);
  visit("position", slices.position);
  visit("steal_ms", slices.steal_ms);
  visit.rounded("figure", slices.figure);
  visit.rounded("achieved_rps", slices.achieved_rps);
}

SOCKBENCH_FIELDS(Program, version, git_commit, git_dirty, compiler, build_type)
SOCKBENCH_FIELDS(MachineFinding, item, status, found, cost, advice)

template <typename Visit>
void fields(Visit& visit, Is<WorkloadTiming> auto& timing) {
  visit("restarts", timing.restarts);
  visit("most_restarts", timing.most_restarts);
  visit("ended_by", timing.ended_by);
  visit("slices_per_restart", timing.slices_per_restart);
  visit("counted_restarts", timing.counted_restarts);
  visit("warm_up_ms", timing.warm_up_ms);
  visit.rounded("slice_ms", timing.slice_ms);
  visit("discard_ms", timing.discard_ms);
  visit("left_out", timing.left_out);
  visit("groups", timing.groups);
}

SOCKBENCH_FIELDS(PlanSection, seed, suite, reference, control, margin, disturbances, slice_factor,
                 unsliced_ms, precision, budget_s, server_cpus, generator_cpus, workloads,
                 paused_between_slices, interrupted)
SOCKBENCH_FIELDS(RunContestant, name, model, command, options, describe)
SOCKBENCH_FIELDS(SkippedContestant, contestant, title, status, missing, package, reason)

// ---- Parts whose JSON is no list of fields ------------------------------------------------------

namespace {

ordered_json workloads_json(const std::vector<RunWorkload>& workloads) {
  ordered_json list = ordered_json::array();
  for (const RunWorkload& workload : workloads) list.push_back(to_json(workload));
  return list;
}

/// A key that is null where a workload does not use it.
template <typename T>
void read_used(Reader& read, const char* key, T& value) {
  std::optional<T> used;
  read(key, used);
  if (used) value = *used;
}

std::vector<RunWorkload> parse_workload_list(const ordered_json& list) {
  std::vector<RunWorkload> workloads;
  for (const ordered_json& json : list) {
    RunWorkload& workload = workloads.emplace_back();
    Reader read(json, "workloads[" + std::to_string(workloads.size() - 1) + "]");
    read("name", workload.name);
    read_used(read, "sweep", workload.sweep);
    read_used(read, "sweep_value", workload.sweep_value);
    read("family", workload.family);
    read("title", workload.title);
    read("description", workload.description);
    read("mode", workload.mode);
    read("connections", workload.connections);
    read("active", workload.active);
    read("message_bytes", workload.message_bytes);
    read("pipeline", workload.pipeline);
    read("think_ns", workload.think_ns);
    read("client_work_ns", workload.client_work_ns);
    read("churn", workload.churn);
    read("newcomers", workload.newcomers);
    read("hold_ns", workload.hold_ns);
    read("burst", workload.burst);
    read_used(read, "connect_rate", workload.connect_rate);
    read("slow_readers", workload.slow_readers);
    read("slow_writers", workload.slow_writers);
    read_used(read, "slow_rate", workload.slow_rate);
    read_used(read, "offered_rps", workload.offered_rps);
    read_used(read, "arrival", workload.arrival);
    read("timestamps", workload.timestamps);
    read("server_options", workload.server_options);
    read("memory_growth", workload.memory_growth);
    read("keep_awake", workload.keep_awake);
    read("metrics", workload.metrics);
    read("reference", workload.reference);
  }
  return workloads;
}

template <typename T>
ordered_json list_json(const std::vector<T>& list) {
  return Writer::json_of(list);
}

}  // namespace

template <typename Visit>
void fields(Visit& visit, Is<Run> auto& run) {
  visit("schema_version", run.schema_version);
  visit("started_at", run.started_at);
  visit("duration_s", run.duration_s);
  visit("sockbench", run.sockbench);
  visit.with(
      "environment", run.environment, [](const Environment& machine) { return machine.whole; },
      environment_of);
  visit("plan", run.plan);
  visit("contestants", run.contestants);
  visit("skipped", run.skipped);
  visit.with("workloads", run.workloads, workloads_json, parse_workload_list);
  visit("cells", run.cells);
  visit("slices", run.slices);
  visit("comparisons", run.comparisons);
  visit("control", run.control);
  visit("rankings", run.rankings);
  visit("knees", run.knees);
  visit("headline", run.headline);
  visit("claims", run.claims);
  visit.if_any("advice", run.advice);
  visit.if_any("break_even", run.break_even);
  visit.if_any("cost_model", run.cost_model);
}

Environment environment_of(ordered_json whole) {
  Environment machine;
  Reader read(whole, "environment");
  read("kernel", machine.kernel);
  read("cpu_model", machine.cpu_model);
  read("cpus", machine.cpus);
  read("memory_bytes", machine.memory_bytes);
  read("governor", machine.governor);
  read("load_average_at_start", machine.load_average_at_start);
  read("warnings", machine.warnings);
  read("doctor", machine.doctor);
  for (const ordered_json& watch : whole.value("jitter", ordered_json::array())) {
    JitterFloor& floor = machine.jitter.emplace_back();
    Reader entry(watch, "environment.jitter");
    entry("when", floor.when);
    entry("side", floor.side);
    entry("cpu", floor.cpu);
    const ordered_json floor_ns = watch.value("floor_ns", ordered_json::object());
    Reader quantiles(floor_ns, "environment.jitter.floor_ns");
    quantiles("p99", floor.p99_ns);
    quantiles("p99_9", floor.p99_9_ns);
  }
  machine.whole = std::move(whole);
  return machine;
}

// ---- Documents ----------------------------------------------------------------------------------

Run parse_run(const ordered_json& document) {
  Run run;
  if (!document.is_object()) throw UsageError("A run must be a JSON object.");
  Reader reader(document, "");
  fields(reader, run);
  return run;
}

Program parse_program(const ordered_json& json) {
  Program program;
  Reader::read(program, json, "sockbench");
  return program;
}

ordered_json program_json(const Program& program) { return Writer::json_of(program); }

std::string one_element_a_line(const ordered_json& document) {
  std::string text = "{";
  const char* between = "\n";
  for (const auto& [key, value] : document.items()) {
    text += between + ordered_json(key).dump() + ": ";
    between = ",\n";
    if (!value.is_array() || value.empty()) {
      text += value.dump();
      continue;
    }
    const char* before = "[\n ";
    for (const ordered_json& element : value) {
      text += before + element.dump();
      before = ",\n ";
    }
    text += "\n]";
  }
  return text + "\n}\n";
}

Times parse_times(const ordered_json& block) {
  Times times;
  Reader::read(times, block, "times");
  return times;
}

PredictedCalls parse_predicted_calls(const ordered_json& calls) {
  PredictedCalls predicted;
  Reader::read(predicted, calls, "syscalls_per_request");
  return predicted;
}

ordered_json to_json(const RunWorkload& workload) {
  ordered_json json = to_json(static_cast<const Workload&>(workload));
  json["reference"] = workload.reference;
  return json;
}

ordered_json to_json(const WorkloadTiming& timing) { return Writer::json_of(timing); }

ordered_json to_json(const Run& run) { return Writer::json_of(run); }
ordered_json to_json(const std::vector<Answer>& answers) { return list_json(answers); }
ordered_json to_json(const std::vector<BreakEven>& points) { return list_json(points); }
ordered_json to_json(const std::vector<CostPrediction>& costs) { return list_json(costs); }
ordered_json to_json(const std::vector<ClaimFinding>& findings) { return list_json(findings); }

ordered_json rounded(double value, int digits) {
  if (!std::isfinite(value)) return nullptr;
  char text[40];
  std::snprintf(text, sizeof text, "%.*e", digits - 1, value);
  const double figure = std::strtod(text, nullptr);
  constexpr double kExactly = 1e15;  // whole doubles up to here are what they look like
  if (figure == std::floor(figure) && std::fabs(figure) < kExactly) return std::llround(figure);
  return figure;
}

}  // namespace sockbench
