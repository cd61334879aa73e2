// Counted restarts: what the kernel counts per request, against what each model says of itself; and
// that nothing of it reaches a timed figure.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "bench/machine/tracing.h"
#include "bench/measure/counters.h"
#include "bench/measure/process_group.h"
#include "common/child.h"
#include "common/error.h"
#include "common/file.h"
#include "common/socket.h"
#include "tests/end_to_end/sandbox.h"
#include "tests/support/patience.h"
#include "tests/support/running_server.h"
#include "tests/support/test_client.h"

namespace sockbench::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

// One connection and one message at a time. Only the slice's edges can differ from the prediction:
// a call or two of hundreds of requests.
const ordered_json kPingPong = {{"connections", 1}, {"slice_ms", 60}, {"slices_per_restart", 1}};
constexpr double kCountTolerance = 0.02;
// A model that tries to receive before it waits saves that wait when the next request is early,
// which is the generator's doing; on a busy machine it happens.
constexpr double kEarlyTolerance = 0.1;

double or_zero(const ordered_json& by_name, const std::string& name) {
  return by_name.contains(name) ? by_name.at(name).get<double>() : 0;
}

/// Why this machine does not let system calls be counted, or empty.
std::string not_permitted() {
  std::optional<Counters> counters;
  Child child(
      {.command = {"/bin/true"}, .cpus = {}, .stderr_path = {}, .before_exec = [&](pid_t pid) {
         counters.emplace(pid, std::vector<std::string>{});
       }});
  const Counts counts = counters->read();
  for (const char* event : {kSyscalls, kTaskClock}) {
    if (counts.absent.contains(event)) return reason_for(counts, event);
  }
  return "";
}

class Counted : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = not_permitted(); !why.empty()) GTEST_SKIP() << why;
  }
};

void expect_predicted_calls() {
  Sandbox sandbox;
  sandbox.add_workload("duo", kPingPong);
  const Outcome outcome = run_to_end(
      sandbox.sockbench({"run", "--suite", sandbox.counted_suite(), "--out", sandbox.path("out")}));
  ASSERT_EQ(outcome.status, kExitOk) << outcome.err;
  EXPECT_TRUE(sandbox.result_is_valid());
  int predictions = 0;
  const ordered_json run = sandbox.result();
  for (const ordered_json& cell : run.at("cells")) {
    const std::string model = cell.at("contestant");
    const ordered_json& server = cell.at("server");
    const ordered_json& counted = server.at("syscalls_per_request");
    const ordered_json& predicted = server.at("syscalls_per_request_predicted");
    ASSERT_TRUE(counted.is_object()) << model << cell.at("absent");
    EXPECT_GT(counted["total"], 0) << model;
    if (predicted.is_null()) continue;
    ++predictions;
    bool tries_first = false;  // then it makes some call more than once
    for (const ordered_json& count : predicted["by_name"]) tries_first |= count.get<double>() > 1;
    const double tolerance = tries_first ? kEarlyTolerance : kCountTolerance;
    for (const auto& [name, expected] : predicted["by_name"].items()) {
      EXPECT_NEAR(or_zero(counted["by_name"], name), expected.get<double>(), tolerance)
          << model << ": " << name;
    }
    EXPECT_LT(or_zero(counted["by_name"], "other"), kCountTolerance) << model;
    EXPECT_NEAR(counted["total"].get<double>(), predicted["total"].get<double>(), 2 * tolerance)
        << model << " makes calls that it does not mention: " << counted;
  }
  EXPECT_GE(predictions, 5);
}

TEST_F(Counted, SystemCallsAreWhatEveryModelPredicts) { with_patience(expect_predicted_calls); }

