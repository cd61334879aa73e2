#include "bench/record/duel_json.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "bench/judge/figures.h"
#include "bench/judge/run_series.h"
#include "bench/record/run_json.h"
#include "bench/record/version.h"
#include "common/error.h"
#include "common/units.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

// Exact counts are whole numbers per request, give or take what happens once in a hundred.
constexpr double kCallsApart = 0.01;

ordered_json number_or_null(double value) {
  return std::isfinite(value) ? ordered_json(value) : nullptr;
}

ordered_json number_or_null(const std::optional<double>& value) {
  return value ? ordered_json(*value) : nullptr;
}

ordered_json interval_json(const std::optional<Interval>& interval) {
  return interval ? ordered_json({interval->lo, interval->hi}) : nullptr;
}

double count_of(const CallCounts& counts, const std::string& name) {
  const auto found = counts.per_request.find(name);
  return found == counts.per_request.end() ? 0 : found->second;
}

double total_of(const CallCounts& counts) {
  double total = 0;
  for (const auto& [name, count] : counts.per_request) total += count;
  return total;
}

std::string why_not_counted(const DuelCounts& counts) {
  for (const CallCounts* one : {&counts.base, &counts.control, &counts.head, &counts.head_again}) {
    if (!one->absent.empty()) return one->absent;
  }
  return {};
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
          {"difference", number_or_null(difference)},
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
            {"ratio", number_or_null(finding.ratio)},
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
  check["ratio"] = number_or_null(finding.ratio);
  check["ci"] = interval_json(finding.ci);
  if (finding.ci) check["level"] = kScreening.level;
  if (finding.ci) check["p_value"] = finding.p_value;
  if (finding.ci) check["p_corrected"] = finding.p_corrected;
  check["margin"] = series.rule.margin;
  check["detectable"] = number_or_null(finding.detectable);
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

/// A metric that exists once for a stage: memory per connection, starved connections.
void add_once_checks(const Bout& bout, ordered_json& checks) {
  const std::string& workload = bout.plan.workloads.front().workload.name;
  const bool again = bout.confirmation.has_value();
  const OnceFigure& memory = bout.screening.memory;
  if (memory.value[kBase] && memory.value[kHead]) {
    ordered_json check =
        check_json(workload, "server.memory_bytes_per_connection.user", "bytes", "lower", "", false,
                   once_json(memory.value[kBase]), once_json(memory.value[kControl]),
                   once_json(memory.value[kHead]));
    if (*memory.value[kBase] > 0) check["ratio"] = *memory.value[kHead] / *memory.value[kBase];
    if (bout.screening.memory_grew) {
      const bool agrees = again && bout.confirmation->memory_grew;
      check["verdict"] = agrees ? "regression" : "inconclusive";
    }
    checks.push_back(std::move(check));
  }
  ordered_json sides[kSides];
  for (std::size_t side = 0; side < kSides; ++side) {
    const std::vector<int>& starved = bout.screening.starved[side];
    if (starved.empty()) continue;
    sides[side] = {{"median", median(std::vector<double>(starved.begin(), starved.end()))},
                   {"per_restart", starved}};
  }
  ordered_json check = check_json(workload, "fairness.starved_connections", "connections", "lower",
                                  sides[kBase].is_null() ? "nobody was answered" : "", false,
                                  sides[kBase], sides[kControl], sides[kHead]);
  if (bout.screening.head_starves) {
    const bool agrees = again && bout.confirmation->head_starves;
    check["verdict"] = agrees ? "regression" : "inconclusive";
  }
  checks.push_back(std::move(check));
}

void add_count_checks(const DuelCounts& counts, ordered_json& checks) {
  const std::string absent = why_not_counted(counts);
  if (!absent.empty()) {
    checks.push_back(check_json("counts", "server.syscalls_per_request.total", "calls", "lower",
                                absent, true, nullptr, nullptr, nullptr));
    return;
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
    const double base = count_of(counts.base, name);
    const bool steady =
        std::abs(base - count_of(counts.control, name)) < kCallsApart &&
        std::abs(count_of(counts.head, name) - count_of(counts.head_again, name)) < kCallsApart;
    ordered_json head = {
        {"median", count_of(counts.head, name)},
        {"per_restart", {count_of(counts.head, name), count_of(counts.head_again, name)}}};
    ordered_json check =
        check_json("counts", "server.syscalls_per_request.by_name." + name, "calls", "lower",
                   steady ? "" : "not the same in two countings of the same program", true,
                   once_json(base), once_json(count_of(counts.control, name)), std::move(head));
    const auto found = std::find_if(changed.begin(), changed.end(),
                                    [&](const CallChange& change) { return change.name == name; });
    if (found != changed.end()) {
      check["verdict"] = found->head < found->base ? "improved" : more ? "regression" : "pass";
    }
    checks.push_back(std::move(check));
  }
}

std::string signed_text(double value, int decimals) {
  return (value < 0 ? "\u2212" : "+") + fixed(std::abs(value), decimals);
}

/// "+1.00 fcntl per request"
std::vector<std::string> explain_calls(const DuelCounts& counts) {
  std::vector<std::string> lines;
  for (const CallChange& change : call_changes(counts)) {
    lines.push_back(signed_text(change.head - change.base, 2) + " " + change.name +
                    " per request on one connection (" + fixed(change.head, 2) + " instead of " +
                    fixed(change.base, 2) + ")");
  }
  return lines;
}

/// What may stand behind a figure that got worse, and how it is said.
struct Trace {
  const char* path;
  const char* text;
  double floor;  ///< differences below it say nothing …
  double share;  ///< … nor those below this share of base's figure
  int decimals;
};
constexpr Trace kTraces[] = {
    {"server.context_switches_per_request.voluntary", "voluntary context switches per request",
     0.02, 0.05, 2},
    {"server.context_switches_per_request.involuntary", "involuntary context switches per request",
     0.02, 0.2, 2},
    {"server.page_faults_per_request", "page faults per request", 0.01, 0.1, 2},
    {"server.user_ns_per_request", "ns of user time per request", 20, 0.03, 0},
    {"server.system_ns_per_request", "ns of system time per request", 20, 0.03, 0},
    {"server.threads_peak", "threads", 0.5, 0, 0},
    {"server.memory_bytes_per_connection", "bytes of memory per connection", 512, 0.03, 0},
};

/// What a request did besides, in head and not in base; what base and its control differ by says
/// nothing.
std::vector<std::string> explain_traces(const Bout& bout, const ordered_json& run) {
  std::vector<std::string> lines;
  const std::string& workload = bout.plan.workloads.front().workload.name;
  const ordered_json* const base = find_cell(run, "base", workload);
  const ordered_json* const control = find_cell(run, "control", workload);
  const ordered_json* const head = find_cell(run, "head", workload);
  if (base == nullptr || control == nullptr || head == nullptr) return lines;
  for (const Trace& trace : kTraces) {
    const double before = figure_at(*base, trace.path);
    const double again = figure_at(*control, trace.path);
    const double after = figure_at(*head, trace.path);
    const double more = after - (before + again) / 2;
    if (!std::isfinite(more) || std::abs(more) < trace.floor ||
        std::abs(more) < trace.share * before || std::abs(more) < 2 * std::abs(again - before)) {
      continue;
    }
    lines.push_back(signed_text(more, trace.decimals) + " " + trace.text + " (" +
                    fixed(after, trace.decimals) + " instead of " + fixed(before, trace.decimals) +
                    ")");
  }
  return lines;
}

ordered_json run_of(const Bout& bout, const DuelRecord& record) {
  RunRecord run;
  run.plan = bout.plan;
  run.cpus = record.cpus;
  run.environment = record.environment;
  run.results.push_back(bout.screening.result.cells);
  run.ends.push_back(bout.screening.result.end);
  return to_json(run);
}

std::string change_text(const GateSeries& series, const GateFinding& finding) {
  const auto percent = [](double ratio) { return signed_text((ratio - 1) * 100, 1) + " %"; };
  std::string text = series.rule.metric == "server.cpu_ns_per_request" ? "CPU per request"
                     : series.rule.metric == "achieved_rps"            ? "requests per second"
                                                                       : series.rule.metric;
  text += " " + percent(finding.ratio);
  if (finding.ci) text += " (" + percent(finding.ci->lo) + " to " + percent(finding.ci->hi) + ")";
  return text;
}

/// The sentence of a workload: its verdict with the figures that made it.
std::string sentence_of(const Bout& bout) {
  const BoutStage& stage = bout.screening;
  std::string worse;
  for (std::size_t i = 0; i < stage.series.size(); ++i) {
    if (stage.findings[i].verdict != GateVerdict::kRegression) continue;
    worse += (worse.empty() ? "" : ", ") + change_text(stage.series[i], stage.findings[i]);
  }
  if (stage.memory_grew) {
    worse += (worse.empty() ? "" : ", ");
    worse += "memory per connection " +
             signed_text(*stage.memory.value[kHead] - *stage.memory.value[kBase], 0) + " bytes";
  }
  if (stage.head_starves) {
    worse += (worse.empty() ? "" : ", ");
    worse += "connections are left without a reply";
  }
  const std::string primary = stage.series.empty() || !stage.findings.front().ci
                                  ? "CPU per request unknown"
                                  : change_text(stage.series.front(), stage.findings.front());
  switch (bout.verdict) {
    case DuelVerdict::kPass:
      return primary + "; worse by as much as asked for is ruled out";
    case DuelVerdict::kRegression:
      return worse + "; seen again with fresh restarts";
    case DuelVerdict::kFailed:
      return bout.reasons.front();
    case DuelVerdict::kInconclusive:
      break;
  }
  return (worse.empty() ? primary : worse) + "; not decided: " + bout.reasons.front();
}

ordered_json disturbance_json(const Disturbance& side) {
  return {{"waited_share", number_or_null(side.waited)},
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
        {"ratio", number_or_null(std::exp(mean(logs)))},
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
          {"limiter", to_text(bout.judgements.at(kBase).limiter)},
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
    sentence = fixed(total_of(counts.head), 2) + " calls per request on one connection, base " +
               fixed(total_of(counts.base), 2);
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

std::string duel_sentence(DuelVerdict verdict, const ordered_json& workloads) {
  std::string named;
  for (const ordered_json& workload : workloads) {
    if (workload["verdict"] != to_text(verdict)) continue;
    named += (named.empty() ? "" : ", ") + workload["name"].get<std::string>();
  }
  switch (verdict) {
    case DuelVerdict::kPass:
      return "No regression in " + named + ".";
    case DuelVerdict::kRegression:
      return "Head is worse than base in " + named + ".";
    case DuelVerdict::kFailed:
      return "A server failed in " + named + ".";
    case DuelVerdict::kInconclusive:
      break;
  }
  return named.empty() ? "Nothing was measured to the end."
                       : "Not decided in " + named + "; no regression was found elsewhere.";
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

std::vector<CallChange> call_changes(const DuelCounts& counts) {
  std::vector<CallChange> changes;
  if (!why_not_counted(counts).empty()) return changes;
  std::set<std::string> names;
  for (const auto& [name, count] : counts.base.per_request) names.insert(name);
  for (const auto& [name, count] : counts.head.per_request) names.insert(name);
  for (const std::string& name : names) {
    const double base = count_of(counts.base, name);
    const double head = count_of(counts.head, name);
    const double spread = std::abs(base - count_of(counts.control, name)) +
                          std::abs(head - count_of(counts.head_again, name));
    if (std::abs(head - base) < kCallsApart + 2 * spread) continue;
    changes.push_back({name, base, head});
  }
  return changes;
}

bool more_calls(const DuelCounts& counts) {
  double more = 0;
  for (const CallChange& change : call_changes(counts)) more += change.head - change.base;
  return more >= kCallsApart;
}

ordered_json to_json(const DuelRecord& record) {
  ordered_json workloads = ordered_json::array();
  ordered_json checks = ordered_json::array();
  std::vector<DuelVerdict> verdicts;
  workloads.push_back(counts_json(record.counts));
  add_count_checks(record.counts, checks);
  if (more_calls(record.counts)) verdicts.push_back(DuelVerdict::kRegression);
  for (const Bout& bout : record.bouts) {
    verdicts.push_back(bout.verdict);
    workloads.push_back(bout_json(bout, record));
    for (std::size_t i = 0; i < bout.screening.series.size(); ++i) {
      checks.push_back(timed_check(bout, i));
    }
    add_once_checks(bout, checks);
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
