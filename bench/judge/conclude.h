#pragma once

#include <string>
#include <vector>

#include "bench/document/run.h"
#include "bench/judge/micro_cost.h"
#include "bench/judge/rules.h"

/// What is concluded from several workloads of a run, by the rules beside the workloads.
namespace sockbench {

/// "Which model should I use": one answer for each situation, computed from a run. Pure.
///
/// Each contestant gets the weighted mean of its log ratios over the situation's cells, restart by
/// restart, and is compared with the best mean: judge() with Holm over the situation. There is a
/// winner when every other one is worse or ties; else `undecided_reason` says what is missing.
/// "slightly_worse" is one that is significantly worse, but perhaps by less than the run's margin.
/// Ratios say how many times the best's figure, so they are 1 or more whichever direction is good.
std::vector<Answer> advise(const Run& run, const AdviceRules& rules);

/// What speaks against a contestant, one sentence each, with the figures and where they are from:
/// starved connections, failures, CPU use while idle, memory, multiples of the best.
std::vector<std::string> speaks_against(const Run& run, const AgainstRules& rules,
                                        const std::string& contestant);

/// Where A overtakes B along a sweep of workloads, for the pairs and sweeps of the rules that the
/// run has. Pure.
///
/// `over` is "connections" or "active_share" (active / all connections), on a logarithmic axis.
/// Between two measured points the mean log ratio is taken as linear. At each point there is a
/// winner when the interval excludes 1 and p, after Holm over the points that their restarts can
/// decide, is below kSignificance; `reason` of a point says why none does. `outcome`: "crosses"
/// (`at` is where), "always" and "never" (A wins, B wins at every point), "partly" (one wins at
/// some points, the others are undecided), "several" (more than one change), "undecided", "missing"
/// (fewer than two points; `reason` says why). `undecided` is the range from the first to the last
/// x where the interval, taken as linear too, includes 1. An end of `ci95` is not finite where the
/// last decided point beside it does not bound it.
std::vector<BreakEven> break_even_points(const Run& run, const BreakEvenRules& rules);

/// What a request should cost by its counted parts, beside what it did cost: for every contestant
/// in the workloads of the rules that the run has. Counts are per request. Pure.
///
/// `missing` names the costs that `costs` lacks or could not measure: `predicted_ns` is then only
/// what is known, and too low. `contained` names calls whose cost is in that of another part.
/// `reason` says why there is no prediction at all, such as a cell without counts.
std::vector<CostPrediction> predict_costs(const Run& run, const MicroCosts& costs,
                                          const CostRules& rules);

/// Draws what rests on several workloads: advice, break-even points and, where there are costs, the
/// cost model. Writes over what the run has. Throws UsageError when the rules are missing.
void conclude(Run& run, const MicroCosts& micro);

}  // namespace sockbench
