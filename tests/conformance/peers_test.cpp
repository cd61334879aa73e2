// Peers that vanish: whatever a client does to its connection, the others are served, and nothing
// of it stays in the server.

#include <gtest/gtest.h>

#include <functional>

#include "tests/conformance/server_under_test.h"
#include "tests/support/bytes.h"
#include "tests/support/process_stats.h"

namespace sockbench::test {
namespace {

constexpr int kRepetitions = 100;

void connect_and_close(const Endpoint& server) { TestClient{server}.close(); }

void close_after_a_reply(const Endpoint& server) {
  TestClient client(server);
  EXPECT_TRUE(answers(client));
}

void reset_at_once(const Endpoint& server) { TestClient{server}.reset(); }

void reset_in_mid_message(const Endpoint& server) {
  TestClient client(server);
  client.send("half of a mess");
  client.reset();
}

void reset_with_a_reply_unread(const Endpoint& server) {
  TestClient client(server);
  client.send("a whole message");
  EXPECT_TRUE(client.anything_within(kHangLimit));
  client.reset();
}

void reset_with_replies_pending_in_the_server(const Endpoint& server) {
  TestClient client(server, {.send = 128 * 1024, .receive = 128 * 1024});
  client.send_until_full(random_bytes(std::size_t{8} * 1024 * 1024, 1), milliseconds(50));
  client.reset();
}

// Sending a reply to such a connection is EPIPE, for which the kernel would send SIGPIPE.
void reset_after_its_end(const Endpoint& server) {
  TestClient client(server);
  client.send(random_bytes(std::size_t{64} * 1024, 2));
  client.finish_sending();
  client.reset();
}

struct Vanishing {
  const char* name;
  void (*vanish)(const Endpoint&);
  int repetitions;
};

std::ostream& operator<<(std::ostream& out, const Vanishing& how) { return out << how.name; }

class Peers : public testing::TestWithParam<Vanishing> {};

TEST_P(Peers, OthersAreServedOn) {
  const ServerUnderTest server;
  if (model().at_once(2) < 2) {
    GetParam().vanish(server.endpoint());
    EXPECT_TRUE(serves_new_connection(server)) << "the next one, since it serves one at a time";
    return;
  }
  TestClient bystander(server.endpoint());
  EXPECT_TRUE(answers(bystander, "half "));
  GetParam().vanish(server.endpoint());
  EXPECT_TRUE(answers(bystander, "and half"));
  EXPECT_TRUE(serves_new_connection(server));
}

TEST_P(Peers, LeaveNoDescriptorBehind) {
  const ServerUnderTest server;
  std::size_t open_without_connections = 0;
  {
    // The replies say that the server has opened what it needs; with a limit of its own, that all
    // its processes exist.
    std::vector<TestClient> first;
    for (std::size_t i = 0; i < (model().max_connections ? model().at_once(64) : 1); ++i) {
      first.emplace_back(server.endpoint());
      ASSERT_TRUE(answers(first.back()));
    }
    open_without_connections = open_descriptors(server.pid()) - first.size();
  }
  for (int i = 0; i < GetParam().repetitions; ++i) GetParam().vanish(server.endpoint());
  EXPECT_TRUE(serves_new_connection(server));
  EXPECT_TRUE(eventually([&] {
    return open_descriptors(server.pid()) <= open_without_connections;
  })) << open_descriptors(server.pid())
      << " open after, " << open_without_connections << " before";
}

INSTANTIATE_TEST_SUITE_P(
    That, Peers,
    testing::Values(Vanishing{"ConnectAndClose", connect_and_close, kRepetitions},
                    Vanishing{"CloseAfterAReply", close_after_a_reply, kRepetitions},
                    Vanishing{"ResetAtOnce", reset_at_once, kRepetitions},
                    Vanishing{"ResetInMidMessage", reset_in_mid_message, kRepetitions},
                    Vanishing{"ResetWithAReplyUnread", reset_with_a_reply_unread, kRepetitions},
                    Vanishing{"ResetAfterItsEnd", reset_after_its_end, kRepetitions},
                    Vanishing{"ResetWithRepliesPending", reset_with_replies_pending_in_the_server,
                              5}),
    testing::PrintToStringParamName());

}  // namespace
}  // namespace sockbench::test
