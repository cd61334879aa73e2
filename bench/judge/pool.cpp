#include "bench/judge/pool.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "bench/judge/comparison.h"
#include "bench/judge/significance.h"
#include "common/numbers.h"

namespace sockbench {
namespace {

PooledClaimVerdict verdict_of(const std::array<std::size_t, 4>& counts) {
  const auto [confirmed, refuted, inconclusive, not_tested] = counts;
  if (confirmed > 0 && refuted > 0) return PooledClaimVerdict::kDependsOnMachine;
  if (inconclusive > 0) return PooledClaimVerdict::kInconclusive;
  if (confirmed > 0) return PooledClaimVerdict::kConfirmed;
  if (refuted > 0) return PooledClaimVerdict::kRefuted;
  return PooledClaimVerdict::kNotTested;
}

void add_figure(PooledClaim& claim, const ClaimEvidence& figure) {
  for (ClaimRange& range : claim.figures) {
    if (range.cell != figure.cell || range.metric != figure.metric || range.unit != figure.unit) {
      continue;
    }
    range.range.lo = std::min(range.range.lo, figure.value);
    range.range.hi = std::max(range.range.hi, figure.value);
    ++range.runs;
    return;
  }
  claim.figures.push_back(
      {figure.cell, figure.metric, figure.unit, {figure.value, figure.value}, 1});
}

/// Every claim of any run, in the order of the first run that has it. A claim that a run does not
/// mention is not tested there. A verdict holds when every run that tested the claim gave it.
std::vector<PooledClaim> pool_claims(const std::vector<PoolRun>& runs) {
  std::vector<PooledClaim> claims;
  for (const PoolRun& run : runs) {
    for (const RunClaim& each : run.claims) {
      auto claim = std::find_if(claims.begin(), claims.end(),
                                [&](const PooledClaim& known) { return known.id == each.id; });
      if (claim == claims.end()) {
        claim = claims.insert(claim, {each.id, each.statement, {}, {}, {}});
      }
      ++claim->counts.at(static_cast<std::size_t>(each.verdict));
      for (const ClaimEvidence& figure : each.figures) add_figure(*claim, figure);
    }
  }
  for (PooledClaim& claim : claims) {
    std::size_t told = 0;
    for (const std::size_t count : claim.counts) told += count;
    claim.counts.back() += runs.size() - told;
    claim.verdict = verdict_of(claim.counts);
  }
  return claims;
}

const PlanItem* item_named(const std::vector<PlanItem>& plan, const std::string& what) {
  const auto found = std::find_if(plan.begin(), plan.end(),
                                  [&](const PlanItem& item) { return item.what == what; });
  return found == plan.end() ? nullptr : &*found;
}

/// One difference of two plans in words; null: not in that plan.
std::string difference_text(const PlanItem* in_a, const PlanItem* in_b) {
  const PlanItem& item = in_a != nullptr ? *in_a : *in_b;
  if (item.value.empty()) {
    return item.what + " is only in the " + (in_a != nullptr ? "first" : "second");
  }
  const auto value = [](const PlanItem* side) { return side == nullptr ? "not set" : side->value; };
  return item.what + " is " + value(in_a) + " in the first and " + value(in_b) + " in the second";
}

/// The first difference of two plans as a sentence; empty when they are the same.
std::string plan_difference(const PoolRun& a, const PoolRun& b) {
  const std::string start = "'" + a.file + "' and '" + b.file + "' have different plans: ";
  for (const PlanItem& item : a.plan) {
    const PlanItem* other = item_named(b.plan, item.what);
    if (other == nullptr || other->value != item.value) {
      return start + difference_text(&item, other) + ".";
    }
  }
  for (const PlanItem& item : b.plan) {
    if (item_named(a.plan, item.what) == nullptr) {
      return start + difference_text(nullptr, &item) + ".";
    }
  }
  return {};
}

using ComparisonKey = std::tuple<std::string, std::string, std::string, std::string>;

ComparisonKey key_of(const RunComparison& comparison) {
  return {comparison.workload, comparison.metric, comparison.base, comparison.head};
}

/// Every comparison of any run, in the order of the first run that has it.
std::vector<ComparisonKey> comparison_keys(const std::vector<PoolRun>& runs) {
  std::vector<ComparisonKey> keys;
  std::set<ComparisonKey> seen;
  for (const PoolRun& run : runs) {
    for (const RunComparison& comparison : run.comparisons) {
      if (seen.insert(key_of(comparison)).second) keys.push_back(key_of(comparison));
    }
  }
  return keys;
}

bool contradict(Verdict a, Verdict b) {
  return (a == Verdict::kFaster && b == Verdict::kSlower) ||
         (a == Verdict::kSlower && b == Verdict::kFaster);
}

RunPairs pairs_of(const std::vector<RatioOfRun>& runs) {
  RunPairs pairs;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    for (std::size_t j = i + 1; j < runs.size(); ++j) {
      const auto& a = runs[i];
      const auto& b = runs[j];
      if (contradict(a.verdict, b.verdict)) ++pairs.contradicting;
      if (!a.ci95 || !b.ci95) continue;
      ++pairs.compared;
      if (a.ci95->hi < b.ci95->lo || b.ci95->hi < a.ci95->lo) ++pairs.disjoint;
    }
  }
  return pairs;
}

void add(RunPairs& sum, const RunPairs& pairs) {
  sum.compared += pairs.compared;
  sum.disjoint += pairs.disjoint;
  sum.contradicting += pairs.contradicting;
}

/// One comparison over all runs that have it. The verdict needs all comparisons: see
/// judge_together().
PooledComparison pooled_comparison(const std::vector<PoolRun>& runs, const ComparisonKey& key) {
  PooledComparison pooled;
  std::tie(pooled.workload, pooled.metric, pooled.base, pooled.head) = key;
  std::vector<RunEstimate> estimates;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    for (const RunComparison& comparison : runs[i].comparisons) {
      if (key_of(comparison) != key) continue;
      pooled.runs.push_back({i, comparison.ratio, comparison.ci95, comparison.restarts_ci95,
                             comparison.restarts, comparison.verdict});
      if (const auto estimate = run_estimate(comparison.per_restart_log)) {
        estimates.push_back(*estimate);
      }
    }
  }
  pooled.effect = pool_effects(estimates);
  pooled.ratio = std::exp(pooled.effect.effect);
  if (const auto& interval = pooled.effect.ci95) {
    pooled.ci95 = Interval{std::exp(interval->lo), std::exp(interval->hi)};
  }
  pooled.minimum_detectable_effect = minimum_detectable_effect(pooled.effect);
  pooled.pairs = pairs_of(pooled.runs);
  return pooled;
}

