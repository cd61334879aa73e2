#include "bench/judge/ab_comparison.h"

#include <algorithm>
#include <cmath>

#include "bench/document/generator_report.h"
#include "bench/judge/comparison.h"
#include "bench/judge/eligibility.h"
#include "bench/judge/figures.h"
#include "common/numbers.h"

namespace sockbench {
namespace {

constexpr double kOneSidedWait = 0.03;
constexpr double kOneSidedTicks = 0.10;
constexpr double kTickSeconds = 0.01;
constexpr double kMuchSteal = 0.50;
// Memory per connection is counted in pages of 4 KiB over hundreds of connections.
constexpr double kMemoryFloorBytes = 512;
constexpr double kMemoryShare = 0.03;
constexpr double kMemorySpread = 3;  // times what base and control differ by

Judgement judgement_of(const RunPlan& plan, const WorkloadResult& result, std::size_t side,
                       int server_cpus) {
  const Workload& workload = plan.workloads.front().workload;
  const CellResult& cell = result.cells[side];
  return judge_cell(plan.contestants[side], workload, cell.failure,
                    cell.failure.empty() ? figures_of(cell, workload) : CellFigures{}, server_cpus);
}

/// Whether head cannot keep a pace that base keeps: the generator's, the offered rate, or that of a
/// busy server. Base is then at least as good as it looks, so that every metric can tell how much
/// worse head is.
bool falls_behind(const Judgement& base, const Judgement& head, const std::string& metric) {
  if (base.validity == Validity::kGeneratorBound) return head.validity == Validity::kValid;
  if (base.validity != Validity::kValid) return false;
  const bool busy_base = base.limiter == Limiter::kServer && head.limiter != Limiter::kServer;
  return head.validity == Validity::kSaturated ||
         (metric == "achieved_rps" && busy_base && head.validity == Validity::kValid);
}

/// Why a metric has no say; empty when it has.
std::string why_not_gated(const std::vector<Judgement>& judgements, const std::string& metric,
                          const GateSeries& series) {
  const bool behind = falls_behind(judgements[kBase], judgements[kHead], metric);
  const FigurePurpose purpose =
      behind ? FigurePurpose{{"generator_bound", "saturated", "generator", "neither"}}
             : FigurePurpose{};
  for (const std::size_t side : {kBase, kHead}) {
    const Eligibility answer = eligible(judgements[side], metric, purpose);
    if (answer.eligible) continue;
    const bool of_status = answer.reason.starts_with(to_text(judgements[side].validity));
    return (of_status ? std::string(side == kBase ? "base is " : "head is ") : std::string()) +
           answer.reason;
  }
  const auto measured = std::count_if(series.head_log.begin(), series.head_log.end(),
                                      [](double value) { return std::isfinite(value); });
  return measured < 2 ? "too few samples" : "";
}

GateSeries gate_series_of(const WorkloadResult& result, const GateRule& rule,
                          const std::vector<Judgement>& judgements) {
  const auto& cells = result.cells;
  const int restarts = result.end.restarts;
  const auto to_base = paired_log_ratios(cells[kBase], cells[kHead], rule.metric, restarts);
  const auto to_control = paired_log_ratios(cells[kControl], cells[kHead], rule.metric, restarts);
  const auto control = paired_log_ratios(cells[kBase], cells[kControl], rule.metric, restarts);
  GateSeries series{.rule = rule, .not_gated = {}, .head_log = {}, .control_log = {}};
  for (std::size_t i = 0; i < to_base.size(); ++i) {
    series.head_log.push_back((median(to_base[i]) + median(to_control[i])) / 2);
    series.control_log.push_back(median(control[i]));
  }
  series.not_gated = why_not_gated(judgements, rule.metric, series);
  return series;
}

std::optional<double> memory_of(const CellResult& cell, const Workload& workload) {
  return cell.failure.empty() ? figures_of(cell, workload).user_memory_per_connection
                              : std::nullopt;
}

bool grew(const OnceFigure& memory) {
  const auto& [base, control, head] = memory.value;
  if (!base || !control || !head) return false;
  const double more = *head - std::max(*base, *control);
  return more > std::max({kMemoryFloorBytes, kMemoryShare * *base,
                          kMemorySpread * std::abs(*control - *base)});
}

std::vector<Loss> losses_of(const std::vector<CellResult>& cells) {
  struct Kind {
    const char* metric;
    const char* unit;
    const char* sentence;
    int (*count)(const GeneratorReport& report);
  };
  constexpr Kind kKinds[] = {
      {"fairness.starved_connections", "connections", "connections are left without a reply",
       [](const GeneratorReport& report) { return report.fairness.starved_connections; }},
      {"ledger.unanswered", "requests", "requests are never answered",
       [](const GeneratorReport& report) {
         const auto found = report.ledger.find("unanswered");
         return found == report.ledger.end() ? 0 : static_cast<int>(found->second);
       }},
  };
  std::vector<Loss> losses;
  for (const Kind& kind : kKinds) {
    Loss loss{
        .metric = kind.metric, .unit = kind.unit, .sentence = kind.sentence, .by_restart = {}};
    bool seen[kSides] = {};
    for (std::size_t side = 0; side < kSides; ++side) {
      for (const RestartResult& restart : cells[side].restarts) {
        if (!restart.report.is_object()) continue;
        const int count = kind.count(parse_generator_report(restart.report));
        loss.by_restart[side].push_back(count);
        seen[side] = seen[side] || count > 0;
      }
    }
    loss.only_head = seen[kHead] && !seen[kBase] && !seen[kControl];
    losses.push_back(std::move(loss));
  }
  return losses;
}

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %%", share * 100);
  return text;
}

/// Whatever makes all of a comparison's figures doubtful; empty when nothing does.
std::string doubt_of(const AbComparison& comparison) {
  const auto& [base, control, head] = comparison.disturbances;
  for (const std::size_t side : {kBase, kHead}) {
    if (!too_much_steal(comparison.disturbances[side])) continue;
    return "the hypervisor took " + percent(comparison.disturbances[side].steal) +
           " of a CPU's time while " + (side == kBase ? "base" : "head") + " ran";
  }
  if (one_sided(base, control, head)) {
    return "something else ran on the server's CPUs while one side was measured (head waited for a "
           "CPU " +
           percent(head.waited.value_or(0)) + " of its time, base " +
           percent(base.waited.value_or(0)) + "; CPUs busy with others: head " +
           percent(head.foreign) + ", base " + percent(base.foreign) + "; stolen: head " +
           percent(head.steal) + ", base " + percent(base.steal) + ")";
  }
  if (comparison.control_moved) {
    return "the control, base against itself, moved: this machine is not quiet enough now";
  }
  return {};
}

/// The first side that failed in either stage, and why; empty when none did.
std::string failure_of(const AbComparison& comparison) {
  const char* const names[] = {"base", "base (the control)", "head"};
  for (std::size_t side = 0; side < kSides; ++side) {
    for (const AbStage* stage :
         {&comparison.screening, comparison.confirmation ? &*comparison.confirmation : nullptr}) {
      if (stage == nullptr || !stage->failed(side)) continue;
      return std::string(names[side]) + " failed: " + stage->judgements[side].reasons.front();
    }
  }
  return {};
}

/// Memory and what gets lost need no quiet machine: a neighbour does neither.
bool certainly_worse(const AbComparison& comparison) {
  if (!comparison.confirmation) return false;
  const AbStage& again = *comparison.confirmation;
  if (comparison.screening.memory_grew && again.memory_grew) return true;
  for (std::size_t i = 0; i < again.losses.size(); ++i) {
    if (comparison.screening.losses[i].only_head && again.losses[i].only_head) return true;
  }
  return false;
}

bool timed_worse_twice(const AbComparison& comparison) {
  return comparison.confirmation && comparison.confirmation->step == GateStep::kRegression;
}

}  // namespace

