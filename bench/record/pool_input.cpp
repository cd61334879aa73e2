#include <array>
#include <cmath>
#include <filesystem>
#include <set>
#include <utility>

#include "bench/judge/between_runs.h"
#include "bench/judge/eligibility.h"
#include "bench/judge/numbers.h"
#include "bench/judge/run_series.h"
#include "bench/record/pool_files.h"
#include "bench/record/validate.h"
#include "common/error.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

double number_or_nan(const ordered_json& value) {
  return value.is_number() ? value.get<double>() : kNaN;
}

std::string text_of(const ordered_json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

Verdict verdict_named(const std::string& name) {
  for (const Verdict verdict : {Verdict::kFaster, Verdict::kSlower, Verdict::kTie}) {
    if (verdict_name(verdict) == name) return verdict;
  }
  return Verdict::kInconclusive;
}

/// Keys that only describe a workload: they change no figure.
bool is_description(const std::string& key) {
  static const std::set<std::string> described = {"title", "description", "family", "sweep",
                                                  "sweep_value"};
  return described.count(key) > 0;
}

/// What is not used counts as not set: runs of earlier versions lack the keys.
bool is_unused(const ordered_json& value) {
  return value.is_null() || value == 0 || value == false || (value.is_object() && value.empty());
}

void add_used(std::vector<PlanItem>& plan, const std::string& what, const ordered_json& value) {
  if (!is_unused(value)) plan.push_back({what, text_of(value)});
}

void add_names(std::vector<PlanItem>& plan, const std::string& what, const ordered_json& named) {
  for (const ordered_json& each : named) {
    plan.push_back({what + " '" + each["name"].get<std::string>() + "'", ""});
  }
}

std::string in_quotes(const std::string& text) {
  std::string result = "'";
  result.append(text).append("'");
  return result;
}

std::vector<PlanItem> plan_of(const ordered_json& run) {
  std::vector<PlanItem> plan;
  add_used(plan, "the suite", run["plan"]["suite"]);
  add_used(plan, "the reference", run["plan"]["reference"]);
  add_used(plan, "the margin", run["plan"]["margin"]);
  add_names(plan, "workload", run["workloads"]);
  add_names(plan, "contestant", run["contestants"]);
  for (const ordered_json& contestant : run["contestants"]) {
    const std::string of = " of contestant '" + contestant["name"].get<std::string>() + "'";
    add_used(plan, "the model" + of, contestant["model"]);
    for (const auto& [key, value] : contestant["options"].items()) {
      add_used(plan, "option " + in_quotes(key) + of, value);
    }
  }
  for (const ordered_json& workload : run["workloads"]) {
    const std::string of = " of workload '" + workload["name"].get<std::string>() + "'";
    for (const auto& [key, value] : workload.items()) {
      if (!is_description(key)) add_used(plan, in_quotes(key) + of, value);
    }
  }
  return plan;
}

/// The interval is computed anew from the ratios of the restarts, so that runs of all versions are
/// treated alike; those of before the variance between runs was known wrote narrower ones.
RunComparison comparison_of_run(const ordered_json& run, const ordered_json& json,
                                const std::string& file) {
  if (!json.contains("per_restart")) {
    throw UsageError("'" + file +
                     "' has no ratio of every restart, which a pool needs: an earlier version of "
                     "sockbench wrote it. Repeat the run.");
  }
  RunComparison comparison{json["workload"],
                           json["metric"],
                           json["base"],
                           json["head"],
                           number_or_nan(json["ratio"]),
                           std::nullopt,
                           std::nullopt,
                           json["restarts"],
                           verdict_named(json["verdict"]),
                           {}};
  for (const ordered_json& ratio : json["per_restart"]) {
    comparison.per_restart_log.push_back(ratio.is_number() ? std::log(ratio.get<double>()) : kNaN);
  }
  Effect effect = restart_effect(comparison.per_restart_log);
  if (varies_between_runs(comparison.metric)) {
    effect = across_runs(std::move(effect), programs_in_run(run, comparison.base, comparison.head));
  }
  comparison.ci95 = effect.ci95;
  comparison.restarts_ci95 = effect.restarts_ci95;
  return comparison;
}

/// The figures of a cell that a pool shows where they are eligible, by the metric's path.
constexpr std::array<std::pair<const char*, const char*>, 5> kFigures = {
    {{"server.cpu_ns_per_request", "/server/cpu_ns_per_request/median"},
     {"achieved_rps", "/achieved_rps/median"},
     {"response_time_ns.p50", "/response_time_ns/p50"},
     {"response_time_ns.p99", "/response_time_ns/p99"},
     {"server.cpu_utilisation", "/server/cpu_utilisation/median"}}};

RunCell cell_of_run(const ordered_json& json) {
  RunCell cell{
      json["contestant"], json["workload"], validity_named(json["validity"]["status"]), {}};
  for (const auto& [metric, place] : kFigures) {
    const ordered_json::json_pointer pointer(place);
    if (json.contains(pointer) && json.at(pointer).is_number() &&
        eligible_in_run(json, metric).eligible) {
      cell.figures.emplace_back(metric, json.at(pointer).get<double>());
    }
  }
  return cell;
}

RunClaim claim_of_run(const ordered_json& json) {
  RunClaim claim{json["id"], json["statement"], json["verdict"], {}};
  for (const ordered_json& figure : json["evidence"]) {
    if (!figure["value"].is_number()) continue;
    claim.figures.push_back({text_of(figure["cell"]), text_of(figure["metric"]),
                             text_of(figure["unit"]), figure["value"].get<double>()});
  }
  return claim;
}

std::vector<std::pair<std::string, std::string>> environment_of(const ordered_json& run) {
  std::vector<std::pair<std::string, std::string>> environment;
  for (const char* key :
       {"cpu_model", "cpus", "memory_bytes", "kernel", "architecture", "virtualization"}) {
    const auto value = run["environment"].find(key);
    if (value == run["environment"].end() || value->is_null()) continue;
    environment.emplace_back(key, text_of(*value));
  }
  environment.emplace_back("compiler", text_of(run["sockbench"]["compiler"]));
  return environment;
}

/// Name and another key of every element.
std::vector<std::pair<std::string, std::string>> named_with(const ordered_json& list,
                                                            const char* key) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const ordered_json& each : list) pairs.emplace_back(each["name"], text_of(each[key]));
  return pairs;
}

