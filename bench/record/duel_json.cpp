#include "bench/record/duel_json.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "bench/judge/figures.h"
#include "bench/record/duel_sentences.h"
#include "bench/record/run_json.h"
#include "bench/record/version.h"
#include "common/error.h"
#include "common/or_null.h"
#include "common/units.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

ordered_json interval_json(const std::optional<Interval>& interval) {
  return interval ? ordered_json({interval->lo, interval->hi}) : nullptr;
}

/// {median, per_restart} of one side in a stage; null without values.
ordered_json values_json(const CellResult& cell, const std::string& metric) {
  std::vector<double> per_restart;
  for (const RestartResult& restart : cell.restarts) {
    std::vector<double> values;
    for (const auto& [round, value] : values_of(restart, metric)) values.push_back(value);
    const double middle = median(values);
    if (std::isfinite(middle)) per_restart.push_back(middle);
  }
  if (per_restart.empty()) return nullptr;
  return {{"median", median(per_restart)}, {"per_restart", per_restart}};
}

ordered_json once_json(const std::optional<double>& value) {
  if (!value) return nullptr;
  return {{"median", *value}, {"per_restart", {*value}}};
}

double median_in(const ordered_json& side) {
  return side.is_null() ? std::nan("") : side["median"].get<double>();
}

/// The parts that every check has, exact ones as well.
ordered_json check_json(const std::string& workload, const std::string& metric,
                        const std::string& unit, const char* better, const std::string& not_gated,
                        bool exact, ordered_json base, ordered_json control, ordered_json head) {
  const double difference = median_in(head) - median_in(base);
  return {{"workload", workload},
          {"metric", metric},
          {"unit", unit},
          {"better", better},
          {"gated", not_gated.empty()},
          {"not_gated", not_gated.empty() ? ordered_json(nullptr) : ordered_json(not_gated)},
          {"exact", exact},
          {"base", std::move(base)},
          {"control", std::move(control)},
          {"head", std::move(head)},
          {"ratio", nullptr},
          {"ci", nullptr},
          {"level", nullptr},
          {"difference", or_null(difference)},
          {"p_value", nullptr},
          {"p_corrected", nullptr},
          {"margin", nullptr},
          {"detectable", nullptr},
          {"verdict", not_gated.empty() ? "pass" : "not_gated"},
          {"confirmation", nullptr}};
}

const char* unit_of(const std::string& metric) { return metric == "achieved_rps" ? "1/s" : "ns"; }

ordered_json confirmation_json(const AbComparison& comparison, const std::string& metric) {
  if (!comparison.confirmation) return nullptr;
  const AbStage& stage = *comparison.confirmation;
  for (std::size_t i = 0; i < stage.series.size(); ++i) {
    if (stage.series[i].rule.metric != metric) continue;
    const GateFinding& finding = stage.findings[i];
    return {{"restarts", stage.result.end.restarts},
            {"ratio", or_null(finding.ratio)},
            {"ci", interval_json(finding.ci)},
            {"p_value", finding.p_value},
            {"agrees", finding.verdict == GateVerdict::kRegression}};
  }
  return nullptr;
}

/// A metric that is timed. What was not seen again, or in a comparison that decided nothing, is
/// none.
ordered_json timed_check(const AbComparison& comparison, std::size_t i) {
  const AbStage& stage = comparison.screening;
  const GateSeries& series = stage.series[i];
  const GateFinding& finding = stage.findings[i];
  const std::string& metric = series.rule.metric;
  const auto& cells = stage.result.cells;
  ordered_json check =
      check_json(comparison.plan.workloads.front().workload.name, metric, unit_of(metric),
                 series.rule.lower_is_better ? "lower" : "higher", series.not_gated, false,
                 values_json(cells[kBase], metric), values_json(cells[kControl], metric),
                 values_json(cells[kHead], metric));
  check["ratio"] = or_null(finding.ratio);
  check["ci"] = interval_json(finding.ci);
  if (finding.ci) check["level"] = kScreening.level;
  if (finding.ci) check["p_value"] = finding.p_value;
  if (finding.ci) check["p_corrected"] = finding.p_corrected;
  check["margin"] = series.rule.margin;
  check["detectable"] = or_null(finding.detectable);
  check["confirmation"] = confirmation_json(comparison, metric);
  GateVerdict verdict = finding.verdict;
  const bool confirmed = check["confirmation"].is_object() && check["confirmation"]["agrees"];
  if (verdict == GateVerdict::kRegression &&
      !(confirmed && comparison.verdict == DuelVerdict::kRegression)) {
    verdict = GateVerdict::kInconclusive;
  }
  check["verdict"] = to_text(verdict);
  return check;
}

/// What was seen in one stage only is no regression.
const char* seen_in_both(bool again) { return again ? "regression" : "inconclusive"; }