Disturbance disturbance_of(const std::vector<const CellResult*>& stages) {
  double wall = 0;
  double waited = 0;
  double foreign = 0;
  double steal = 0;
  bool one_thread = true;
  for (const CellResult* cell : stages) {
    for (const RestartResult& restart : cell->restarts) {
      one_thread = one_thread && restart.threads == 1;
      for (const Slice& slice : restart.slices) {
        wall += static_cast<double>(slice.disturbance.span_ns);
        foreign += static_cast<double>(slice.disturbance.foreign_ns);
        steal += static_cast<double>(slice.disturbance.steal_ns);
        waited += static_cast<double>(slice.waited_ns.value_or(0));
        one_thread = one_thread && slice.waited_ns.has_value();
      }
    }
  }
  if (wall <= 0) return {};
  return {.wall_s = wall * 1e-9,
          .waited = one_thread ? std::optional(waited / wall) : std::nullopt,
          .foreign = std::max(0.0, foreign / wall),
          .steal = steal / wall};
}

bool one_sided(const Disturbance& base, const Disturbance& control, const Disturbance& head) {
  const auto apart = [](double a, double b, double c, double limit) {
    return c > std::max(a, b) + limit || c < std::min(a, b) - limit;
  };
  if (base.waited && control.waited && head.waited &&
      apart(*base.waited, *control.waited, *head.waited, kOneSidedWait)) {
    return true;
  }
  // Who has the CPU when a tick comes is a sample: the difference of two shares of n ticks scatters
  // by at most sqrt(1 / 2n).
  const double ticks = std::min({base.wall_s, control.wall_s, head.wall_s}) / kTickSeconds;
  const double luck = ticks > 0 ? 2 * std::sqrt(0.5 / ticks) : 0;
  return apart(base.foreign, control.foreign, head.foreign, kOneSidedTicks + luck) ||
         apart(base.steal, control.steal, head.steal, kOneSidedTicks + luck);
}