/// The file that `path` means.
std::string run_file(const std::string& path) {
  namespace fs = std::filesystem;
  const fs::path inside = fs::path(path) / "run.json";
  if (!fs::is_directory(path)) return path;
  if (!fs::exists(inside)) throw UsageError("'" + path + "' holds no run.json.");
  return inside.string();
}

}  // namespace

PoolRun pool_run(const ordered_json& run, const std::string& file) {
  PoolRun result;
  result.file = file;
  result.started_at = run["started_at"];
  result.duration_s = number_or_nan(run["duration_s"]);
  result.seed = run["plan"]["seed"];
  const ordered_json& commit = run["sockbench"]["git_commit"];
  if (commit.is_string()) result.git_commit = commit;
  result.environment = environment_of(run);
  result.interrupted = run["plan"]["interrupted"] == true;
  result.margin = run["plan"]["margin"];
  result.reference = run["plan"]["reference"];
  result.suite = run["plan"]["suite"];
  result.plan = plan_of(run);
  result.contestants = named_with(run["contestants"], "model");
  result.workloads = named_with(run["workloads"], "mode");
  for (const ordered_json& comparison : run["comparisons"]) {
    result.comparisons.push_back(comparison_of_run(run, comparison, file));
  }
  for (const ordered_json& cell : run["cells"]) result.cells.push_back(cell_of_run(cell));
  for (const ordered_json& claim : run.value("claims", ordered_json::array())) {
    result.claims.push_back(claim_of_run(claim));
  }
  return result;
}

std::vector<PoolRun> read_pool_runs(const std::vector<std::string>& paths) {
  std::vector<PoolRun> runs;
  for (const std::string& path : paths) {
    const std::string file = run_file(path);
    runs.push_back(pool_run(read_valid_run(file), file));
  }
  if (const std::string sentence = pool_refusal(runs); !sentence.empty()) {
    throw UsageError(sentence);
  }
  return runs;
}

}  // namespace sockbench
