#include "bench/record/duel_json.h"

#include <cmath>
#include <filesystem>

#include "bench/record/duel_checks.h"
#include "bench/record/duel_sentences.h"
#include "bench/record/run_json.h"
#include "bench/record/version.h"
#include "common/error.h"
#include "common/or_null.h"
#include "common/units.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

ordered_json run_of(const Bout& bout, const DuelRecord& record) {
  RunRecord run;
  run.plan = bout.plan;
  run.cpus = record.cpus;
  run.environment = record.environment;
  run.results.push_back(bout.screening.result.cells);
  run.ends.push_back(bout.screening.result.end);
  return to_json(run);
}

ordered_json disturbance_json(const Disturbance& side) {
  return {{"waited_share", or_null(side.waited)},
          {"foreign_share", side.foreign},
          {"steal_share", side.steal}};
}

ordered_json bout_json(const Bout& bout, const DuelRecord& record) {
  const Workload& workload = bout.plan.workloads.front().workload;
  const auto& [base, control, head] = bout.disturbances;
  ordered_json control_json = nullptr;
  if (!bout.screening.series.empty()) {
    const auto& logs = bout.screening.series.front().control_log;
    const auto interval = t_interval(logs, kScreening.level);
    control_json = {
        {"ratio", or_null(std::exp(mean(logs)))},
        {"ci", interval ? ordered_json({std::exp(interval->lo), std::exp(interval->hi)}) : nullptr},
        {"moved", bout.control_moved}};
  }
  ordered_json explanation = ordered_json::array();
  if (bout.verdict == DuelVerdict::kRegression) {
    for (const std::string& line : explain_calls(record.counts)) explanation.push_back(line);
    for (const std::string& line : explain_traces(bout, run_of(bout, record))) {
      explanation.push_back(line);
    }
  }
  return {{"name", workload.name},
          {"title", workload.title},
          {"verdict", to_text(bout.verdict)},
          {"sentence", sentence_of(bout)},
          {"reasons", bout.reasons},
          {"seconds", bout.seconds},
          {"restarts", bout.screening.result.end.restarts},
          {"confirmation_restarts", bout.confirmation ? bout.confirmation->result.end.restarts : 0},
          {"limiter", to_text(bout.screening.judgements.at(kBase).limiter)},
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
  for (const Bout& bout : record.bouts) {
    verdicts.push_back(bout.verdict);
    workloads.push_back(bout_json(bout, record));
    for (ordered_json& check : bout_checks(bout)) checks.push_back(std::move(check));
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