ordered_json memory_check(const AbComparison& comparison) {
  const OnceFigure& memory = comparison.screening.memory;
  ordered_json check = check_json(
      comparison.plan.workloads.front().workload.name, "server.memory_bytes_per_connection.user",
      "bytes", "lower", "", false, once_json(memory.value[kBase]),
      once_json(memory.value[kControl]), once_json(memory.value[kHead]));
  if (*memory.value[kBase] > 0) check["ratio"] = *memory.value[kHead] / *memory.value[kBase];
  if (comparison.screening.memory_grew) {
    check["verdict"] =
        seen_in_both(comparison.confirmation && comparison.confirmation->memory_grew);
  }
  return check;
}

ordered_json loss_check(const AbComparison& comparison, std::size_t i) {
  const Loss& loss = comparison.screening.losses[i];
  ordered_json sides[kSides];
  for (std::size_t side = 0; side < kSides; ++side) {
    const std::vector<int>& lost = loss.by_restart[side];
    if (lost.empty()) continue;
    sides[side] = {{"median", median(std::vector<double>(lost.begin(), lost.end()))},
                   {"per_restart", lost}};
  }
  ordered_json check =
      check_json(comparison.plan.workloads.front().workload.name, loss.metric, loss.unit, "lower",
                 sides[kBase].is_null() ? "no request was answered" : "", false, sides[kBase],
                 sides[kControl], sides[kHead]);
  if (loss.only_head) {
    check["verdict"] =
        seen_in_both(comparison.confirmation && comparison.confirmation->losses[i].only_head);
  }
  return check;
}

}  // namespace

ordered_json count_checks(const DuelCounts& counts) {
  ordered_json checks = ordered_json::array();
  const std::string absent = why_not_counted(counts);
  if (!absent.empty()) {
    checks.push_back(check_json("counts", "server.syscalls_per_request.total", "calls", "lower",
                                absent, true, nullptr, nullptr, nullptr));
    return checks;
  }
  std::set<std::string> names;
  for (const CallCounts* one : {&counts.base, &counts.head}) {
    for (const auto& [name, count] : one->per_request) {
      if (std::abs(count) >= kCallsApart) names.insert(name);
    }
  }
  const auto changed = call_changes(counts);
  const bool more = more_calls(counts);
  for (const std::string& name : names) {
    const double base = calls_of(counts.base, name);
    const bool steady =
        std::abs(base - calls_of(counts.control, name)) < kCallsApart &&
        std::abs(calls_of(counts.head, name) - calls_of(counts.head_again, name)) < kCallsApart;
    ordered_json head = {
        {"median", calls_of(counts.head, name)},
        {"per_restart", {calls_of(counts.head, name), calls_of(counts.head_again, name)}}};
    ordered_json check =
        check_json("counts", "server.syscalls_per_request.by_name." + name, "calls", "lower",
                   steady ? "" : "not the same in two countings of the same program", true,
                   once_json(base), once_json(calls_of(counts.control, name)), std::move(head));
    const auto found = std::find_if(changed.begin(), changed.end(),
                                    [&](const CallChange& change) { return change.name == name; });
    if (found != changed.end()) {
      check["verdict"] = found->head < found->base ? "improved" : more ? "regression" : "pass";
    }
    checks.push_back(std::move(check));
  }
  return checks;
}

ordered_json comparison_checks(const AbComparison& comparison) {
  ordered_json checks = ordered_json::array();
  const AbStage& stage = comparison.screening;
  for (std::size_t i = 0; i < stage.series.size(); ++i)
    checks.push_back(timed_check(comparison, i));
  if (stage.memory.value[kBase] && stage.memory.value[kHead])
    checks.push_back(memory_check(comparison));
  for (std::size_t i = 0; i < stage.losses.size(); ++i) checks.push_back(loss_check(comparison, i));
  return checks;
}

