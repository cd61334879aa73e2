#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <vector>

#include "common/clock.h"

namespace sockbench {

/// Two readings of the clock further apart than this were interrupted: a reading takes 25 ns.
inline constexpr std::int64_t kShortestGapNs = kNsPerUs;

/// What a thread that only reads the clock saw of its CPU.
struct CpuJitter {
  int cpu = 0;
  std::int64_t watched_ns = 0;
  std::vector<std::int64_t> gaps_ns;  ///< times without the CPU, each above kShortestGapNs
};

/// By how much the machine alone delays something short that becomes due at a random moment: the
/// floor under the same percentiles of every response time.
struct Floor {
  std::int64_t p50 = 0;
  std::int64_t p90 = 0;
  std::int64_t p99 = 0;
  std::int64_t p99_9 = 0;
};

/// The delay that a share of `percent` of random moments does not exceed. A moment within a gap
/// waits for its end, so the share of moments that wait longer than d is sum(max(gap - d, 0)) /
/// watched: exact for the gaps that were seen, but seldom ones may not have been. Pure.
std::int64_t delay_at(double percent, std::span<const std::int64_t> gaps_ns,
                      std::int64_t watched_ns);
Floor floor_of(const CpuJitter& jitter);

/// Share of the time that was lost in gaps; 0 when nothing was watched.
double lost_share(const CpuJitter& jitter);

/// {cpu, watched_ns, interruptions_per_second, lost_share, interruption_ns: {count, … hdr} or null
/// when there was none, floor_ns: {p50, p90, p99, p99_9}}
nlohmann::ordered_json to_json(const CpuJitter& jitter);

/// Long enough for fifty ticks of a 250 Hz kernel, short enough to be done before every run.
inline constexpr std::chrono::milliseconds kJitterWatch{200};

/// Keeps each of `cpus` busy for `time`, all at once and from threads that are pinned to them, and
/// records where the clock jumped. Throws std::system_error for a CPU that may not be used.
std::vector<CpuJitter> watch_jitter(const std::vector<int>& cpus,
                                    std::chrono::nanoseconds time = kJitterWatch);

}  // namespace sockbench
