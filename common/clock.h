#pragma once

#include <cstdint>
#include <ctime>

namespace sockbench {

/// Nanoseconds of CLOCK_MONOTONIC: the one clock of servers, generator and harness, so that stamps
/// of different processes on one machine can be compared. Costs about 25 ns through the vDSO.
inline std::int64_t now_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

inline constexpr std::int64_t kNsPerSecond = 1'000'000'000;
inline constexpr std::int64_t kNsPerMs = 1'000'000;
inline constexpr std::int64_t kNsPerUs = 1'000;

}  // namespace sockbench