TEST_F(Counted, SwitchesOfTheKernelsCounterAndOfProcAgree) {
  Sandbox sandbox;
  sandbox.add_workload("duo", kPingPong);
  ASSERT_EQ(run_to_end(sandbox.sockbench({"run", "--suite", sandbox.counted_suite(), "--models",
                                          "epoll,threaded", "--out", sandbox.path("out")}))
                .status,
            kExitOk);
  const ordered_json run = sandbox.result();
  for (const char* model : {"epoll", "threaded"}) {
    const ordered_json switches =
        cell_of(run, model, "duo")["server"]["context_switches_per_request"];
    const double total = switches["total"];
    EXPECT_GT(total, 0) << "with one connection the server waits for the next request";
    EXPECT_NEAR(switches["voluntary"].get<double>() + switches["involuntary"].get<double>(), total,
                0.02 * total)
        << model;
  }
}

/// The task clock of a server against the CPU clock of its processes, over requests on
/// `connections` connections. Each request is 2 ms of work: switching the counters themselves in
/// and out is CPU time that no task clock shows, and servers that switch all the time show it.
void expect_one_time(const std::string& model, std::size_t connections) {
  std::optional<Counters> counters;
  const std::string program = built_programs() / ("server-" + model);
  Child server(
      {.command = {program, "--stop-on-eof", "--message-bytes", "1", "--handler", "spin:2000"},
       .cpus = {},
       .stderr_path = {},
       .before_exec = [&](pid_t pid) { counters.emplace(pid, std::vector<std::string>{}); }});
  const Endpoint endpoint = endpoint_of(server.read_line(kHangLimit).value());
  std::vector<TestClient> clients;
  for (std::size_t i = 0; i < connections; ++i) clients.emplace_back(endpoint);
  // Until some parts agree, because a hypervisor that takes the CPU away stops one of the clocks
  // only.
  int agreed = 0;
  std::vector<double> ratios;
  while (agreed < 3 && ratios.size() < 40) {
    const Counts first = counters->read();
    const std::int64_t start = cpu_time_ns(server.pid());
    for (std::size_t i = 0; i < 20; ++i) ASSERT_EQ(clients[i % connections].exchange("a"), "A");
    const auto used = static_cast<double>(cpu_time_ns(server.pid()) - start);
    const auto counted = per_request(difference(counters->read(), first), kTaskClock, 1);
    ratios.push_back(counted.value_or(0) / used);
    if (std::abs(ratios.back() - 1) <= 0.01) ++agreed;
  }
  EXPECT_EQ(agreed, 3) << model << ": " << testing::PrintToString(ratios);
}

TEST_F(Counted, TheTaskClockIsTheCpuTimeOfOneThread) { expect_one_time("epoll", 5); }
TEST_F(Counted, TheTaskClockIsTheCpuTimeOfManyThreads) { expect_one_time("threaded", 20); }

/// Lines that the fake generators noted, of one kind.
std::size_t noted(const Sandbox& sandbox, const std::string& kind) {
  std::istringstream text(read_file(sandbox.path("bin/orders.txt")));
  std::size_t count = 0;
  for (std::string line; std::getline(text, line);)
    count += ordered_json::parse(line).contains(kind);
  return count;
}

// Without counters the restart is made, too: what is not permitted is known only then.
TEST(CountedApart, NoTimedFigureIsOfACountedRestart) {
  Sandbox sandbox;
  sandbox.use_own_programs({"epoll", "select"});
  sandbox.use_fake_generator();
  const Outcome outcome =
      run_to_end(sandbox.sockbench({"run", "--suite", sandbox.counted_suite(), "--restarts", "3",
                                    "--out", sandbox.path("out")}));
  ASSERT_EQ(outcome.status, kExitOk) << outcome.err;
  const ordered_json run = sandbox.result();
  const ordered_json& counted = cell_of(run, "epoll", "duo")["server"]["counted"];
  const std::size_t counting = counted["source"] == "strace" ? 2 : 1;  // restarts
  EXPECT_EQ(noted(sandbox, "flags"), 3U * (3 + counting))
      << "a generator for each restart of each model and the control";
  EXPECT_GE(noted(sandbox, "order"), 3U * (3 * (1 + 5 * 2 + 1) + counting * (1 + 6)))
      << "counted: a warm-up and six slices; timed ones have a lead-in and may be repeated";
  EXPECT_EQ(run["plan"]["workloads"]["duo"]["counted_restarts"], 1);
  for (const char* model : {"epoll", "select"}) {
    const ordered_json& cell = cell_of(run, model, "duo");
    EXPECT_EQ(cell["restarts"], 3);
    EXPECT_EQ(cell["achieved_rps"]["per_restart"].size(), 3U);
    EXPECT_EQ(cell["server"]["counted"]["slices"], 6);
    EXPECT_EQ(cell["server"]["counted"]["requests"], 6'000'000) << "all of the slices' replies";
  }
}

