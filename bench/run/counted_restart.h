#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/run/server_process.h"

namespace sockbench {

/// What one contestant's counters saw in all counted restarts of a workload.
struct CountedResult {
  int restarts = 0;
  std::uint64_t answered = 0;
  Counts counts;
  std::optional<Switches> switches;  ///< nullopt when a thread ended in a counted slice
  std::vector<CountedSlice> slices;  ///< of which the above are the sums
  /// Slices below strace, where the kernel does not let its counter of system calls be used; only
  /// the system calls are taken from them.
  std::vector<CountedSlice> traced;
  std::string not_traced;  ///< why there are none although they were needed, or empty

  /// Those in which system calls were counted.
  const std::vector<CountedSlice>& with_calls() const { return traced.empty() ? slices : traced; }
};

/// Adds one counted slice.
void add(CountedResult& sum, const CountedSlice& slice);

/// A counted restart of one contestant alone, with counters on its server: it is no part of any
/// comparison, and what is counted does not depend on what others do. After the warm-up several
/// slices, each with its counts. System calls that the kernel's counter may not count are counted
/// in a further restart, below strace. Returns why nothing was counted, or an empty string.
std::string count_restart(const Bench& bench, const Contestant& contestant,
                          const Workload& workload, CountedResult& sum);

/// How long the window of a counted slice lasts. `answered` requests took `wall_ns` of warm-up.
/// Pure.
std::int64_t counted_window_ns(const Workload& workload, std::uint64_t answered,
                               std::int64_t wall_ns);

}  // namespace sockbench
