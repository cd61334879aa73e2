// The control protocol: what a slice measures, what a report holds, and how it ends.

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <string>

#include "common/clock.h"
#include "common/error.h"
#include "tests/loadgen/programs.h"
#include "tests/support/patience.h"

namespace sockbench::test {
namespace {

using nlohmann::ordered_json;

constexpr std::int64_t kMs = kNsPerMs;

TEST(Control, ReadyTellsHowManyAreVerified) {
  const Server server("epoll");
  Generator generator(server, {"-c", "7"});
  const ordered_json expected = {{"event", "ready"}, {"verified", 7}, {"failure", ""}};
  EXPECT_EQ(generator.ready(), expected);
  EXPECT_EQ(generator.finish(), kExitOk);
}

REPEATED_TEST(Control, ASliceTellsItsOutcome) {
  const Server server("epoll");
  Generator generator(server, {"-c", "4"});
  const auto slice = generator.run({.window_ns = 50 * kMs});
  EXPECT_EQ(slice["event"], "slice");
  EXPECT_EQ(slice["drained"], true);
  EXPECT_EQ(slice["all_dead"], false);
  EXPECT_EQ(slice["window_ns"], 50 * kMs);
  EXPECT_GT(slice["answered_in_window"], 0);
  EXPECT_GE(slice["answered"], slice["answered_in_window"]);
  EXPECT_EQ(generator.finish(), kExitOk);
}

// A slice tells the percentiles of its own window, not of those before it.
REPEATED_TEST(Control, ASliceTellsTheTimesOfItsWindow) {
  const Server slow("fault", {"--delay", "4ms"});
  Generator generator(slow, {"-c", "8", "-R", "1000", "--arrival", "uniform"});
  std::uint64_t all = 0;
  for (int i = 0; i < 2; ++i) {
    const auto slice = generator.run({.window_ns = 300 * kMs});
    const auto& response = slice["response_time_ns"];
    EXPECT_NEAR(response["count"].get<double>(), 300, 5);
    all += response["count"].get<std::uint64_t>();
    EXPECT_GE(response["p50"], 4 * kMs);
    EXPECT_GE(response["p90"], response["p50"]);
    EXPECT_TRUE(response["p99"].is_null()) << "3 samples lie beyond it";
    EXPECT_GE(slice["service_time_ns"]["p50"], 4 * kMs);
    EXPECT_LT(slice["take_up_delay_ns"]["p50"], 4 * kMs);
  }
  EXPECT_EQ(generator.report()["response_time_ns"]["count"], all);
  EXPECT_EQ(generator.finish(), kExitOk);
}

REPEATED_TEST(Control, ASliceMayHaveARateOfItsOwn) {
  const Server server("epoll");
  Generator generator(server, {"-c", "4", "-R", "500", "--arrival", "uniform"});
  for (const int rate : {2000, 0, 1000}) {
    const auto slice = generator.run({.window_ns = 200 * kMs, .rate = static_cast<double>(rate)});
    EXPECT_NEAR(slice["response_time_ns"]["count"].get<double>(), (rate == 0 ? 500 : rate) / 5, 3);
  }
  EXPECT_EQ(generator.finish(), kExitOk);
}

REPEATED_TEST(Control, AWindowOfNothingRecordsNothing) {
  const Server server("epoll");
  for (const Flags& mode : {Flags{"-c", "4"}, Flags{"-c", "4", "-R", "2000"}}) {
    Generator generator(server, mode);
    const auto slice = generator.run({.lead_in_ns = 50 * kMs});
    EXPECT_EQ(slice["answered_in_window"], 0);
    EXPECT_EQ(slice["drained"], true);
    EXPECT_GT(slice["answered"], 0) << "the lead-in was load all the same";
    const auto report = generator.report();
    for (const auto& [key, value] : report["ledger"].items()) EXPECT_EQ(value, 0) << key;
    EXPECT_TRUE(report["response_time_ns"].is_null());
    EXPECT_EQ(report["duration_s"], 0);
    EXPECT_EQ(generator.finish(), kExitOk);
  }
}

REPEATED_TEST(Control, ADiscardedSliceLeavesNothing) {
  const Server server("epoll");
  Generator generator(server, {"-c", "4"});
  EXPECT_EQ(generator.ask({{"command", "discard"}}), (ordered_json{{"event", "discarded"}}))
      << "before the first one";
  generator.run({.lead_in_ns = 5 * kMs});
  const auto kept = generator.run({.window_ns = 20 * kMs});
  const auto before = generator.report();
  generator.run({.lead_in_ns = 5 * kMs});
  generator.run({.window_ns = 40 * kMs});
  EXPECT_GT(generator.report()["ledger"]["answered"], before["ledger"]["answered"]);
  EXPECT_EQ(generator.ask({{"command", "discard"}}), (ordered_json{{"event", "discarded"}}));
  auto after = generator.report();
  for (const char* block : {"ledger", "response_time_ns", "fairness", "duration_s"}) {
    EXPECT_EQ(after[block], before[block]) << block;
  }
  const auto more = generator.run({.window_ns = 20 * kMs});
  after = generator.report();
  EXPECT_EQ(after["duration_s"], 0.040) << "later slices count as ever";
  EXPECT_GT(after["ledger"]["answered"], before["ledger"]["answered"]);
  EXPECT_GT(kept["wall_ns"], 20 * kMs * 9 / 10);
  EXPECT_GT(more["wall_ns"], 20 * kMs * 9 / 10);
  EXPECT_EQ(generator.finish(), kExitOk);
}

// A server that answers after 10 ms can answer a connection at most eleven times in 100 ms.
REPEATED_TEST(Control, LeadInRepliesAreNotInTheWindow) {
  const Server server("fault", {"--delay", "10ms"});
  Generator generator(server, {"-c", "1"});
  const auto slice = generator.run({.lead_in_ns = 400 * kMs, .window_ns = 100 * kMs});
  const auto report = generator.report();
  EXPECT_LE(report["ledger"]["intended"], 11);
  EXPECT_GT(report["ledger"]["intended"], 0);
  EXPECT_EQ(report["ledger"]["answered"], report["ledger"]["intended"]);
  EXPECT_EQ(report["response_time_ns"]["count"], report["ledger"]["answered"]);
  EXPECT_LE(slice["answered_in_window"], 11);
  EXPECT_GT(slice["answered"].get<int>(), 2 * slice["answered_in_window"].get<int>());
}

REPEATED_TEST(Control, TwoSlicesAddUp) {
  const Server server("epoll");
  for (const Flags& mode : {Flags{"-c", "4"}, Flags{"-c", "4", "-R", "2000"}}) {
    Generator generator(server, mode);
    const auto one = generator.run({.lead_in_ns = 20 * kMs, .window_ns = 150 * kMs, .seed = 1});
    const auto two = generator.run({.lead_in_ns = 20 * kMs, .window_ns = 50 * kMs, .seed = 2});
    const auto report = generator.report();
    EXPECT_DOUBLE_EQ(report["duration_s"], 0.2);
    const double in_windows =
        one["answered_in_window"].get<double>() + two["answered_in_window"].get<double>();
    EXPECT_NEAR(report["achieved_rps"].get<double>() * 0.2, in_windows, 1e-6);
    const auto& ledger = report["ledger"];
    EXPECT_TRUE(balances(ledger));
    EXPECT_EQ(ledger["answered"], ledger["intended"]);
    EXPECT_EQ(report["response_time_ns"]["count"], ledger["answered"]);
    // Requests of the windows and replies in the windows differ by what crosses four edges.
    EXPECT_NEAR(ledger["answered"].get<double>(), in_windows, 4 * 4 + in_windows / 10);
    EXPECT_EQ(generator.finish(), kExitOk);
  }
}

TEST(Control, TheReportHasTheBlocksOfACell) {
  const Server server("epoll");
  Generator generator(server, {"-c", "4", "-R", "2000"});
  generator.run({.window_ns = 100 * kMs});
  const auto report = generator.report();
  EXPECT_EQ(report["event"], "report");
  EXPECT_EQ(report["failure"], "");
  for (const char* key : {"achieved_rps", "offered_rps", "response_time_ns", "service_time_ns",
                          "send_delay_ns", "take_up_delay_ns", "stamp_check", "receive_delay_ns",
                          "connect_time_ns", "generator", "ledger", "fairness", "verdict"}) {
    EXPECT_TRUE(report.contains(key)) << key;
  }
}

REPEATED_TEST(Control, AReportChangesNothing) {
  const Server server("fault", {"--fault", "first_only"});
  Generator generator(server, {"-c", "3", "--setup-timeout", "300ms", "--timeout", "60s"});
  generator.run({.window_ns = 50 * kMs});
  const auto report = generator.report();
  EXPECT_EQ(report["fairness"]["starved_connections"], 2);
  EXPECT_EQ(report["fairness"]["stalled_connections"], 2)
      << "who got no reply at all waited longest";
  EXPECT_EQ(generator.report(), report);
}

// A reply that comes after its slice was given up must not appear in the next one.
REPEATED_TEST(Control, LateRepliesBelongToNoSlice) {
  const Server server("fault", {"--delay", "300ms"});
  Generator generator(server, {"-c", "2"});
  const auto one = generator.run({.window_ns = 20 * kMs, .drain_limit_ns = 20 * kMs});
  EXPECT_EQ(one["drained"], false);
  EXPECT_EQ(one["answered"], 0);
  // Long enough that requests start in it wherever the 300 ms of the one before end.
  const auto two = generator.run({.lead_in_ns = 500 * kMs, .window_ns = 900 * kMs});
  EXPECT_EQ(two["drained"], true);
  const auto report = generator.report();
  EXPECT_TRUE(balances(report["ledger"]));
  EXPECT_EQ(report["ledger"]["unanswered"], 2) << "of the first slice, for good";
  EXPECT_EQ(report["response_time_ns"]["count"].get<int>() + 2, report["ledger"]["intended"]);
}

REPEATED_TEST(Control, AConnectionThatWaitsATenthOfASecondIsStalled) {
  for (const auto& [delay, stalled] : {std::pair("110ms", 3), std::pair("70ms", 0)}) {
    const Server server("fault", {"--delay", delay});
    Generator generator(server, {"-c", "3"});
    generator.run({.window_ns = 50 * kMs});
    const auto fairness = generator.report()["fairness"];
    EXPECT_EQ(fairness["stalled_connections"], stalled) << delay;
    EXPECT_EQ(fairness["starved_connections"], 0) << delay;
  }
}

TEST(Control, AServerThatDiedBetweenSlices) {
  Server server("epoll");
  Generator generator(server, {"-c", "4"});
  EXPECT_EQ(generator.run({.window_ns = 50 * kMs})["all_dead"], false);
  ::kill(server.pid(), SIGKILL);
  ASSERT_TRUE(server.process().wait_for_exit());
  for (int again = 0; again < 2; ++again) {
    const auto slice = generator.run({.window_ns = 60'000 * kMs});
    EXPECT_EQ(slice["all_dead"], true);
    EXPECT_EQ(slice["answered"], 0);
  }
  const auto report = generator.report();
  EXPECT_TRUE(balances(report["ledger"]));
  EXPECT_TRUE(report["failure"].get<std::string>().starts_with("connection "));
  EXPECT_EQ(report["connections"]["lost"], 4);
  EXPECT_EQ(generator.finish(), kExitOk);
}

TEST(Control, AServerThatDiesDuringASlice) {
  for (const Flags& mode : {Flags{"-c", "4"}, Flags{"-c", "4", "-R", "5000"}}) {
    Server server("epoll");
    Generator generator(server, mode);
    generator.start({.window_ns = 60'000 * kMs});
    ASSERT_TRUE(under_load(server.pid()));
    ::kill(server.pid(), SIGKILL);
    const auto slice = generator.answer();
    EXPECT_EQ(slice["all_dead"], true);
    EXPECT_LT(slice["window_ns"], 50'000 * kMs) << "it ended with the server";
    EXPECT_GT(slice["answered_in_window"], 0);
    const auto report = generator.report();
    EXPECT_TRUE(balances(report["ledger"])) << report["ledger"].dump();
    EXPECT_EQ(report["connections"]["lost"], 4);
    EXPECT_EQ(generator.finish(), kExitOk);
  }
}

REPEATED_TEST(Control, StarvedConnectionsAreCounted) {
  const Server server("blocking");
  Generator generator(server, {"-c", "8", "--setup-timeout", "300ms", "--timeout", "60s"});
  EXPECT_EQ(generator.ready()["verified"], 1);
  generator.run({.window_ns = 100 * kMs, .drain_limit_ns = 100 * kMs});
  const auto report = generator.report();
  EXPECT_EQ(report["fairness"]["starved_connections"], 7);
  EXPECT_DOUBLE_EQ(report["fairness"]["jain"], 1.0 / 8);
  EXPECT_EQ(report["ledger"]["unanswered"], 7);
  EXPECT_TRUE(balances(report["ledger"]));
  EXPECT_FALSE(report["verdict"]["fit"].get<bool>());
}

REPEATED_TEST(Control, SlowPeersMoveInTheSlicesOnly) {
  const Server server("epoll");
  Generator generator(
      server, {"-c", "2", "--slow-readers", "1", "--slow-writers", "1", "--slow-rate", "4KiB"});
  EXPECT_EQ(generator.report()["slow_peers"]["writers"]["bytes_sent"], 0);
  generator.run({.window_ns = 300 * kMs});
  const auto between = generator.report()["slow_peers"];
  EXPECT_EQ(between["readers"]["connected"], 1);
  EXPECT_GT(between["readers"]["bytes_sent"], 0);
  const auto sent = between["writers"]["bytes_sent"].get<std::int64_t>();
  EXPECT_GT(sent, 0);
  let_pass(milliseconds(500));
  generator.run({.window_ns = 50 * kMs});
  EXPECT_LT(generator.report()["slow_peers"]["writers"]["bytes_sent"], sent + 1024)
      << "the time between the slices counts for nothing";
}

TEST(Control, SigtermBetweenSlices) {
  const Server server("epoll");
  Generator generator(server, {"-c", "2"});
  generator.run({.window_ns = 20 * kMs});
  generator.process().signal(SIGTERM);
  EXPECT_EQ(generator.process().wait_for_exit(), kExitInterrupted);
}

std::string slice_with(const char* key, const ordered_json& value) {
  auto command = ordered_json::parse(to_line({.window_ns = 1}));
  command[key] = value;
  return command.dump() + "\n";
}

std::string slice_without(const char* key) {
  auto command = ordered_json::parse(to_line({.window_ns = 1}));
  command.erase(key);
  return command.dump() + "\n";
}

TEST(Control, NonsenseIsAnsweredInOneSentence) {
  const Server server("epoll");
  const std::string megabyte(1 << 20, 'x');
  for (const std::string& line : {
           std::string("nonsense\n"),
           std::string("\n"),
           std::string("[]\n"),
           std::string("[\"slice\"]\n"),
           std::string("{}\n"),
           std::string("7\n"),
           std::string("\"slice\"\n"),
           std::string("{\"command\":\"dance\"}\n"),
           std::string("{\"command\":7}\n"),
           std::string("{\"command\":null}\n"),
           std::string("{\"command\":\"slice\"}\n"),
           std::string("{\"command\":\"slice\"\n"),
           std::string("\xff\xfe\0\1\n", 5),
           slice_without("lead_in_ns"),
           slice_without("window_ns"),
           slice_without("drain_limit_ns"),
           slice_without("seed"),
           slice_with("lead_in_ns", -1),
           slice_with("window_ns", -1),
           slice_with("drain_limit_ns", -1),
           slice_with("seed", -1),
           slice_with("window_ns", 0.5),
           slice_with("window_ns", "1"),
           slice_with("window_ns", nullptr),
           slice_with("window_ns", INT64_MAX),
           slice_with("lead_in_ns", INT64_MAX),
           slice_with("drain_limit_ns", INT64_MAX),
           slice_with("window_ns", UINT64_MAX),
           megabyte + "\n",
           std::string(1 << 20, '[') + "\n",
           R"({"command":")" + megabyte + "\"}\n",
       }) {
    SCOPED_TRACE(line.substr(0, 80));
    Generator generator(server, {"-c", "1"});
    generator.process().write_stdin(line);
    EXPECT_EQ(generator.process().wait_for_exit(), kExitUsage);
    EXPECT_EQ(generator.process().read_to_end(), "");
    const std::string err = generator.process().stderr_text();
    EXPECT_EQ(std::count(err.begin(), err.end(), '\n'), 1) << err.substr(0, 500);
    EXPECT_TRUE(err.starts_with("loadgen: ")) << err.substr(0, 500);
    EXPECT_LT(err.size(), 300U) << "a sentence, not what it complains about";
  }
}

TEST(Control, NothingListens) {
  const std::string address = refusing_address();
  ChildProcess process(program("loadgen", {"--control", "--connect", address, "-c", "2"}));
  const auto ready = ordered_json::parse(process.read_line());
  EXPECT_EQ(ready["verified"], 0);
  EXPECT_EQ(ready["failure"], "connection 0: connect: Connection refused");
  process.write_stdin(to_line({.window_ns = 60'000 * kMs}));
  EXPECT_EQ(ordered_json::parse(process.read_line())["all_dead"], true);
  process.close_stdin();
  EXPECT_EQ(process.wait_for_exit(), kExitOk);
}

}  // namespace
}  // namespace sockbench::test
