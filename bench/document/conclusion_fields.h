#pragma once

#include "bench/document/conclusions.h"
#include "bench/document/fields.h"

/// The fields of what is concluded from cells, in the order of run.json. For run.cpp and compared.cpp.
namespace sockbench {

template <typename Visit>
void fields(Visit& visit, Is<CellName> auto& cell) {
  visit("contestant", cell.contestant);
  visit("workload", cell.workload);
}

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

template <typename Visit>
void fields(Visit& visit, Is<RankingEntry> auto& entry) {
  visit("rank", entry.rank);
  visit("contestant", entry.contestant);
  visit("ratio", entry.ratio);
  visit("reason", entry.reason);
}

template <typename Visit>
void fields(Visit& visit, Is<LeftOut> auto& left_out) {
  visit("contestant", left_out.contestant);
  visit("reason", left_out.reason);
}

template <typename Visit>
void fields(Visit& visit, Is<Ranking> auto& ranking) {
  visit("workload", ranking.workload);
  visit("metric", ranking.metric);
  visit("ranked", ranking.ranked);
  visit("unranked", ranking.unranked);
}

template <typename Visit>
void fields(Visit& visit, Is<SweepKnee> auto& knee) {
  visit("contestant", knee.contestant);
  visit("workload", knee.workload);
  visit("bound_ns", knee.bound_ns);
  visit("offered_rps", knee.offered_rps);
  visit("reason", knee.reason);
}

template <typename Visit>
void fields(Visit& visit, Is<ControlFindings> auto& control) {
  visit("contestant", control.contestant);
  visit("comparisons", control.comparisons);
  visit("largest_deviation", control.largest_deviation);
  visit("intervals_excluding_1", control.intervals_excluding_1);
  visit("verdicts", control.verdicts);
  visit("text", control.text);
  visit("warning", control.warning);
}

template <typename Visit>
void fields(Visit& visit, Is<ClaimEvidence> auto& evidence) {
  visit("cell", evidence.cell);
  visit("metric", evidence.metric);
  visit("value", evidence.value);
  visit("ci95", evidence.ci95);
  visit("unit", evidence.unit);
}

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

template <typename Visit>
void fields(Visit& visit, Is<Answer::CellWeight> auto& cell) {
  visit("workload", cell.workload);
  visit("metric", cell.metric);
  visit("weight", cell.weight);
}

template <typename Visit>
void fields(Visit& visit, Is<Answer::Margin> auto& margin) {
  visit("than", margin.than);
  visit("ratio", margin.ratio);
  visit("ci95", margin.ci95);
}

template <typename Visit>
void fields(Visit& visit, Is<Answer::RunnerUp> auto& other) {
  visit("contestant", other.contestant);
  visit("ratio", other.ratio);
  visit("ci95", other.ci95);
  visit("verdict", other.verdict);
}

template <typename Visit>
void fields(Visit& visit, Is<Answer> auto& answer) {
  visit("situation", answer.situation);
  visit("question", answer.question);
  visit("metric", answer.metric);
  visit("cells", answer.cells);
  visit("missing", answer.missing);
  visit("best_mean", answer.best_mean);
  visit("winner", answer.winner);
  visit("ties", answer.ties);
  visit("not_significant", answer.not_significant);
  visit("too_few_restarts", answer.too_few_restarts);
  visit("group", answer.group);
  visit("margin", answer.margin);
  visit("runners_up", answer.runners_up);
  visit("out", answer.out);
  visit("against", answer.against);
  visit("undecided_reason", answer.undecided_reason);
}

template <typename Visit>
void fields(Visit& visit, Is<BreakEven::Point> auto& point) {
  visit("workload", point.workload);
  visit("x", point.x);
  visit("ratio", point.ratio);
  visit("ci95", point.ci95);
  visit("winner", point.winner);
  visit("reason", point.reason);
}

template <typename Visit>
void fields(Visit& visit, Is<BreakEven::MissingPoint> auto& point) {
  visit("workload", point.workload);
  visit("contestant", point.contestant);
  visit("reason", point.reason);
}

template <typename Visit>
void fields(Visit& visit, Is<BreakEven> auto& pair) {
  visit("a", pair.a);
  visit("b", pair.b);
  visit("sweep", pair.sweep);
  visit("over", pair.over);
  visit("metric", pair.metric);
  visit("outcome", pair.outcome);
  visit("at", pair.at);
  visit("ci95", pair.ci95);
  visit("winner_below", pair.winner_below);
  visit("winner_above", pair.winner_above);
  visit("undecided", pair.undecided);
  visit("range", pair.range);
  visit("points", pair.points);
  visit("left_out", pair.left_out);
  visit("reason", pair.reason);
}

template <typename Visit>
void fields(Visit& visit, Is<CostPrediction::Part> auto& part) {
  visit("count", part.count);
  visit("cost_ns", part.cost_ns);
  visit("ns", part.ns);
}

template <typename Visit>
void fields(Visit& visit, Is<CostPrediction::Contained> auto& contained) {
  visit("call", contained.call);
  visit("in", contained.in);
}

template <typename Visit>
void fields(Visit& visit, Is<CostPrediction> auto& cost) {
  visit("contestant", cost.contestant);
  visit("workload", cost.workload);
  visit("predicted_ns", cost.predicted_ns);
  visit("measured_ns", cost.measured_ns);
  visit("parts", cost.parts);
  visit("contained", cost.contained);
  visit("unexplained_ns", cost.unexplained_ns);
  visit("unexplained_share", cost.unexplained_share);
  visit("missing", cost.missing);
  visit("reason", cost.reason);
}

}  // namespace sockbench