bool too_much_steal(const Disturbance& side) { return side.steal > kMuchSteal; }

bool AbStage::head_loses() const {
  return std::any_of(losses.begin(), losses.end(), [](const Loss& loss) { return loss.only_head; });
}

AbStage look_at(const RunPlan& plan, WorkloadResult result, const std::vector<GateRule>& rules,
                const GateStage& stage, int server_cpus, bool last) {
  AbStage look;
  const Workload& workload = plan.workloads.front().workload;
  for (std::size_t side = 0; side < kSides; ++side) {
    look.judgements.push_back(judgement_of(plan, result, side, server_cpus));
    look.memory.value[side] = memory_of(result.cells[side], workload);
  }
  for (const GateRule& rule : rules) {
    look.series.push_back(gate_series_of(result, rule, look.judgements));
  }
  look.findings = judge_gate(look.series, stage);
  look.memory_grew = grew(look.memory);
  look.losses = losses_of(result.cells);
  look.step = stage.confirms ? confirmation_step(look.findings, last)
                             : screening_step(look.findings, look.series, last);
  look.result = std::move(result);
  return look;
}

void conclude(AbComparison& comparison, bool warn_only) {
  for (std::size_t side = 0; side < kSides; ++side) {
    std::vector<const CellResult*> stages = {&comparison.screening.result.cells[side]};
    if (comparison.confirmation) stages.push_back(&comparison.confirmation->result.cells[side]);
    comparison.disturbances[side] = disturbance_of(stages);
  }
  const auto& screening = comparison.screening;
  if (!screening.series.empty()) {
    comparison.control_moved = control_moved(screening.series.front(), kScreening);
  }
  if (const std::string failure = failure_of(comparison); !failure.empty()) {
    comparison.verdict = DuelVerdict::kFailed;
    comparison.reasons.push_back(failure);
    return;
  }
  const bool certain = certainly_worse(comparison);
  const std::string doubt = doubt_of(comparison);
  if (!doubt.empty()) comparison.reasons.push_back(doubt);
  if (certain || (doubt.empty() && timed_worse_twice(comparison))) {
    comparison.verdict = DuelVerdict::kRegression;
  } else if (!doubt.empty()) {
    comparison.verdict = DuelVerdict::kInconclusive;
  } else if (screening.suspects()) {
    comparison.verdict = DuelVerdict::kInconclusive;
    comparison.reasons.emplace_back(
        "what seemed worse at first was not seen again with fresh restarts");
  } else if (screening.step == GateStep::kPass) {
    comparison.verdict = DuelVerdict::kPass;
  } else {
    comparison.verdict = DuelVerdict::kInconclusive;
    const std::string& why = screening.series.front().not_gated;
    comparison.reasons.push_back(why.empty() ? "the figures scatter too much to rule the change out"
                                             : "CPU per request cannot be compared: " + why);
  }
  if (warn_only && !certain && comparison.verdict == DuelVerdict::kRegression) {
    comparison.verdict = DuelVerdict::kInconclusive;
    comparison.reasons.emplace_back(
        "it seems slower, but the short form only warns of what is timed");
  }
}

}  // namespace sockbench
