#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/judge/ab_comparison.h"
#include "bench/judge/duel_counts.h"
#include "bench/machine/cpus.h"

namespace sockbench {

/// One side of a duel, as it was asked for.
struct DuelSide {
  std::string label;
  Contestant contestant;
};

struct DuelRecord {
  DuelSide base;
  DuelSide head;
  CpuSplit cpus;
  nlohmann::ordered_json options;
  nlohmann::ordered_json environment;
  std::string started_at;
  double duration_s = 0;
  bool interrupted = false;
  bool fail_on_inconclusive = false;
  DuelCounts counts;
  std::vector<AbComparison> comparisons;
};

/// The document of results/schema/duel.schema.json.
nlohmann::ordered_json to_json(const DuelRecord& record);

}  // namespace sockbench
