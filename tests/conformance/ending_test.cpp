// How a server ends: by SIGTERM or, with --stop-on-eof, when standard input ends; status 0, at
// once, whatever it is doing, and with nothing left behind.

#include <gtest/gtest.h>

#include <csignal>
#include <functional>

#include "tests/conformance/server_under_test.h"
#include "tests/support/bytes.h"

namespace sockbench::test {
namespace {

constexpr milliseconds kAtOnce{2000};

/// What the server has to do when it is told to end.
struct Situation {
  const char* name;
  std::vector<std::string> flags;
  std::function<std::vector<TestClient>(const ServerUnderTest&)> arrange;
};

std::ostream& operator<<(std::ostream& out, const Situation& situation) {
  return out << situation.name;
}

std::vector<TestClient> nobody(const ServerUnderTest& /*server*/) { return {}; }

std::vector<TestClient> idle_connections(const ServerUnderTest& server) {
  std::vector<TestClient> clients;
  for (std::size_t i = 0; i < model().at_once(20); ++i) {
    clients.emplace_back(server.endpoint());
    EXPECT_TRUE(answers(clients.back()));
  }
  return clients;
}

std::vector<TestClient> unread_replies(const ServerUnderTest& server) {
  std::vector<TestClient> clients;
  clients.emplace_back(server.endpoint(), SocketBuffers{.send = 128 * 1024, .receive = 128 * 1024});
  clients.back().send_until_full(random_bytes(std::size_t{8} * 1024 * 1024, 1), milliseconds(50));
  return clients;
}

std::vector<TestClient> waiting_in_the_backlog(const ServerUnderTest& server) {
  std::vector<TestClient> clients = idle_connections(server);
  for (int i = 0; i < 50; ++i) {
    clients.emplace_back(server.endpoint());
    clients.back().send("unanswered");
  }
  return clients;
}

std::vector<TestClient> a_long_message(const ServerUnderTest& server) {
  std::vector<TestClient> clients;
  clients.emplace_back(server.endpoint());
  EXPECT_TRUE(answers(clients.back(), "x"));  // accepted
  clients.back().send("y");                   // completes the message: the handler starts
  EXPECT_FALSE(clients.back().anything_within(milliseconds(50)));
  return clients;
}

class Ending : public testing::TestWithParam<Situation> {
 protected:
  static std::vector<std::string> flags_and(const char* flag) {
    std::vector<std::string> flags = GetParam().flags;
    flags.emplace_back(flag);
    return flags;
  }

  static void expect_ended(ChildProcess& process) {
    ASSERT_EQ(process.wait_for_exit(Deadline(kAtOnce)), 0) << process.stderr_text();
    EXPECT_TRUE(process.group_is_gone(Deadline(kAtOnce))) << "a process of the server lives on";
    EXPECT_EQ(process.read_to_end(), "") << "more than the ready line on standard output";
  }
};

TEST_P(Ending, BySigterm) {
  ServerUnderTest server(GetParam().flags);
  const std::vector<TestClient> clients = GetParam().arrange(server);
  server.process().signal(SIGTERM);
  expect_ended(server.process());
}

TEST_P(Ending, ByEndOfStandardInput) {
  ServerUnderTest server(flags_and("--stop-on-eof"));
  const std::vector<TestClient> clients = GetParam().arrange(server);
  server.process().close_stdin();
  expect_ended(server.process());
}

TEST_P(Ending, ByEndOfStandardInputAfterUnreadInput) {
  ServerUnderTest server(flags_and("--stop-on-eof"));
  server.process().write_stdin("a line that nobody reads\n");
  const std::vector<TestClient> clients = GetParam().arrange(server);
  server.process().write_stdin("another");
  server.process().close_stdin();
  expect_ended(server.process());
}

INSTANTIATE_TEST_SUITE_P(
    With, Ending,
    testing::Values(Situation{"Nobody", {}, nobody},
                    Situation{"IdleConnections", {}, idle_connections},
                    Situation{"UnreadReplies", {}, unread_replies},
                    Situation{"WaitingConnections", {}, waiting_in_the_backlog},
                    Situation{"ALongMessage",
                              {"--handler", "sleep:30000000", "--message-bytes", "2"},
                              a_long_message}),
    testing::PrintToStringParamName());

TEST(StandardInput, DoesNotMatterWithoutStopOnEof) {
  ServerUnderTest server;
  server.process().close_stdin();
  EXPECT_TRUE(serves_new_connection(server));
  EXPECT_EQ(server.process().wait_for_exit(Deadline(milliseconds(50))), std::nullopt);
}

TEST(StandardInput, ThatEndedBeforeTheStartEndsTheServer) {
  ChildProcess process({model().program, "--stop-on-eof"});
  process.close_stdin();  // before it is ready, most of the time; the status is the same after
  EXPECT_EQ(process.wait_for_exit(), 0) << process.stderr_text();
}

}  // namespace
}  // namespace sockbench::test