/// The command without the rights that the kernel's counters need, also where root gives it.
std::vector<std::string> without_counters(std::vector<std::string> command) {
  const std::vector<std::string> dropped = {"/usr/bin/env", "setpriv", "--bounding-set",
                                            "-sys_admin,-perfmon"};
  command.insert(command.begin(), dropped.begin(), dropped.end());
  return command;
}

void expect_calls_of_strace() {
  Sandbox sandbox;
  sandbox.add_workload("duo", kPingPong);
  sandbox.add_workload("crowd",
                       {{"connections", 100}, {"slice_ms", 60}, {"slices_per_restart", 1}});
  const Outcome outcome = run_to_end(without_counters(
      sandbox.sockbench({"run", "--suite", sandbox.counted_suite(), "--workloads", "duo,crowd",
                         "--models", "select,epoll,threaded", "--out", sandbox.path("out")})));
  ASSERT_EQ(outcome.status, kExitOk) << outcome.err;
  EXPECT_TRUE(sandbox.result_is_valid());
  const ordered_json run = sandbox.result();
  // With strace's delay each thread begins to wait for a next request after its last reply.
  EXPECT_NEAR(
      cell_of(run, "threaded", "crowd")["server"]["syscalls_per_request"]["total"].get<double>(), 2,
      0.1);
  for (const ordered_json& cell : run["cells"]) {
    if (cell["workload"] != "duo") continue;
    const std::string model = cell["contestant"];
    const ordered_json& server = cell["server"];
    ASSERT_TRUE(server["syscalls_per_request"].is_object()) << model << cell["absent"];
    if (server["counted"]["source"] != "strace") GTEST_SKIP() << "counters need no rights here";
    EXPECT_EQ(server["counted"]["traced_slices"], 6);
    EXPECT_GT(server["counted"]["traced_requests"], 500);
    EXPECT_EQ(server["syscalls_per_request"]["per_slice"].size(), 6U);
    const double predicted = server["syscalls_per_request_predicted"]["total"];
    EXPECT_NEAR(server["syscalls_per_request"]["total"].get<double>(), predicted, kCountTolerance)
        << model;
    const ordered_json& interval = server["syscalls_per_request"]["total_ci95"];
    EXPECT_LE(interval[0], predicted + kCountTolerance);
    EXPECT_GE(interval[1], predicted - kCountTolerance);
  }
}

TEST(CountedApart, WithoutTheKernelsCountersStraceCounts) {
  if (!why_no_strace().empty()) GTEST_SKIP() << why_no_strace();
  if (run_to_end(without_counters({"/bin/true"})).status != 0) {
    GTEST_SKIP() << "rights cannot be dropped here";
  }
  with_patience(expect_calls_of_strace);
}

TEST(CountedApart, WhatCannotServeAllConnectionsIsNotCounted) {
  Sandbox sandbox;
  const Outcome outcome =
      run_to_end(sandbox.sockbench({"run", "--suite", sandbox.counted_suite(), "--models",
                                    "blocking,epoll", "--out", sandbox.path("out")}));
  EXPECT_EQ(outcome.status, kExitOk) << outcome.err;
  EXPECT_TRUE(sandbox.result_is_valid());
  const ordered_json run = sandbox.result();
  EXPECT_EQ(cell_of(run, "blocking", "duo")["absent"]["server.syscalls_per_request"],
            "the model serves 1 of 2 connections");
}

}  // namespace
}  // namespace sockbench::test