namespace {

using nlohmann::ordered_json;

ordered_json run_of(const AbComparison& comparison, const DuelRecord& record) {
  RunRecord run;
  run.plan = comparison.plan;
  run.cpus = record.cpus;
  run.environment = record.environment;
  run.results.push_back(comparison.screening.result.cells);
  run.ends.push_back(comparison.screening.result.end);
  return to_json(run);
}

ordered_json disturbance_json(const Disturbance& side) {
  return {{"waited_share", or_null(side.waited)},
          {"foreign_share", side.foreign},
          {"steal_share", side.steal}};
}

ordered_json comparison_json(const AbComparison& comparison, const DuelRecord& record) {
  const Workload& workload = comparison.plan.workloads.front().workload;
  const auto& [base, control, head] = comparison.disturbances;
  ordered_json control_json = nullptr;
  if (!comparison.screening.series.empty()) {
    const auto& logs = comparison.screening.series.front().control_log;
    const auto interval = t_interval(logs, kScreening.level);
    control_json = {
        {"ratio", or_null(std::exp(mean(logs)))},
        {"ci", interval ? ordered_json({std::exp(interval->lo), std::exp(interval->hi)}) : nullptr},
        {"moved", comparison.control_moved}};
  }
  ordered_json explanation = ordered_json::array();
  if (comparison.verdict == DuelVerdict::kRegression) {
    for (const std::string& line : explain_calls(record.counts)) explanation.push_back(line);
    for (const std::string& line : explain_traces(comparison, run_of(comparison, record))) {
      explanation.push_back(line);
    }
  }
  return {{"name", workload.name},
          {"title", workload.title},
          {"verdict", to_text(comparison.verdict)},
          {"sentence", sentence_of(comparison)},
          {"reasons", comparison.reasons},
          {"seconds", comparison.seconds},
          {"restarts", comparison.screening.result.end.restarts},
          {"confirmation_restarts",
           comparison.confirmation ? comparison.confirmation->result.end.restarts : 0},
          {"limiter", to_text(comparison.screening.judgements.at(kBase).limiter)},
          {"control", control_json},
          {"disturbance",
           {{"base", disturbance_json(base)},
            {"control", disturbance_json(control)},
            {"head", disturbance_json(head)},
            {"one_sided", one_sided(base, control, head)}}},
          {"explanation", explanation}};
}

ordered_json counts_json(const DuelCounts& counts) {
  const std::string absent = why_not_counted(counts);
  const bool worse = absent.empty() && more_calls(counts);
  std::string sentence = absent;
  if (absent.empty()) {
    sentence = fixed(all_calls(counts.head), 2) + " calls per request on one connection, base " +
               fixed(all_calls(counts.base), 2);
  }
  const auto lines = explain_calls(counts);
  return {{"name", "counts"},
          {"title", "System calls, exact counts"},
          {"verdict", worse            ? "regression"
                      : absent.empty() ? "pass"
                                       : "inconclusive"},
          {"sentence", sentence},
          {"reasons", absent.empty() ? ordered_json::array() : ordered_json::array({absent})},
          {"seconds", counts.seconds},
          {"restarts", absent.empty() ? 2 : 0},
          {"confirmation_restarts", 0},
          {"limiter", "neither"},
          {"control", nullptr},
          {"disturbance", nullptr},
          {"explanation", worse ? ordered_json(lines) : ordered_json::array()}};
}

ordered_json side_json(const DuelSide& side) {
  const auto without_folder = [](std::vector<std::string> command) {
    for (std::string& word : command) {
      if (word.find('/') == 0) word = std::filesystem::path(word).filename().string();
    }
    return command;
  };
  ordered_json commands = ordered_json::array();
  const Contestant& contestant = side.contestant;
  for (const auto& layout : contestant.layouts) commands.push_back(without_folder(layout));
  if (commands.empty()) commands.push_back(without_folder(contestant.command));
  return {{"label", side.label}, {"commands", commands}};
}

int exit_code_of(DuelVerdict verdict, const DuelRecord& record) {
  if (record.interrupted) return kExitInterrupted;
  switch (verdict) {
    case DuelVerdict::kRegression:
      return kExitRegression;
    case DuelVerdict::kFailed:
      return kExitFailed;
    case DuelVerdict::kInconclusive:
      return record.fail_on_inconclusive ? kExitInconclusive : kExitOk;
    case DuelVerdict::kPass:
      break;
  }
  return kExitOk;
}

}  // namespace

ordered_json to_json(const DuelRecord& record) {
  ordered_json workloads = ordered_json::array();
  ordered_json checks = count_checks(record.counts);
  std::vector<DuelVerdict> verdicts;
  workloads.push_back(counts_json(record.counts));
  if (more_calls(record.counts)) verdicts.push_back(DuelVerdict::kRegression);
  for (const AbComparison& comparison : record.comparisons) {
    verdicts.push_back(comparison.verdict);
    workloads.push_back(comparison_json(comparison, record));
    for (ordered_json& check : comparison_checks(comparison)) checks.push_back(std::move(check));
  }
  DuelVerdict verdict = worst_of(verdicts);
  if (record.interrupted && verdict == DuelVerdict::kPass) verdict = DuelVerdict::kInconclusive;
  return {{"schema_version", 1},
          {"kind", "duel"},
          {"sockbench", version_json()},
          {"started_at", record.started_at},
          {"duration_s", record.duration_s},
          {"interrupted", record.interrupted},
          {"base", side_json(record.base)},
          {"head", side_json(record.head)},
          {"options", record.options},
          {"environment", record.environment},
          {"verdict", to_text(verdict)},
          {"sentence", duel_sentence(verdict, workloads)},
          {"exit_code", exit_code_of(verdict, record)},
          {"workloads", workloads},
          {"checks", checks}};
}

}  // namespace sockbench
