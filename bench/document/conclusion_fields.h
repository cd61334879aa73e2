#pragma once

#include "bench/document/conclusions.h"
#include "bench/document/fields.h"

/// The fields of what is concluded from cells, in the order of run.json. For run.cpp and
/// compared.cpp.
namespace sockbench {

SOCKBENCH_FIELDS(CellName, contestant, workload)

template <typename Visit>
void fields(Visit& visit, Is<Comparison> auto& comparison) {
  visit("workload", comparison.workload);
  visit("metric", comparison.metric);
  visit("base", comparison.base);
  visit("head", comparison.head);
  visit("ratio", comparison.ratio);
  visit("ci95", comparison.ci95);
  visit("between_run_sd", comparison.between_run_sd);
  visit("restarts_ci95", comparison.restarts_ci95);
  visit("verdict", comparison.verdict);
  visit("reason", comparison.reason);
  visit("p_value", comparison.p_value);
  visit("p_holm", comparison.p_holm);
  visit("family_size", comparison.family_size);
  visit("margin", comparison.margin);
  visit("minimum_detectable_effect", comparison.minimum_detectable_effect);
  visit("restarts", comparison.restarts);
  visit.if_any("per_restart", comparison.per_restart);
}

SOCKBENCH_FIELDS(RankingEntry, rank, contestant, ratio, reason)
SOCKBENCH_FIELDS(LeftOut, contestant, reason)
SOCKBENCH_FIELDS(Ranking, workload, metric, ranked, unranked)
SOCKBENCH_FIELDS(SweepKnee, contestant, workload, bound_ns, offered_rps, reason)
SOCKBENCH_FIELDS(ControlFindings, contestant, comparisons, largest_deviation, intervals_excluding_1,
                 verdicts, text, warning)
SOCKBENCH_FIELDS(ClaimEvidence, cell, metric, value, ci95, unit)

template <typename Visit>
void fields(Visit& visit, Is<ClaimFinding> auto& claim) {
  visit("id", claim.id);
  visit("statement", claim.statement);
  visit.if_any("kind", claim.kind);
  visit("verdict", claim.verdict);
  visit("evidence", claim.evidence);
  visit("text", claim.text);
  visit("reproduce", claim.reproduce);
}

SOCKBENCH_FIELDS(Answer::CellWeight, workload, metric, weight)
SOCKBENCH_FIELDS(Answer::Margin, than, ratio, ci95)
SOCKBENCH_FIELDS(Answer::RunnerUp, contestant, ratio, ci95, verdict)
SOCKBENCH_FIELDS(Answer, situation, question, metric, cells, missing, best_mean, winner, ties,
                 not_significant, too_few_restarts, group, margin, runners_up, out, against,
                 undecided_reason)
SOCKBENCH_FIELDS(BreakEven::Point, workload, x, ratio, ci95, winner, reason)
SOCKBENCH_FIELDS(BreakEven::MissingPoint, workload, contestant, reason)
SOCKBENCH_FIELDS(BreakEven, a, b, sweep, over, metric, outcome, at, ci95, winner_below,
                 winner_above, undecided, range, points, left_out, reason)
SOCKBENCH_FIELDS(CostPrediction::Part, count, cost_ns, ns)
SOCKBENCH_FIELDS(CostPrediction::Contained, call, in)
SOCKBENCH_FIELDS(CostPrediction, contestant, workload, predicted_ns, measured_ns, parts, contained,
                 unexplained_ns, unexplained_share, missing, reason)

}  // namespace sockbench
