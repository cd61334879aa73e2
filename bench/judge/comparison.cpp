#include "bench/judge/comparison.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <optional>

#include "bench/judge/run_series.h"
#include "bench/judge/significance.h"
#include "common/or_null.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

// Idle CPU use is compared by difference, not by ratio: below a hundredth of a CPU all are equal.
constexpr double kIdleTie = 0.01;

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

/// The cell's part in a restart, in this group where it took part in several.
const RestartResult* restart_of(const CellResult& cell, int restart, std::optional<int> group) {
  for (const RestartResult& result : cell.restarts) {
    if (result.restart == restart && group.value_or(result.group) == result.group) return &result;
  }
  return nullptr;
}

std::span<const JudgedCell> cells_of(const std::vector<JudgedCell>& cells, const RunPlan& plan,
                                     std::size_t workload) {
  const std::size_t count = plan.contestants.size();
  return std::span(cells).subspan(workload * count, count);
}

/// Whether a request is the same work for both.
bool same_work(const JudgedCell& a, const JudgedCell& b) {
  return a.contestant->dialect() == b.contestant->dialect();
}

/// Why a cell is not ranked on `metric`; empty when it is.
std::string unranked_reason(const JudgedCell& cell, const std::string& metric) {
  if (!comparable(cell.judgement, metric)) {
    return std::string(to_text(cell.judgement.validity)) + ": " + cell.judgement.reasons.front();
  }
  if (metric == "achieved_rps" && cell.judgement.limiter != Limiter::kServer) {
    return std::string("the server did not set the pace (limiter: ") +
           to_text(cell.judgement.limiter) + ")";
  }
  return {};
}

/// Competition ranks of idle CPU use: the best and all within kIdleTie of it share rank 1.
ordered_json rank_idle(std::vector<std::pair<double, std::string>> values) {
  ordered_json ranked = ordered_json::array();
  std::sort(values.begin(), values.end());
  std::size_t leader = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i].first - values[leader].first > kIdleTie) leader = i;
    ranked.push_back({{"rank", leader + 1}, {"contestant", values[i].second}, {"ratio", nullptr}});
  }
  return ranked;
}

ordered_json rank_metric(const RunPlan& plan, std::span<const JudgedCell> cells,
                         const std::string& metric, double margin, int restarts) {
  ordered_json unranked = ordered_json::array();
  std::vector<RankInput> inputs;
  std::vector<std::pair<double, std::string>> absolute;
  const JudgedCell& reference = cells[plan.reference];
  for (const JudgedCell& cell : cells) {
    if (!cell.takes_part) continue;
    std::string reason = unranked_reason(cell, metric);
    if (reason.empty() && is_paired(metric) && !comparable(reference.judgement, metric)) {
      reason = "the reference contestant has no valid result";
    }
    if (reason.empty() && is_paired(metric) && !same_work(reference, cell)) {
      reason = "it speaks " + cell.contestant->dialect() + ": its requests are other work than " +
               reference.contestant->name + "'s";
    }
    if (!reason.empty()) {
      unranked.push_back({{"contestant", cell.contestant->name}, {"reason", reason}});
    } else if (is_paired(metric)) {
      const auto ratios = paired_log_ratios(*reference.result, *cell.result, metric, restarts);
      RankInput input{cell.contestant->name, {}};
      for (const auto& slices : ratios) input.per_restart_log.push_back(median(slices));
      if (std::isnan(median(input.per_restart_log))) {
        unranked.push_back({{"contestant", cell.contestant->name},
                            {"reason", "too few samples for this percentile"}});
      } else {
        inputs.push_back(std::move(input));
      }
    } else {
      absolute.emplace_back(median(cell.figures.cpu_utilisation), cell.contestant->name);
    }
  }
  ordered_json ranked = ordered_json::array();
  if (is_paired(metric)) {
    for (const Ranked& entry : rank(inputs, margin, lower_is_better(metric))) {
      ranked.push_back({{"rank", or_null(entry.rank)},
                        {"contestant", entry.name},
                        {"ratio", or_null(entry.ratio)}});
    }
  } else {
    ranked = rank_idle(std::move(absolute));
  }
  return {{"ranked", ranked}, {"unranked", unranked}};
}

