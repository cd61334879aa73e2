// Ten thousand connections, each of which is verified before anything is measured.

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include "common/clock.h"
#include "common/error.h"
#include "tests/loadgen/programs.h"
#include "tests/support/process_stats.h"

namespace sockbench::test {
namespace {

constexpr int kConnections = 10'000;
constexpr int kOtherDescriptors = 100;
constexpr std::int64_t kMeasuredNs = 100 * kNsPerMs;
// A quiet machine takes below 5 s; tests share theirs.
constexpr double kMostSetupS = 15;

TEST(ManyConnections, EveryOneIsVerifiedInTime) {
  if (!allow_descriptors(kConnections + kOtherDescriptors)) {
    GTEST_SKIP() << "The hard limit of descriptors (ulimit -Hn) is below "
                 << kConnections + kOtherDescriptors << ", which this test needs.";
  }
  const Server server("epoll");  // inherits the limit, and so does the generator
  const std::int64_t from = now_ns();
  const Measurement measured =
      measure(server, {"-c", std::to_string(kConnections), "--active", "64", "-d", "100ms",
                       "--setup-timeout", std::to_string(static_cast<int>(kMostSetupS)) + "s"});
  const double setup_s = static_cast<double>(now_ns() - from - kMeasuredNs) * 1e-9;

  RecordProperty("setup_s", std::to_string(setup_s));
  std::printf("%d connections, set-up and end: %.2f s\n", kConnections, setup_s);
  EXPECT_EQ(measured.status, kExitOk) << measured.failure();
  EXPECT_EQ(measured.json["connections"]["verified"], kConnections);
  EXPECT_EQ(measured.json["connections"]["lost"], 0);
  EXPECT_TRUE(balances(measured.ledger()));
  EXPECT_EQ(measured.ledger()["refused"], 0);
  EXPECT_GT(measured.ledger()["answered"], 0);
  EXPECT_LE(setup_s, kMostSetupS);
}

}  // namespace
}  // namespace sockbench::test
