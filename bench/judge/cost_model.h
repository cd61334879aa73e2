#pragma once

#include <nlohmann/json.hpp>

#include "bench/judge/micro_cost.h"

namespace sockbench {

/// What a request should cost by its counted parts, beside what it did cost: for every contestant
/// in the workloads of bench/cost_model.json that the run has, [{contestant, workload,
/// predicted_ns, measured_ns, parts: {name: {count, cost_ns, ns}}, contained, unexplained_ns,
/// unexplained_share, missing, reason}]. Counts are per request. Pure.
///
/// `missing` names the costs that `costs` lacks or could not measure: `predicted_ns` is then only
/// what is known, and too low. `contained` names calls whose cost is in that of another part.
/// `reason` says why there is no prediction at all, such as a cell without counts.
nlohmann::ordered_json predict_costs(const nlohmann::ordered_json& run, const MicroCosts& costs,
                                     const nlohmann::ordered_json& rules);

}  // namespace sockbench