std::string metric_phrase(const std::string& metric) {
  if (metric == "server.cpu_ns_per_request") return "least CPU per request";
  if (metric == "achieved_rps") return "most requests per second";
  if (metric == "server.cpu_utilisation") return "least CPU while idle";
  if (metric == "burst_ns") return "bursts answered soonest";
  if (metric.starts_with("first_reply_time_ns")) return "soonest first reply";
  return "lowest " + metric;
}

}  // namespace

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
    const JudgedCell& base = group[plan.reference];
    for (const std::string& metric : workload.workload.metrics) {
      if (!is_paired(metric) || !comparable(base.judgement, metric)) continue;
      for (const JudgedCell& head : group) {
        if (&head == &base || !head.takes_part || !comparable(head.judgement, metric)) continue;
        if (!same_work(base, head)) continue;
        Comparison comparison{workload.workload.name,
                              metric,
                              base.contestant->name,
                              head.contestant->name,
                              {},
                              1,
                              margin,
                              0,
                              {}};
        comparison.effect =
            paired_effect(paired_log_ratios(*base.result, *head.result, metric, workload.restarts));
        if (comparison.effect.restarts == 0) continue;  // too few samples for this percentile
        comparison.minimum_detectable_effect =
            minimum_detectable_effect(comparison.effect.per_restart_log);
        comparisons.push_back(std::move(comparison));
      }
    }
  }
  std::vector<double> p_values;
  p_values.reserve(comparisons.size());
  for (const Comparison& comparison : comparisons) p_values.push_back(comparison.effect.p_value);
  const std::vector<double> adjusted = holm(p_values);
  for (std::size_t i = 0; i < comparisons.size(); ++i) {
    Comparison& comparison = comparisons[i];
    comparison.p_holm = adjusted[i];
    comparison.verdict = judge(comparison.effect.ci95, comparison.p_holm, margin,
                               lower_is_better(comparison.metric));
  }
  return comparisons;
}

ordered_json to_json(const Comparison& comparison) {
  const auto& interval = comparison.effect.ci95;
  return {{"workload", comparison.workload},
          {"metric", comparison.metric},
          {"base", comparison.base},
          {"head", comparison.head},
          {"ratio", or_null(comparison.effect.ratio)},
          {"ci95", interval ? ordered_json({interval->lo, interval->hi}) : nullptr},
          {"verdict", verdict_name(comparison.verdict)},
          {"p_value", or_null(comparison.effect.p_value)},
          {"p_holm", or_null(comparison.p_holm)},
          {"margin", comparison.margin},
          {"minimum_detectable_effect", or_null(comparison.minimum_detectable_effect)},
          {"restarts", comparison.effect.restarts},
          {"per_restart", ratios_of(comparison.effect)}};
}

ordered_json rank_cells(const RunPlan& plan, const std::vector<JudgedCell>& cells, double margin) {
  ordered_json rankings = ordered_json::array();
  for (std::size_t w = 0; w < plan.workloads.size(); ++w) {
    const WorkloadPlan& workload = plan.workloads[w];
    for (const std::string& metric : workload.workload.metrics) {
      ordered_json ranking = {{"workload", workload.workload.name}, {"metric", metric}};
      ranking.update(
          rank_metric(plan, cells_of(cells, plan, w), metric, margin, workload.restarts));
      rankings.push_back(std::move(ranking));
    }
  }
  return rankings;
}

ordered_json headlines(const ordered_json& rankings, const RunPlan& plan) {
  ordered_json lines = ordered_json::array();
  for (const WorkloadPlan& workload : plan.workloads) {
    const auto ranking =
        std::find_if(rankings.begin(), rankings.end(), [&](const ordered_json& candidate) {
          return candidate["workload"] == workload.workload.name &&
                 candidate["metric"] == workload.workload.metrics.front();
        });
    if (ranking == rankings.end()) continue;
    std::vector<std::string> best;
    std::vector<std::string> rest;
    std::vector<std::string> unranked;
    for (const ordered_json& entry : (*ranking)["ranked"]) {
      const std::string name = entry["contestant"];
      if (entry["rank"] == 1) {
        best.push_back(name);
      } else {
        rest.push_back(name);
      }
    }
    for (const ordered_json& entry : (*ranking)["unranked"])
      unranked.push_back(entry["contestant"]);
    std::string line = workload.workload.title + ": ";
    line += best.empty() ? "nothing could be ranked"
                         : metric_phrase(workload.workload.metrics.front()) + ": " + listed(best);
    if (best.size() > 1) line += " (not told apart)";
    if (!rest.empty()) line += "; then " + listed(rest);
    if (!unranked.empty()) line += "; not ranked: " + listed(unranked);
    lines.push_back(line + ".");
  }
  return lines;
}

}  // namespace sockbench
