#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace sockbench {

/// What some CPUs did since boot, all of them together.
struct CpuUse {
  std::int64_t busy_ns = 0;   ///< they ran some task
  std::int64_t steal_ns = 0;  ///< the hypervisor ran something else; in ticks of 10 ms
};

/// Busy time in nanoseconds from the root of the cpuacct control group (version 1), where there is
/// one; otherwise from /proc/stat, in ticks of 10 ms and without tasks of lower priority (nice).
/// 0 where neither can be read.
CpuUse cpu_use(const std::vector<int>& cpus, const std::filesystem::path& root = "/");

}  // namespace sockbench
