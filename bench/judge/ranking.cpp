// Rankings and headlines: who is first, who shares a place, and who has none.

#include <algorithm>
#include <cmath>

#include "bench/judge/between_runs.h"
#include "bench/judge/comparison.h"
#include "bench/judge/eligibility.h"
#include "bench/judge/significance.h"
#include "common/text.h"

namespace sockbench {
namespace {

// Idle CPU use is compared by difference, not by ratio: below a hundredth of a CPU all are equal.
constexpr double kIdleTie = 0.01;

/// Competition ranks of idle CPU use: the best and all within kIdleTie of it share rank 1.
std::vector<RankingEntry> rank_idle(std::vector<std::pair<double, std::string>> values) {
  std::vector<RankingEntry> ranked;
  std::sort(values.begin(), values.end());
  std::size_t leader = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i].first - values[leader].first > kIdleTie) leader = i;
    ranked.push_back({leader + 1, values[i].second, kNaN, std::nullopt});
  }
  return ranked;
}

/// Why a cell is not ranked on `metric`; empty when it is.
std::string unranked_reason(const JudgedCell& cell, const JudgedCell& reference,
                            const std::string& metric) {
  if (Eligibility answer = eligible(cell.judgement, metric); !answer.eligible) {
    return answer.reason;
  }
  if (!is_paired(metric)) return {};
  if (!eligible(reference.judgement, metric).eligible) {
    return "the reference contestant has no valid result";
  }
  if (same_work(reference, cell)) return {};
  return "it uses another protocol (" + cell.contestant->dialect() +
         "): its requests are other work than " + reference.contestant->name + "'s";
}

/// The contestants of a workload on one metric: those with figures, and the others.
struct Candidates {
  std::vector<RankInput> paired;
  std::vector<std::pair<double, std::string>> absolute;  ///< metrics that are no ratio
  std::vector<LeftOut> unranked;
};

Candidates candidates_of(const RunPlan& plan, std::span<const JudgedCell> cells,
                         const std::string& metric, int restarts) {
  Candidates candidates;
  const JudgedCell& reference = cells[plan.reference];
  for (const JudgedCell& cell : cells) {
    if (!cell.included || is_control(plan, cell)) continue;
    const std::string& name = cell.contestant->name;
    const std::string reason = unranked_reason(cell, reference, metric);
    if (!reason.empty()) {
      candidates.unranked.push_back({name, reason});
    } else if (!is_paired(metric)) {
      candidates.absolute.emplace_back(median(cell.figures.cpu_utilisation), name);
    } else {
      RankInput input{name, {}, cell.contestant->model};
      for (const auto& slices :
           paired_log_ratios(*reference.result, *cell.result, metric, restarts)) {
        input.per_restart_log.push_back(median(slices));
      }
      if (std::isnan(median(input.per_restart_log))) {
        candidates.unranked.push_back({name, "too few samples for this percentile"});
      } else {
        candidates.paired.push_back(std::move(input));
      }
    }
  }
  return candidates;
}

/// By what the comparisons of this workload and metric were decided.
RankRule rule_of(const RunPlan& plan, const std::string& workload, const std::string& metric,
                 const std::vector<Comparison>& comparisons, double margin) {
  RankRule rule{.margin = margin,
                .lower_is_better = lower_is_better(metric),
                .family = {},
                .reference = plan.contestants[plan.reference].name,
                .p_holm = {},
                .across_runs = varies_between_runs(metric)};
  std::vector<std::size_t> restarts;
  for (const Comparison& comparison : comparisons) {
    if (comparison.metric != metric) continue;
    restarts.push_back(comparison.restarts);
    if (comparison.workload == workload) rule.p_holm[comparison.head] = comparison.p_holm;
  }
  rule.family = family_of(std::move(restarts));
  return rule;
}

std::vector<RankingEntry> entries_of(const std::vector<Ranked>& ranked) {
  std::vector<RankingEntry> entries;
  entries.reserve(ranked.size());
  for (const Ranked& each : ranked) {
    entries.push_back({each.rank, each.name, each.ratio, each.reason});
  }
  return entries;
}

std::string metric_phrase(const std::string& metric) {
  if (metric == "server.cpu_ns_per_request") return "least CPU per request";
  if (metric == "achieved_rps") return "most requests per second";
  if (metric == "server.cpu_utilisation") return "least CPU while idle";
  if (metric == "burst_ns") return "bursts answered soonest";
  if (metric.starts_with("first_reply_time_ns")) return "soonest first reply";
  return "lowest " + metric;
}

/// The names of a ranking by what is said of them.
struct Places {
  std::vector<std::string> best;
  std::vector<std::string> rest;
  std::vector<std::string> too_few;  ///< restarts
  std::vector<std::string> unranked;
  bool all_tie = true;  ///< the best ones
};

Places places_of(const Ranking& ranking) {
  Places places;
  for (const RankingEntry& entry : ranking.ranked) {
    if (!entry.rank) {
      places.too_few.push_back(entry.contestant);
    } else if (entry.rank == 1U) {
      places.best.push_back(entry.contestant);
      places.all_tie = places.all_tie && !entry.reason;
    } else {
      places.rest.push_back(entry.contestant);
    }
  }
  for (const LeftOut& entry : ranking.unranked) places.unranked.push_back(entry.contestant);
  return places;
}

std::string headline(const Workload& workload, const Ranking& ranking) {
  const Places places = places_of(ranking);
  std::string line = workload.title + ": ";
  if (!places.best.empty()) {
    line += metric_phrase(workload.metrics.front()) + ": " + listed(places.best);
    if (places.best.size() > 1) {
      line += places.all_tie ? " (tie)" : " (differences not significant)";
    }
  } else {
    line += places.too_few.empty() ? "nothing could be ranked" : "nothing ranked";
  }
  if (!places.rest.empty()) line += "; then " + listed(places.rest);
  if (!places.too_few.empty()) {
    line +=
        "; " + std::string(words_of(Undecided::kTooFewRestarts)) + ": " + listed(places.too_few);
  }
  if (!places.unranked.empty()) line += "; not ranked: " + listed(places.unranked);
  return line + ".";
}

}  // namespace

std::vector<Ranking> rank_cells(const RunPlan& plan, const std::vector<JudgedCell>& cells,
                                const std::vector<Comparison>& comparisons, double margin) {
  std::vector<Ranking> rankings;
  for (std::size_t w = 0; w < plan.workloads.size(); ++w) {
    const WorkloadPlan& entry = plan.workloads[w];
    const std::string& workload = entry.workload.name;
    for (const std::string& metric : entry.workload.metrics) {
      Candidates candidates = candidates_of(plan, cells_of(cells, plan, w), metric, entry.restarts);
      const RankRule rule = rule_of(plan, workload, metric, comparisons, margin);
      rankings.push_back({workload, metric,
                          is_paired(metric) ? entries_of(rank(candidates.paired, rule))
                                            : rank_idle(std::move(candidates.absolute)),
                          std::move(candidates.unranked)});
    }
  }
  return rankings;
}

std::vector<std::string> headlines(const std::vector<Ranking>& rankings, const RunPlan& plan) {
  std::vector<std::string> lines;
  for (const WorkloadPlan& workload : plan.workloads) {
    const auto ranking = std::find_if(rankings.begin(), rankings.end(), [&](const Ranking& each) {
      return each.workload == workload.workload.name &&
             each.metric == workload.workload.metrics.front();
    });
    if (ranking != rankings.end()) lines.push_back(headline(workload.workload, *ranking));
  }
  return lines;
}

}  // namespace sockbench
