#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/document/duel.h"
#include "bench/judge/ab_comparison.h"
#include "bench/judge/duel_counts.h"
#include "bench/machine/cpus.h"

/// From what was measured to the document of a duel.
namespace sockbench {

/// The options of one side of a duel.
struct Opponent {
  std::string label;
  Contestant contestant;
};

struct DuelRecord {
  Opponent base;
  Opponent head;
  CpuSplit cpus;
  DuelOptionsUsed options;
  nlohmann::ordered_json environment;
  std::string started_at;
  double duration_s = 0;
  bool interrupted = false;
  DuelCounts counts;
  std::vector<AbComparison> comparisons;
};

Duel judged_duel(const DuelRecord& record);

/// The checks of exact counts.
std::vector<DuelCheck> count_checks(const DuelCounts& counts);
/// The checks of one workload, in the order of its series.
std::vector<DuelCheck> comparison_checks(const AbComparison& comparison);

/// A workload's verdict with the figures that made it.
std::string sentence_of(const AbComparison& comparison);
/// The whole duel's, from its `workloads`.
std::string duel_sentence(DuelVerdict verdict, const std::vector<DuelWorkload>& workloads);

/// "+1.00 fcntl per request on one connection (1.00 instead of 0.00)", one for each call changed.
std::vector<std::string> explain_calls(const DuelCounts& counts);
/// What else a request did in head and not in base: switches, faults, times, threads, memory.
/// `run`: the comparison as a run. What base and its control differ by explains nothing.
std::vector<std::string> explain_traces(const AbComparison& comparison, const Run& run);

}  // namespace sockbench
