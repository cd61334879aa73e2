#include "bench/document/capacity.h"

#include "bench/document/fields.h"

namespace sockbench {

SOCKBENCH_FIELDS(CapacityBound, percentile, ns, times_unloaded)
SOCKBENCH_FIELDS(ContestantCapacity, contestant, capacity_rps, ci95, per_restart, ratio, ratio_ci95,
                 verdict, undecided, limiter, reason)

template <typename Visit>
void fields(Visit& visit, Is<CapacityDocument> auto& document) {
  visit("schema_version", document.schema_version);
  visit("kind", document.kind);
  visit.with("sockbench", document.sockbench, program_json, parse_program);
  visit("started_at", document.started_at);
  visit("duration_s", document.duration_s);
  visit("interrupted", document.interrupted);
  visit("seed", document.seed);
  visit("bound", document.bound);
  visit("connections", document.connections);
  visit("message_bytes", document.message_bytes);
  visit("restarts", document.restarts);
  visit("margin", document.margin);
  visit("reference", document.reference);
  visit("contestants", document.contestants);
  visit.with(
      "environment", document.environment, [](const Environment& machine) { return machine.whole; },
      environment_of);
}

nlohmann::ordered_json to_json(const CapacityDocument& document) {
  return document::Writer::json_of(document);
}

}  // namespace sockbench
