// Two builds of a server against each other: what `sockbench duel` prints, writes and ends with.

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "common/error.h"
#include "common/file.h"
#include "tests/end_to_end/processes.h"
#include "tests/end_to_end/sandbox.h"

namespace sockbench::test {
namespace {

using nlohmann::ordered_json;

constexpr milliseconds kPatience{100'000};

std::string epoll() { return (built_programs() / "server-epoll").string(); }

class Duel : public testing::Test {
 protected:
  /// `sockbench duel` on the sandbox's short workload.
  Outcome duel(const std::string& base, const std::string& head,
               const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {"duel",  "--base", base,          "--head", head,
                                      "--out", out(),    "--workloads", "duo",    "--quiet"};
    words.insert(words.end(), more.begin(), more.end());
    return run_to_end(sandbox_.sockbench(words), Deadline(kPatience));
  }
  std::string out() const { return sandbox_.path("out"); }
  ordered_json verdict() const { return ordered_json::parse(read_file(out() + "/duel.json")); }
  std::string fake(const std::string& name) {
    sandbox_.use_own_programs({"epoll"});
    sandbox_.add_fake(name);
    return sandbox_.path("bin/server-" + name);
  }

  // NOLINTNEXTLINE(cppcoreguidelines-non-private-member-variables-in-classes): a fixture's
  Sandbox sandbox_;
};

TEST_F(Duel, OfAServerWithItselfFindsNoRegression) {
  const Outcome outcome = duel(epoll(), epoll(), {"--base-label", "old", "--head-label", "new"});
  EXPECT_EQ(outcome.status, kExitOk) << outcome.out << outcome.err;
  const ordered_json duel = verdict();
  EXPECT_NE(duel["verdict"], "regression");
  EXPECT_EQ(duel["base"]["label"], "old");
  EXPECT_EQ(duel["head"]["commands"], (ordered_json{{"server-epoll"}}));
  EXPECT_TRUE(nothing_is_left());
}

TEST_F(Duel, CountsCallsExactly) {
  duel(epoll(), epoll());
  const ordered_json duel = verdict();
  int exact = 0;
  for (const ordered_json& check : duel["checks"]) {
    if (!check["exact"]) continue;
    ++exact;
    EXPECT_EQ(check["verdict"], "pass") << check;
    // A server that had to wait for its CPU may find two requests at once.
    EXPECT_NEAR(check["head"]["median"].get<double>(), 1, 0.02) << check;
  }
  EXPECT_EQ(exact, 3) << "epoll_wait, recv, send";
}

TEST_F(Duel, AServerThatNeedsOneMoreCallIsARegression) {
  const Outcome outcome = duel(epoll(), (built_programs() / "server-asio_coroutine").string());
  EXPECT_EQ(outcome.status, kExitRegression) << outcome.out << outcome.err;
  EXPECT_EQ(verdict()["workloads"][0]["verdict"], "regression");
}

TEST_F(Duel, SeveralLayoutsTakeTurns) {
  const Outcome outcome =
      duel(epoll(), epoll(), {"--base", epoll() + " --reply upper", "--head", epoll()});
  EXPECT_EQ(outcome.status, kExitOk) << outcome.err;
  EXPECT_EQ(verdict()["base"]["commands"],
            (ordered_json{{"server-epoll"}, {"server-epoll", "--reply", "upper"}}));
}

TEST_F(Duel, AHeadThatAnswersWrongBytesFails) {
  const Outcome outcome = duel(epoll(), fake("liar"));
  EXPECT_EQ(outcome.status, kExitFailed) << outcome.out << outcome.err;
  const std::string sentence = verdict()["workloads"][1]["sentence"];
  EXPECT_EQ(sentence.find("head failed: "), 0U) << sentence;
  EXPECT_TRUE(nothing_is_left());
}

TEST_F(Duel, AHeadThatCrashesFails) {
  EXPECT_EQ(duel(epoll(), fake("crasher")).status, kExitFailed);
}

TEST_F(Duel, ABaseThatCrashesFailsToo) {
  const Outcome outcome = duel(fake("crasher"), epoll());
  EXPECT_EQ(outcome.status, kExitFailed);
  const std::string sentence = verdict()["workloads"][1]["sentence"];
  EXPECT_EQ(sentence.find("base failed: "), 0U) << sentence;
}

TEST_F(Duel, AnInterruptionLeavesNobody) {
  ChildProcess sockbench(sandbox_.sockbench(
      {"duel", "--base", epoll(), "--head", epoll(), "--out", out(), "--workloads", "duo"}));
  working_server(sockbench.pid(), "epoll");
  sockbench.signal(SIGINT);
  EXPECT_EQ(sockbench.wait_for_exit(Deadline(milliseconds(10'000))), kExitInterrupted);
  EXPECT_TRUE(nothing_is_left());
  EXPECT_EQ(verdict()["interrupted"], true);
}

TEST_F(Duel, MistakesAreOneSentence) {
  const std::vector<Mistake> mistakes = {
      {{"--base", epoll()}, "--head"},
      {{"--base", epoll(), "--head", "/nowhere/server"}, "--head"},
      {{"--base", "", "--head", epoll()}, "--base is empty"},
      {{"--base", "true", "--head", epoll()}, "--base is no server"},
      {{"--base", "\"server", "--head", epoll()}, "a quote that is not closed"},
      {{"--base", "missing.json", "--head", epoll()}, "missing.json"},
      {{"--base", epoll(), "--head", epoll(), "--margin", "3%"},
       "--resolve must be above --margin"},
      {{"--base", epoll(), "--head", epoll(), "--margin", "wide"}, "--margin"},
      {{"--base", epoll(), "--head", epoll(), "--budget", "1s"}, "--budget"},
      {{"--base", epoll(), "--head", epoll(), "--workloads", "dou"}, "did you mean 'duo'?"}};
  for (const Mistake& mistake : mistakes) {
    std::vector<std::string> words = {"duel", "--out", out()};
    words.insert(words.end(), mistake.arguments.begin(), mistake.arguments.end());
    const Outcome outcome = run_to_end(sandbox_.sockbench(words));
    EXPECT_EQ(outcome.status, kExitUsage) << mistake.named;
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    EXPECT_NE(outcome.err.find(mistake.named), std::string::npos) << outcome.err;
    EXPECT_FALSE(std::filesystem::exists(out() + "/duel.json"));
  }
}

}  // namespace
}  // namespace sockbench::test
