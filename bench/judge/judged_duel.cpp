#include "bench/judge/judged_duel.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "bench/document/run.h"
#include "bench/judge/figures.h"
#include "bench/judge/judged_run.h"
#include "common/error.h"
#include "common/units.h"

namespace sockbench {
namespace {

/// One side in a stage; nullopt without values.
std::optional<SideFigure> side_figure(const CellResult& cell, const std::string& metric) {
  std::vector<double> per_restart;
  for (const RestartResult& restart : cell.restarts) {
    std::vector<double> values;
    for (const auto& [round, value] : values_of(restart, metric)) values.push_back(value);
    const double middle = median(values);
    if (std::isfinite(middle)) per_restart.push_back(middle);
  }
  if (per_restart.empty()) return std::nullopt;
  return SideFigure{median(per_restart), per_restart};
}

std::optional<SideFigure> measured_once(const std::optional<double>& value) {
  if (!value) return std::nullopt;
  return SideFigure{*value, {*value}};
}

/// The parts that every check has, exact ones as well. `not_gated`: why it has no say, or empty.
DuelCheck begun_check(const std::string& workload, const std::string& metric,
                      const std::string& unit, const std::string& not_gated,
                      std::optional<SideFigure> base, std::optional<SideFigure> control,
                      std::optional<SideFigure> head) {
  DuelCheck check;
  check.workload = workload;
  check.metric = metric;
  check.unit = unit;
  check.better = "lower";
  check.gated = not_gated.empty();
  if (!not_gated.empty()) {
    check.not_gated = not_gated;
    check.verdict = GateVerdict::kNotGated;
  }
  if (base && head) check.difference = head->median - base->median;
  check.base = std::move(base);
  check.control = std::move(control);
  check.head = std::move(head);
  return check;
}

const std::string& workload_of(const AbComparison& comparison) {
  return comparison.plan.workloads.front().workload.name;
}

std::optional<Confirmation> confirmation_of(const AbComparison& comparison,
                                            const std::string& metric) {
  if (!comparison.confirmation) return std::nullopt;
  const AbStage& stage = *comparison.confirmation;
  for (std::size_t i = 0; i < stage.series.size(); ++i) {
    if (stage.series[i].rule.metric != metric) continue;
    const GateFinding& finding = stage.findings[i];
    return Confirmation{.restarts = stage.result.end.restarts,
                        .ratio = finding.ratio,
                        .ci = finding.ci,
                        .p_value = finding.p_value,
                        .agrees = finding.verdict == GateVerdict::kRegression};
  }
  return std::nullopt;
}

/// A metric that is timed. What was not seen again, or in a comparison that decided nothing, is
/// none.
DuelCheck timed_check(const AbComparison& comparison, std::size_t i) {
  const AbStage& stage = comparison.screening;
  const GateSeries& series = stage.series[i];
  const GateFinding& finding = stage.findings[i];
  const std::string& metric = series.rule.metric;
  const auto& cells = stage.result.cells;
  DuelCheck check =
      begun_check(workload_of(comparison), metric, metric == "achieved_rps" ? "1/s" : "ns",
                  series.not_gated, side_figure(cells[kBase], metric),
                  side_figure(cells[kControl], metric), side_figure(cells[kHead], metric));
  if (!series.rule.lower_is_better) check.better = "higher";
  check.ratio = finding.ratio;
  check.ci = finding.ci;
  if (finding.ci) {
    check.level = kScreening.level;
    check.p_value = finding.p_value;
    check.p_corrected = finding.p_corrected;
  }
  check.margin = series.rule.margin;
  check.detectable = finding.detectable.value_or(kNaN);
  check.confirmation = confirmation_of(comparison, metric);
  check.verdict = finding.verdict;
  const bool confirmed = check.confirmation && check.confirmation->agrees;
  if (finding.verdict == GateVerdict::kRegression &&
      !(confirmed && comparison.verdict == DuelVerdict::kRegression)) {
    check.verdict = GateVerdict::kInconclusive;
  }
  return check;
}

/// What was seen in one stage only is no regression.
GateVerdict seen_in_both(bool again) {
  return again ? GateVerdict::kRegression : GateVerdict::kInconclusive;
}

DuelCheck memory_check(const AbComparison& comparison) {
  const OnceFigure& memory = comparison.screening.memory;
  DuelCheck check =
      begun_check(workload_of(comparison), "server.memory_bytes_per_connection.user", "bytes", "",
                  measured_once(memory.value[kBase]), measured_once(memory.value[kControl]),
                  measured_once(memory.value[kHead]));
  if (*memory.value[kBase] > 0) check.ratio = *memory.value[kHead] / *memory.value[kBase];
  if (comparison.screening.memory_grew) {
    check.verdict = seen_in_both(comparison.confirmation && comparison.confirmation->memory_grew);
  }
  return check;
}

DuelCheck loss_check(const AbComparison& comparison, std::size_t i) {
  const Loss& loss = comparison.screening.losses[i];
  std::array<std::optional<SideFigure>, kSides> sides;
  for (std::size_t side = 0; side < kSides; ++side) {
    const std::vector<double> lost(loss.by_restart[side].begin(), loss.by_restart[side].end());
    if (!lost.empty()) sides[side] = SideFigure{median(lost), lost};
  }
  DuelCheck check = begun_check(workload_of(comparison), loss.metric, loss.unit,
                                sides[kBase] ? "" : "no request was answered", sides[kBase],
                                sides[kControl], sides[kHead]);
  if (loss.only_head) {
    check.verdict =
        seen_in_both(comparison.confirmation && comparison.confirmation->losses[i].only_head);
  }
  return check;
}

}  // namespace

std::vector<DuelCheck> count_checks(const DuelCounts& counts) {
  const auto exact = [](DuelCheck check) {
    check.exact = true;
    return check;
  };
  const std::string absent = why_not_counted(counts);
  if (!absent.empty()) {
    return {exact(begun_check("counts", "server.syscalls_per_request.total", "calls", absent,
                              std::nullopt, std::nullopt, std::nullopt))};
  }
  std::set<std::string> names;
  for (const CallCounts* one : {&counts.base, &counts.head}) {
    for (const auto& [name, count] : one->per_request) {
      if (std::abs(count) >= kCallsApart) names.insert(name);
    }
  }
  std::vector<DuelCheck> checks;
  const auto changed = call_changes(counts);
  const bool more = more_calls(counts);
  for (const std::string& name : names) {
    const double base = calls_of(counts.base, name);
    const double head = calls_of(counts.head, name);
    const double again = calls_of(counts.head_again, name);
    const bool steady = std::abs(base - calls_of(counts.control, name)) < kCallsApart &&
                        std::abs(head - again) < kCallsApart;
    DuelCheck check = exact(begun_check(
        "counts", "server.syscalls_per_request.by_name." + name, "calls",
        steady ? "" : "not the same in two countings of the same program", measured_once(base),
        measured_once(calls_of(counts.control, name)), SideFigure{head, {head, again}}));
    const auto found = std::find_if(changed.begin(), changed.end(),
                                    [&](const CallChange& change) { return change.name == name; });
    if (found != changed.end()) {
      check.verdict = found->head < found->base ? GateVerdict::kImproved
                      : more                    ? GateVerdict::kRegression
                                                : GateVerdict::kPass;
    }
    checks.push_back(std::move(check));
  }
  return checks;
}

std::vector<DuelCheck> comparison_checks(const AbComparison& comparison) {
  std::vector<DuelCheck> checks;
  const AbStage& stage = comparison.screening;
  for (std::size_t i = 0; i < stage.series.size(); ++i) {
    checks.push_back(timed_check(comparison, i));
  }
  if (stage.memory.value[kBase] && stage.memory.value[kHead]) {
    checks.push_back(memory_check(comparison));
  }
  for (std::size_t i = 0; i < stage.losses.size(); ++i) {
    checks.push_back(loss_check(comparison, i));
  }
  return checks;
}

namespace {

Run run_of(const AbComparison& comparison, const DuelRecord& record) {
  RunRecord run;
  run.plan = comparison.plan;
  run.cpus = record.cpus;
  run.environment = record.environment;
  run.results.push_back(comparison.screening.result.cells);
  run.ends.push_back(comparison.screening.result.end);
  return judged_run(run);
}

SideDisturbance side_disturbance(const Disturbance& side) {
  return {side.waited.value_or(kNaN), side.foreign, side.steal};
}

DuelWorkload workload_of(const AbComparison& comparison, const DuelRecord& record) {
  const Workload& workload = comparison.plan.workloads.front().workload;
  const auto& [base, control, head] = comparison.disturbances;
  DuelWorkload result;
  result.name = workload.name;
  result.title = workload.title;
  result.verdict = comparison.verdict;
  result.sentence = sentence_of(comparison);
  result.reasons = comparison.reasons;
  result.seconds = comparison.seconds;
  result.restarts = comparison.screening.result.end.restarts;
  if (comparison.confirmation) {
    result.confirmation_restarts = comparison.confirmation->result.end.restarts;
  }
  result.limiter = comparison.screening.judgements.at(kBase).limiter;
  if (!comparison.screening.series.empty()) {
    const auto& logs = comparison.screening.series.front().control_log;
    result.control = {
        .ratio = std::exp(mean(logs)), .ci = std::nullopt, .moved = comparison.control_moved};
    if (const auto interval = t_interval(logs, kScreening.level)) {
      result.control->ci = Interval{std::exp(interval->lo), std::exp(interval->hi)};
    }
  }
  result.disturbance = {.base = side_disturbance(base),
                        .control = side_disturbance(control),
                        .head = side_disturbance(head),
                        .one_sided = one_sided(base, control, head)};
  if (comparison.verdict == DuelVerdict::kRegression) {
    result.explanation = explain_calls(record.counts);
    for (std::string& line : explain_traces(comparison, run_of(comparison, record))) {
      result.explanation.push_back(std::move(line));
    }
  }
  return result;
}

DuelWorkload workload_of_counts(const DuelCounts& counts) {
  const std::string absent = why_not_counted(counts);
  const bool worse = absent.empty() && more_calls(counts);
  DuelWorkload result;
  result.name = "counts";
  result.title = "System calls, exact counts";
  result.verdict = worse            ? DuelVerdict::kRegression
                   : absent.empty() ? DuelVerdict::kPass
                                    : DuelVerdict::kInconclusive;
  result.sentence = absent;
  if (absent.empty()) {
    result.sentence = fixed(all_calls(counts.head), 2) +
                      " calls per request on one connection, base " +
                      fixed(all_calls(counts.base), 2);
  } else {
    result.reasons.push_back(absent);
  }
  result.seconds = counts.seconds;
  result.limiter = Limiter::kNeither;
  result.restarts = absent.empty() ? 2 : 0;
  if (worse) result.explanation = explain_calls(counts);
  return result;
}

DuelSide side_of(const Opponent& side) {
  const auto without_folder = [](std::vector<std::string> command) {
    for (std::string& word : command) {
      if (word.find('/') == 0) word = std::filesystem::path(word).filename().string();
    }
    return command;
  };
  DuelSide result{side.label, {}};
  const Contestant& contestant = side.contestant;
  for (const auto& layout : contestant.layouts) result.commands.push_back(without_folder(layout));
  if (result.commands.empty()) result.commands.push_back(without_folder(contestant.command));
  return result;
}

int exit_code_of(DuelVerdict verdict, const DuelRecord& record) {
  if (record.interrupted) return kExitInterrupted;
  switch (verdict) {
    case DuelVerdict::kRegression:
      return kExitRegression;
    case DuelVerdict::kFailed:
      return kExitFailed;
    case DuelVerdict::kInconclusive:
      return record.options.fail_on_inconclusive ? kExitInconclusive : kExitOk;
    case DuelVerdict::kPass:
      break;
  }
  return kExitOk;
}

}  // namespace

Duel judged_duel(const DuelRecord& record) {
  Duel duel;
  duel.sockbench = this_program();
  duel.started_at = record.started_at;
  duel.duration_s = record.duration_s;
  duel.interrupted = record.interrupted;
  duel.base = side_of(record.base);
  duel.head = side_of(record.head);
  duel.options = record.options;
  duel.environment = environment_of(record.environment);
  duel.checks = count_checks(record.counts);
  duel.workloads.push_back(workload_of_counts(record.counts));
  std::vector<DuelVerdict> verdicts;
  if (more_calls(record.counts)) verdicts.push_back(DuelVerdict::kRegression);
  for (const AbComparison& comparison : record.comparisons) {
    verdicts.push_back(comparison.verdict);
    duel.workloads.push_back(workload_of(comparison, record));
    for (DuelCheck& check : comparison_checks(comparison)) duel.checks.push_back(std::move(check));
  }
  duel.verdict = worst_of(verdicts);
  if (record.interrupted && duel.verdict == DuelVerdict::kPass) {
    duel.verdict = DuelVerdict::kInconclusive;
  }
  duel.sentence = duel_sentence(duel.verdict, duel.workloads);
  duel.exit_code = exit_code_of(duel.verdict, record);
  return duel;
}

}  // namespace sockbench
