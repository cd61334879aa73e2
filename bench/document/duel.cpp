#include "bench/document/duel.h"

#include "bench/document/fields.h"

namespace sockbench {

using document::Reader;
using document::Writer;
using nlohmann::ordered_json;

template <typename Visit>
void fields(Visit& visit, Is<DuelSide> auto& side) {
  visit("label", side.label);
  visit("commands", side.commands);
}

template <typename Visit>
void fields(Visit& visit, Is<DuelOptionsUsed> auto& options) {
  visit("workloads", options.workloads);
  visit("margin", options.margin);
  visit("resolve", options.resolve);
  visit("budget_s", options.budget_s);
  visit("seed", options.seed);
  visit("short", options.short_form);
  visit("fail_on_inconclusive", options.fail_on_inconclusive);
}

template <typename Visit>
void fields(Visit& visit, Is<SideFigure> auto& figure) {
  visit("median", figure.median);
  visit("per_restart", figure.per_restart);
}

template <typename Visit>
void fields(Visit& visit, Is<Confirmation> auto& again) {
  visit("restarts", again.restarts);
  visit("ratio", again.ratio);
  visit("ci", again.ci);
  visit("p_value", again.p_value);
  visit("agrees", again.agrees);
}

template <typename Visit>
void fields(Visit& visit, Is<DuelCheck> auto& check) {
  visit("workload", check.workload);
  visit("metric", check.metric);
  visit("unit", check.unit);
  visit("better", check.better);
  visit("gated", check.gated);
  visit("not_gated", check.not_gated);
  visit("exact", check.exact);
  visit("base", check.base);
  visit("control", check.control);
  visit("head", check.head);
  visit("ratio", check.ratio);
  visit("ci", check.ci);
  visit("level", check.level);
  visit("difference", check.difference);
  visit("p_value", check.p_value);
  visit("p_corrected", check.p_corrected);
  visit("margin", check.margin);
  visit("detectable", check.detectable);
  visit("verdict", check.verdict);
  visit("confirmation", check.confirmation);
}

template <typename Visit>
void fields(Visit& visit, Is<SideDisturbance> auto& side) {
  visit("waited_share", side.waited_share);
  visit("foreign_share", side.foreign_share);
  visit("steal_share", side.steal_share);
}

template <typename Visit>
void fields(Visit& visit, Is<DuelWorkload::Control> auto& control) {
  visit("ratio", control.ratio);
  visit("ci", control.ci);
  visit("moved", control.moved);
}

template <typename Visit>
void fields(Visit& visit, Is<DuelWorkload::Disturbances> auto& sides) {
  visit("base", sides.base);
  visit("control", sides.control);
  visit("head", sides.head);
  visit("one_sided", sides.one_sided);
}

template <typename Visit>
void fields(Visit& visit, Is<DuelWorkload> auto& workload) {
  visit("name", workload.name);
  visit("title", workload.title);
  visit("verdict", workload.verdict);
  visit("sentence", workload.sentence);
  visit("reasons", workload.reasons);
  visit("seconds", workload.seconds);
  visit("restarts", workload.restarts);
  visit("confirmation_restarts", workload.confirmation_restarts);
  visit("limiter", workload.limiter);
  visit("control", workload.control);
  visit("disturbance", workload.disturbance);
  visit("explanation", workload.explanation);
}

template <typename Visit>
void fields(Visit& visit, Is<Duel> auto& duel) {
  visit("schema_version", duel.schema_version);
  visit("kind", duel.kind);
  visit.with("sockbench", duel.sockbench, program_json, parse_program);
  visit("started_at", duel.started_at);
  visit("duration_s", duel.duration_s);
  visit("interrupted", duel.interrupted);
  visit("base", duel.base);
  visit("head", duel.head);
  visit("options", duel.options);
  visit.with(
      "environment", duel.environment, [](const Environment& machine) { return machine.whole; },
      environment_of);
  visit("verdict", duel.verdict);
  visit("sentence", duel.sentence);
  visit("exit_code", duel.exit_code);
  visit("workloads", duel.workloads);
  visit("checks", duel.checks);
}

std::vector<const DuelCheck*> Duel::checks_of(const DuelWorkload& workload) const {
  std::vector<const DuelCheck*> own;
  for (const DuelCheck& check : checks) {
    if (check.workload == workload.name) own.push_back(&check);
  }
  return own;
}

Duel parse_duel(const ordered_json& document) {
  Duel duel;
  if (!document.is_object()) throw UsageError("A duel must be a JSON object.");
  Reader reader(document, "");
  fields(reader, duel);
  return duel;
}

ordered_json to_json(const Duel& duel) { return Writer::json_of(duel); }

}  // namespace sockbench
