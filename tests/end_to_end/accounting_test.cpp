// What the harness takes for a server's CPU time, against the kernel's own account of the server's
// control group; and that a timed restart has neither counters nor a group of its own.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include "bench/measure/process_group.h"
#include "bench/run/server_process.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/file.h"
#include "common/process_limits.h"
#include "tests/end_to_end/sandbox.h"
#include "tests/support/patience.h"

namespace sockbench::test {
namespace {

namespace fs = std::filesystem;

/// A control group that accounts for CPU time (version 1: cpuacct; version 2: any).
class CpuGroup final {
 public:
  CpuGroup() {
    const fs::path root = "/sys/fs/cgroup";
    version_2_ = fs::exists(root / "cgroup.controllers");
    path_ =
        (version_2_ ? root : root / "cpuacct") / ("sockbench-test-" + std::to_string(::getpid()));
    std::error_code error;
    usable_ = fs::create_directory(path_, error) && !error;
  }
  ~CpuGroup() {
    for (int tries = 0; usable_ && tries < 100 && ::rmdir(path_.c_str()) != 0; ++tries) {
      ::usleep(10'000);  // its last process is still being buried
    }
  }
  CpuGroup(const CpuGroup&) = delete;
  CpuGroup& operator=(const CpuGroup&) = delete;
  CpuGroup(CpuGroup&&) = delete;
  CpuGroup& operator=(CpuGroup&&) = delete;

  bool usable() const { return usable_; }
  void add(pid_t pid) const { std::ofstream(path_ / "cgroup.procs") << pid; }
  std::int64_t cpu_time_ns() const {
    std::ifstream file(path_ / (version_2_ ? "cpu.stat" : "cpuacct.usage"));
    std::int64_t number = 0;
    if (!version_2_) return file >> number ? number : -1;
    for (std::string name; file >> name >> number;) {
      if (name == "usage_usec") return number * 1000;
    }
    return -1;
  }

 private:
  fs::path path_;
  bool version_2_ = false;
  bool usable_ = false;
};

class AccountingOfCpuTime : public testing::TestWithParam<const char*> {};

TEST_P(AccountingOfCpuTime, AgreesWithTheKernelsControlGroup) {
  const CpuGroup group;
  if (!group.usable()) GTEST_SKIP() << "no control group can be made; run as root";
  const fs::path program = built_programs() / (std::string("server-") + GetParam());
  if (!fs::exists(program)) GTEST_SKIP() << "there is no " << program;
  Child server({.command = {program, "--stop-on-eof"},
                .cpus = {},
                .stderr_path = {},
                .before_exec = [&](pid_t pid) { group.add(pid); }});
  const auto ready = server.read_line(std::chrono::seconds(10));
  ASSERT_TRUE(ready.has_value());
  ChildProcess load({built_programs() / "loadgen", "--connect", ready->substr(sizeof "listening"),
                     "--connections", "16", "--duration", "10s", "--warmup", "100ms", "--quiet"});
  // From when it has worked for a while until it has worked for 1.5 s more.
  const auto wait_until_used = [&](std::int64_t ns) {
    const Deadline deadline;
    while (cpu_time_ns(server.pid()) < ns && !deadline.passed()) ::usleep(5'000);
  };
  wait_until_used(200 * kNsPerMs);
  const std::int64_t group_before = group.cpu_time_ns();
  const std::int64_t ours_before = cpu_time_ns(server.pid());
  wait_until_used(ours_before + 1'500 * kNsPerMs);
  const std::int64_t ours = cpu_time_ns(server.pid()) - ours_before;
  const std::int64_t groups = group.cpu_time_ns() - group_before;
  const double ratio = static_cast<double>(ours) / static_cast<double>(groups);
  std::printf("%s: %.4f of the control group's CPU time\n", GetParam(), ratio);
  EXPECT_GT(ours, 1'000 * kNsPerMs);
  EXPECT_NEAR(ratio, 1, 0.01);
}

INSTANTIATE_TEST_SUITE_P(Models, AccountingOfCpuTime,
                         testing::Values("epoll", "threaded", "forked"),
                         [](const auto& model) { return std::string(model.param); });

std::size_t open_perf_events() {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code closed;
    const fs::path target = fs::read_symlink(entry.path(), closed);
    if (target.string().find("perf_event") != std::string::npos) ++count;
  }
  return count;
}

/// CPU time per wall time of a thread that only spins on the server's CPU: what the hypervisor and
/// others take there is missing from it, as from any server.
double share_of_a_spinning_thread(std::int64_t for_ns) {
  double share = 0;
  std::jthread([&] {
    pin_this_thread({allowed_cpus().front()});
    const std::int64_t start = now_ns();
    const std::int64_t used = thread_cpu_ns();
    while (now_ns() - start < for_ns) {
    }
    share = static_cast<double>(thread_cpu_ns() - used) / static_cast<double>(now_ns() - start);
  }).join();
  return share;
}

/// A polling server never sleeps, and what it used since the last tick is not booked when the last
/// reply comes: of slices of 10 ms a sixth would be missing. The control runs on the server's CPU
/// immediately before and after.
REPEATED_TEST(Accounting, APollingServerUsesItsWholeCpuInShortSlices) {
  Sandbox sandbox;
  sandbox.add_workload("short", {{"connections", 1}, {"slice_ms", 10}, {"slices_per_restart", 40}});
  const double before = share_of_a_spinning_thread(100 * kNsPerMs);
  const Outcome outcome =
      run_to_end(sandbox.run({"--models", "busy_poll", "--workloads", "short"}));
  const double after = share_of_a_spinning_thread(100 * kNsPerMs);
  ASSERT_EQ(outcome.status, kExitOk) << outcome.err;
  const auto cell = sandbox.result()["cells"][0];
  if (cell["slices"]["disturbed"].get<int>() > cell["slices"]["count"].get<int>() / 4) {
    GTEST_SKIP() << "other processes disturbed " << cell["slices"]["disturbed"] << " of "
                 << cell["slices"]["count"] << " slices: nothing can be said of them";
  }
  const double used = cell["server"]["cpu_utilisation"]["median"].get<double>();
  std::printf("busy_poll uses %.3f of its CPU, a spinning thread %.3f and %.3f\n", used, before,
              after);
  EXPECT_GT(used, 0.95 * std::min(before, after));
  EXPECT_LT(used, 1.02);
}

/// The waking of a thousand stopped threads, lead-in and drain are no part of a slice's CPU time:
/// what a request costs times the rate is what the one CPU can give.
TEST(Accounting, CpuPerRequestTimesTheRateIsAtMostTheCpusGiven) {
  Sandbox sandbox;
  sandbox.add_workload(
      "crowd",
      {{"connections", 1000}, {"active", 16}, {"slice_ms", 25}, {"slices_per_restart", 6}});
  sandbox.add_workload("many",
                       {{"connections", 1000}, {"slice_ms", 20}, {"slices_per_restart", 2}});
  const Outcome outcome = run_to_end(
      sandbox.run({"--models", "threaded,poll,busy_poll,epoll", "--workloads", "crowd,many"}));
  ASSERT_EQ(outcome.status, kExitOk) << outcome.err;
  int seen = 0;
  const nlohmann::ordered_json run = sandbox.result();
  const auto cpus = static_cast<double>(run["plan"]["server_cpus"].size());
  for (const nlohmann::ordered_json& cell : run["cells"]) {
    const nlohmann::ordered_json& costs = cell["server"]["cpu_ns_per_request"]["per_restart"];
    const nlohmann::ordered_json& rates = cell["achieved_rps"]["per_restart"];
    ASSERT_EQ(costs.size(), rates.size());
    for (std::size_t i = 0; i < costs.size(); ++i) {
      const double used = costs[i].get<double>() * rates[i].get<double>() * 1e-9;
      EXPECT_GT(used, 0.3) << cell["workload"] << cell["contestant"];
      EXPECT_LE(used, 1.01 * cpus) << cell["workload"] << cell["contestant"];
    }
    ++seen;
  }
  EXPECT_GE(seen, 8);
}

TEST(AccountingApart, ATimedRestartHasNoCountersAndNoGroupOfItsOwn) {
  Sandbox sandbox;
  const auto models = find_models(built_programs());
  const auto epoll = std::find_if(models.begin(), models.end(),
                                  [](const Contestant& model) { return model.name == "epoll"; });
  ASSERT_NE(epoll, models.end());
  Workload workload;
  workload.name = "duo";
  workload.connections = workload.active = 2;
  const Bench bench{built_programs(), {}, {}, sandbox.folder().path(), {}, false, {}, nullptr};
  std::string groups;
  {
    ServerProcess timed(bench, *epoll, workload, Purpose::kTimed);
    EXPECT_EQ(timed.failure(), "");
    EXPECT_EQ(open_perf_events(), 0U);
    EXPECT_EQ(timed.memory().kernel_bytes, std::nullopt);
  }
  {
    ServerProcess counted(bench, *epoll, workload, Purpose::kCounted);
    EXPECT_EQ(counted.failure(), "");
    EXPECT_GT(open_perf_events(), 0U) << "else this test would see nothing";
  }
  EXPECT_EQ(open_perf_events(), 0U);
}

/// A neighbour that takes half of the server's CPU is no part of the run: its slices are repeated,
/// and where it never goes away nothing is judged.
TEST(AccountingOfNeighbours, DisturbedSlicesAreRepeatedCountedAndNotJudged) {
  Sandbox sandbox;
  const pid_t neighbour = ::fork();
  if (neighbour == 0) {
    ::alarm(120);
    for (volatile unsigned turns = 0;;) turns = turns + 1;
  }
  const Outcome outcome = run_to_end(
      sandbox.run({"--models", "epoll,select", "--restarts", "3", "--disturbances", "repeat"}));
  ::kill(neighbour, SIGKILL);
  ::waitpid(neighbour, nullptr, 0);
  ASSERT_EQ(outcome.status, kExitOk) << outcome.err;
  EXPECT_TRUE(sandbox.result_is_valid());
  EXPECT_NE(outcome.out.find("stayed disturbed. The machine was too busy for verdicts on duo."),
            std::string::npos)
      << outcome.out;
  const nlohmann::ordered_json run = sandbox.result();
  EXPECT_EQ(run["plan"]["disturbances"], "repeat");
  EXPECT_TRUE(run["comparisons"].empty()) << "nothing counts";
  for (const nlohmann::ordered_json& cell : run["cells"]) {
    const nlohmann::ordered_json& slices = cell["slices"];
    EXPECT_GT(slices["foreign_ns"], 0);
    EXPECT_GT(slices["repeated"], 0);
    EXPECT_GT(slices["disturbed"].get<int>() * 4, slices["count"].get<int>());
    const nlohmann::ordered_json& cpu = cell["eligibility"]["server.cpu_ns_per_request"];
    EXPECT_EQ(cpu["eligible"], false);
    EXPECT_NE(cpu["reason"].get<std::string>().find("the machine was disturbed in "),
              std::string::npos);
    EXPECT_EQ(cell["ledger"]["intended"], cell["ledger"]["answered"])
        << "what was discarded is in no ledger";
  }
}

}  // namespace
}  // namespace sockbench::test
