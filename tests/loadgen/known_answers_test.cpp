// Runs whose right figures are known beforehand: servers and generators that are stopped for a
// known time, delays, an overload. Each would come out differently if samples were omitted,
// corrected, or stamped at the wrong moment.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/error.h"
#include "tests/loadgen/programs.h"
#include "tests/support/patience.h"
#include "tests/support/process_stats.h"

namespace sockbench::test {
namespace {

using nlohmann::ordered_json;

constexpr std::int64_t kMs = kNsPerMs;

/// Stops a process for about `length` and returns how long it really was stopped.
std::int64_t stop_for(pid_t pid, milliseconds length) {
  EXPECT_TRUE(stop_tree(pid));
  const std::int64_t from = now_ns();
  let_pass(length);
  continue_tree(pid);
  return now_ns() - from;
}

bool blames_the_generator(const ordered_json& report) {
  return report["verdict"]["reasons"].dump().find("generator-bound") != std::string::npos;
}

double above(const ordered_json& block, std::int64_t ns) {
  return static_cast<double>(histogram_of_block(block).count_above(ns));
}

struct Stopped {
  std::int64_t stopped_ns;
  ordered_json report;
};

/// A window of `window_ms`, in which the server is stopped for `stop` after `before`.
Stopped run_with_stopped_server(const Flags& flags, int window_ms, milliseconds before,
                                milliseconds stop) {
  const Server server("epoll");
  Generator generator(server, flags);
  generator.start({.window_ns = window_ms * kMs});
  let_pass(before);
  const std::int64_t stopped_ns = stop_for(server.pid(), stop);
  EXPECT_EQ(generator.answer()["drained"], true);
  Stopped result{stopped_ns, generator.report()};
  EXPECT_TRUE(balances(result.report["ledger"]));
  EXPECT_EQ(result.report["ledger"]["answered"], result.report["ledger"]["intended"]);
  return result;
}

// While the server stands still, a request that starts u before its end must be charged u. At a
// uniform rate R those times are spread evenly, so R * (stop - x) requests wait longer than x.
PATIENT_TEST(CoordinatedOmission, OpenLoopChargesEveryRequestOfAStop) {
  constexpr double kRate = 1000;
  const auto [stopped_ns, report] =
      run_with_stopped_server({"-c", "64", "-R", "1000", "--arrival", "uniform"}, 3000,
                              milliseconds(900), milliseconds(1000));
  const double stopped = static_cast<double>(stopped_ns) * 1e-9;
  const auto& response = report["response_time_ns"];
  EXPECT_NEAR(response["count"].get<double>(), 3 * kRate, 2);
  EXPECT_NEAR(above(response, 20 * kMs), kRate * (stopped - 0.02), 0.2 * kRate);
  for (const int ms : {100, 250, 500, 750, 900}) {
    EXPECT_NEAR(above(response, ms * kMs), kRate * (stopped - ms * 1e-3), 0.1 * kRate) << ms;
  }
  EXPECT_GT(response["max"], 0.95 * static_cast<double>(stopped_ns));

  // Sent were only the first on each connection; the others waited for their turn.
  const double slow_service = above(report["service_time_ns"], 100 * kMs);
  EXPECT_GE(slow_service, 50);
  EXPECT_LE(slow_service, 70);
  EXPECT_NEAR(above(report["send_delay_ns"], 100 * kMs), kRate * (stopped - 0.1) - 64, 0.1 * kRate);
  // The generator turned to all of them in time.
  EXPECT_LT(above(report["take_up_delay_ns"], 100 * kMs), 0.05 * kRate);
}

// The same stop in closed loop: one slow sample per connection, as many as were in flight.
PATIENT_TEST(CoordinatedOmission, ClosedLoopShowsOnlyWhatWasInFlight) {
  const auto [stopped_ns, report] = run_with_stopped_server({"-c", "8", "--pipeline", "2"}, 1600,
                                                            milliseconds(300), milliseconds(1000));
  const auto& response = report["response_time_ns"];
  EXPECT_EQ(above(response, 700 * kMs), 16);
  EXPECT_LT(response["p99"], 100 * kMs) << "the percentiles know nothing of a second's standstill";
  EXPECT_EQ(report["service_time_ns"], response) << "nothing is corrected";
  EXPECT_TRUE(report["send_delay_ns"].is_null());
  EXPECT_NEAR(report["generator"]["little_ratio"].get<double>(), 1, 0.02);
}

// A generator that was stopped itself is late: every arrival that it missed is sent and charged,
// also when the window is over by then.
PATIENT_TEST(CoordinatedOmission, AStoppedGeneratorDropsNoArrival) {
  const Server server("epoll");
  Generator generator(server, {"-c", "16", "-R", "1000", "--arrival", "uniform"});
  generator.start({.window_ns = 1000 * kMs});
  let_pass(milliseconds(400));
  stop_for(generator.process().pid(), milliseconds(900));
  generator.answer();
  const auto report = generator.report();
  EXPECT_NEAR(report["ledger"]["intended"].get<double>(), 1000, 1);
  EXPECT_EQ(report["ledger"]["answered"], report["ledger"]["intended"]);
  // Those of the last 600 ms or so of the window were 300 to 900 ms late.
  EXPECT_GE(above(report["send_delay_ns"], 250 * kMs), 300);
  EXPECT_GE(report["send_delay_ns"]["max"], 700 * kMs);
  EXPECT_GE(above(report["take_up_delay_ns"], 250 * kMs), 300);
  EXPECT_TRUE(blames_the_generator(report)) << report["verdict"].dump();
  EXPECT_LT(report["generator"]["schedule_adherence"], 0.8);
  EXPECT_FALSE(report["verdict"]["fit"].get<bool>());
}

// CPU time is not what passes while somebody else has the CPU. With a request every 17 us and
// nobody who answers, the generator does nothing but spin until the next arrival.
PATIENT_TEST(Generator, ItsCpuTimeExcludesAStopWhileSpinning) {
  const Server server("fault", {"--delay", "200ms"});
  Generator generator(server, {"-c", "1", "-R", "60000", "--arrival", "uniform"});
  generator.start({.window_ns = 600 * kMs, .drain_limit_ns = 10 * kMs});
  for (int i = 0; i < 3; ++i) {
    let_pass(milliseconds(50));
    stop_for(generator.process().pid(), milliseconds(100));
  }
  generator.answer();
  const auto figures = generator.report()["generator"];
  EXPECT_GE(figures["cpu_utilisation"], 0);
  EXPECT_LE(figures["spin_utilisation"], 0.6) << "it was stopped for half of the time";
}

// 200 ms out of every 2 s, over an integer of periods: the share of requests that take longer
// than x is (200 ms - x) / 2 s, wherever the window begins.
PATIENT_TEST(KnownDelays, PercentilesOfAStallingServer) {
  const Server server("fault", {"--stall", "200ms", "--period", "2s"});
  const Measurement measured = measure(
      server, {"-c", "64", "-R", "1000", "--arrival", "uniform", "-d", "4s", "--timeout", "10s"});
  EXPECT_EQ(measured.status, kExitOk);
  const Histogram response = histogram_of_block(measured.json["response_time_ns"]);
  const auto count = static_cast<double>(response.count());
  EXPECT_NEAR(count, 4000, 2);
  for (const int ms : {10, 20, 50, 100, 150, 180}) {
    const double share = static_cast<double>(response.count_above(ms * kMs)) / count;
    EXPECT_NEAR(share, (200 - ms) / 2000.0, 0.01) << ms << " ms";
  }
  // The other way round: at rank 95 % the time is 100 ms.
  EXPECT_GE(*response.percentile(96), 100 * kMs);
  EXPECT_LE(*response.percentile(94), 100 * kMs);
}

PATIENT_TEST(KnownDelays, OfAServerThatIsLateByAConstant) {
  for (const int delay_ms : {1, 10}) {
    const Server server("fault", {"--delay", std::to_string(delay_ms) + "ms"});
    for (const Flags& mode : {Flags{}, Flags{"-R", "300"}, Flags{"--timestamps", "kernel"}}) {
      Flags flags = {"-c", "8", "-d", "700ms"};
      flags.insert(flags.end(), mode.begin(), mode.end());
      const Measurement measured = measure(server, flags);
      EXPECT_EQ(measured.status, kExitOk);
      const auto& json = measured.json;
      for (const char* block : {"response_time_ns", "service_time_ns"}) {
        EXPECT_GE(json[block]["min"], delay_ms * kMs) << block;
        EXPECT_LE(json[block]["p50"], (delay_ms + 1) * kMs) << block;
      }
      EXPECT_EQ(json["response_time_ns"]["count"], measured.ledger()["intended"]);
    }
  }
}

// In the kernel's stamps a reply's time ends with its arrival, however late it is read.
PATIENT_TEST(KnownDelays, KernelStampsTellTheGeneratorFromTheServer) {
  const Server server("fault", {"--delay", "50ms"});
  Generator generator(server, {"-c", "8", "--timestamps", "kernel"});
  generator.start({.window_ns = 1200 * kMs});
  let_pass(milliseconds(300));
  stop_for(generator.process().pid(), milliseconds(500));
  generator.answer();
  const auto report = generator.report();
  EXPECT_EQ(above(report["receive_delay_ns"], 350 * kMs), 8) << "one reply per connection waited";
  EXPECT_EQ(above(report["response_time_ns"], 350 * kMs), 0) << "none of them was late itself";
  EXPECT_GE(report["response_time_ns"]["min"], 50 * kMs);
}

// One connection, ten milliseconds a reply: a hundred per second at best, a thousand are asked.
PATIENT_TEST(Overload, OfAServerThatCannotKeepUp) {
  const Server server("fault", {"--delay", "10ms"});
  const Measurement measured = measure(
      server, {"-c", "1", "-R", "1000", "--arrival", "uniform", "-d", "1s", "--timeout", "1s"});
  EXPECT_EQ(measured.status, kExitRegression);
  const auto& json = measured.json;
  const auto& ledger = measured.ledger();
  EXPECT_TRUE(balances(ledger));
  EXPECT_NEAR(ledger["intended"].get<double>(), 1000, 1);
  EXPECT_GT(ledger["never_sent"], 700);
  EXPECT_LE(json["achieved_rps"], 101);
  EXPECT_DOUBLE_EQ(json["offered_rps"], 1000);
  // What was never sent is beyond every percentile.
  EXPECT_TRUE(json["response_time_ns"]["p50"].is_null());
  EXPECT_TRUE(json["response_time_ns"]["p99"].is_null());
  EXPECT_TRUE(json["send_delay_ns"]["p50"].is_null());
  EXPECT_GT(json["send_delay_ns"]["max"], 1000 * kMs) << "the backlog grew";
  EXPECT_LT(json["service_time_ns"]["p50"], 20 * kMs) << "the server itself is as fast as ever";
  EXPECT_FALSE(json["verdict"]["fit"].get<bool>());
}

// Slower than asked, but all is answered in the end: right replies, no fit measurement.
PATIENT_TEST(Overload, OfAServerThatCatchesUpAfterwards) {
  const Server server("fault", {"--delay", "10ms"});
  const Measurement measured = measure(
      server, {"-c", "1", "-R", "150", "--arrival", "uniform", "-d", "1s", "--timeout", "20s"});
  EXPECT_EQ(measured.status, kExitOk);
  EXPECT_NEAR(measured.ledger()["answered"].get<double>(), 150, 1);
  EXPECT_LE(measured.json["achieved_rps"], 101);
  EXPECT_GT(measured.json["response_time_ns"]["p50"], 100 * kMs);
  EXPECT_GT(measured.json["response_time_ns"]["max"], 400 * kMs);
  EXPECT_FALSE(measured.json["verdict"]["fit"].get<bool>());
  EXPECT_FALSE(blames_the_generator(measured.json)) << measured.json["verdict"].dump();
}

// A handler that sleeps 5 ms serves 200 requests a second: of 400 that are to start, each waits
// longer than the last, for the server alone. A connection per request changes nothing of that.
PATIENT_TEST(Overload, OfAServerThatSleepsIsNoLateGenerator) {
  for (const char* shape : {"--active", "--churn"}) {
    const Server server("epoll", {"--handler", "sleep:5000", "--message-bytes", "64"});
    Flags flags = {"-c", "4", "-R", "400", "--arrival", "uniform", "-d", "1s", "--timeout", "20s"};
    flags.emplace_back(shape);
    if (flags.back() == "--active") flags.emplace_back("4");
    const Measurement measured = measure(server, flags);
    EXPECT_EQ(measured.status, kExitOk);
    const auto& json = measured.json;
    EXPECT_GT(json["send_delay_ns"]["p50"], 100 * kMs) << "they waited for the replies before them";
    EXPECT_EQ(json["take_up_delay_ns"]["count"], measured.ledger()["intended"]);
    EXPECT_LT(json["take_up_delay_ns"]["p50"], kMs);
    EXPECT_FALSE(blames_the_generator(json)) << json["verdict"].dump();
    EXPECT_NE(json["verdict"]["reasons"].dump().find("saturated"), std::string::npos);
  }
}

PATIENT_TEST(Pacing, AchievesWhatIsOffered) {
  const Server server("epoll");
  const Measurement measured =
      measure(server, {"-c", "16", "-R", "2000", "--arrival", "uniform", "-d", "2s"});
  EXPECT_EQ(measured.status, kExitOk);
  const auto& json = measured.json;
  EXPECT_DOUBLE_EQ(json["offered_rps"], 2000);
  EXPECT_NEAR(json["achieved_rps"].get<double>(), 2000, 20);
  // Sleeping until the deadline would be late by the timer's slack of 50 us, longer than a reply.
  EXPECT_LT(json["send_delay_ns"]["p50"], json["service_time_ns"]["p50"]);
}

// More than any generator can start: it is late, whatever the server does.
PATIENT_TEST(Overload, OfTheGeneratorItself) {
  const Server server("epoll");
  const Measurement measured = measure(
      server, {"-c", "64", "--pipeline", "16", "-R", "10M", "-d", "200ms", "--timeout", "500ms"});
  const auto& json = measured.json;
  EXPECT_GT(json["take_up_delay_ns"]["max"], 10 * kMs);
  EXPECT_LT(json["generator"]["schedule_adherence"], 0.9);
  EXPECT_TRUE(blames_the_generator(json)) << json["verdict"].dump();
}

// The kernel's stamps of sampled sends are a second witness of the generator's own.
PATIENT_TEST(Stamps, AgreeWithTheKernels) {
  const Server server("epoll");
  for (const Flags& mode : {Flags{}, Flags{"--pipeline", "4"}, Flags{"-R", "5000"},
                            Flags{"--think", "2ms"}, Flags{"--timestamps", "kernel"}}) {
    Flags flags = {"-c", "8", "-d", "1s"};
    flags.insert(flags.end(), mode.begin(), mode.end());
    const Measurement measured = measure(server, flags);
    EXPECT_EQ(measured.status, kExitOk);
    const auto& check = measured.json["stamp_check"];
    const std::string name = mode.empty() ? "" : mode.front();
    if (measured.json["options"]["engine"] == "io_uring") continue;
    EXPECT_GT(check["sampled"], 20) << name;
    EXPECT_LT(check["after_send"].get<double>(), 0.01 * check["sampled"].get<double>() + 1) << name;
    EXPECT_GT(check["send_error_ns"]["p50"], 0) << name;
    EXPECT_LT(check["send_error_ns"]["p50"], 100'000) << name;
    EXPECT_EQ(check["arrivals"] > 0, name == "--timestamps") << name;
    EXPECT_EQ(measured.ledger()["answered"], measured.ledger()["intended"]) << name;
  }
}

/// Variance over mean of the numbers of `stamps` per bin: 1 for a Poisson process, 0 for a clock.
double dispersion_of(const std::vector<std::int64_t>& stamps, std::int64_t bin_ns,
                     std::size_t bins) {
  std::vector<double> counts(bins);
  for (const std::int64_t stamp : stamps) {
    const auto bin = static_cast<std::size_t>((stamp - stamps.front()) / bin_ns);
    if (bin < bins) ++counts[bin];
  }
  double sum = 0;
  double squares = 0;
  for (const double count : counts) {
    sum += count;
    squares += count * count;
  }
  const auto n = static_cast<double>(bins);
  return (squares - sum * sum / n) / (n - 1) / (sum / n);
}

double dispersion_at_the_server(const char* arrival) {
  constexpr std::size_t kConnections = 16;
  Server server("fault", {"--stamps"});
  const Measurement measured =
      measure(server, {"-c", "16", "-R", "2000", "--arrival", arrival, "-d", "1s"});
  EXPECT_EQ(measured.status, kExitOk);
  server.process().close_stdin();
  std::istringstream lines(server.process().read_to_end());
  std::vector<std::int64_t> stamps;
  for (std::int64_t stamp = 0; lines >> stamp;) stamps.push_back(stamp);
  EXPECT_NEAR(static_cast<double>(stamps.size()), 2000, 200);
  stamps.erase(stamps.begin(), stamps.begin() + kConnections);  // they only verify
  return dispersion_of(stamps, 10 * kMs, 90);
}

// When requests really reach the server, over all connections: Poisson comes in clumps, uniform
// does not. Of 90 Poisson counts the dispersion has a standard deviation of 0.15.
PATIENT_TEST(Pacing, PoissonArrivesInClumps) {
  const double dispersion = dispersion_at_the_server("poisson");
  EXPECT_GT(dispersion, 0.6);
  EXPECT_LT(dispersion, 1.6);
}

PATIENT_TEST(Pacing, UniformArrivesEvenly) { EXPECT_LT(dispersion_at_the_server("uniform"), 0.4); }

}  // namespace
}  // namespace sockbench::test
