// Loads that are more than a fixed number of connections that ask again at once.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "common/clock.h"
#include "common/error.h"
#include "tests/loadgen/programs.h"
#include "tests/support/patience.h"

namespace sockbench::test {
namespace {

using nlohmann::ordered_json;

constexpr double kMsNs = 1e6;

/// A measurement in which everything went well.
ordered_json good(const Server& server, const Flags& flags) {
  const Measurement measured = measure(server, flags);
  EXPECT_EQ(measured.status, kExitOk) << measured.err << measured.json["failure"];
  EXPECT_TRUE(balances(measured.ledger()));
  EXPECT_GT(measured.ledger()["answered"], 0);
  EXPECT_EQ(measured.ledger()["answered"], measured.ledger()["intended"]);
  return measured.json;
}

// A connection that thinks 20 ms and is answered after 10 ms asks 33 times a second.
REPEATED_TEST(Think, LengthensTheCycle) {
  const Server server("fault", {"--delay", "10ms"});
  const auto json = good(server, {"-c", "6", "--think", "20ms", "-d", "900ms"});
  EXPECT_LE(json["achieved_rps"], 6 / 0.030 * 1.05);
  EXPECT_GE(json["response_time_ns"]["min"], 10 * kMsNs);
  EXPECT_NEAR(json["generator"]["little_ratio"].get<double>(), 1, 0.02);
  EXPECT_EQ(json["options"]["think_s"], 0.02);
  EXPECT_FALSE(json["send_delay_ns"].is_null()) << "a pause may end late";
}

// The generator's own work comes before each request, in closed and in open loop. Without it a
// request costs some 10 us; of the 5 ms others may take a part where the CPU is shared.
TEST(ClientWork, IsCpuTimeOfTheGenerator) {
  const Server server("epoll");
  for (const Flags& mode : {Flags{}, Flags{"-R", "100"}}) {
    Flags flags = {"-c", "2", "--client-work", "5ms", "-d", "500ms"};
    flags.insert(flags.end(), mode.begin(), mode.end());
    const auto json = good(server, flags);
    EXPECT_LE(json["achieved_rps"], 200 * 1.05);
    EXPECT_GE(json["generator"]["cpu_ns_per_request"], kMsNs);
    EXPECT_EQ(json["options"]["client_work_s"], 0.005);
  }
}

// All would ask in the same instant if their pauses began together.
REPEATED_TEST(Think, IsNotInLockStep) {
  const Server server("epoll");
  const auto json = good(server, {"-c", "200", "--think", "100ms", "-d", "90ms"});
  const auto asked = json["ledger"]["intended"].get<int>();
  EXPECT_GT(asked, 100);
  EXPECT_LT(asked, 200);
}

TEST(Churn, HasAConnectionForEveryRequest) {
  const Server server("epoll");
  for (const Flags& mode : {Flags{}, Flags{"-R", "500"}}) {
    Flags flags = {"-c", "4", "--churn", "-d", "300ms"};
    flags.insert(flags.end(), mode.begin(), mode.end());
    const auto json = good(server, flags);
    EXPECT_EQ(json["connect_time_ns"]["count"], json["ledger"]["answered"]);
    EXPECT_GE(json["response_time_ns"]["max"], json["connect_time_ns"]["min"]);
    EXPECT_EQ(json["connections"]["no_port"], 0);
    EXPECT_EQ(json["connections"]["lost"], 0);
  }
}

// An iterative server is the proof: it answers a second connection only when the first has ended.
TEST(Churn, ClosesEveryConnection) {
  const Server server("blocking");
  const auto json = good(server, {"-c", "1", "--churn", "-d", "200ms"});
  EXPECT_GT(json["ledger"]["answered"], 10);
}

TEST(Churn, EndsWhenTheServerIsGone) {
  Server server("epoll");
  Generator generator(server, {"-c", "4", "--churn"});
  generator.start({.window_ns = 60'000 * kNsPerMs});
  ASSERT_TRUE(under_load(server.pid()));
  server.process().signal(SIGKILL);
  EXPECT_EQ(generator.answer()["all_dead"], true);
  EXPECT_TRUE(balances(generator.report()["ledger"]));
}

TEST(Churn, InSlices) {
  const Server server("epoll");
  Generator generator(server, {"-c", "4", "--churn"});
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const auto slice = generator.run({.window_ns = 50 * kNsPerMs, .seed = seed});
    EXPECT_EQ(slice["drained"], true);
    EXPECT_GT(slice["answered_in_window"], 0);
  }
  const auto report = generator.report();
  EXPECT_EQ(report["ledger"]["answered"], report["ledger"]["intended"]);
}

TEST(Churn, TimesTheFirstReplyFromTheConnect) {
  const Server server("fault", {"--delay", "10ms"});
  const auto json = good(server, {"-c", "2", "--churn", "-d", "200ms"});
  EXPECT_EQ(json["first_reply_time_ns"]["count"], json["ledger"]["answered"]);
  EXPECT_GE(json["first_reply_time_ns"]["min"], 10 * kMsNs);
  EXPECT_TRUE(good(server, {"-c", "2", "-d", "50ms"})["first_reply_time_ns"].is_null());
}

// 50 ms each: in 500 ms a client comes back ten times at most, and once more at the edge.
REPEATED_TEST(Hold, KeepsTheConnectionOpenAfterTheReply) {
  const Server server("epoll");
  const auto json = good(server, {"-c", "4", "--churn", "--hold", "50ms", "-d", "500ms"});
  EXPECT_GT(json["ledger"]["answered"], 0);
  EXPECT_LE(json["ledger"]["answered"], 4 * 11);
  EXPECT_EQ(json["connect_time_ns"]["count"], json["ledger"]["answered"]);
  EXPECT_EQ(json["fairness"]["waited_for_others"], 0);
}

// Who is served one after the other waits until those before have left.
REPEATED_TEST(Hold, ShowsWhoWaitsForOthersToLeave) {
  const Server server("blocking");
  Generator generator(server, {"-c", "4", "--churn", "--hold", "50ms", "--setup-patience", "50ms"});
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    const auto slice =
        generator.run({.lead_in_ns = 60 * kNsPerMs, .window_ns = 400 * kNsPerMs, .seed = seed});
    EXPECT_EQ(slice["drained"], true) << "the ones held when it ends are closed";
  }
  const auto report = generator.report();
  EXPECT_TRUE(balances(report["ledger"]));
  EXPECT_GT(report["ledger"]["answered"], 0);
  EXPECT_EQ(report["fairness"]["waited_for_others"], report["ledger"]["answered"]);
  EXPECT_GE(report["first_reply_time_ns"]["min"], 100 * kMsNs);
}

TEST(Hold, IsNullElsewhere) {
  const Server server("epoll");
  const auto json = good(server, {"-c", "2", "--churn", "-d", "50ms"});
  EXPECT_TRUE(json["fairness"]["waited_for_others"].is_null());
}

TEST(Newcomers, ChurnBesideOldConnections) {
  const Server server("epoll");
  const auto json = good(server, {"-c", "20", "--newcomers", "2", "-d", "300ms"});
  const auto newcomers = json["first_reply_time_ns"]["count"].get<std::uint64_t>();
  EXPECT_GT(newcomers, 0U);
  EXPECT_LT(newcomers, json["ledger"]["answered"].get<std::uint64_t>())
      << "the old connections go on";
  EXPECT_EQ(json["connect_time_ns"]["count"], newcomers) << "none of those of the set-up";
  EXPECT_EQ(json["fairness"]["starved_connections"], 0);
}

TEST(Burst, TimesTheFirstReplyAndTheLast) {
  const Server server("fault", {"--delay", "10ms"});
  const auto json = good(server, {"-c", "50", "-R", "1000", "--arrival", "burst", "-d", "500ms"});
  const auto& burst = json["burst"];
  EXPECT_EQ(burst["size"], 50);
  EXPECT_EQ(burst["incomplete"], 0);
  EXPECT_EQ(json["ledger"]["intended"].get<int>() % 50, 0);
  EXPECT_EQ(burst["last_reply_ns"]["count"].get<int>() * 50, json["ledger"]["answered"]);
  EXPECT_GE(burst["first_reply_ns"]["min"], 10 * kMsNs);
  EXPECT_GT(burst["last_reply_ns"]["min"], burst["first_reply_ns"]["min"]);
  EXPECT_EQ(burst["last_reply_ns"]["max"], json["response_time_ns"]["max"]);
  EXPECT_GT(burst["generator_utilisation"], 0);
  EXPECT_LT(burst["generator_utilisation"], 0.9) << "most of the time it waited for the server";
  EXPECT_GT(json["generator"]["arrival_dispersion"], 10);
}

TEST(Burst, OfConnections) {
  const Server server("epoll");
  const auto json =
      good(server, {"-c", "100", "-R", "1000", "--arrival", "burst", "--churn", "-d", "500ms"});
  EXPECT_EQ(json["connect_time_ns"]["count"], json["ledger"]["answered"]);
  EXPECT_EQ(json["burst"]["incomplete"], 0);
  EXPECT_GT(json["burst"]["generator_utilisation"], 0.1);
  EXPECT_LE(json["burst"]["generator_utilisation"], 1.05);
}

TEST(Burst, IsNullElsewhere) {
  const Server server("epoll");
  EXPECT_TRUE(good(server, {"-c", "2", "-d", "50ms"})["burst"].is_null());
}

// Thousands of connections a second from one address would run out of ports in the end.
TEST(Sources, SpreadOverAPrefix) {
  const Server server("epoll");
  for (const Flags& mode : {Flags{}, Flags{"--churn"}}) {
    Flags flags = {"-c", "20", "--source", "127.0.0.0/8", "-d", "100ms"};
    flags.insert(flags.end(), mode.begin(), mode.end());
    EXPECT_EQ(good(server, flags)["options"]["source"], "127.0.0.0/8");
  }
}

TEST(Sources, AnAddressThatIsNotOursIsCounted) {
  const Server server("epoll");
  // 192.0.2.0/24 is for documentation (RFC 5737).
  const Measurement measured =
      measure(server, {"-c", "3", "--source", "192.0.2.1", "-d", "50ms", "--quiet"});
  EXPECT_EQ(measured.status, kExitRegression);
  EXPECT_EQ(measured.json["connections"]["no_port"], 3);
  EXPECT_EQ(measured.ledger()["refused"], 3);
}

TEST(SlowPeers, AreVerifiedBesideTheLoad) {
  const Server server("epoll");
  const auto json = good(server, {"-c", "4", "--slow-readers", "3", "--slow-writers", "2",
                                  "--slow-rate", "50KiB", "-d", "500ms"});
  const auto& slow = json["slow_peers"];
  EXPECT_EQ(slow["readers"]["connected"], 3);
  EXPECT_EQ(slow["writers"]["connected"], 2);
  for (const char* kind : {"readers", "writers"}) {
    EXPECT_EQ(slow[kind]["wrong"], 0);
    EXPECT_EQ(slow[kind]["lost"], 0);
    EXPECT_GT(slow[kind]["bytes_received"], 0);
  }
  EXPECT_GT(slow["readers"]["bytes_sent"], slow["readers"]["bytes_received"]);
  EXPECT_TRUE(good(server, {"-c", "2", "-d", "50ms"})["slow_peers"].is_null());
}

TEST(Calibration, LoadsAServerOfItsOwn) {
  const Outcome outcome = run_loadgen({"--calibrate", "-c", "8", "-d", "200ms", "--warmup", "0"});
  EXPECT_EQ(outcome.status, kExitOk) << outcome.err;
  EXPECT_NE(outcome.out.find("maximum rate of this generator"), std::string::npos) << outcome.out;
}

TEST(KernelStamps, TellWhereTheTimeWent) {
  const Server server("fault", {"--delay", "10ms"});
  for (const Flags& mode : {Flags{}, Flags{"-R", "200"}}) {
    Flags flags = {"-c", "4", "-d", "300ms", "--timestamps", "kernel"};
    flags.insert(flags.end(), mode.begin(), mode.end());
    const auto json = good(server, flags);
    const auto& parts = json["mean_parts_ns"];
    EXPECT_GE(parts["kernel_and_server"], 10 * kMsNs);
    EXPECT_GE(parts["send_delay"], 0);
    EXPECT_GT(parts["receive_delay"], 0);
    EXPECT_NEAR(parts["send_delay"].get<double>() + parts["kernel_and_server"].get<double>(),
                json["response_time_ns"]["mean"].get<double>(), 1);
  }
}

TEST(Clock, IsChecked) {
  const Server server("epoll");
  const auto clock = good(server, {"-c", "1", "-d", "20ms"})["clock"];
  EXPECT_EQ(clock["monotonic"], true);
  EXPECT_GT(clock["resolution_ns"], 0);
  EXPECT_LT(clock["resolution_ns"], 1000);
}

TEST(ConnectRate, SpreadsTheConnections) {
  const Server server("epoll");
  const std::int64_t start = now_ns();
  const auto json = good(server, {"-c", "50", "--connect-rate", "100", "-d", "50ms"});
  EXPECT_GE(now_ns() - start, 480 * kNsPerMs) << "50 connections at 100/s";
  EXPECT_EQ(json["connections"]["verified"], 50);
}

// A stall of the generator makes a burst of any schedule.
PATIENT_TEST(Arrivals, AreAsScatteredAsAsked) {
  const Server server("epoll");
  const Flags flags = {"-c", "8", "-R", "5000", "-d", "500ms"};
  Flags uniform = flags;
  uniform.insert(uniform.end(), {"--arrival", "uniform"});
  const auto of = [&](const Flags& all) {
    return good(server, all)["generator"]["arrival_dispersion"].get<double>();
  };
  EXPECT_LT(of(uniform), of(flags));
}

REPEATED_TEST(Engines, BothMeasureTheSame) {
  const Server server("fault", {"--delay", "10ms"});
  for (const char* engine : {"epoll", "io_uring"}) {
    const Measurement measured = measure(server, {"-c", "4", "-d", "300ms", "--engine", engine});
    if (measured.status == kExitUsage) GTEST_SKIP() << measured.err;
    EXPECT_EQ(measured.json["options"]["engine"], engine);
    EXPECT_GE(measured.json["response_time_ns"]["min"], 10 * kMsNs);
    EXPECT_LT(measured.json["response_time_ns"]["p50"], 20 * kMsNs);
  }
}

}  // namespace
}  // namespace sockbench::test
