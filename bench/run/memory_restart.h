#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/run/server_process.h"

namespace sockbench {

/// A server's memory as its connections grow; see fit_memory().
struct MemoryResult {
  std::vector<MemoryPoint> points;
  std::string absent;         ///< why there are no points, or empty
  std::string kernel_absent;  ///< why these have no kernel_bytes, or empty
};

/// A restart of one contestant alone, which times nothing: a fresh server, a connection that asks
/// for a moment, then the workload's connections in four equal steps, all silent.
MemoryResult measure_memory(const Bench& bench, const Contestant& contestant,
                            const Workload& workload);

}  // namespace sockbench
