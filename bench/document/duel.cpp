#include "bench/document/duel.h"

#include "bench/document/fields.h"

namespace sockbench {

using document::Reader;
using document::Writer;
using nlohmann::ordered_json;

SOCKBENCH_FIELDS(DuelSide, label, commands)

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

SOCKBENCH_FIELDS(SideFigure, median, per_restart)
SOCKBENCH_FIELDS(Confirmation, restarts, ratio, ci, p_value, agrees)
SOCKBENCH_FIELDS(DuelCheck, workload, metric, unit, better, gated, not_gated, exact, base, control,
                 head, ratio, ci, level, difference, p_value, p_corrected, margin, detectable,
                 verdict, confirmation)
SOCKBENCH_FIELDS(SideDisturbance, waited_share, foreign_share, steal_share)
SOCKBENCH_FIELDS(DuelWorkload::Control, ratio, ci, moved)
SOCKBENCH_FIELDS(DuelWorkload::Disturbances, base, control, head, one_sided)
SOCKBENCH_FIELDS(DuelWorkload, name, title, verdict, sentence, reasons, seconds, restarts,
                 confirmation_restarts, limiter, control, disturbance, explanation)

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
