// CPUs that are kept awake: spinning processes that give way to everything else, gone afterwards.

#include "bench/run/keep_awake.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "bench/machine/cpus.h"
#include "tests/end_to_end/processes.h"

namespace sockbench {
namespace {

/// Children of the test program with the lowest priority: other tests' have another one.
std::vector<test::Process> spinners() {
  std::vector<test::Process> all;
  for (const test::Process& child : test::children_of(::getpid())) {
    if (::sched_getscheduler(child.pid) == SCHED_IDLE) all.push_back(child);
  }
  return all;
}

TEST(KeepAwake, SpinsOnEveryCpuAndGivesWay) {
  const std::vector<int> cpus = allowed_cpus();
  const KeepAwake awake(cpus);
  ::poll(nullptr, 0, 200);
  std::vector<int> taken;
  for (const test::Process& spinner : spinners()) {
    EXPECT_EQ(spinner.state, 'R') << "it spins";
    EXPECT_EQ(::getpriority(PRIO_PROCESS, static_cast<id_t>(spinner.pid)), 19);
    cpu_set_t own;
    CPU_ZERO(&own);
    ASSERT_EQ(::sched_getaffinity(spinner.pid, sizeof own, &own), 0);
    EXPECT_EQ(CPU_COUNT(&own), 1);
    for (const int cpu : cpus) {
      if (CPU_ISSET(static_cast<std::size_t>(cpu), &own)) taken.push_back(cpu);
    }
  }
  std::sort(taken.begin(), taken.end());
  EXPECT_EQ(taken, cpus) << "one on each";
}

TEST(KeepAwake, NothingIsLeft) {
  { const KeepAwake awake(allowed_cpus()); }
  EXPECT_TRUE(spinners().empty());
}

TEST(KeepAwake, NoCpusNoProcesses) {
  const KeepAwake awake({});
  EXPECT_TRUE(spinners().empty());
}

}  // namespace
}  // namespace sockbench
