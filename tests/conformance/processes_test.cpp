// Models of several processes: each process is as long-lived as what it serves, none is left
// behind, and a death costs one connection.

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <span>

#include "tests/conformance/server_under_test.h"
#include "tests/support/process_stats.h"
#include "tests/support/running_server.h"

namespace sockbench::test {
namespace {

constexpr std::size_t kChildren = 64;

class Processes : public testing::Test {
 protected:
  void SetUp() override {
    if (model().family != "processes") GTEST_SKIP() << model().name << " is one process";
  }
};

std::vector<TestClient> serve_many(const Endpoint& server) {
  std::vector<TestClient> clients;
  for (std::size_t i = 0; i < model().at_once(kChildren); ++i) {
    clients.emplace_back(server);
    EXPECT_TRUE(answers(clients.back()));
  }
  return clients;
}

bool is_served(TestClient& client) {
  try {
    return answers(client);
  } catch (const std::runtime_error&) {  // reset
    return false;
  }
}

TEST_F(Processes, ThatDieTakeOnlyTheirOwnConnectionsAlong) {
  const ServerUnderTest server;
  std::vector<TestClient> clients = serve_many(server.endpoint());
  const std::vector<pid_t> tree = process_tree(server.pid());
  ASSERT_GT(tree.size(), 4U);
  constexpr std::size_t kKilled = 3;
  for (const pid_t child : std::span(tree).subspan(1, kKilled)) ::kill(child, SIGKILL);
  const auto served = std::count_if(clients.begin(), clients.end(), is_served);
  EXPECT_EQ(static_cast<std::size_t>(served), clients.size() - kKilled);
}

TEST_F(Processes, ThatDieAreReplaced) {
  const ServerUnderTest server;
  for (int round = 0; round < 3; ++round) {
    std::vector<TestClient> clients = serve_many(server.endpoint());
    const std::vector<pid_t> tree = process_tree(server.pid());
    for (const pid_t child : std::span(tree).subspan(1)) ::kill(child, SIGKILL);
    for (TestClient& client : clients) EXPECT_TRUE(client.closed_by_server());
  }
  serve_many(server.endpoint());
}

TEST_F(Processes, AreReaped) {
  const ServerUnderTest server;
  serve_many(server.endpoint());
  const std::size_t at_rest = model().max_connections.value_or(0) + 1;
  EXPECT_TRUE(eventually([&] { return process_tree(server.pid()).size() == at_rest; }))
      << process_tree(server.pid()).size() << " processes, zombies included";
}

TEST_F(Processes, EndWithTheirParentHoweverItEnds) {
  ChildProcess process({model().program});
  const std::vector<TestClient> clients = serve_many(endpoint_of(process.read_line()));
  process.signal(SIGKILL);
  EXPECT_EQ(process.wait_for_exit(), 128 + SIGKILL);
  EXPECT_TRUE(process.group_is_gone());
}

// Root has no limit of processes, so the server runs as another user.
TEST_F(Processes, AreWaitedForAtTheirLimit) {
  if (model().max_connections) GTEST_SKIP() << model().name << " makes its processes beforehand";
  if (::geteuid() != 0) GTEST_SKIP() << "only root can start it as another user";
  if (!others_may_run(model().program)) GTEST_SKIP() << "no other user may run the program";
  const ServerUnderTest server({}, {.process_limit_as_nobody = 10});
  std::vector<TestClient> waiting;
  for (int i = 0; i < 30; ++i) {
    waiting.emplace_back(server.endpoint());
    waiting.back().send("nobody is lost");
  }
  while (!waiting.empty()) {
    std::vector<TestClient> served;  // they leave at the end of each round
    const std::vector<bool> has_reply = answered(waiting, milliseconds(100));
    for (std::size_t i = has_reply.size(); i-- > 0;) {
      if (!has_reply[i]) continue;
      EXPECT_EQ(waiting[i].receive(14), "NOBODY IS LOST");
      served.push_back(std::move(waiting[i]));
      waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(i));
    }
    ASSERT_FALSE(served.empty());
    ASSERT_LE(served.size(), 9U) << "the limit of processes does not work here";
    const std::int64_t before = cpu_time_ns(server.pid());
    EXPECT_FALSE(served.front().anything_within(milliseconds(200)));  // nothing is in flight
    EXPECT_LT(cpu_time_ns(server.pid()) - before, 20'000'000) << "nanoseconds, which is 10 %";
    for (TestClient& client : served) EXPECT_TRUE(answers(client));
  }
}

}  // namespace
}  // namespace sockbench::test
