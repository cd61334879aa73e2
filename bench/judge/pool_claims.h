#pragma once

#include <vector>

#include "bench/judge/pool.h"

namespace sockbench {

/// Every claim of any run, in the order of the first run that has it. A claim that a run does not
/// mention is not tested there. A verdict holds when every run that tested the claim gave it.
std::vector<PooledClaim> pool_claims(const std::vector<PoolRun>& runs);

}  // namespace sockbench
