// A queue of signals that is too short for the news (RLIMIT_SIGPENDING): whoever relies on signals
// is told too little, and still nobody waits for a reply.

#include <gtest/gtest.h>

#include <string>

#include "tests/conformance/server_under_test.h"
#include "tests/support/bytes.h"
#include "tests/support/process_stats.h"

namespace sockbench::test {
namespace {

constexpr std::size_t kSignallers = 200;

/// Its parameter is how many signals may queue up.
class SignalQueue : public testing::TestWithParam<rlim_t> {
 protected:
  void connect(std::size_t count, SocketBuffers buffers = {}) {
    for (std::size_t i = 0; i < count; ++i) clients.emplace_back(server.endpoint(), buffers);
  }

  ServerUnderTest server{{"--stop-on-eof"}, {.pending_signal_limit = GetParam()}};
  std::vector<TestClient> clients;
};

// While the server is stopped nobody takes signals off the queue, so it must overflow.
TEST_P(SignalQueue, OverflowLosesNoMessage) {
  connect(model().at_once(kSignallers));
  for (TestClient& client : clients) ASSERT_TRUE(answers(client));
  for (int round = 0; round < 5; ++round) {
    const std::string message = "message of round " + std::to_string(round);
    ASSERT_TRUE(stop_tree(server.pid()));
    for (TestClient& client : clients) client.send(message);
    continue_tree(server.pid());
    for (TestClient& client : clients) {
      ASSERT_TRUE(same_bytes(client.receive(message.size()), upper(message)));
    }
  }
}

TEST_P(SignalQueue, OverflowLosesNoConnectionAndNoEnd) {
  const std::size_t half = model().at_once(kSignallers) / 2;
  connect(half);
  for (TestClient& client : clients) ASSERT_TRUE(answers(client));
  ASSERT_TRUE(stop_tree(server.pid()));
  connect(half);
  for (TestClient& client : clients) {
    client.send("the last words");
    client.finish_sending();
  }
  continue_tree(server.pid());
  for (TestClient& client : clients) EXPECT_EQ(client.receive_to_end(), "THE LAST WORDS");
}

TEST_P(SignalQueue, OverflowLosesNoReaderThatWasSlow) {
  const std::string request = random_bytes(std::size_t{8} * 1024 * 1024, 1);
  connect(model().at_once(20), kSmallBuffers);
  std::vector<std::size_t> sent;
  for (TestClient& client : clients) {
    sent.push_back(client.send_until_full(request, milliseconds(5)));
  }
  for (std::size_t i = 0; i < clients.size(); ++i) {
    ASSERT_TRUE(same_bytes(clients[i].receive(sent[i]), upper(request.substr(0, sent[i]))));
  }
}

TEST_P(SignalQueue, OverflowDoesNotHideTheEndOfStandardInput) {
  connect(model().at_once(kSignallers));
  for (TestClient& client : clients) client.send("x");
  server.process().close_stdin();
  EXPECT_EQ(server.process().wait_for_exit(), 0);
}

INSTANTIATE_TEST_SUITE_P(Of, SignalQueue, testing::Values(0, 4),
                         [](const auto& length) { return std::to_string(length.param); });

}  // namespace
}  // namespace sockbench::test
