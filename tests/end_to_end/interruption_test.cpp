// A run that is interrupted or killed: what was finished is kept, and nothing goes on running.

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "common/error.h"
#include "tests/end_to_end/processes.h"
#include "tests/end_to_end/sandbox.h"

namespace sockbench::test {
namespace {

using nlohmann::ordered_json;

constexpr milliseconds kPromptly{5'000};

/// A workload whose restarts take minutes each.
void add_endless(Sandbox& sandbox) {
  sandbox.add_workload("endless", {{"slices_per_restart", 1000}});
}

class InterruptedBy : public testing::TestWithParam<int> {};

TEST_P(InterruptedBy, KeepsThePassesThatWereFinished) {
  Sandbox sandbox;
  sandbox.add_workload("other", {{"connections", 3}});
  ChildProcess sockbench(
      sandbox.run({"--models", "epoll,select", "--workloads", "duo,other", "--restarts", "1000"}));
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(sandbox.path("out/run.json")); }));
  working_server(sockbench.pid(), "select");
  sockbench.signal(GetParam());
  EXPECT_EQ(sockbench.wait_for_exit(Deadline(kPromptly)), kExitInterrupted);
  EXPECT_TRUE(nothing_is_left());
  EXPECT_TRUE(sandbox.result_is_valid());
  const ordered_json run = sandbox.result();
  EXPECT_EQ(run["plan"]["interrupted"], true);
  for (const char* workload : {"duo", "other"}) {
    const int restarts = run["plan"]["workloads"][workload]["restarts"];
    EXPECT_GE(restarts, 1) << workload;
    EXPECT_LT(restarts, 1000) << workload;
    EXPECT_EQ(run["plan"]["workloads"][workload]["ended_by"], "interrupted");
    for (const char* model : {"epoll", "select"}) {
      EXPECT_GE(cell_of(run, model, workload)["restarts"], restarts - 1) << workload;
    }
  }
  for (const ordered_json& cell : run["cells"]) {
    EXPECT_NE(cell["validity"]["status"], "failed") << "nobody failed: " << cell["validity"];
  }
}

INSTANTIATE_TEST_SUITE_P(Signal, InterruptedBy, testing::Values(SIGINT, SIGTERM));

TEST(Interrupt, KeepsTheRestartsThatWereFinished) {
  Sandbox sandbox;
  sandbox.add_workload("many_restarts", {{"slices_per_restart", 8}});
  ChildProcess sockbench(sandbox.run(
      {"--models", "epoll,select", "--workloads", "many_restarts", "--restarts", "1000"}));
  // Every restart has a server of its own: the third one means that two are finished.
  pid_t last = 0;
  for (int restart = 0; restart < 3; ++restart) {
    ASSERT_TRUE(eventually([&, before = last] {
      last = working_server(sockbench.pid(), "select");
      return last != before;
    }));
  }
  sockbench.signal(SIGINT);
  EXPECT_EQ(sockbench.wait_for_exit(Deadline(kPromptly)), kExitInterrupted);
  EXPECT_TRUE(nothing_is_left());
  EXPECT_TRUE(sandbox.result_is_valid());
  const ordered_json run = sandbox.result();
  EXPECT_EQ(run["plan"]["interrupted"], true);
  for (const char* model : {"epoll", "select"}) {
    const ordered_json& cell = cell_of(run, model, "many_restarts");
    const int restarts = cell["restarts"];
    EXPECT_GE(restarts, 2);
    EXPECT_LT(restarts, 1000);
    EXPECT_TRUE(is_whole(cell, restarts));
  }
}

TEST(Interrupt, InTheFirstRestart) {
  Sandbox sandbox;
  add_endless(sandbox);
  ChildProcess sockbench(sandbox.run({"--models", "epoll,select", "--workloads", "endless"}));
  working_server(sockbench.pid(), "epoll");
  sockbench.signal(SIGINT);
  EXPECT_EQ(sockbench.wait_for_exit(Deadline(kPromptly)), kExitInterrupted);
  EXPECT_TRUE(nothing_is_left());
  EXPECT_TRUE(sandbox.result_is_valid());
  const ordered_json run = sandbox.result();
  EXPECT_EQ(run["plan"]["interrupted"], true);
  for (const ordered_json& cell : run["cells"]) {
    EXPECT_NE(cell["validity"]["status"], "failed") << "nobody failed: " << cell["validity"];
  }
}

TEST(Interrupt, WhileServersStart) {
  Sandbox sandbox;
  sandbox.use_own_programs({"epoll"});
  sandbox.add_fake("mute");
  ChildProcess sockbench(sandbox.run({"--models", "mute,epoll"}));
  ASSERT_TRUE(eventually([&] {
    const auto children = children_of(sockbench.pid());
    return std::any_of(children.begin(), children.end(), [](const Process& process) {
      return process.command.size() > 1 && process.command[1] == "--listen";
    });
  }));
  sockbench.signal(SIGINT);
  EXPECT_EQ(sockbench.wait_for_exit(Deadline(kPromptly)), kExitInterrupted);
  EXPECT_TRUE(nothing_is_left());
}

TEST(Interrupt, KillingTheHarnessKillsEverybodyTheStoppedOnesToo) {
  Sandbox sandbox;
  add_endless(sandbox);
  ChildProcess sockbench(
      sandbox.run({"--models", "epoll,busy_poll,threaded", "--workloads", "endless"}));
  working_server(sockbench.pid(), "threaded");
  // Busy polling is never silent, so it is stopped whenever somebody else is measured.
  std::size_t children = 0;
  ASSERT_TRUE(eventually([&] {
    const auto all = children_of(sockbench.pid());
    children = all.size();
    return std::any_of(all.begin(), all.end(), [](const Process& process) {
      return process.state == 'T' && process.command[0].ends_with("/server-busy_poll");
    });
  }));
  EXPECT_EQ(children, 8U) << "three servers, the control and their generators";
  sockbench.signal(SIGKILL);
  EXPECT_EQ(sockbench.wait_for_exit(), 128 + SIGKILL);
  EXPECT_TRUE(nothing_is_left());
}

}  // namespace
}  // namespace sockbench::test
