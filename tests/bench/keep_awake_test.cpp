// CPUs that are kept awake: spinning processes that give way to everything else, gone afterwards.

#include "bench/run/keep_awake.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "common/process_limits.h"
#include "tests/end_to_end/processes.h"
#include "tests/support/deadline.h"

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

/// The CPUs of the spinners that have chosen theirs, the last thing that they do before they spin.
std::vector<int> taken_cpus() {
  std::vector<int> taken;
  for (const test::Process& spinner : spinners()) {
    cpu_set_t own;
    CPU_ZERO(&own);
    if (::sched_getaffinity(spinner.pid, sizeof own, &own) != 0 || CPU_COUNT(&own) != 1) continue;
    for (const int cpu : allowed_cpus()) {
      if (CPU_ISSET(static_cast<std::size_t>(cpu), &own)) taken.push_back(cpu);
    }
  }
  std::sort(taken.begin(), taken.end());
  return taken;
}

TEST(KeepAwake, SpinsOnEveryCpuAndGivesWay) {
  const std::vector<int> cpus = allowed_cpus();
  const KeepAwake awake(cpus);
  EXPECT_TRUE(test::eventually([&] { return taken_cpus() == cpus; })) << "one on each";
  for (const test::Process& spinner : spinners()) {
    EXPECT_EQ(spinner.state, 'R') << "it spins";
    EXPECT_EQ(::getpriority(PRIO_PROCESS, static_cast<id_t>(spinner.pid)), 19);
  }
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
