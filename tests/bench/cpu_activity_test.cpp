// What the kernel counted on each CPU, from files made by hand.

#include "bench/machine/cpu_activity.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "bench/machine/latency.h"
#include "bench/measure/cpu_use.h"
#include "common/clock.h"
#include "common/process_limits.h"
#include "tests/bench/temporary_folder.h"

namespace sockbench {
namespace {

using test::TemporaryFolder;

TEST(CpuCounters, AreReadByCpu) {
  const TemporaryFolder root;
  root.write("proc/stat",
             "cpu  900 0 0 900 0 0 0 0 0 0\n"
             "cpu0 100 0 100 300 100 50 50 100 0 0\ncpu10 1 1 1 1 1 1 1 1 0 0\nintr 5 0 0\n");
  root.write("proc/interrupts",
             "           CPU0       CPU10\n"
             " 24:          1          2  IO-APIC   5-edge      ACPI:Ged\n"
             "131:         10         20  PCI-MSIX  1-edge      eth0\n"
             "LOC:        100        200   Local timer interrupts\n"
             "ERR:          7\n"
             "RES:         30         40   Rescheduling interrupts\n");
  root.write("proc/softirqs",
             "                    CPU0       CPU10\n"
             "       TIMER:          5          6\n      NET_RX:          7          8\n");
  const CpuCounters counters = read_cpu_counters(root.path());
  ASSERT_EQ(counters.times.size(), 2U) << "the sum of all is no CPU";
  const double per_second = counters.times.at(0).busy_s / 300;  // of 300 ticks
  EXPECT_DOUBLE_EQ(counters.times.at(0).idle_s, 400 * per_second);
  EXPECT_DOUBLE_EQ(counters.times.at(0).steal_s, 100 * per_second);
  ASSERT_TRUE(counters.interrupts && counters.softirqs);
  using Counts = std::map<std::string, std::uint64_t>;
  EXPECT_EQ(counters.interrupts->at(0), (Counts{{"devices", 11}, {"LOC", 100}, {"RES", 30}}))
      << "ERR is not counted by CPU";
  EXPECT_EQ(counters.interrupts->at(10), (Counts{{"devices", 22}, {"LOC", 200}, {"RES", 40}}));
  EXPECT_EQ(counters.softirqs->at(10), (Counts{{"TIMER", 6}, {"NET_RX", 8}}));
}

TEST(CpuCounters, WhatIsMissingIsAbsent) {
  const TemporaryFolder root;
  const CpuCounters counters = read_cpu_counters(root.path());
  EXPECT_TRUE(counters.times.empty());
  EXPECT_EQ(counters.interrupts, std::nullopt);
  EXPECT_EQ(counters.softirqs, std::nullopt);
}

TEST(CpuCounters, OfThisMachine) {
  const CpuCounters counters = read_cpu_counters();
  for (const int cpu : allowed_cpus()) EXPECT_GT(counters.times.at(cpu).total_s(), 0) << cpu;
}

CpuCounters counters_at(std::int64_t seconds, double busy_s, double steal_s, std::uint64_t timer,
                        std::uint64_t devices) {
  CpuCounters counters;
  counters.at_ns = seconds * kNsPerSecond;
  counters.times[1] = {busy_s, 10.0 * static_cast<double>(seconds) - busy_s - steal_s, steal_s, 0};
  counters.interrupts = {{1, {{"LOC", timer}, {"devices", devices}, {"NMI", 5}}}};
  counters.softirqs = {{1, {{"TIMER", timer}}}};
  return counters;
}

TEST(CpuActivity, SharesAndRates) {
  const auto list = cpu_activity(counters_at(100, 200, 50, 10'000, 7),
                                 counters_at(110, 260, 60, 12'500, 17), {{1}, {1}, true});
  ASSERT_EQ(list.size(), 1U) << "a CPU of both sides stands there once";
  EXPECT_EQ(list[0]["side"], "both");
  EXPECT_DOUBLE_EQ(list[0]["steal_s"], 10);
  EXPECT_DOUBLE_EQ(list[0]["steal_share"], 0.1);
  EXPECT_DOUBLE_EQ(list[0]["busy_share"], 0.6);
  EXPECT_DOUBLE_EQ(list[0]["interrupts_per_second"]["total"], 251);
  EXPECT_EQ(list[0]["interrupts_per_second"]["by_name"],
            (nlohmann::ordered_json{{"LOC", 250.0}, {"devices", 1.0}}));
  EXPECT_DOUBLE_EQ(list[0]["softirqs_per_second"]["total"], 250);
  EXPECT_TRUE(list[0]["absent"].empty());
}

TEST(CpuActivity, WhatIsNotToldIsNullWithAReason) {
  CpuCounters before = counters_at(100, 200, 50, 1, 1);
  CpuCounters after = counters_at(110, 260, 60, 2, 2);
  after.interrupts.reset();
  const auto list = cpu_activity(before, after, {{0}, {1}, false});
  ASSERT_EQ(list.size(), 2U);
  for (const auto& entry : list) {
    for (const auto& [key, value] : entry.items()) {
      EXPECT_EQ(value.is_null(), entry["absent"].contains(key)) << entry["cpu"] << key;
    }
  }
  EXPECT_EQ(list[0]["side"], "server");
  EXPECT_EQ(list[0]["steal_s"], nullptr) << "this CPU is not in the readings";
  EXPECT_EQ(list[1]["interrupts_per_second"], nullptr);
  EXPECT_EQ(list[1]["absent"]["interrupts_per_second"], "/proc/interrupts could not be read twice");
  EXPECT_DOUBLE_EQ(list[1]["softirqs_per_second"]["total"], 0.1);
}

TEST(CpuActivity, NoTickIsNoShare) {
  const CpuCounters counters = counters_at(100, 200, 50, 1, 1);
  const auto list = cpu_activity(counters, counters, {{1}, {}, false});
  EXPECT_EQ(list[0]["steal_share"], nullptr);
  EXPECT_EQ(list[0]["interrupts_per_second"], nullptr) << "no time has passed";
}

TEST(CpuUse, AThreadThatSpinsIsBusyTimeOfItsCpu) {
  const std::vector<int> cpus = allowed_cpus();
  const CpuUse before = cpu_use(cpus);
  const std::int64_t start = now_ns();
  while (now_ns() - start < 60 * kNsPerMs) {
  }
  const CpuUse after = cpu_use(cpus);
  EXPECT_GE(after.busy_ns - before.busy_ns + after.steal_ns - before.steal_ns, 40 * kNsPerMs);
  EXPECT_LE(after.busy_ns - before.busy_ns,
            static_cast<std::int64_t>(cpus.size()) * (now_ns() - start) + 20 * kNsPerMs);
}

TEST(CpuUse, WithoutAControlGroupItComesFromTheTicks) {
  test::TemporaryFolder root;
  std::filesystem::create_directories(root.path() / "proc");
  // user nice system idle iowait irq softirq steal, in ticks of 10 ms
  root.write("proc/stat",
             "cpu 0 0 0 0 0 0 0 0 0 0\ncpu0 100 40 20 900 0 0 5 7 0 0\ncpu1 1 0 1 9 0 0 0 1 0 0\n");
  const CpuUse one = cpu_use({0}, root.path());
  EXPECT_EQ(one.busy_ns, 1'250 * kNsPerMs) << "without what gives way to others";
  EXPECT_EQ(one.steal_ns, 70 * kNsPerMs);
  EXPECT_EQ(cpu_use({0, 1}, root.path()).busy_ns, 1'270 * kNsPerMs);
  std::filesystem::create_directories(root.path() / "sys/fs/cgroup/cpuacct");
  root.write("sys/fs/cgroup/cpuacct/cpuacct.usage_percpu", "123456789 5 \n");
  EXPECT_EQ(cpu_use({0, 1}, root.path()).busy_ns, 123'456'794) << "which tells nanoseconds";
  EXPECT_EQ(cpu_use({0, 1}, root.path()).steal_ns, 80 * kNsPerMs);
}

TEST(WakeUp, AnIdleCpuIsWokenWithinMilliseconds) {
  const std::int64_t ns = wake_up_ns(allowed_cpus().front());
  EXPECT_GT(ns, 500) << "no thread of another CPU runs at once";
  EXPECT_LT(ns, 20 * kNsPerMs);
}

TEST(CacheLine, TakesSomeNanosecondsFromOneCpuToAnother) {
  const std::vector<int> cpus = allowed_cpus();
  EXPECT_EQ(cache_line_ns(cpus.front(), cpus.front()), 0) << "one CPU";
  if (cpus.size() < 2) GTEST_SKIP() << "needs two CPUs";
  const std::int64_t ns = cache_line_ns(cpus[0], cpus[1]);
  EXPECT_GE(ns, 5) << "no machine passes a line on in a few cycles";
  EXPECT_LT(ns, 100'000);
}

}  // namespace
}  // namespace sockbench
