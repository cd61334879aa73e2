#pragma once

#include <nlohmann/json.hpp>

namespace sockbench {

/// Where A overtakes B along a sweep of workloads, for the pairs and sweeps of bench/advice.json
/// that the run has: [{a, b, sweep, over, metric, outcome, at, ci95, winner_below, winner_above,
/// undecided, range, points, left_out, reason}]. Pure.
///
/// `over` is "connections" or "active_share" (active / all connections), on a logarithmic axis.
/// Between two measured points the mean log ratio is taken as linear. At each point somebody wins
/// when the interval excludes 1 and p, after Holm over the points that their restarts can decide,
/// is below kSignificance; `reason` of a point says why none does.
/// `outcome`: "crosses" (`at` is where), "always" and "never" (A wins, B wins at every point),
/// "partly" (one wins at some points, the others are undecided), "several" (more than one change),
/// "undecided", "missing" (fewer than two points; `reason` says why).
/// `undecided` is the range from the first to the last x where the interval, taken as linear too,
/// includes 1. An end of `ci95` is null where the last decided point beside it does not bound it.
nlohmann::ordered_json break_even_points(const nlohmann::ordered_json& run,
                                         const nlohmann::ordered_json& rules);

}  // namespace sockbench
