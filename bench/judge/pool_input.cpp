// What a pool takes from each of its runs.

#include <array>
#include <cmath>
#include <filesystem>
#include <set>
#include <utility>

#include "bench/document/figure.h"
#include "bench/document/validate.h"
#include "bench/judge/between_runs.h"
#include "bench/judge/eligibility.h"
#include "bench/judge/pool.h"
#include "bench/judge/series.h"
#include "common/error.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

std::string value_text(const ordered_json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
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
  if (!is_unused(value)) plan.push_back({what, value_text(value)});
}

std::vector<PlanItem> plan_of(const Run& run) {
  std::vector<PlanItem> plan;
  add_used(plan, "the suite", run.plan.suite);
  add_used(plan, "the reference", run.plan.reference);
  add_used(plan, "the margin", run.plan.margin);
  for (const RunWorkload& workload : run.workloads) {
    plan.push_back({"workload '" + workload.name + "'", ""});
  }
  for (const RunContestant& contestant : run.contestants) {
    plan.push_back({"contestant '" + contestant.name + "'", ""});
  }
  for (const RunContestant& contestant : run.contestants) {
    const std::string of = " of contestant '" + contestant.name + "'";
    add_used(plan, "the model" + of, contestant.model);
    for (const auto& [key, value] : contestant.options.items()) {
      add_used(plan, "option '" + key + "'" + of, value);
    }
  }
  for (const RunWorkload& workload : run.workloads) {
    const std::string of = " of workload '" + workload.name + "'";
    const ordered_json keys = to_json(workload);
    for (const auto& [key, value] : keys.items()) {
      if (!is_description(key)) add_used(plan, "'" + key + "'" + of, value);
    }
  }
  return plan;
}

/// The interval is computed anew from the ratios of the restarts, so that runs of all versions are
/// treated alike; those of before the variance between runs was known wrote narrower ones.
RunComparison comparison_of_run(const Run& run, const Comparison& compared,
                                const std::string& file) {
  if (!compared.per_restart) {
    throw UsageError("'" + file +
                     "' has no ratio of every restart, which a pool needs: an earlier version of "
                     "sockbench wrote it. Repeat the run.");
  }
  RunComparison comparison{
      compared.workload, compared.metric, compared.base,     compared.head,    compared.ratio,
      std::nullopt,      std::nullopt,    compared.restarts, compared.verdict, {}};
  for (const double ratio : *compared.per_restart) {
    comparison.per_restart_log.push_back(std::log(ratio));
  }
  Effect effect = restart_effect(comparison.per_restart_log);
  if (varies_between_runs(comparison.metric)) {
    effect = across_runs(std::move(effect), programs_in_run(run, comparison.base, comparison.head));
  }
  comparison.ci95 = effect.ci95;
  comparison.restarts_ci95 = effect.restarts_ci95;
  return comparison;
}

/// The figures of a cell that a pool shows where they are eligible.
constexpr std::array kFigures = {"server.cpu_ns_per_request", "achieved_rps",
                                 "response_time_ns.p50", "response_time_ns.p99",
                                 "server.cpu_utilisation"};

RunCell cell_of_run(const Cell& cell) {
  RunCell result{cell.contestant, cell.workload, cell.validity.status, {}};
  for (const char* metric : kFigures) {
    const double value = figure(cell, metric).value;
    if (!std::isnan(value) && eligible(cell, metric).eligible) {
      result.figures.emplace_back(metric, value);
    }
  }
  return result;
}

RunClaim claim_of_run(const ClaimFinding& finding) {
  RunClaim claim{finding.id, finding.statement, finding.verdict, {}};
  for (const ClaimEvidence& evidence : finding.evidence) {
    if (!std::isnan(evidence.value)) claim.figures.push_back(evidence);
  }
  return claim;
}

std::vector<std::pair<std::string, std::string>> environment_of_run(const Run& run) {
  std::vector<std::pair<std::string, std::string>> environment;
  for (const char* key :
       {"cpu_model", "cpus", "memory_bytes", "kernel", "architecture", "virtualization"}) {
    const ordered_json value = run.environment.value_of(key);
    if (!value.is_null()) environment.emplace_back(key, value_text(value));
  }
  environment.emplace_back("compiler", run.sockbench.compiler);
  return environment;
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

PoolRun pool_run(const Run& run, const std::string& file) {
  PoolRun result;
  result.file = file;
  result.started_at = run.started_at;
  result.duration_s = run.duration_s;
  result.seed = run.plan.seed;
  result.git_commit = run.sockbench.git_commit.value_or("");
  result.environment = environment_of_run(run);
  result.interrupted = run.plan.interrupted;
  result.margin = run.plan.margin;
  result.reference = run.plan.reference;
  result.suite = run.plan.suite;
  result.plan = plan_of(run);
  for (const RunContestant& each : run.contestants) {
    result.contestants.emplace_back(each.name, each.model);
  }
  for (const RunWorkload& each : run.workloads) {
    result.workloads.emplace_back(each.name, to_text(each.mode));
  }
  for (const Comparison& comparison : run.comparisons) {
    result.comparisons.push_back(comparison_of_run(run, comparison, file));
  }
  for (const Cell& cell : run.cells) result.cells.push_back(cell_of_run(cell));
  for (const ClaimFinding& finding : run.claims) result.claims.push_back(claim_of_run(finding));
  return result;
}

std::vector<PoolRun> read_pool_runs(const std::vector<std::string>& paths) {
  std::vector<PoolRun> runs;
  for (const std::string& path : paths) {
    const std::string file = run_file(path);
    runs.push_back(pool_run(read_run(file), file));
  }
  if (const std::string sentence = pool_refusal(runs); !sentence.empty()) {
    throw UsageError(sentence);
  }
  return runs;
}

}  // namespace sockbench
