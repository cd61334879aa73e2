#include "common/process_limits.h"

#include <sched.h>
#include <sys/resource.h>

#include "common/error.h"

namespace sockbench {

std::vector<int> allowed_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  check(::sched_getaffinity(0, sizeof set, &set), "sched_getaffinity");
  std::vector<int> cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(static_cast<std::size_t>(cpu), &set)) cpus.push_back(cpu);
  }
  return cpus;
}

void pin_this_thread(const std::vector<int>& cpus) {
  SOCKBENCH_ASSERT(!cpus.empty());
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int cpu : cpus) CPU_SET(static_cast<std::size_t>(cpu), &set);
  check(::sched_setaffinity(0, sizeof set, &set), "sched_setaffinity");
}

std::uint64_t raise_descriptor_limit() {
  rlimit files{};
  check(::getrlimit(RLIMIT_NOFILE, &files), "getrlimit");
  const rlimit raised{.rlim_cur = files.rlim_max, .rlim_max = files.rlim_max};
  return ::setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : files.rlim_cur;
}

}  // namespace sockbench