/// p of every comparison, corrected for how many there are. The only place that says which
/// comparisons are one family: all of the pool, as in a run.
/// Holm over each metric: one family, as in a single run.
std::vector<double> adjusted_p_values(const std::vector<PooledComparison>& comparisons) {
  std::vector<double> adjusted(comparisons.size());
  std::map<std::string, std::vector<std::size_t>> families;
  for (std::size_t i = 0; i < comparisons.size(); ++i) families[comparisons[i].metric].push_back(i);
  for (const auto& [metric, members] : families) {
    std::vector<double> p_values;
    p_values.reserve(members.size());
    for (const std::size_t i : members) p_values.push_back(comparisons[i].effect.p_value);
    const std::vector<double> own = holm(p_values);
    for (std::size_t k = 0; k < members.size(); ++k) adjusted[members[k]] = own[k];
  }
  return adjusted;
}

Movement movement_of(const PooledComparison& comparison, double margin, std::size_t comparisons) {
  const Heterogeneity& between = comparison.effect.heterogeneity;
  if (between.q_p_value < kSignificance / static_cast<double>(comparisons)) {
    return Movement::kSignificant;
  }
  if (between.q_p_value < kSignificance && between.between_run_sd > std::log1p(margin)) {
    return Movement::kBeyondMargin;
  }
  return Movement::kNone;
}

void judge_together(std::vector<PooledComparison>& comparisons, double margin) {
  const std::vector<double> adjusted = adjusted_p_values(comparisons);
  for (std::size_t i = 0; i < comparisons.size(); ++i) {
    PooledComparison& comparison = comparisons[i];
    comparison.p_holm = adjusted[i];
    comparison.verdict =
        judge(comparison.ci95, comparison.p_holm, margin, lower_is_better(comparison.metric));
    comparison.moved = movement_of(comparison, margin, comparisons.size());
  }
}

