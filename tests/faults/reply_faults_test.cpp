// Faults that change replies: when they come, whether, and what is in them.

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>

#include "common/clock.h"
#include "common/error.h"
#include "tests/faults/faulty_server.h"
#include "tests/loadgen/programs.h"
#include "tests/support/process_stats.h"
#include "tests/support/test_client.h"

namespace sockbench::test {
namespace {

TEST(FaultTail, DelaysEveryTenthReplyWithoutCpuTime) {
  constexpr std::int64_t kDelayNs = 50 * kNsPerMs;
  const FaultyServer server("tail:10:50");
  TestClient client(server.endpoint());
  const std::int64_t cpu_before = cpu_time_ns(server.pid());
  std::vector<std::int64_t> others;
  for (int reply = 1; reply <= 40; ++reply) {
    const std::int64_t begin = now_ns();
    client.exchange("request");
    const std::int64_t took = now_ns() - begin;
    if (reply % 10 != 0) {
      others.push_back(took);
    } else {
      EXPECT_GE(took, kDelayNs) << reply;
    }
  }
  std::nth_element(others.begin(), others.begin() + 18, others.end());
  EXPECT_LT(others[18], kDelayNs / 2);
  EXPECT_LT(cpu_time_ns(server.pid()) - cpu_before, kDelayNs) << "it sleeps four times as long";
}

TEST(FaultCrash, EndsTheServerUnderLoad) {
  FaultyServer server("crash:500");
  const Measurement measured = measure(server.endpoint().text(), {"-c", "4", "-d", "2s"});
  EXPECT_EQ(measured.status, kExitRegression);
  EXPECT_EQ(server.process().wait_for_exit(), 128 + SIGABRT);
  EXPECT_LE(measured.ledger()["answered"], 500);
  EXPECT_GT(measured.ledger()["answered"], 0);
}

TEST(FaultWrongByte, IsReportedByTheLoadGenerator) {
  const FaultyServer server("wrong_byte:100");
  const Measurement measured = measure(server.endpoint().text(), {"-c", "4", "-d", "2s"});
  EXPECT_EQ(measured.status, kExitRegression);
  EXPECT_EQ(measured.ledger()["mismatched"], 4) << "one for each connection, which then ends";
  EXPECT_NE(measured.failure().find("wrong bytes in reply"), std::string::npos)
      << measured.failure();
}

}  // namespace
}  // namespace sockbench::test
