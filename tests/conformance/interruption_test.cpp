// EINTR: system calls that end early because the process was stopped and continued, or because a
// signal handler ran, are made again.

#include <gtest/gtest.h>

#include <csignal>

#include "tests/conformance/server_under_test.h"
#include "tests/support/bytes.h"
#include "tests/support/process_stats.h"

namespace sockbench::test {
namespace {

/// Open connections, one of them with replies that the server cannot send yet where it serves more
/// than one: the server sleeps in whatever it waits for readers and for writers with.
class Interruption : public testing::Test {
 protected:
  void SetUp() override {
    for (std::size_t i = 0; i < model().at_once(5); ++i) clients.emplace_back(server.endpoint());
    expect_all_served();
    if (clients.size() > 1) {
      slow_sent = clients.back().send_until_full(slow_request, milliseconds(50));
      slow.emplace_back(std::move(clients.back()));
      clients.pop_back();
    }
  }

  void TearDown() override {
    for (TestClient& client : slow) {
      EXPECT_TRUE(same_bytes(client.receive(slow_sent), upper(slow_request.substr(0, slow_sent))));
      EXPECT_TRUE(answers(client));
    }
  }

  void expect_all_served() {
    for (TestClient& client : clients) ASSERT_TRUE(answers(client));
  }

  ServerUnderTest server{{"--stop-on-eof"}};
  std::vector<TestClient> clients;
  std::vector<TestClient> slow;  // none or one
  const std::string slow_request = random_bytes(std::size_t{16} * 1024 * 1024, 1);
  std::size_t slow_sent = 0;
};

TEST_F(Interruption, StopAndContinue) {
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(stop_tree(server.pid()));
    continue_tree(server.pid());
    expect_all_served();
  }
}

TEST_F(Interruption, MessagesThatComeWhileStopped) {
  ASSERT_TRUE(stop_tree(server.pid()));
  for (TestClient& client : clients) client.send("wake up");
  clients.emplace_back(server.endpoint());  // the kernel accepts into the backlog meanwhile
  continue_tree(server.pid());
  for (std::size_t i = 0; i + 1 < clients.size(); ++i) {
    EXPECT_EQ(clients[i].receive(7), "WAKE UP");
  }
  if (model().at_once(2) < 2) clients.erase(clients.begin());  // it waits for the first to leave
  expect_all_served();
}

// More than a model takes from one connection in one turn, all of it there before the first turn:
// of the rest it will not be told again. The first exchange makes the kernel's window large enough.
TEST_F(Interruption, ManyBytesThatComeWhileStopped) {
  TestClient& client = clients.front();
  ASSERT_TRUE(answers(client, random_bytes(std::size_t{16} * 1024 * 1024, 3)));
  const std::string request = random_bytes(std::size_t{512} * 1024, 4);
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(stop_tree(server.pid()));
    const std::size_t sent = client.send_until_full(request, milliseconds(20));
    continue_tree(server.pid());
    EXPECT_TRUE(same_bytes(client.receive(sent), upper(request.substr(0, sent))));
  }
}

// With --stop-on-eof anything that arrives on standard input is a signal with a handler.
TEST_F(Interruption, SignalHandler) {
  for (int i = 0; i < 100; ++i) {
    server.process().write_stdin("x");
    expect_all_served();
  }
}

TEST_F(Interruption, SignalHandlerUnderLoad) {
  const std::string request = random_bytes(std::size_t{64} * 1024, 2);
  for (int i = 0; i < 20; ++i) {
    for (int j = 0; j < 10; ++j) server.process().write_stdin("x");
    ASSERT_TRUE(answers(clients.front(), request));
  }
}

}  // namespace
}  // namespace sockbench::test
