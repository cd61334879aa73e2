// Many connections at once, up to a model's own limit and beyond it.

#include <gtest/gtest.h>

#include "tests/conformance/server_under_test.h"
#include "tests/support/bytes.h"
#include "tests/support/process_stats.h"

namespace sockbench::test {
namespace {

constexpr std::size_t kManyConnections = 200;

std::vector<TestClient> connect_many(const ServerUnderTest& server, std::size_t count) {
  std::vector<TestClient> clients;
  clients.reserve(count);
  while (clients.size() < count) clients.emplace_back(server.endpoint());
  return clients;
}

/// A message that says whose it is, of a length of its own.
std::string message_of(std::size_t connection, int round) {
  const std::string label =
      "conn " + std::to_string(connection) + ", round " + std::to_string(round) + ": ";
  return label + random_bytes(20 + connection % 97, connection);
}

/// Every connection has a message in flight, sent in two pieces, before the first reply is read.
void expect_interleaved_replies(std::span<TestClient> clients, int round) {
  for (std::size_t i = 0; i < clients.size(); ++i)
    clients[i].send(message_of(i, round).substr(0, 9));
  for (std::size_t i = 0; i < clients.size(); ++i) clients[i].send(message_of(i, round).substr(9));
  for (std::size_t i = clients.size(); i-- > 0;) {
    const std::string message = message_of(i, round);
    ASSERT_TRUE(same_bytes(clients[i].receive(message.size()), upper(message)));
  }
}

TEST(ManyConnections, EachGetsItsOwnReplies) {
  const ServerUnderTest server;
  std::vector<TestClient> clients = connect_many(server, model().at_once(kManyConnections));
  for (int round = 0; round < 5; ++round) expect_interleaved_replies(clients, round);
}

TEST(ManyConnections, OneAfterTheOther) {
  const ServerUnderTest server;
  for (std::size_t i = 0; i < kManyConnections; ++i) {
    TestClient client(server.endpoint());
    ASSERT_TRUE(answers(client, message_of(i, 0)));
  }
}

TEST(ManyConnections, SomeLeaveAndOthersCome) {
  const ServerUnderTest server;
  std::vector<TestClient> clients = connect_many(server, model().at_once(kManyConnections));
  expect_interleaved_replies(clients, 0);
  for (int round = 1; round < 4; ++round) {
    for (std::size_t i = 0; i < clients.size(); i += 3) {
      clients[i].close();
      clients[i] = TestClient(server.endpoint());
    }
    expect_interleaved_replies(clients, round);
  }
}

TEST(ManyConnections, OneBeyondTheLimitWaitsAndIsServedWhenAnotherLeaves) {
  if (!model().max_connections || *model().max_connections > kManyConnections) {
    GTEST_SKIP() << model().name << " serves more than " << kManyConnections << " at once";
  }
  const ServerUnderTest server;
  std::vector<TestClient> clients = connect_many(server, *model().max_connections);
  expect_interleaved_replies(clients, 0);
  TestClient beyond(server.endpoint());
  beyond.send("one too many");
  EXPECT_FALSE(beyond.anything_within(milliseconds(50))) << "max_connections is too low";
  clients.back().close();
  EXPECT_EQ(beyond.receive(12), "ONE TOO MANY");
  clients.pop_back();
  expect_interleaved_replies(clients, 1);
}

// Multiplexers with a limit of their own, such as FD_SETSIZE, cannot leave what is beyond it in the
// backlog: they would not learn of the place that becomes free. They close it.
TEST(ManyConnections, MultiplexerClosesWhatIsBeyondItsLimit) {
  if (model().family != "multiplexing" || !model().max_connections) {
    GTEST_SKIP() << model().name << " has no such limit";
  }
  const std::size_t limit = *model().max_connections;
  const std::size_t beyond = 40;
  const std::size_t descriptors = 2 * limit + 200;
  if (!allow_descriptors(descriptors)) {
    GTEST_SKIP() << "the hard limit of descriptors is below " << descriptors;
  }
  const ServerUnderTest server({}, {.descriptor_limit = descriptors});
  std::vector<TestClient> served = connect_many(server, limit);
  expect_interleaved_replies(served, 0);
  std::vector<TestClient> refused = connect_many(server, beyond);
  for (TestClient& client : refused) ASSERT_TRUE(client.closed_by_server());
  expect_interleaved_replies(served, 1);

  for (std::size_t i = 0; i < beyond; ++i) served[i * 7].close();
  ASSERT_TRUE(eventually([&] {  // a new connection must not overtake the ends of the old ones
    return open_descriptors(server.pid()) <= limit + 4 - beyond;
  }));
  for (std::size_t i = 0; i < beyond; ++i) served[i * 7] = TestClient(server.endpoint());
  expect_interleaved_replies(served, 2);
}

}  // namespace
}  // namespace sockbench::test
