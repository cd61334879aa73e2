// Contestants that die, hang and lie: their cells say so, and the others lose nothing.

#include <gtest/gtest.h>

#include <array>
#include <csignal>

#include "common/error.h"
#include "tests/end_to_end/processes.h"
#include "tests/end_to_end/sandbox.h"

namespace sockbench::test {
namespace {

using nlohmann::ordered_json;

// A contestant that says nothing is given up after ten seconds.
constexpr milliseconds kPatience{60'000};
constexpr std::array kFakes = {"mute", "quitter", "leaver", "garbler", "crasher", "liar", "stuck"};

/// One run of every misbehaving server beside two good ones; the tests look at its cells.
class Fakes : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    Sandbox sandbox;
    sandbox.use_own_programs({"epoll", "threaded"});
    std::string models = "epoll,threaded";
    for (const std::string name : kFakes) {
      sandbox.add_fake(name);
      models += "," + name;
    }
    outcome = run_to_end(sandbox.run({"--models", models}), Deadline(kPatience));
    valid = sandbox.result_is_valid();
    run = sandbox.result();
  }
  static void TearDownTestSuite() { run = nullptr; }

  static const ordered_json& cell(const std::string& name) { return cell_of(run, name, "duo"); }

  // NOLINTBEGIN(cppcoreguidelines-avoid-non-const-global-variables): set once by SetUpTestSuite
  static inline Outcome outcome;
  static inline bool valid = false;
  static inline ordered_json run;
  // NOLINTEND(cppcoreguidelines-avoid-non-const-global-variables)
};

TEST_F(Fakes, TheRunEndsInGoodOrder) {
  EXPECT_EQ(outcome.status, kExitFailed) << outcome.err;
  EXPECT_TRUE(valid);
  EXPECT_EQ(run["cells"].size(), kFakes.size() + 3) << "two models and the control";
  EXPECT_EQ(run["plan"]["interrupted"], false);
  EXPECT_TRUE(nothing_is_left());
}

TEST_F(Fakes, TheOthersAreWhole) {
  EXPECT_TRUE(is_whole(cell("epoll"), 2));
  EXPECT_TRUE(is_whole(cell("threaded"), 2));
}

TEST_F(Fakes, Mute) { EXPECT_TRUE(failed_with(cell("mute"), "did not print its ready line")); }

TEST_F(Fakes, Garbler) {
  EXPECT_TRUE(failed_with(cell("garbler"), "did not print its ready line"));
}

TEST_F(Fakes, Quitter) {
  EXPECT_TRUE(failed_with(cell("quitter"), "the server ended with status 3"));
}

TEST_F(Fakes, Leaver) {
  EXPECT_TRUE(failed_with(cell("leaver"), "the server ended with status 3"));
}

TEST_F(Fakes, AreNotTriedAgain) {
  for (const char* name : kFakes) EXPECT_TRUE(failed_with(cell(name), "(restart 1)"));
}

TEST_F(Fakes, Crasher) {
  EXPECT_TRUE(failed_with(cell("crasher"), "the server was ended by signal 11"));
}

TEST_F(Fakes, Liar) { EXPECT_TRUE(failed_with(cell("liar"), "wrong")); }

TEST_F(Fakes, Stuck) { EXPECT_TRUE(failed_with(cell("stuck"), "answered nothing")); }

TEST_F(Fakes, AreNotRanked) {
  for (const ordered_json& ranking : run["rankings"]) {
    for (const ordered_json& entry : ranking["ranked"]) {
      const std::string name = entry["contestant"];
      EXPECT_TRUE(name == "epoll" || name == "threaded") << name;
    }
  }
  for (const ordered_json& comparison : run["comparisons"]) {
    const std::string head = comparison["head"];
    EXPECT_TRUE(head == "threaded" || head == "epoll#2") << head;
  }
}

TEST(Failures, AKilledServer) {
  Sandbox sandbox;
  sandbox.add_workload("longer", {{"slices_per_restart", 15}});
  ChildProcess sockbench(
      sandbox.run({"--models", "epoll,select,threaded", "--workloads", "longer"}));
  ::kill(working_server(sockbench.pid(), "select"), SIGKILL);
  EXPECT_EQ(sockbench.wait_for_exit(), kExitFailed) << sockbench.stderr_text();
  EXPECT_TRUE(nothing_is_left());
  EXPECT_TRUE(sandbox.result_is_valid());
  const ordered_json run = sandbox.result();
  EXPECT_TRUE(failed_with(cell_of(run, "select", "longer"), "the server was ended by signal 9"));
  EXPECT_TRUE(is_whole(cell_of(run, "epoll", "longer"), 2));
  EXPECT_TRUE(is_whole(cell_of(run, "threaded", "longer"), 2));
}

TEST(Failures, AKilledGenerator) {
  Sandbox sandbox;
  sandbox.add_workload("longer", {{"slices_per_restart", 15}});
  ChildProcess sockbench(sandbox.run({"--models", "epoll,select", "--workloads", "longer"}));
  working_server(sockbench.pid(), "select");
  pid_t generator = 0;
  for (const Process& child : children_of(sockbench.pid())) {
    if (!child.command.empty() && child.command[0].ends_with("/loadgen")) generator = child.pid;
  }
  ASSERT_GT(generator, 0);
  ::kill(generator, SIGKILL);
  EXPECT_EQ(sockbench.wait_for_exit(), kExitFailed) << sockbench.stderr_text();
  EXPECT_TRUE(nothing_is_left());
  EXPECT_TRUE(sandbox.result_is_valid());
  const ordered_json run = sandbox.result();
  int lost = 0;
  for (const char* name : {"epoll", "select", "epoll#2"}) {
    const ordered_json& cell = cell_of(run, name, "longer");
    if (cell["validity"]["status"] == "failed") {
      ++lost;
      EXPECT_TRUE(failed_with(cell, "the load generator"));
    } else {
      EXPECT_TRUE(is_whole(cell, 2)) << name;
    }
  }
  EXPECT_EQ(lost, 1);
}

TEST(Failures, AFailureInOneWorkloadLeavesTheNextAlone) {
  Sandbox sandbox;
  sandbox.add_workload("longer", {{"slices_per_restart", 15}});
  ChildProcess sockbench(sandbox.run({"--models", "epoll,select", "--workloads", "longer,duo"}));
  ::kill(working_server(sockbench.pid(), "select"), SIGKILL);
  EXPECT_EQ(sockbench.wait_for_exit(), kExitFailed) << sockbench.stderr_text();
  const ordered_json run = sandbox.result();
  EXPECT_TRUE(failed_with(cell_of(run, "select", "longer"), "signal 9"));
  EXPECT_TRUE(is_whole(cell_of(run, "select", "duo"), 2));
  EXPECT_TRUE(is_whole(cell_of(run, "epoll", "duo"), 2));
}

TEST(Failures, TheReferenceFails) {
  Sandbox sandbox;
  sandbox.add_workload("longer", {{"slices_per_restart", 15}});
  ChildProcess sockbench(sandbox.run({"--models", "epoll,select", "--workloads", "longer"}));
  working_server(sockbench.pid(), "epoll");
  int killed = 0;  // the reference and the control are the same program
  for (const Process& child : children_of(sockbench.pid())) {
    if (child.command.empty() || !child.command[0].ends_with("/server-epoll")) continue;
    ::kill(child.pid, SIGKILL);
    ++killed;
  }
  EXPECT_EQ(killed, 2);
  EXPECT_EQ(sockbench.wait_for_exit(), kExitFailed) << sockbench.stderr_text();
  EXPECT_TRUE(sandbox.result_is_valid());
  const ordered_json run = sandbox.result();
  EXPECT_TRUE(is_whole(cell_of(run, "select", "longer"), 2));
  EXPECT_TRUE(run["comparisons"].empty());
  for (const ordered_json& ranking : run["rankings"]) EXPECT_TRUE(ranking["ranked"].empty());
}

// Where the machine is so slow that the server hangs before its only slice, that shows as ever.
TEST(Failures, AServerThatHangsInTheLastSlice) {
  Sandbox sandbox;
  sandbox.use_own_programs({});
  sandbox.add_fake("hanger");
  sandbox.add_workload("one_slice", {{"slices_per_restart", 1}, {"slice_ms", 1500}});
  const Outcome outcome =
      run_to_end(sandbox.run({"--models", "hanger", "--workloads", "one_slice"}));
  EXPECT_EQ(outcome.status, kExitFailed) << outcome.err;
  EXPECT_TRUE(sandbox.result_is_valid());
  EXPECT_TRUE(failed_with(cell_of(sandbox.result(), "hanger", "one_slice"), "answered nothing"));
  EXPECT_TRUE(nothing_is_left());
}

TEST(Failures, AStoppedServerIsGivenUp) {
  Sandbox sandbox;
  sandbox.use_own_programs({"epoll"});
  sandbox.add_fake("stuck");
  sandbox.add_workload("rate", {{"mode", "open_loop"},
                                {"offered_rps", 2000},
                                {"slice_ms", 50},
                                {"metrics", {"server.cpu_ns_per_request"}}});
  const Outcome outcome =
      run_to_end(sandbox.run({"--models", "epoll,stuck", "--workloads", "rate"}));
  EXPECT_EQ(outcome.status, kExitFailed) << outcome.err;
  EXPECT_TRUE(sandbox.result_is_valid());
  const ordered_json run = sandbox.result();
  EXPECT_TRUE(failed_with(cell_of(run, "stuck", "rate"), "answered nothing"));
  EXPECT_TRUE(is_whole(cell_of(run, "epoll", "rate"), 2));
  EXPECT_TRUE(nothing_is_left());
}

}  // namespace
}  // namespace sockbench::test
