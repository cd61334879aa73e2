// --handler: work for every complete message, before its reply. Lower bounds of time are asserted;
// how much longer it takes is a measurement, not a test.

#include <gtest/gtest.h>

#include "common/clock.h"
#include "tests/conformance/server_under_test.h"
#include "tests/support/bytes.h"
#include "tests/support/patience.h"

namespace sockbench::test {
namespace {

constexpr std::int64_t kWorkNs = 20 * kNsPerMs;

class Handlers : public testing::TestWithParam<const char*> {
 protected:
  ServerUnderTest server{
      {"--handler", std::string(GetParam()) + ":20000", "--message-bytes", "64"}};
  TestClient client{server.endpoint()};

  /// How long `request` takes to its last reply byte, which are all verified.
  std::int64_t time_of(const std::string& request) {
    const std::int64_t start = now_ns();
    EXPECT_TRUE(answers(client, request));
    return now_ns() - start;
  }
};

TEST_P(Handlers, WorkBeforeTheReply) { EXPECT_GE(time_of(random_bytes(64, 1)), kWorkNs); }

TEST_P(Handlers, WorkForEveryPipelinedMessage) {
  EXPECT_GE(time_of(random_bytes(std::size_t{5} * 64, 2)), 5 * kWorkNs);
}

TEST_P(Handlers, CountsAMessageAcrossFragments) {
  const std::string message = random_bytes(64, 3);
  EXPECT_TRUE(answers(client, message.substr(0, 63)));
  EXPECT_GE(time_of(message.substr(63)), kWorkNs) << "the byte that completes the message";
}

TEST_P(Handlers, CountsEachConnectionForItself) {
  if (model().at_once(2) < 2) GTEST_SKIP() << model().name << " serves one connection at a time";
  TestClient other(server.endpoint());
  EXPECT_TRUE(answers(other, random_bytes(1, 4)));
  EXPECT_TRUE(answers(client, random_bytes(63, 5)));
  EXPECT_GE(time_of("z"), kWorkNs);
}

INSTANTIATE_TEST_SUITE_P(That, Handlers, testing::Values("spin", "sleep"),
                         [](const auto& handler) { return std::string(handler.param); });

// Of a connection's messages every fourth is worked for, wherever the count begins. The work is
// long, so that a message that only waited for a CPU is seldom taken for one that was worked for.
REPEATED_TEST(HandlerShare, WorksForOneInSoMany) {
  constexpr std::int64_t kLongWorkNs = 60 * kNsPerMs;
  const ServerUnderTest server({"--handler", "sleep:60000@25%", "--message-bytes", "64"});
  TestClient client(server.endpoint());
  int slow = 0;
  for (std::uint64_t i = 0; i < 20; ++i) {
    const std::int64_t start = now_ns();
    ASSERT_TRUE(answers(client, random_bytes(64, i)));
    slow += now_ns() - start >= kLongWorkNs ? 1 : 0;
  }
  EXPECT_GE(slow, 5);
  EXPECT_LE(slow, 10) << "most messages are answered at once";
}

}  // namespace
}  // namespace sockbench::test
