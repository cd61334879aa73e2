// What is read from /proc and /sys, from files made by hand.

#include "bench/machine/facts.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "bench/machine/cpus.h"
#include "bench/machine/tracing.h"
#include "common/process_limits.h"
#include "tests/bench/temporary_folder.h"

namespace sockbench {
namespace {

using test::TemporaryFolder;

const std::string kCpus = "sys/devices/system/cpu/";

/// A root with the one file that must be there.
void write_stat(const TemporaryFolder& root, const std::string& line) {
  root.write("proc/stat", line + "\ncpu0 9 9 9 9 9 9 9 9 0 0\n");
}

TEST(Facts, WithoutProcNothingCanBeMeasured) {
  const TemporaryFolder root;
  EXPECT_THROW(read_facts(root.path()), std::runtime_error);
  EXPECT_THROW(read_cpu_times(root.path()), std::runtime_error);
  write_stat(root, "cpu 1 2 3");
  EXPECT_THROW(read_cpu_times(root.path()), std::runtime_error);
}

TEST(Facts, WhatIsMissingIsAbsent) {
  const TemporaryFolder root;
  write_stat(root, "cpu 0 0 0 0 0 0 0 0 0 0");
  const MachineFacts facts = read_facts(root.path());
  EXPECT_EQ(facts.cpu_model, "");
  EXPECT_FALSE(facts.hypervisor);
  EXPECT_TRUE(facts.governors.empty());
  EXPECT_EQ(facts.clocksource, std::nullopt);
  EXPECT_TRUE(facts.vulnerabilities.empty());
  EXPECT_EQ(facts.tracepoint_id, std::nullopt);
  EXPECT_FALSE(facts.tracefs_mounted);
  EXPECT_EQ(facts.limits.pid_max, std::nullopt);
  EXPECT_EQ(facts.limits.local_ports, std::nullopt);
  EXPECT_EQ(facts.limits.io_uring_disabled, std::nullopt);
  EXPECT_EQ(facts.limits.cpu_quota, std::nullopt);
  EXPECT_EQ(facts.cores.size(), facts.allowed_cpus.size()) << "siblings unknown: none";
}

TEST(Facts, WhatIsThereIsRead) {
  const TemporaryFolder root;
  write_stat(root, "cpu 100 0 0 300 0 0 0 100 0 0");
  root.write("proc/loadavg", "1.25 0.5 0.1 1/99 1234\n");
  root.write("proc/cpuinfo", "processor\t: 0\nmodel name\t: Abacus 3\nflags\t\t: fpu hypervisor\n");
  root.write("proc/self/mounts", "tracefs /sys/kernel/tracing tracefs rw 0 0\n");
  root.write("proc/sys/kernel/pid_max", "32768\n");
  root.write("proc/sys/kernel/threads-max", "1001\n");
  root.write("proc/sys/kernel/perf_event_paranoid", "-1\n");
  root.write("proc/sys/kernel/io_uring_disabled", "1\n");
  root.write("proc/sys/kernel/randomize_va_space", "0\n");
  root.write("proc/sys/vm/max_map_count", "1002\n");
  root.write("proc/sys/net/core/somaxconn", "1003\n");
  root.write("proc/sys/net/ipv4/ip_local_port_range", "32768\t60999\n");
  root.write("proc/sys/net/ipv4/tcp_tw_reuse", "2\n");
  root.write("sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet\n");
  root.write(kCpus + "vulnerabilities/meltdown", "Mitigation: PTI\n");
  root.write("sys/kernel/tracing/events/raw_syscalls/sys_enter/id", "1471\n");
  const MachineFacts facts = read_facts(root.path());
  EXPECT_EQ(facts.cpu_model, "Abacus 3");
  EXPECT_TRUE(facts.hypervisor);
  EXPECT_EQ(facts.load_average, 1.25);
  EXPECT_EQ(facts.clocksource, "hpet");
  EXPECT_EQ(facts.vulnerabilities.at("meltdown"), "Mitigation: PTI");
  EXPECT_TRUE(facts.tracefs_mounted);
  EXPECT_EQ(facts.tracepoint_id, 1471);
  EXPECT_EQ(facts.limits.pid_max, 32'768);
  EXPECT_EQ(facts.limits.threads_max, 1'001);
  EXPECT_EQ(facts.limits.max_map_count, 1'002);
  EXPECT_EQ(facts.limits.somaxconn, 1'003);
  EXPECT_EQ(facts.limits.local_ports, 28'232);
  EXPECT_EQ(facts.limits.tcp_tw_reuse, 2);
  EXPECT_EQ(facts.limits.perf_event_paranoid, -1);
  EXPECT_EQ(facts.limits.io_uring_disabled, 1);
  EXPECT_EQ(facts.limits.randomize_va_space, 0);
  EXPECT_DOUBLE_EQ(facts.activity.steal_since_boot, 0.2);
}

TEST(Facts, GovernorsOfTheAllowedCpusOnce) {
  const TemporaryFolder root;
  write_stat(root, "cpu 0 0 0 0 0 0 0 0 0 0");
  for (const int cpu : allowed_cpus()) {
    root.write(kCpus + "cpu" + std::to_string(cpu) + "/cpufreq/scaling_governor", "powersave\n");
  }
  root.write(kCpus + "cpu9999/cpufreq/scaling_governor", "performance\n");
  EXPECT_EQ(read_facts(root.path()).governors, std::vector<std::string>{"powersave"});
}

TEST(Facts, TheSmallestQuotaOfTheGroupsAbove) {
  struct Case {
    const char* group;
    std::vector<std::pair<const char*, const char*>> limits;
    std::optional<double> expected;
  };
  const std::vector<Case> cases = {
      {"0::/", {{"", "150000 100000\n"}}, 1.5},
      {"0::/", {{"", "max 100000\n"}}, std::nullopt},
      {"0::/a/b", {{"a/b/", "max 100000\n"}, {"a/", "50000 100000\n"}}, 0.5},
      {"0::/a/b", {{"a/b/", "50000 100000\n"}, {"a/", "400000 100000\n"}}, 0.5},
      {"0::/a", {{"c/", "50000 100000\n"}}, std::nullopt},
      {"1:cpu:/a", {}, std::nullopt},
  };
  for (const Case& each : cases) {
    const TemporaryFolder root;
    write_stat(root, "cpu 0 0 0 0 0 0 0 0 0 0");
    root.write("proc/self/cgroup", std::string(each.group) + "\n");
    for (const auto& [group, text] : each.limits) {
      root.write(std::string("sys/fs/cgroup/") + group + "cpu.max", text);
    }
    EXPECT_EQ(read_facts(root.path()).limits.cpu_quota, each.expected) << each.group;
  }
}

TEST(Facts, CpuTimesInSeconds) {
  const TemporaryFolder root;
  write_stat(root, "cpu  1 2 4 8 16 32 64 128 256 512");
  const auto per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const CpuTimes times = read_cpu_times(root.path());
  EXPECT_DOUBLE_EQ(times.busy_s * per_second, 1 + 2 + 4 + 32 + 64);
  EXPECT_DOUBLE_EQ(times.idle_s * per_second, 8 + 16);
  EXPECT_DOUBLE_EQ(times.steal_s * per_second, 128);
  EXPECT_DOUBLE_EQ(times.niced_s * per_second, 2);
}

TEST(Facts, ActivityBetweenTwoReadings) {
  const Activity activity = activity_between({10, 80, 10}, {11, 81, 12}, 8);
  EXPECT_DOUBLE_EQ(activity.busy_cpus, 2);  // a quarter of eight
  EXPECT_DOUBLE_EQ(activity.steal_share, 0.5);
  EXPECT_DOUBLE_EQ(activity.steal_since_boot, 12.0 / 104);
  EXPECT_EQ(activity_between({1, 1, 0}, {1, 1, 0}, 8).busy_cpus, 0) << "no tick between them";
}

TEST(PhysicalCores, OfTheGivenCpusOnly) {
  const TemporaryFolder root;
  for (const auto& [cpu, siblings] :
       std::vector<std::pair<const char*, const char*>>{{"0", "0,2"}, {"1", "1,3"}, {"2", "0,2"}}) {
    root.write(kCpus + "cpu" + cpu + "/topology/thread_siblings_list", siblings);
  }
  using Cores = std::vector<std::vector<int>>;
  EXPECT_EQ(physical_cores({0, 1, 2}, root.path()), (Cores{{0, 2}, {1}}));
  EXPECT_EQ(physical_cores({0, 1}, root.path()), (Cores{{0}, {1}}));
  EXPECT_EQ(physical_cores({7}, root.path()), (Cores{{7}})) << "not told: a core of its own";
}

std::string own_mounts() {
  std::ifstream file("/proc/self/mounts");
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Tracepoint, IsFoundWithoutAMountThatAnybodySees) {
  const std::string before = own_mounts();
  const Tracepoint entry = find_tracepoint(kSyscallEntry);
  EXPECT_EQ(own_mounts(), before);
  if (!entry.id && (entry.error == EPERM || entry.error == EACCES)) {
    GTEST_SKIP() << "tracefs may be neither read nor mounted";
  }
  ASSERT_TRUE(entry.id) << std::strerror(entry.error);
  EXPECT_GT(*entry.id, 0);
  EXPECT_EQ(entry.own_mount, before.find(" tracefs ") == std::string::npos);
}

TEST(Tracepoint, ThatDoesNotExistHasAnError) {
  const Tracepoint none = find_tracepoint("sockbench/none");
  EXPECT_EQ(none.id, std::nullopt);
  EXPECT_FALSE(none.own_mount);
  EXPECT_NE(none.error, 0);
}

TEST(Probes, AnEventThatDoesNotExistIsNotOpened) {
  EXPECT_EQ(try_permissions(std::nullopt).perf_tracepoint, ENOENT);
  EXPECT_NE(try_permissions(999'999'999).perf_tracepoint, 0);
}

}  // namespace
}  // namespace sockbench
