// The command line: one sentence for every mistake, the right exit code, and a ready line that a
// program can parse.

#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <filesystem>

#include "common/error.h"
#include "common/socket.h"
#include "tests/conformance/server_under_test.h"

namespace sockbench::test {
namespace {

std::string program_name() { return std::filesystem::path(model().program).filename().string(); }

/// One line, which says which program speaks.
void expect_one_sentence(const std::string& err) {
  EXPECT_EQ(std::count(err.begin(), err.end(), '\n'), 1) << err;
  EXPECT_TRUE(err.ends_with('\n')) << err;
  EXPECT_TRUE(err.starts_with(program_name() + ": ")) << err;
}

/// Exactly "listening ADDRESS:PORT", the port being from 1 to 65535 and without leading zeros.
testing::AssertionResult is_ready_line(const std::string& line, const std::string& address) {
  const std::string start = "listening " + address + ":";
  if (!line.starts_with(start)) return testing::AssertionFailure() << line;
  int port = 0;
  const char* const end = line.data() + line.size();
  const auto [rest, error] = std::from_chars(line.data() + start.size(), end, port);
  const bool right = error == std::errc() && rest == end && port >= 1 && port <= 65535 &&
                     line == start + std::to_string(port);
  return right ? testing::AssertionSuccess() : testing::AssertionFailure() << line;
}

struct Mistake {
  std::vector<std::string> flags;
  const char* named;  ///< what the sentence must name, for the user to find it
};

std::ostream& operator<<(std::ostream& out, const Mistake& mistake) {
  for (const std::string& flag : mistake.flags) out << flag << ' ';
  return out;
}

class Mistakes : public testing::TestWithParam<Mistake> {};

TEST_P(Mistakes, AreAnsweredInOneSentence) {
  const Outcome outcome = run_to_end(GetParam().flags);
  EXPECT_EQ(outcome.status, kExitUsage);
  EXPECT_EQ(outcome.out, "");
  expect_one_sentence(outcome.err);
  EXPECT_NE(outcome.err.find(GetParam().named), std::string::npos) << outcome.err;
}

INSTANTIATE_TEST_SUITE_P(
    OnTheCommandLine, Mistakes,
    testing::Values(
        Mistake{{"--listen", "nonsense"}, "'nonsense'"}, Mistake{{"--listen", ""}, "--listen"},
        Mistake{{"--listen", "127.0.0.1"}, "'127.0.0.1'"},
        Mistake{{"--listen", "127.0.0.1:99999"}, "'127.0.0.1:99999'"},
        Mistake{{"--listen", "127.0.0.1:-1"}, "'127.0.0.1:-1'"},
        Mistake{{"--listen", "no.such.host.invalid:1"}, "'no.such.host.invalid:1'"},
        Mistake{{"--listen"}, "--listen"}, Mistake{{"--reply", "foo"}, "'foo'"},
        Mistake{{"--handler", "spin:x"}, "'spin:x'"}, Mistake{{"--handler", "spin"}, "'spin'"},
        Mistake{{"--handler", "spin:"}, "'spin:'"}, Mistake{{"--handler", "spin:-1"}, "'spin:-1'"},
        Mistake{{"--handler", "sleep:1m"}, "'sleep:1m'"},
        Mistake{{"--handler", "dream:5"}, "'dream:5'"},
        Mistake{{"--handler", "spin:5@"}, "'spin:5@'"},
        Mistake{{"--handler", "spin:5@0%"}, "'spin:5@0%'"},
        Mistake{{"--handler", "spin:5@1"}, "'spin:5@1'"},
        Mistake{{"--handler", "spin:5@30%"}, "'spin:5@30%'"},
        Mistake{{"--handler", "spin:@1%"}, "'spin:@1%'"},
        Mistake{{"--handler", "spin@1%:5"}, "'spin@1%:5'"},
        Mistake{{"--message-bytes", "0"}, "--message-bytes"},
        Mistake{{"--message-bytes", "-1"}, "'-1'"}, Mistake{{"--message-bytes", "many"}, "'many'"},
        Mistake{{"--backlog", "0"}, "--backlog"}, Mistake{{"--backlog", "x"}, "--backlog"},
        Mistake{{"--backlog", "99999999999"}, "--backlog"}, Mistake{{"--bogus"}, "--bogus"},
        Mistake{{"surplus"}, "surplus"}, Mistake{{"--describe", "--reply", "foo"}, "'foo'"}));

TEST(Usage, ThreadsOnlyWhereTheModelHasThem) {
  const bool has_threads = model().description.at("options").contains("threads");
  for (const char* number : {"0", "-1", "x", "100000"}) {
    const Outcome outcome = run_to_end({"--threads", number});
    EXPECT_EQ(outcome.status, kExitUsage);
    expect_one_sentence(outcome.err);
  }
  if (!has_threads) return;
  ServerUnderTest server({"--threads", "1"});
  EXPECT_TRUE(serves_new_connection(server));
}

TEST(Usage, PortInUse) {
  const Fd taken = listen_tcp(parse_endpoint("127.0.0.1:0", "--listen"), 1);
  const std::string address = local_endpoint(taken.get()).text();
  const Outcome outcome = run_to_end({"--listen", address});
  EXPECT_EQ(outcome.status, kExitFailed);
  EXPECT_EQ(outcome.out, "");
  expect_one_sentence(outcome.err);
  EXPECT_NE(outcome.err.find(address), std::string::npos) << outcome.err;
}

TEST(Usage, Help) {
  const Outcome outcome = run_to_end({"--help"});
  EXPECT_EQ(outcome.status, kExitOk);
  EXPECT_EQ(outcome.err, "");
  for (const char* flag : {"--listen", "--reply", "--message-bytes", "--handler", "--backlog",
                           "--describe", "--stop-on-eof"}) {
    EXPECT_NE(outcome.out.find(flag), std::string::npos) << flag;
  }
}

TEST(ReadyLine, NamesTheAddress) {
  const ServerUnderTest server;
  EXPECT_TRUE(is_ready_line(server.ready_line(), "127.0.0.1"));
  EXPECT_TRUE(serves_new_connection(server));
}

TEST(ReadyLine, IsTheOnlyOutput) {
  ServerUnderTest server;
  EXPECT_TRUE(serves_new_connection(server));
  server.process().signal(SIGTERM);
  EXPECT_EQ(server.process().read_to_end(), "");
}

TEST(ReadyLine, NamesTheGivenPort) {
  // A port that was free a moment ago; SO_REUSEADDR makes it free at once.
  const std::string address = [] {
    const Fd free_port = listen_tcp(parse_endpoint("127.0.0.1:0", "--listen"), 1);
    return local_endpoint(free_port.get()).text();
  }();
  const ServerUnderTest server({"--listen", address});
  EXPECT_EQ(server.ready_line(), "listening " + address);
  EXPECT_TRUE(serves_new_connection(server));
}

TEST(ReadyLine, NamesAnIpv6Address) {
  try {
    (void)listen_tcp(parse_endpoint("[::1]:0", "--listen"), 1);
  } catch (const std::exception& error) {
    GTEST_SKIP() << "no IPv6 here: " << error.what();
  }
  const ServerUnderTest server({"--listen", "[::1]:0"});
  EXPECT_TRUE(is_ready_line(server.ready_line(), "[::1]"));
  EXPECT_TRUE(serves_new_connection(server));
}

TEST(Restart, TheSamePortIsFreeAtOnceAfterTheEnd) {
  std::string address;
  {
    ServerUnderTest server;
    address = server.endpoint().text();
    TestClient client(server.endpoint());
    EXPECT_TRUE(answers(client));
    server.process().signal(SIGTERM);  // the server closes first, so its side is in TIME_WAIT
    EXPECT_EQ(server.process().wait_for_exit(), 0);
  }
  const ServerUnderTest again({"--listen", address});
  EXPECT_TRUE(serves_new_connection(again));
}

}  // namespace
}  // namespace sockbench::test
