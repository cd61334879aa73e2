#include "bench/judge/comparison.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "bench/judge/between_runs.h"
#include "bench/judge/eligibility.h"
#include "bench/judge/significance.h"
#include "common/numbers.h"

namespace sockbench {
namespace {

/// The ratio of every restart, NaN where one side has no value. Ends at the last one that has: a
/// run with a budget plans thousands and makes a few.
std::vector<double> ratios_of(const std::vector<double>& per_restart_log) {
  std::vector<double> ratios;
  std::size_t made = 0;
  for (const double logarithm : per_restart_log) {
    ratios.push_back(std::exp(logarithm));
    if (std::isfinite(logarithm)) made = ratios.size();
  }
  ratios.resize(made);
  return ratios;
}

/// A comparison before its verdict.
struct Compared {
  Comparison comparison;
  std::vector<double> per_restart_log;
  Programs programs = Programs::kDifferent;
};

/// The cell's part in a restart, in this group where it was in several.
const RestartResult* restart_of(const CellResult& cell, int restart, std::optional<int> group) {
  for (const RestartResult& result : cell.restarts) {
    if (result.restart == restart && group.value_or(result.group) == result.group) return &result;
  }
  return nullptr;
}

Programs programs_of(const JudgedCell& base, const JudgedCell& head) {
  return base.contestant->model == head.contestant->model ? Programs::kSame : Programs::kDifferent;
}

/// `effect` as it holds in other runs too.
Compared compared(const JudgedCell& base, const JudgedCell& head, const std::string& metric,
                  Effect effect) {
  Compared result;
  result.programs = programs_of(base, head);
  if (varies_between_runs(metric)) effect = across_runs(std::move(effect), result.programs);
  Comparison& comparison = result.comparison;
  comparison.workload = head.workload->workload.name;
  comparison.metric = metric;
  comparison.base = base.contestant->name;
  comparison.head = head.contestant->name;
  comparison.ratio = effect.ratio;
  comparison.ci95 = effect.ci95;
  comparison.between_run_sd = effect.between_run_sd;
  comparison.restarts_ci95 = effect.restarts_ci95;
  comparison.p_value = effect.p_value;
  comparison.restarts = effect.restarts;
  comparison.per_restart = ratios_of(effect.per_restart_log);
  result.per_restart_log = std::move(effect.per_restart_log);
  return result;
}

/// All comparable cells of a workload against its reference on one metric.
void compare_on(const WorkloadPlan& workload, std::span<const JudgedCell> cells,
                const JudgedCell& base, const std::string& metric, std::vector<Compared>& all) {
  if (!is_paired(metric) || !eligible(base.judgement, metric).eligible) return;
  for (const JudgedCell& head : cells) {
    if (&head == &base || !head.included || !same_work(base, head)) continue;
    if (!eligible(head.judgement, metric).eligible) continue;
    Effect effect =
        paired_effect(paired_log_ratios(*base.result, *head.result, metric, workload.restarts));
    if (effect.restarts == 0) continue;  // too few samples for this percentile
    all.push_back(compared(base, head, metric, std::move(effect)));
  }
}

double detectable(const Compared& entry, double level) {
  return varies_between_runs(entry.comparison.metric)
             ? minimum_detectable_effect_across_runs(entry.per_restart_log, level, entry.programs)
             : minimum_detectable_effect(entry.per_restart_log, level);
}

/// Verdicts of the comparisons on one metric, which are one family.
void decide(const std::vector<Compared*>& members, double margin) {
  std::vector<double> p_values;
  std::vector<std::size_t> restarts;
  for (const Compared* entry : members) {
    p_values.push_back(entry->comparison.p_value);
    restarts.push_back(entry->comparison.restarts);
  }
  const Family family = family_of(restarts);
  const std::vector<double> adjusted = holm(p_values, restarts, family);
  for (std::size_t i = 0; i < members.size(); ++i) {
    Comparison& comparison = members[i]->comparison;
    const bool decides = family.decides(restarts[i]);
    if (decides) comparison.family_size = family.size;
    comparison.p_holm = adjusted[i];
    comparison.margin = margin;
    comparison.minimum_detectable_effect =
        decides ? detectable(*members[i], family.level()) : kInfinity;
    comparison.verdict =
        judge(comparison.ci95, adjusted[i], margin, lower_is_better(comparison.metric));
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
    if (&head == &base || !plan.workloads[workload].includes(index)) continue;
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
  std::vector<Compared> all;
  for (std::size_t w = 0; w < plan.workloads.size(); ++w) {
    const WorkloadPlan& workload = plan.workloads[w];
    const auto group = cells_of(cells, plan, w);
    for (const std::string& metric : workload.workload.metrics) {
      compare_on(workload, group, group[plan.reference], metric, all);
    }
  }
  std::map<std::string, std::vector<Compared*>> families;
  for (Compared& entry : all) families[entry.comparison.metric].push_back(&entry);
  for (const auto& [metric, members] : families) decide(members, margin);
  std::vector<Comparison> comparisons;
  comparisons.reserve(all.size());
  for (Compared& entry : all) comparisons.push_back(std::move(entry.comparison));
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

}  // namespace sockbench
