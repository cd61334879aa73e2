#include "bench/record/duel_checks.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "bench/judge/figures.h"
#include "common/or_null.h"

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

ordered_json confirmation_json(const Bout& bout, const std::string& metric) {
  if (!bout.confirmation) return nullptr;
  const BoutStage& stage = *bout.confirmation;
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

/// A metric that is timed. What was not seen again, or in a bout that decided nothing, is none.
ordered_json timed_check(const Bout& bout, std::size_t i) {
  const BoutStage& stage = bout.screening;
  const GateSeries& series = stage.series[i];
  const GateFinding& finding = stage.findings[i];
  const std::string& metric = series.rule.metric;
  const auto& cells = stage.result.cells;
  ordered_json check =
      check_json(bout.plan.workloads.front().workload.name, metric, unit_of(metric),
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
  check["confirmation"] = confirmation_json(bout, metric);
  GateVerdict verdict = finding.verdict;
  const bool confirmed = check["confirmation"].is_object() && check["confirmation"]["agrees"];
  if (verdict == GateVerdict::kRegression &&
      !(confirmed && bout.verdict == DuelVerdict::kRegression)) {
    verdict = GateVerdict::kInconclusive;
  }
  check["verdict"] = to_text(verdict);
  return check;
}

/// What was seen in one stage only is no regression.
const char* seen_in_both(bool again) { return again ? "regression" : "inconclusive"; }

ordered_json memory_check(const Bout& bout) {
  const OnceFigure& memory = bout.screening.memory;
  ordered_json check = check_json(
      bout.plan.workloads.front().workload.name, "server.memory_bytes_per_connection.user", "bytes",
      "lower", "", false, once_json(memory.value[kBase]), once_json(memory.value[kControl]),
      once_json(memory.value[kHead]));
  if (*memory.value[kBase] > 0) check["ratio"] = *memory.value[kHead] / *memory.value[kBase];
  if (bout.screening.memory_grew) {
    check["verdict"] = seen_in_both(bout.confirmation && bout.confirmation->memory_grew);
  }
  return check;
}

ordered_json loss_check(const Bout& bout, std::size_t i) {
  const Loss& loss = bout.screening.losses[i];
  ordered_json sides[kSides];
  for (std::size_t side = 0; side < kSides; ++side) {
    const std::vector<int>& lost = loss.by_restart[side];
    if (lost.empty()) continue;
    sides[side] = {{"median", median(std::vector<double>(lost.begin(), lost.end()))},
                   {"per_restart", lost}};
  }
  ordered_json check = check_json(bout.plan.workloads.front().workload.name, loss.metric, loss.unit,
                                  "lower", sides[kBase].is_null() ? "no request was answered" : "",
                                  false, sides[kBase], sides[kControl], sides[kHead]);
  if (loss.only_head) {
    check["verdict"] = seen_in_both(bout.confirmation && bout.confirmation->losses[i].only_head);
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

ordered_json bout_checks(const Bout& bout) {
  ordered_json checks = ordered_json::array();
  const BoutStage& stage = bout.screening;
  for (std::size_t i = 0; i < stage.series.size(); ++i) checks.push_back(timed_check(bout, i));
  if (stage.memory.value[kBase] && stage.memory.value[kHead]) checks.push_back(memory_check(bout));
  for (std::size_t i = 0; i < stage.losses.size(); ++i) checks.push_back(loss_check(bout, i));
  return checks;
}

}  // namespace sockbench
