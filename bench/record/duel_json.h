#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/judge/duel_bout.h"
#include "bench/machine/cpus.h"
#include "bench/measure/call_counts.h"

namespace sockbench {

/// One side of a duel, as it was asked for.
struct DuelSide {
  std::string label;
  Contestant contestant;
};

/// The calls of base, of base again, and of head, twice.
struct DuelCounts {
  CallCounts base;
  CallCounts control;
  CallCounts head;
  CallCounts head_again;
  double seconds = 0;
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
  std::vector<Bout> bouts;
};

/// A system call of which head makes another number for each request than base, which makes the
/// same each time.
struct CallChange {
  std::string name;
  double base = 0;
  double head = 0;
};

/// Empty where nothing was counted. Pure.
std::vector<CallChange> call_changes(const DuelCounts& counts);
/// Whether a request needs more calls in all: a call in another one's place is no regression.
bool more_calls(const DuelCounts& counts);

/// The document of results/schema/duel.schema.json.
nlohmann::ordered_json to_json(const DuelRecord& record);

}  // namespace sockbench
