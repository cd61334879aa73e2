// The neighbour: another process on the server's CPUs that works when the server does.

#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "common/clock.h"
#include "common/error.h"
#include "common/file.h"
#include "tests/end_to_end/processes.h"
#include "tests/faults/faulty_server.h"
#include "tests/loadgen/programs.h"
#include "tests/support/process_stats.h"

namespace sockbench::test {
namespace {

cpu_set_t cpus_of(pid_t pid) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  check(::sched_getaffinity(pid, sizeof cpus, &cpus), "sched_getaffinity");
  return cpus;
}

std::string first_allowed_cpu() {
  const cpu_set_t cpus = cpus_of(0);
  std::size_t cpu = 0;
  while (!CPU_ISSET(cpu, &cpus)) ++cpu;
  return std::to_string(cpu);
}

/// The orphan that came to this program; 0 when there is none.
pid_t neighbour() {
  for (const Process& process : children_of(::getpid())) {
    const std::string comm = "/proc/" + std::to_string(process.pid) + "/comm";
    if (process.state != 'Z' && read_file(comm) == "neighbour\n") return process.pid;
  }
  return 0;
}

TEST(FaultNeighbour, WorksWhileTheServerDoesAndEndsWithIt) {
  FaultyServer server("neighbour", "epoll", {"/usr/bin/taskset", "-c", first_allowed_cpu()});
  pid_t other = 0;
  ASSERT_TRUE(eventually([&] { return (other = neighbour()) != 0; }));
  const std::vector<pid_t> tree = process_tree(server.pid());
  EXPECT_EQ(std::find(tree.begin(), tree.end(), other), tree.end());
  EXPECT_NE(::getpgid(other), ::getpgid(server.pid()));
  const cpu_set_t mine = cpus_of(other);
  const cpu_set_t servers = cpus_of(server.pid());
  EXPECT_TRUE(CPU_EQUAL(&mine, &servers));

  const std::int64_t at_rest = cpu_time_ns(other);
  let_pass(milliseconds(300));
  const std::int64_t before = cpu_time_ns(other);
  EXPECT_LT(before - at_rest, 60 * kNsPerMs) << "the server does nothing";
  const Measurement measured = measure(server.endpoint().text(), {"-c", "16", "-d", "600ms"});
  EXPECT_EQ(measured.status, kExitOk) << measured.err;
  EXPECT_GT(cpu_time_ns(other) - before, 40 * kNsPerMs);

  server.process().signal(SIGKILL);
  ASSERT_TRUE(server.process().wait_for_exit().has_value());
  EXPECT_TRUE(nothing_is_left());
}

TEST(FaultNeighbour, IsNotTracedWithItsServer) {
  const std::vector<std::string> strace = {"/usr/bin/strace", "-f", "-q", "-o", "/dev/null"};
  FaultyServer server("neighbour", "epoll", strace);
  pid_t other = 0;
  ASSERT_TRUE(eventually([&] { return (other = neighbour()) != 0; }));
  EXPECT_NE(read_file("/proc/" + std::to_string(other) + "/status").find("TracerPid:\t0\n"),
            std::string::npos);
}

TEST(FaultNeighbour, HoldsNothingOfAServerThatEnds) {
  std::vector<std::string> command = faulty_command("neighbour", "epoll");
  command.emplace_back("--describe");
  ChildProcess server(command);
  EXPECT_NE(server.read_to_end().find("\"name\": \"epoll\""), std::string::npos);
  EXPECT_EQ(server.wait_for_exit(), kExitOk);
  EXPECT_TRUE(nothing_is_left());
}

}  // namespace
}  // namespace sockbench::test