void count_pairs(Pool& pool) {
  for (const PooledComparison& comparison : pool.comparisons) {
    auto metric =
        std::find_if(pool.pairs_by_metric.begin(), pool.pairs_by_metric.end(),
                     [&](const MetricPairs& each) { return each.metric == comparison.metric; });
    if (metric == pool.pairs_by_metric.end()) {
      metric = pool.pairs_by_metric.insert(metric, {comparison.metric, {}});
    }
    add(metric->pairs, comparison.pairs);
    add(pool.pairs, comparison.pairs);
  }
}

/// What is collected of one cell.
struct CellFiguresOverRuns {
  PooledCell cell;
  std::vector<std::pair<std::string, std::vector<double>>> figures;

  std::vector<double>& of(const std::string& metric) {
    for (auto& [name, values] : figures) {
      if (name == metric) return values;
    }
    return figures.emplace_back(metric, std::vector<double>()).second;
  }
};

std::vector<PooledCell> pooled_cells(const std::vector<PoolRun>& runs) {
  std::vector<CellFiguresOverRuns> all;
  std::map<std::pair<std::string, std::string>, std::size_t> places;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    for (const RunCell& cell : runs[i].cells) {
      const auto [place, is_new] = places.try_emplace({cell.contestant, cell.workload}, all.size());
      if (is_new) {
        all.push_back({{cell.contestant, cell.workload, {}, 0, {}}, {}});
        all.back().cell.validity.resize(runs.size());
      }
      CellFiguresOverRuns& collected = all[place->second];
      collected.cell.validity[i] = cell.validity;
      if (cell.validity == Validity::kValid) ++collected.cell.valid_runs;
      for (const auto& [metric, value] : cell.figures) {
        collected.of(metric).push_back(value);
      }
    }
  }
  std::vector<PooledCell> cells;
  cells.reserve(all.size());
  for (CellFiguresOverRuns& collected : all) {
    for (const auto& [metric, values] : collected.figures) {
      const auto [lo, hi] = std::minmax_element(values.begin(), values.end());
      collected.cell.figures.push_back({metric, median(values), {*lo, *hi}, values.size()});
    }
    cells.push_back(std::move(collected.cell));
  }
  return cells;
}

}  // namespace

const char* to_text(PooledClaimVerdict verdict) {
  switch (verdict) {
    case PooledClaimVerdict::kConfirmed:
      return "confirmed";
    case PooledClaimVerdict::kRefuted:
      return "refuted";
    case PooledClaimVerdict::kDependsOnMachine:
      return "depends_on_machine";
    case PooledClaimVerdict::kInconclusive:
      return "inconclusive";
    case PooledClaimVerdict::kNotTested:
      break;
  }
  return "not_tested";
}

const char* to_text(Movement movement) {
  switch (movement) {
    case Movement::kSignificant:
      return "significant";
    case Movement::kBeyondMargin:
      return "beyond_margin";
    case Movement::kNone:
      break;
  }
  return "none";
}

std::string pool_refusal(const std::vector<PoolRun>& runs) {
  if (runs.size() < 2) {
    return "A pool needs at least two runs; " + std::to_string(runs.size()) + " was given.";
  }
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].interrupted) {
      return "'" + runs[i].file + "' was interrupted; a pool needs runs that ended by themselves.";
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (runs[i].started_at == runs[j].started_at && runs[i].seed == runs[j].seed &&
          runs[i].duration_s == runs[j].duration_s) {
        return "'" + runs[i].file + "' is the same run as '" + runs[j].file +
               "'; give every run once.";
      }
    }
  }
  for (const PoolRun& run : runs) {
    std::string difference = plan_difference(runs.front(), run);
    if (!difference.empty()) return difference;
  }
  return {};
}

Pool pool_runs(std::vector<PoolRun> runs) {
  Pool pool;
  for (const ComparisonKey& key : comparison_keys(runs)) {
    pool.comparisons.push_back(pooled_comparison(runs, key));
  }
  judge_together(pool.comparisons, runs.front().margin);
  count_pairs(pool);
  pool.cells = pooled_cells(runs);
  pool.claims = pool_claims(runs);
  pool.runs = std::move(runs);
  return pool;
}

}  // namespace sockbench
