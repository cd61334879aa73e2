// `sockbench capacity`: servers whose capacity is known, mistakes, and interruption.

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>

#include "common/error.h"
#include "common/file.h"
#include "tests/end_to_end/processes.h"
#include "tests/end_to_end/sandbox.h"

namespace sockbench::test {
namespace {

using nlohmann::ordered_json;

constexpr milliseconds kSearch{120'000};

ordered_json capacity_in(const Sandbox& sandbox) {
  return ordered_json::parse(read_file(sandbox.path("out/capacity.json").string()));
}

std::vector<std::string> command(const Sandbox& sandbox, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "capacity");
  arguments.insert(arguments.end(), {"--out", sandbox.path("out")});
  return sandbox.sockbench(arguments);
}

TEST(Capacity, AHandlerOfTwiceTheTimeHalvesIt) {
  const Sandbox sandbox;
  // One thread works 50 us or 100 us for a request: at most 20,000 and 10,000 requests a second.
  // The windows are long enough that more than that breaks the bound.
  const Outcome outcome = run_to_end(
      command(sandbox, {"--models", "epoll --handler spin:50,epoll --handler spin:100", "--bound",
                        "p50=500us", "--connections", "16", "--restarts", "1"}),
      Deadline(kSearch));
  ASSERT_EQ(outcome.status, kExitOk) << outcome.err;
  EXPECT_TRUE(nothing_is_left());
  const Outcome valid =
      run_to_end({built_programs() / "sockbench", "validate", sandbox.path("out/capacity.json")});
  EXPECT_NE(valid.out.find("is a valid capacity."), std::string::npos) << valid.out << valid.err;
  const ordered_json document = capacity_in(sandbox);
  const ordered_json& quick = document["contestants"][0];
  const ordered_json& slow = document["contestants"][1];
  EXPECT_EQ(quick["per_restart"].size(), 1U);
  EXPECT_EQ(quick["limiter"], "server");
  // A CPU that others use too has less to give, but never more.
  EXPECT_GT(quick["capacity_rps"], 2'000) << document["contestants"];
  EXPECT_LT(quick["capacity_rps"], 20'400) << document["contestants"];
  EXPECT_NEAR(slow["ratio"].get<double>(), 0.52, 0.12) << document["contestants"];
  EXPECT_NE(
      outcome.out.find("Highest offered rate at which half of the windows hold p50 <= 500 µs"),
      std::string::npos)
      << outcome.out;
}

TEST(Capacity, ACrashCostsOnlyTheOneThatCrashed) {
  Sandbox sandbox;
  sandbox.use_own_programs({"epoll"});
  sandbox.add_fake("crasher");
  const Outcome outcome =
      run_to_end(command(sandbox, {"--models", "epoll,crasher", "--bound", "p50=500us",
                                   "--connections", "2", "--restarts", "1"}),
                 Deadline(kSearch));
  EXPECT_EQ(outcome.status, kExitFailed) << outcome.err;
  EXPECT_TRUE(nothing_is_left());
  const ordered_json document = capacity_in(sandbox);
  EXPECT_GT(document["contestants"][0]["per_restart"][0], 0) << document["contestants"];
  EXPECT_EQ(document["contestants"][1]["capacity_rps"], nullptr);
  EXPECT_NE(document["contestants"][1]["reason"].get<std::string>().find("restart 1"),
            std::string::npos)
      << document["contestants"][1];
}

TEST(Capacity, KeepsTheFinishedRestartsWhenInterrupted) {
  const Sandbox sandbox;
  ChildProcess sockbench(command(sandbox, {"--models", "epoll", "--restarts", "1000"}));
  working_server(sockbench.pid(), "epoll");
  sockbench.signal(SIGINT);
  EXPECT_EQ(sockbench.wait_for_exit(Deadline(milliseconds(5'000))), kExitInterrupted);
  EXPECT_TRUE(nothing_is_left());
  EXPECT_EQ(capacity_in(sandbox)["interrupted"], true);
}

TEST(Capacity, MistakesAreNamedAndNothingIsWritten) {
  const Sandbox sandbox;
  const std::vector<Mistake> mistakes = {
      {{"--bound", "p98=1ms"}, "--bound 'p98=1ms' must be a percentile and a limit"},
      {{"--bound", "p99=soon"}, "--bound"},
      {{"--models", "none"}, "No servers are selected"},
      {{"--models", "epol"}, "did you mean 'epoll'?"},
      {{"--connections", "0"}, "--connections"},
      {{"--restarts", "0"}, "--restarts"},
      {{"--budget", "soon"}, "--budget 'soon'"},
  };
  for (const Mistake& mistake : mistakes) {
    const Outcome outcome = run_to_end(command(sandbox, mistake.arguments));
    EXPECT_EQ(outcome.status, kExitUsage) << mistake.named;
    EXPECT_NE(outcome.err.find(mistake.named), std::string::npos) << outcome.err;
    EXPECT_FALSE(std::filesystem::exists(sandbox.path("out"))) << mistake.named;
  }
}

}  // namespace
}  // namespace sockbench::test
