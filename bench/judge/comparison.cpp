#include "bench/judge/comparison.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "bench/judge/between_runs.h"
#include "bench/judge/eligibility.h"
#include "bench/judge/numbers.h"
#include "bench/judge/significance.h"
#include "common/or_null.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

/// The ratio of every restart; null where one side has no value. Ends at the last one that has: a
/// run with a budget plans thousands and makes a few.
ordered_json ratios_of(const Effect& effect) {
  ordered_json ratios = ordered_json::array();
  std::size_t made = 0;
  for (const double logarithm : effect.per_restart_log) {
    ratios.push_back(or_null(std::exp(logarithm)));
    if (std::isfinite(logarithm)) made = ratios.size();
  }
  ratios.erase(ratios.begin() + static_cast<std::ptrdiff_t>(made), ratios.end());
  return ratios;
}

ordered_json bounds_json(const std::optional<Interval>& interval) {
  return interval ? ordered_json({interval->lo, interval->hi}) : nullptr;
}

/// The cell's part in a restart, in this group where it took part in several.
const RestartResult* restart_of(const CellResult& cell, int restart, std::optional<int> group) {
  for (const RestartResult& result : cell.restarts) {
    if (result.restart == restart && group.value_or(result.group) == result.group) return &result;
  }
  return nullptr;
}

Programs programs_of(const JudgedCell& base, const JudgedCell& head) {
  return base.contestant->model == head.contestant->model ? Programs::kSame : Programs::kDifferent;
}

/// All comparable cells of a workload against its reference on one metric.
void compare_on(const WorkloadPlan& workload, std::span<const JudgedCell> cells,
                const JudgedCell& base, const std::string& metric,
                std::vector<Comparison>& comparisons) {
  if (!is_paired(metric) || !eligible(base.judgement, metric).eligible) return;
  for (const JudgedCell& head : cells) {
    if (&head == &base || !head.takes_part || !same_work(base, head)) continue;
    if (!eligible(head.judgement, metric).eligible) continue;
    Comparison comparison;
    comparison.workload = workload.workload.name;
    comparison.metric = metric;
    comparison.base = base.contestant->name;
    comparison.head = head.contestant->name;
    comparison.programs = programs_of(base, head);
    comparison.effect =
        paired_effect(paired_log_ratios(*base.result, *head.result, metric, workload.restarts));
    if (comparison.effect.restarts == 0) continue;  // too few samples for this percentile
    if (varies_between_runs(metric)) {
      comparison.effect = across_runs(std::move(comparison.effect), comparison.programs);
    }
    comparisons.push_back(std::move(comparison));
  }
}

double detectable(const Comparison& comparison, double level) {
  const std::vector<double>& effects = comparison.effect.per_restart_log;
  return varies_between_runs(comparison.metric)
             ? minimum_detectable_effect_across_runs(effects, level, comparison.programs)
             : minimum_detectable_effect(effects, level);
}

/// Verdicts of the comparisons on one metric, which are one family.
void decide(const std::vector<Comparison*>& comparisons, double margin) {
  std::vector<double> p_values;
  std::vector<std::size_t> restarts;
  for (const Comparison* comparison : comparisons) {
    p_values.push_back(comparison->effect.p_value);
    restarts.push_back(comparison->effect.restarts);
  }
  const Family family = family_of(restarts);
  const std::vector<double> adjusted = holm(p_values, restarts, family);
  for (std::size_t i = 0; i < comparisons.size(); ++i) {
    Comparison& comparison = *comparisons[i];
    const bool decides = family.decides(restarts[i]);
    comparison.family_size = decides ? family.size : 0;
    comparison.p_holm = adjusted[i];
    comparison.margin = margin;
    comparison.minimum_detectable_effect =
        decides ? detectable(comparison, family.level()) : kInfinity;
    comparison.verdict =
        judge(comparison.effect.ci95, adjusted[i], margin, lower_is_better(comparison.metric));
    comparison.reason = undecided(comparison.verdict, decides);
  }
}

}  // namespace

std::span<const JudgedCell> cells_of(const std::vector<JudgedCell>& cells, const RunPlan& plan,
                                     std::size_t workload) {
  const std::size_t count = plan.contestants.size();
  return std::span(cells).subspan(workload * count, count);
}

bool same_work(const JudgedCell& a, const JudgedCell& b) {
  return a.contestant->dialect() == b.contestant->dialect();
}

bool is_control(const RunPlan& plan, const JudgedCell& cell) {
  return plan.control && cell.contestant == &plan.contestants[*plan.control];
}

