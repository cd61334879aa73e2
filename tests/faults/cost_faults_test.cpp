// Faults that cost something: CPU time, a system call, memory.

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <vector>

#include "common/clock.h"
#include "common/file.h"
#include "tests/bench/temporary_folder.h"
#include "tests/faults/faulty_server.h"
#include "tests/loadgen/programs.h"
#include "tests/support/patience.h"
#include "tests/support/process_stats.h"
#include "tests/support/test_client.h"

namespace sockbench::test {
namespace {

constexpr std::int64_t kMiB = 1 << 20;

double cpu_ns_per_exchange(const FaultyServer& server, int exchanges) {
  TestClient client(server.endpoint());
  client.exchange("the first one accepts");
  const std::int64_t before = cpu_time_ns(server.pid());
  for (int i = 0; i < exchanges; ++i) client.exchange("request");
  return static_cast<double>(cpu_time_ns(server.pid()) - before) / exchanges;
}

/// A processor that changes its clock after a server has measured its loop makes all spins longer
/// or shorter: so half the spin is the control, in the same moments, and time itself has a wide
/// margin.
PATIENT_TEST(FaultSpin, CostsItsCpuTimePerReply) {
  constexpr double kSpinNs = 100'000;
  const FaultyServer plain("none");
  const FaultyServer half_server("spin:50000");
  const FaultyServer whole_server("spin:100000");
  std::vector<double> halves;
  std::vector<double> wholes;
  for (int round = 0; round < 11; ++round) {
    const double none = cpu_ns_per_exchange(plain, 100);
    halves.push_back(cpu_ns_per_exchange(half_server, 200) - none);
    wholes.push_back(cpu_ns_per_exchange(whole_server, 100) - none);
  }
  std::sort(halves.begin(), halves.end());
  std::sort(wholes.begin(), wholes.end());
  EXPECT_NEAR(wholes[5] / halves[5], 2, 0.2) << wholes[5] << " ns and " << halves[5] << " ns";
  EXPECT_NEAR(wholes[5], kSpinNs, 0.4 * kSpinNs);
}

/// Calls of fcntl in a server's whole life with so many exchanges in it.
int fcntl_calls(const std::string& fault, int exchanges) {
  const TemporaryFolder folder;
  const std::string trace = folder.path() / "trace";
  {
    std::vector<std::string> command = faulty_command(
        fault, "epoll", {"/usr/bin/env", "strace", "-f", "-e", "trace=fcntl", "-o", trace});
    command.emplace_back("--stop-on-eof");
    ChildProcess strace(command);
    TestClient client(endpoint_of(strace.read_line()));
    for (int i = 0; i < exchanges; ++i) client.exchange("request");
    strace.close_stdin();
    if (strace.wait_for_exit() != 0) throw std::runtime_error(strace.stderr_text());
  }
  std::istringstream lines(read_file(trace));
  int calls = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.find("fcntl(") != std::string::npos) ++calls;
  }
  return calls;
}

TEST(FaultSyscall, IsOneMorePerReply) {
  try {
    ChildProcess probe({"/usr/bin/env", "strace", "-o", "/dev/null", "/bin/true"});
    if (probe.wait_for_exit() != 0) GTEST_SKIP() << "strace may not trace here";
  } catch (const std::exception& error) {
    GTEST_SKIP() << error.what();
  }
  // The call after the last reply may or may not be made before the server ends.
  EXPECT_NEAR(fcntl_calls("syscall", 600) - fcntl_calls("syscall", 100), 500, 1);
  EXPECT_EQ(fcntl_calls("none", 600) - fcntl_calls("none", 100), 0);
}

/// Anonymous memory that a server gained by so many connections, each answered once.
std::int64_t memory_gained(const FaultyServer& server, std::vector<TestClient>& clients,
                           int connections) {
  {
    TestClient first(server.endpoint());
    first.exchange("so that buffers are there");
  }
  const std::int64_t before = private_memory_bytes(server.pid());
  for (int i = 0; i < connections; ++i) {
    clients.emplace_back(server.endpoint());
    clients.back().exchange("request");
  }
  return private_memory_bytes(server.pid()) - before;
}

TEST(FaultMemory, IsHeldByEveryConnectionUntilItsEnd) {
  constexpr int kConnections = 20;
  const FaultyServer server("memory:1048576");
  std::vector<TestClient> clients;
  const std::int64_t gained = memory_gained(server, clients, kConnections);
  EXPECT_GE(gained, kConnections * kMiB * 95 / 100);
  EXPECT_LE(gained, kConnections * kMiB * 120 / 100);
  const std::int64_t held = private_memory_bytes(server.pid());
  clients.clear();
  EXPECT_TRUE(eventually(
      [&] { return private_memory_bytes(server.pid()) < held - kConnections * kMiB * 90 / 100; }));
}

TEST(FaultMemory, IsSeenWhenItIsOnePage) {
  constexpr int kConnections = 400;
  std::vector<TestClient> clients;
  const FaultyServer none("none");
  EXPECT_LT(memory_gained(none, clients, kConnections), kConnections * 1'000);
  clients.clear();
  const FaultyServer page("memory:4096");
  EXPECT_GT(memory_gained(page, clients, kConnections), kConnections * 4'000);
}

}  // namespace
}  // namespace sockbench::test
