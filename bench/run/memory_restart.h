#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/run/member.h"

namespace sockbench {

/// A server's memory as its connections grow: what the slopes are taken from.
struct MemoryResult {
  std::vector<MemoryPoint> points;
  std::string absent;         ///< why there are no points, or empty
  std::string kernel_absent;  ///< why these have no kernel_bytes, or empty
};

/// A restart of one contestant alone, which times nothing: a fresh server, then the workload's
/// connections in four equal steps.
MemoryResult measure_memory(const Bench& bench, const Contestant& contestant,
                            const Workload& workload);

}  // namespace sockbench
