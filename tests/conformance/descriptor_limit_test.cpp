// At the limit of descriptors (EMFILE): who is served stays served, who waits is not reset, and the
// server sleeps instead of trying accept over and over.

#include <gtest/gtest.h>

#include "tests/conformance/server_under_test.h"
#include "tests/support/bytes.h"
#include "tests/support/process_stats.h"

namespace sockbench::test {
namespace {

constexpr std::size_t kDescriptors = 64;
constexpr std::size_t kClients = 100;
constexpr std::string_view kRequest = "who is served? ";
const std::string kReply = upper(kRequest);
constexpr milliseconds kQuiet{250};

/// A server that may open kDescriptors, and kClients clients that each sent a request.
class DescriptorLimit : public testing::Test {
 protected:
  void SetUp() override {
    for (std::size_t i = 0; i < kClients; ++i) clients.emplace_back(server.endpoint());
    for (TestClient& client : clients) client.send(kRequest);
    // A few descriptors are the server's own: streams, listener, an epoll instance, a timer. A
    // pool's threads may still be starting, which takes a sanitizer longer than kQuiet.
    ASSERT_TRUE(eventually([&] {
      sort_clients();
      return served.size() >= model().at_once(kDescriptors - 16);
    }));
  }

  /// Moves the clients that have a reply from clients to served, checking the reply.
  void sort_clients() {
    const std::vector<bool> has_reply = answered(clients, kQuiet);
    std::vector<TestClient> waiting;
    for (std::size_t i = 0; i < clients.size(); ++i) {
      if (!has_reply[i]) {
        waiting.push_back(std::move(clients[i]));
        continue;
      }
      EXPECT_TRUE(same_bytes(clients[i].receive(kReply.size()), kReply));
      served.push_back(std::move(clients[i]));
    }
    clients = std::move(waiting);
  }

  void expect_served_stay_served() {
    for (TestClient& client : served) ASSERT_TRUE(answers(client, "still here"));
  }

  ServerUnderTest server{{}, {.descriptor_limit = kDescriptors}};
  std::vector<TestClient> clients;  // not served yet
  std::vector<TestClient> served;
};

TEST_F(DescriptorLimit, ServedStayServedAndWaitingAreNotReset) {
  expect_served_stay_served();
  for (TestClient& client : clients) {  // nothing happened to them, unless one was served late
    if (!client.anything_within(milliseconds(0))) continue;
    EXPECT_TRUE(same_bytes(client.receive(kReply.size()), kReply)) << "closed while it waited";
  }
  expect_served_stay_served();
}

TEST_F(DescriptorLimit, WaitingAreServedWhenOthersLeave) {
  while (!clients.empty()) {
    const std::size_t waiting = clients.size();
    served.clear();  // all of them leave
    // The reply of any waiting one says that places were given on.
    ASSERT_TRUE(eventually([&] {
      sort_clients();
      return clients.size() < waiting;
    }));
    expect_served_stay_served();
    if (model().at_once(2) < 2 && clients.size() < kClients - 10) break;  // ten are enough
  }
}

TEST_F(DescriptorLimit, NoPlaceIsLostWhenOneLeavesAtATime) {
  for (int i = 0; i < 5 && !clients.empty(); ++i) {
    const std::size_t waiting = clients.size();
    served.erase(served.begin());
    ASSERT_TRUE(eventually([&] {
      sort_clients();
      return clients.size() < waiting;
    }));
  }
  expect_served_stay_served();
}

// The limit may go away without one of the server's own connections ending: an administrator raises
// it, or, where the whole machine was short, another process gives something back.
TEST_F(DescriptorLimit, WaitingAreServedWhenTheLimitIsRaised) {
  if (model().max_connections && *model().max_connections < kClients) {
    GTEST_SKIP() << model().name << " has a lower limit of its own";
  }
  if (model().description.at("options").value("direct_descriptors", 0) == 1) {
    GTEST_SKIP() << "a ring's table of descriptors never grows";
  }
  for (const pid_t pid : process_tree(server.pid())) set_descriptor_limit(pid, 2 * kClients);
  for (TestClient& client : clients) {
    ASSERT_TRUE(same_bytes(client.receive(kReply.size()), kReply));
  }
  expect_served_stay_served();
}

TEST_F(DescriptorLimit, DoesNotSpin) {
  if (model().family == "polling") GTEST_SKIP() << model().name << " spins by definition";
  const std::int64_t before = cpu_time_ns(server.pid());
  EXPECT_FALSE(served.front().anything_within(milliseconds(500)));  // nothing is in flight
  const std::int64_t used = cpu_time_ns(server.pid()) - before;
  EXPECT_LT(used, 50'000'000) << "nanoseconds of CPU in half a second, which is 10 %";
}

TEST_F(DescriptorLimit, LogStaysSmall) {
  EXPECT_FALSE(served.front().anything_within(milliseconds(300)));
  expect_served_stay_served();
  EXPECT_LT(server.process().stderr_text().size(), std::size_t{64} * 1024);
}

}  // namespace
}  // namespace sockbench::test
