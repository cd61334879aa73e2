#pragma once

#include <nlohmann/json.hpp>

#include "bench/judge/duel_bout.h"
#include "bench/judge/duel_counts.h"

/// The entries of `checks` in a duel.json, one for each metric: pure functions.
namespace sockbench {

/// Of the exact counts: one for each system call that base or head makes.
nlohmann::ordered_json count_checks(const DuelCounts& counts);
/// Of one workload: what is timed, memory per connection, and what must not happen at all.
nlohmann::ordered_json bout_checks(const Bout& bout);

}  // namespace sockbench