bool is_paired(const std::string& metric) { return metric != "server.cpu_utilisation"; }

bool lower_is_better(const std::string& metric) { return metric != "achieved_rps"; }

std::vector<std::vector<double>> paired_log_ratios(const CellResult& base, const CellResult& head,
                                                   const std::string& metric, int restarts) {
  std::vector<std::vector<double>> all(static_cast<std::size_t>(restarts));
  for (int restart = 0; restart < restarts; ++restart) {
    const RestartResult* right = restart_of(head, restart, std::nullopt);
    if (right == nullptr) continue;
    const RestartResult* left = restart_of(base, restart, right->group);
    if (left == nullptr) continue;
    const auto base_values = values_of(*left, metric);
    for (const auto& [round, value] : values_of(*right, metric)) {
      const auto partner = base_values.find(round);
      if (partner == base_values.end()) continue;
      all[static_cast<std::size_t>(restart)].push_back(log_ratio(partner->second, value));
    }
  }
  return all;
}

std::optional<double> widest_interval(const RunPlan& plan, std::size_t workload,
                                      const std::vector<CellResult>& cells, int restarts) {
  const std::string& metric = plan.workloads[workload].workload.metrics.front();
  std::optional<double> widest;
  if (!is_paired(metric)) return widest;
  const CellResult& base = cells[plan.reference];
  for (const CellResult& head : cells) {
    const auto index = static_cast<std::size_t>(&head - cells.data());
    if (&head == &base || !plan.workloads[workload].takes_part(index)) continue;
    if (!head.failure.empty() || head.limit_reached) continue;
    const Effect effect = paired_effect(paired_log_ratios(base, head, metric, restarts));
    if (!effect.ci95) return std::nullopt;
    const double half_width = (effect.ci95->hi - effect.ci95->lo) / 2 / effect.ratio;
    widest = std::max(widest.value_or(0), half_width);
  }
  return widest;
}

std::vector<Comparison> compare_cells(const RunPlan& plan, const std::vector<JudgedCell>& cells,
                                      double margin) {
  std::vector<Comparison> comparisons;
  for (std::size_t w = 0; w < plan.workloads.size(); ++w) {
    const WorkloadPlan& workload = plan.workloads[w];
    const auto group = cells_of(cells, plan, w);
    for (const std::string& metric : workload.workload.metrics) {
      compare_on(workload, group, group[plan.reference], metric, comparisons);
    }
  }
  std::map<std::string, std::vector<Comparison*>> families;
  for (Comparison& comparison : comparisons) families[comparison.metric].push_back(&comparison);
  for (const auto& [metric, members] : families) decide(members, margin);
  return comparisons;
}

int fewest_restarts(const RunPlan& plan) {
  std::map<std::string, std::vector<std::size_t>> planned;
  for (const WorkloadPlan& entry : plan.workloads) {
    const std::size_t heads = plan.contestants.size() - entry.left_out.size() - 1;
    for (const std::string& metric : entry.workload.metrics) {
      if (!is_paired(metric)) continue;
      auto& restarts = planned[metric];
      restarts.insert(restarts.end(), heads, static_cast<std::size_t>(entry.restarts));
    }
  }
  std::size_t largest = 0;
  for (const auto& [metric, restarts] : planned) {
    const Family family = family_of(restarts);
    // Where not even all restarts suffice, it is all comparisons that wait for more.
    largest = std::max(largest, family.size > 0 ? family.size : restarts.size());
  }
  return fewest_restarts(largest);
}

ordered_json to_json(const Comparison& comparison) {
  return {
      {"workload", comparison.workload},
      {"metric", comparison.metric},
      {"base", comparison.base},
      {"head", comparison.head},
      {"ratio", or_null(comparison.effect.ratio)},
      {"ci95", bounds_json(comparison.effect.ci95)},
      {"between_run_sd", comparison.effect.between_run_sd},
      {"restarts_ci95", bounds_json(comparison.effect.restarts_ci95)},
      {"verdict", verdict_name(comparison.verdict)},
      {"reason", comparison.reason ? ordered_json(reason_name(*comparison.reason)) : nullptr},
      {"p_value", or_null(comparison.effect.p_value)},
      {"p_holm", or_null(comparison.p_holm)},
      {"family_size", comparison.family_size > 0 ? ordered_json(comparison.family_size) : nullptr},
      {"margin", comparison.margin},
      {"minimum_detectable_effect", or_null(comparison.minimum_detectable_effect)},
      {"restarts", comparison.effect.restarts},
      {"per_restart", ratios_of(comparison.effect)}};
}

}  // namespace sockbench
