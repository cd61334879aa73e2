#include <cmath>

#include "bench/document/figure.h"
#include "bench/judge/judged_duel.h"
#include "common/units.h"

namespace sockbench {
namespace {

std::string signed_text(double value, int decimals) {
  return (value < 0 ? "\u2212" : "+") + fixed(std::abs(value), decimals);
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

std::string change_text(const GateSeries& series, const GateFinding& finding) {
  const auto percent = [](double ratio) { return signed_text((ratio - 1) * 100, 1) + " %"; };
  std::string text = series.rule.metric == "server.cpu_ns_per_request" ? "CPU per request"
                     : series.rule.metric == "achieved_rps"            ? "requests per second"
                                                                       : series.rule.metric;
  text += " " + percent(finding.ratio);
  if (finding.ci) text += " (" + percent(finding.ci->lo) + " to " + percent(finding.ci->hi) + ")";
  return text;
}

}  // namespace

std::string sentence_of(const AbComparison& comparison) {
  const AbStage& stage = comparison.screening;
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
  for (const Loss& loss : stage.losses) {
    if (loss.only_head) worse += (worse.empty() ? "" : ", ") + loss.sentence;
  }
  const std::string primary = stage.series.empty() || !stage.findings.front().ci
                                  ? "CPU per request unknown"
                                  : change_text(stage.series.front(), stage.findings.front());
  switch (comparison.verdict) {
    case DuelVerdict::kPass:
      return primary + "; a change of that size is ruled out";
    case DuelVerdict::kRegression:
      return worse + "; seen again with fresh restarts";
    case DuelVerdict::kFailed:
      return comparison.reasons.front();
    case DuelVerdict::kInconclusive:
      break;
  }
  return (worse.empty() ? primary : worse) + "; not decided: " + comparison.reasons.front();
}

std::string duel_sentence(DuelVerdict verdict, const std::vector<DuelWorkload>& workloads) {
  std::string named;
  for (const DuelWorkload& workload : workloads) {
    if (workload.verdict != verdict) continue;
    named += (named.empty() ? "" : ", ") + workload.name;
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

std::vector<std::string> explain_calls(const DuelCounts& counts) {
  std::vector<std::string> lines;
  for (const CallChange& change : call_changes(counts)) {
    lines.push_back(signed_text(change.head - change.base, 2) + " " + change.name +
                    " per request on one connection (" + fixed(change.head, 2) + " instead of " +
                    fixed(change.base, 2) + ")");
  }
  return lines;
}

std::vector<std::string> explain_traces(const AbComparison& comparison, const Run& run) {
  std::vector<std::string> lines;
  const std::string& workload = comparison.plan.workloads.front().workload.name;
  const Cell* const base = run.cell("base", workload);
  const Cell* const control = run.cell("control", workload);
  const Cell* const head = run.cell("head", workload);
  if (base == nullptr || control == nullptr || head == nullptr) return lines;
  for (const Trace& trace : kTraces) {
    const double before = figure(*base, trace.path).value;
    const double again = figure(*control, trace.path).value;
    const double after = figure(*head, trace.path).value;
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

}  // namespace sockbench
