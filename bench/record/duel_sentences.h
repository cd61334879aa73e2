#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/judge/ab_comparison.h"
#include "bench/judge/duel_counts.h"

/// What a duel.json says in words: pure functions.
namespace sockbench {

/// A workload's verdict with the figures that made it.
std::string sentence_of(const AbComparison& comparison);
/// The whole duel's, from its `workloads`.
std::string duel_sentence(DuelVerdict verdict, const nlohmann::ordered_json& workloads);

/// "+1.00 fcntl per request on one connection (1.00 instead of 0.00)", one for each call changed.
std::vector<std::string> explain_calls(const DuelCounts& counts);
/// What else a request did in head and not in base: switches, faults, times, threads, memory.
/// `run`: the comparison as a run.json. What base and its control differ by explains nothing.
std::vector<std::string> explain_traces(const AbComparison& comparison,
                                        const nlohmann::ordered_json& run);

}  // namespace sockbench
