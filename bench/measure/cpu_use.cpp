#include "bench/measure/cpu_use.h"

#include <cmath>
#include <fstream>

#include "bench/machine/cpu_activity.h"
#include "common/clock.h"

namespace sockbench {
namespace {

/// Busy nanoseconds of every CPU, by number; empty without the control group.
std::vector<std::int64_t> accounted(const std::filesystem::path& root) {
  std::vector<std::int64_t> busy;
  for (const char* place : {"sys/fs/cgroup/cpuacct", "sys/fs/cgroup/cpu,cpuacct"}) {
    std::ifstream file(root / place / "cpuacct.usage_percpu");
    for (std::int64_t ns = 0; file >> ns;) busy.push_back(ns);
    if (!busy.empty()) break;
  }
  return busy;
}

}  // namespace

CpuUse cpu_use(const std::vector<int>& cpus, const std::filesystem::path& root) {
  const std::vector<std::int64_t> exact = accounted(root);
  const auto times = read_times_by_cpu(root);
  CpuUse use;
  double busy_s = 0;
  double steal_s = 0;
  for (const int cpu : cpus) {
    if (static_cast<std::size_t>(cpu) < exact.size()) {
      use.busy_ns += exact[static_cast<std::size_t>(cpu)];
    }
    const auto found = times.find(cpu);
    if (found == times.end()) continue;
    steal_s += found->second.steal_s;
    busy_s += found->second.busy_s - found->second.niced_s;
  }
  if (exact.empty()) use.busy_ns = std::llround(busy_s * kNsPerSecond);
  use.steal_ns = std::llround(steal_s * kNsPerSecond);
  return use;
}

}  // namespace sockbench
