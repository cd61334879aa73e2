#pragma once

#include <cstdint>
#include <ctime>
#include <limits>

namespace sockbench {

/// Nanoseconds of CLOCK_MONOTONIC: the one clock of servers, generator and harness, so that stamps
/// of different processes on one machine can be compared. Costs about 25 ns through the vDSO.
inline std::int64_t now_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

/// CPU time of the calling thread, in nanoseconds.
inline std::int64_t thread_cpu_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

/// CLOCK_REALTIME - CLOCK_MONOTONIC now. The kernel stamps packets in real time; the offset changes
/// when the clock is stepped or slewed, so renew it often. Who loses the CPU between two readings
/// is off by half of that time: the closest pair of three counts.
inline std::int64_t realtime_offset_ns() {
  std::int64_t offset = 0;
  std::int64_t closest = std::numeric_limits<std::int64_t>::max();
  for (int i = 0; i < 3; ++i) {
    const std::int64_t before = now_ns();
    timespec real{};
    ::clock_gettime(CLOCK_REALTIME, &real);
    const std::int64_t apart = now_ns() - before;
    if (apart >= closest) continue;
    closest = apart;
    offset = real.tv_sec * 1'000'000'000LL + real.tv_nsec - (before + apart / 2);
  }
  return offset;
}

inline constexpr std::int64_t kNsPerSecond = 1'000'000'000;
inline constexpr std::int64_t kNsPerMs = 1'000'000;
inline constexpr std::int64_t kNsPerUs = 1'000;

}  // namespace sockbench
