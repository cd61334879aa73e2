// A wake-up that is lost: its connection is never answered again, all others are, and the server
// goes on sleeping.

#include <gtest/gtest.h>

#include "common/clock.h"
#include "common/error.h"
#include "tests/faults/faulty_server.h"
#include "tests/loadgen/programs.h"
#include "tests/support/bytes.h"
#include "tests/support/process_stats.h"
#include "tests/support/test_client.h"

namespace sockbench::test {
namespace {

constexpr milliseconds kPatience{300};

class LostWakeup : public testing::TestWithParam<const char*> {};

/// How many of ten exchanges are answered before one is not. Asio tries to receive before it waits,
/// so it gets the time to find nothing.
int answered_before_loss(TestClient& client) {
  for (int answered = 0; answered < 10; ++answered) {
    let_pass(milliseconds(20));
    client.send("request");
    if (!client.anything_within(kPatience)) return answered;
    EXPECT_EQ(client.receive(7), upper("request"));
  }
  return 10;
}

// Accepting is the first event. Models differ in how many events a request makes, and the fifth
// may be none of a connection.
TEST_P(LostWakeup, SilencesOneConnectionForGood) {
  const FaultyServer server("lost_wakeup:5", GetParam());
  TestClient client(server.endpoint());
  const int answered = answered_before_loss(client);
  EXPECT_GE(answered, 1);
  EXPECT_LT(answered, 10);
  client.send("another request");
  EXPECT_FALSE(client.anything_within(kPatience));

  TestClient other(server.endpoint());
  EXPECT_EQ(other.exchange("request"), upper("request"));
  EXPECT_FALSE(client.anything_within(kPatience));
  const std::int64_t before = cpu_time_ns(server.pid());
  let_pass(milliseconds(200));
  EXPECT_LT(cpu_time_ns(server.pid()) - before, 50 * kNsPerMs) << "it must not poll for it";
}

TEST_P(LostWakeup, IsReportedByTheLoadGenerator) {
  const FaultyServer server("lost_wakeup:100", GetParam());
  const Measurement measured =
      measure(server.endpoint().text(), {"-c", "4", "-d", "1s", "--timeout", "300ms"});
  EXPECT_EQ(measured.status, kExitRegression);
  EXPECT_EQ(measured.ledger()["timed_out"], 4) << measured.ledger().dump();
}

INSTANTIATE_TEST_SUITE_P(Of, LostWakeup,
                         testing::Values("epoll", "epoll_edge", "poll", "select", "asio_callback"),
                         [](const auto& tested) { return std::string(tested.param); });

}  // namespace
}  // namespace sockbench::test
