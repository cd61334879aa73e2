// From raw slices and reports to a cell's figures.

#include "bench/judge/figures.h"

#include <gtest/gtest.h>

#include <cmath>

#include "bench/judge/comparison.h"
#include "tests/bench/synthetic.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;
using Values = std::vector<double>;
using ByRound = std::map<int, double>;

Slice raw(int round, std::int64_t cpu_ns, std::uint64_t answered) {
  Slice slice{.round = round};
  slice.cpu_ns = cpu_ns;
  slice.answered = answered;
  slice.wall_ns = 1'000'000;
  slice.window_ns = 500'000;
  return slice;
}

/// Two slices, 300 requests in 2 ms with 3 ms of CPU time.
RestartResult by_hand(int number = 0) {
  RestartResult restart = test::restart(number);
  restart.slices = {raw(0, 1'000'000, 100), raw(1, 2'000'000, 200)};
  return restart;
}

TEST(FiguresOf, SumsTheSlicesOfARestart) {
  CellResult cell;
  cell.restarts = {by_hand()};
  const CellFigures figures = figures_of(cell, test::closed_loop());
  EXPECT_EQ(figures.cpu_ns_per_request, Values{10'000});
  EXPECT_EQ(figures.achieved_rps, Values{150'000});
  EXPECT_EQ(figures.cpu_utilisation, Values{1.5});
}

TEST(FiguresOf, OneValueForEachRestart) {
  CellResult cell;
  for (int i = 0; i < 3; ++i) cell.restarts.push_back(by_hand(i));
  cell.restarts[1].slices.pop_back();
  const CellFigures figures = figures_of(cell, test::closed_loop());
  EXPECT_EQ(figures.cpu_ns_per_request, (Values{10'000, 10'000, 10'000}));
  EXPECT_EQ(figures.achieved_rps, (Values{150'000, 100'000, 150'000}));
  for (const Values& values : {figures.generator_cpu_ns_per_request, figures.little_ratio,
                               figures.user_share, figures.jain}) {
    EXPECT_EQ(values.size(), 3U);
  }
}

TEST(FiguresOf, DriftIsTheLastThirdOverTheFirst) {
  CellResult cell;
  RestartResult& restart = cell.restarts.emplace_back(by_hand());
  restart.slices.clear();
  for (const std::int64_t cpu_ns : {10'000, 30'000, 1, 1, 1, 20'000, 60'000}) {
    restart.slices.push_back(raw(static_cast<int>(restart.slices.size()), cpu_ns, 10));
  }
  EXPECT_NEAR(figures_of(cell, test::closed_loop()).cpu_drift_log.at(0), std::log(2), 1e-12)
      << "two slices each: the odd one is of the middle";
  restart.slices.resize(5);
  EXPECT_TRUE(figures_of(cell, test::closed_loop()).cpu_drift_log.empty()) << "too few slices";
  restart.slices.assign(6, raw(0, 10'000, 0));
  EXPECT_TRUE(figures_of(cell, test::closed_loop()).cpu_drift_log.empty()) << "no replies";
}

TEST(FiguresOf, StealAndConnectionsAreSummed) {
  CellResult cell;
  cell.restarts = {by_hand(), by_hand(1)};
  EXPECT_EQ(figures_of(cell, test::closed_loop()).listen_drops, std::nullopt) << "not told";
  cell.restarts[0].slices[1].disturbance.steal_ns = 10'000'000;
  cell.restarts[1].slices[0].disturbance.steal_ns = 20'000'000;
  cell.restarts[0].report["connections"]["listen_drops"] = 0;
  cell.restarts[1].report["connections"]["listen_drops"] = 3;
  cell.restarts[1].report["connections"]["no_port"] = 2;
  const CellFigures figures = figures_of(cell, test::closed_loop());
  EXPECT_EQ(figures.slices, 4U);
  EXPECT_EQ(figures.slices_with_steal, 2U);
  EXPECT_EQ(figures.steal_ns, 30'000'000);
  EXPECT_EQ(figures.listen_drops, 3U);
  EXPECT_EQ(figures.no_port, 2U);
}

TEST(FiguresOf, ARestartWithoutRepliesHasNoRatios) {
  CellResult cell;
  cell.restarts = {by_hand(), by_hand(1)};
  cell.restarts[1].slices = {raw(0, 1'000'000, 0)};
  const CellFigures figures = figures_of(cell, test::closed_loop());
  EXPECT_EQ(figures.cpu_ns_per_request, Values{10'000}) << "neither 0 nor infinite";
  EXPECT_EQ(figures.achieved_rps, Values{150'000});
  EXPECT_EQ(figures.cpu_utilisation, (Values{1.5, 1.0}));
}

TEST(FiguresOf, NothingGivesNothing) {
  const CellFigures figures = figures_of({}, test::closed_loop());
  EXPECT_TRUE(figures.cpu_ns_per_request.empty());
  EXPECT_TRUE(figures.cpu_utilisation.empty());
  EXPECT_TRUE(figures.times.empty());
  EXPECT_EQ(figures.wrong, 0U);
}

TEST(FiguresOf, AbsentCountersStayAbsent) {
  CellResult cell;
  cell.restarts = {by_hand()};
  RestartResult& restart = cell.restarts[0];
  restart.user_share.reset();
  restart.memory_peak.reset();
  restart.report["generator"]["little_ratio"] = nullptr;
  const CellFigures figures = figures_of(cell, test::closed_loop());
  EXPECT_TRUE(figures.user_share.empty());
  EXPECT_EQ(figures.memory_peak, 0);
  EXPECT_TRUE(figures.little_ratio.empty());
}

TEST(FiguresOf, MemoryPerConnectionIsASlope) {
  CellResult cell;
  cell.restarts = {by_hand()};
  for (const int connections : {0, 100, 200}) {  // 1 MiB and 64 KiB are there without any
    cell.memory.points.push_back(
        {connections, (1 << 20) + 300 * connections, (64 << 10) + 1700 * connections});
  }
  CellFigures figures = figures_of(cell, test::closed_loop());
  EXPECT_DOUBLE_EQ(figures.user_memory_per_connection.value(), 300);
  EXPECT_DOUBLE_EQ(figures.kernel_memory_per_connection.value(), 1700);
  EXPECT_DOUBLE_EQ(figures.user_memory_fixed.value(), 1 << 20);
  EXPECT_DOUBLE_EQ(figures.kernel_memory_fixed.value(), 64 << 10);
  cell.memory.points[1].kernel_bytes.reset();
  figures = figures_of(cell, test::closed_loop());
  EXPECT_TRUE(figures.user_memory_per_connection.has_value());
  EXPECT_FALSE(figures.kernel_memory_per_connection.has_value()) << "half a line is no line";
  cell.memory.points.resize(1);
  EXPECT_FALSE(figures_of(cell, test::closed_loop()).user_memory_per_connection.has_value());
}

TEST(FiguresOf, TheWorstRestartCounts) {
  CellResult cell;
  cell.restarts = {by_hand(0), by_hand(1), by_hand(2)};
  cell.restarts[1].report = test::report({.starved = 5, .stalled = 9});
  cell.restarts[1].memory_peak = 9 << 20;
  cell.restarts[2].report = test::report({.verified = 62});
  cell.restarts[2].threads = 65;
  const CellFigures figures = figures_of(cell, test::closed_loop());
  EXPECT_EQ(figures.starved_connections, 5);
  EXPECT_EQ(figures.stalled_connections, 9);
  EXPECT_EQ(figures.memory_peak, 9 << 20);
  EXPECT_EQ(figures.threads_peak, 65);
  EXPECT_EQ(figures.verified, 62U);
}

TEST(FiguresOf, ConnectionsThatNeverOpenedAreStarved) {
  CellResult cell;
  cell.restarts = {by_hand()};
  cell.restarts[0].report = test::report({.verified = 60, .starved = 1});
  EXPECT_EQ(figures_of(cell, test::closed_loop()).starved_connections, 4);
}

TEST(FiguresOf, WithoutTrafficNobodyIsStarved) {
  const CellFigures figures = figures_of(test::idle_cell(2, 0.01), test::idle());
  EXPECT_EQ(figures.starved_connections, 0);
  EXPECT_FALSE(figures.stalled_connections);
  EXPECT_EQ(figures.cpu_utilisation.size(), 2U);
  EXPECT_TRUE(figures.cpu_ns_per_request.empty());
}

TEST(FiguresOf, LedgersAddUp) {
  CellResult cell;
  cell.restarts = {by_hand(0), by_hand(1)};
  cell.restarts[0].report = test::report(
      {.ledger = {{"unanswered", 1}, {"never_sent", 2}, {"reset", 4}, {"refused", 100}}});
  cell.restarts[1].report =
      test::report({.ledger = {{"timed_out", 8}, {"mismatched", 16}, {"extra_replies", 200}}});
  CellFigures figures = figures_of(cell, test::closed_loop());
  EXPECT_EQ(figures.ledger["answered"], 2000U);
  EXPECT_EQ(figures.ledger["reset"], 4U);
  EXPECT_EQ(figures.ledger["refused"], 100U);
  EXPECT_EQ(figures.wrong, 31U) << "refused connections and extra replies are no requests";
}

TEST(FiguresOf, HistogramsMerge) {
  CellResult cell;
  cell.restarts = {by_hand(0), by_hand(1)};
  cell.restarts[0].report = test::report({.response_ns = {1000}, .repeats = 300});
  cell.restarts[1].report = test::report({.response_ns = {9000}, .repeats = 100});
  const CellFigures figures = figures_of(cell, test::closed_loop());
  const Histogram& times = figures.times.at("response_time_ns");
  EXPECT_EQ(times.count(), 400U);
  EXPECT_EQ(times.min(), 1000);
  EXPECT_EQ(times.max(), 9000);
  EXPECT_EQ(times.percentile(75), 1000) << "the mean of two medians would be 5000";
  EXPECT_EQ(figures.times.count("send_delay_ns"), 0U);
}

TEST(ValuesOf, SlicesByRound) {
  RestartResult restart = by_hand();
  restart.slices.push_back(raw(7, 1'000'000, 10));
  EXPECT_EQ(values_of(restart, "server.cpu_ns_per_request"),
            (ByRound{{0, 10'000}, {1, 10'000}, {7, 100'000}}));
  EXPECT_EQ(values_of(restart, "achieved_rps"), (ByRound{{0, 100'000}, {1, 200'000}, {7, 10'000}}));
  EXPECT_EQ(values_of(restart, "server.cpu_utilisation"), (ByRound{{0, 1}, {1, 2}, {7, 1}}));
}

TEST(ValuesOf, PercentilesStandOncePerRestart) {
  RestartResult restart = by_hand();
  restart.report = test::report({.response_ns = {2000}, .repeats = 100'000});
  EXPECT_EQ(values_of(restart, "response_time_ns.p50"), (ByRound{{0, 2000}}));
  EXPECT_EQ(values_of(restart, "response_time_ns.p99"), (ByRound{{0, 2000}}));
}

TEST(ValuesOf, PercentilesOfTooFewSamplesAreAbsent) {
  RestartResult restart = by_hand();
  restart.report = test::report({.response_ns = {2000}, .repeats = 500});
  EXPECT_EQ(values_of(restart, "response_time_ns.p50").size(), 1U);
  EXPECT_EQ(values_of(restart, "response_time_ns.p99"), ByRound{});
  restart.report = test::report({.response_ns = {}});
  EXPECT_EQ(values_of(restart, "response_time_ns.p50"), ByRound{});
  restart.report = nullptr;
  EXPECT_EQ(values_of(restart, "response_time_ns.p50"), ByRound{});
}

using Ratios = std::vector<std::vector<double>>;

TEST(PairedLogRatios, PairsTheSameRoundOfTheSameRestart) {
  CellResult base;
  CellResult head;
  base.restarts = {by_hand(0)};
  head.restarts = {by_hand(0)};
  base.restarts[0].slices = {raw(0, 1000, 1), raw(1, 4000, 1), raw(2, 9000, 1)};
  head.restarts[0].slices = {raw(2, 9000, 1), raw(1, 8000, 1), raw(0, 3000, 1)};
  const Ratios ratios = paired_log_ratios(base, head, "server.cpu_ns_per_request", 1);
  ASSERT_EQ(ratios.size(), 1U);
  ASSERT_EQ(ratios[0].size(), 3U);
  EXPECT_NEAR(ratios[0][0], std::log(3), 1e-12);
  EXPECT_NEAR(ratios[0][1], std::log(2), 1e-12);
  EXPECT_NEAR(ratios[0][2], 0, 1e-12);
}

TEST(PairedLogRatios, MissingRoundsDropInPairs) {
  CellResult base;
  CellResult head;
  base.restarts = {by_hand(0)};
  head.restarts = {by_hand(0)};
  base.restarts[0].slices = {raw(0, 1000, 1), raw(2, 2000, 1), raw(3, 1000, 0)};
  head.restarts[0].slices = {raw(1, 7000, 1), raw(2, 1000, 1), raw(3, 1000, 1)};
  const Ratios ratios = paired_log_ratios(base, head, "server.cpu_ns_per_request", 1);
  ASSERT_EQ(ratios[0].size(), 1U) << "only round 2 has both sides";
  EXPECT_NEAR(ratios[0][0], -std::log(2), 1e-12);
}

TEST(PairedLogRatios, AMissingRestartIsEmptyAndKeepsItsPlace) {
  CellResult base;
  CellResult head;
  base.restarts = {by_hand(0), by_hand(1), by_hand(2)};
  head.restarts = {by_hand(2), by_hand(0)};
  const Ratios ratios = paired_log_ratios(base, head, "server.cpu_ns_per_request", 4);
  ASSERT_EQ(ratios.size(), 4U);
  EXPECT_EQ(ratios[0].size(), 2U);
  EXPECT_TRUE(ratios[1].empty()) << "head has none";
  EXPECT_EQ(ratios[2].size(), 2U);
  EXPECT_TRUE(ratios[3].empty()) << "nobody has one";
}

nlohmann::ordered_json with_burst(double last_ns) {
  auto report = test::report();
  report["burst"] = {
      {"size", 500},
      {"last_reply_ns", last_ns > 0 ? nlohmann::ordered_json({{"mean", last_ns}}) : nullptr},
      {"generator_utilisation", last_ns > 0 ? nlohmann::ordered_json(0.75) : nullptr},
      {"incomplete", last_ns > 0 ? 0 : 1}};
  return report;
}

TEST(Figures, ABurstIsAsLongAsItsLastReply) {
  CellResult cell = test::cell(3);
  cell.restarts[0].report = with_burst(5e6);
  cell.restarts[1].report = with_burst(0);
  cell.restarts[2].report = with_burst(7e6);
  EXPECT_EQ(figures_of(cell, test::open_loop()).burst_ns, (std::vector<double>{5e6, 7e6}));
  EXPECT_EQ(figures_of(cell, test::open_loop()).burst_generator_utilisation,
            (std::vector<double>{0.75, 0.75}));
  EXPECT_EQ(values_of(cell.restarts[0], "burst_ns"), (std::map<int, double>{{0, 5e6}}));
  EXPECT_TRUE(values_of(cell.restarts[1], "burst_ns").empty()) << "not all were answered";
  EXPECT_TRUE(values_of(test::restart(0), "burst_ns").empty());
}

TEST(Figures, StampErrorsOfAllRestartsAddUp) {
  CellResult cell = test::cell(3);
  EXPECT_EQ(figures_of(cell, test::closed_loop()).stamp_errors.send.count(), 0U)
      << "a generator that compares none";
  Histogram errors;
  errors.record_n(3'000, 10);
  const nlohmann::ordered_json checked = {
      {"sampled", 10},   {"absent", nullptr}, {"send_error_ns", time_block(errors)},
      {"after_send", 2}, {"arrivals", 7},     {"before_arrival", 1}};
  cell.restarts[0].report["stamp_check"] = checked;
  cell.restarts[1].report["stamp_check"] = checked;
  cell.restarts[2].report["stamp_check"] = {{"sampled", 0},
                                            {"absent", "it does not sample"},
                                            {"send_error_ns", nullptr},
                                            {"after_send", 0},
                                            {"arrivals", 0},
                                            {"before_arrival", 0}};
  const CellFigures figures = figures_of(cell, test::closed_loop());
  EXPECT_EQ(figures.stamp_errors.send.count(), 20U);
  EXPECT_EQ(figures.stamp_errors.send.max(), 3'000);
  EXPECT_EQ(figures.stamp_errors.after_send, 4U);
  EXPECT_EQ(figures.stamp_errors.arrivals, 14U);
  EXPECT_EQ(figures.stamp_errors.before_arrival, 2U);
  EXPECT_EQ(figures.no_stamps, "it does not sample");
}

TEST(Figures, SlowPeersAndThoseWhoWaitedAddUp) {
  CellResult cell = test::cell(2);
  EXPECT_FALSE(figures_of(cell, test::closed_loop()).slow_peers.has_value());
  EXPECT_FALSE(figures_of(cell, test::closed_loop()).waited_for_others.has_value());
  for (RestartResult& restart : cell.restarts) {
    const nlohmann::ordered_json side = {
        {"connected", 4}, {"refused", 0}, {"lost", 1}, {"wrong", 2}};
    restart.report["slow_peers"] = {{"readers", side}, {"writers", side}};
    restart.report["fairness"]["waited_for_others"] = 5;
  }
  const CellFigures figures = figures_of(cell, test::closed_loop());
  ASSERT_TRUE(figures.slow_peers.has_value());
  EXPECT_EQ(figures.slow_peers->connected, 16U);
  EXPECT_EQ(figures.slow_peers->lost, 4U);
  EXPECT_EQ(figures.slow_peers->wrong, 8U);
  EXPECT_EQ(figures.waited_for_others, 10U);
}

TEST(Figures, MemoryGrowthIsASlopeOverTheTimeUnderLoad) {
  CellResult cell;
  RestartResult restart;
  for (int round = 0; round < 4; ++round) {
    Slice slice = test::slice(round);
    slice.wall_ns = 2'000'000'000;
    slice.memory_bytes = 1'000'000 + round * 4096;
    restart.slices.push_back(slice);
  }
  restart.report = test::report();
  cell.restarts = {restart};
  ASSERT_EQ(figures_of(cell, test::closed_loop()).memory_growth.size(), 1U);
  EXPECT_NEAR(figures_of(cell, test::closed_loop()).memory_growth[0], 2048, 1e-6);
  cell.restarts[0].slices.resize(2);
  EXPECT_TRUE(figures_of(cell, test::closed_loop()).memory_growth.empty());
}

TEST(Figures, AnIdleServerIsWokenSoOften) {
  CellResult cell;
  RestartResult restart;
  for (int round = 0; round < 2; ++round) {
    Slice slice{.round = round};
    slice.wall_ns = 2'000'000'000;
    slice.idle_switches = Switches{.voluntary = 3 + round, .involuntary = 50};
    restart.slices.push_back(slice);
  }
  restart.report = test::report();
  cell.restarts = {restart};
  EXPECT_EQ(figures_of(cell, test::idle()).wakeups_per_s, (std::vector{7.0 / 4}));
  cell.restarts[0].slices[1].idle_switches.reset();
  EXPECT_TRUE(figures_of(cell, test::idle()).wakeups_per_s.empty()) << "a thread ended";
}

TEST(Figures, TheMeanOfFirstRepliesIsAMetric) {
  RestartResult restart = test::restart(0);
  EXPECT_TRUE(values_of(restart, "first_reply_time_ns.mean").empty());
  restart.report["first_reply_time_ns"] = {{"mean", 1234.5}, {"p50", nullptr}};
  EXPECT_EQ(values_of(restart, "first_reply_time_ns.mean"), (std::map<int, double>{{0, 1234.5}}));
  EXPECT_TRUE(values_of(restart, "first_reply_time_ns.p50").empty());
}

}  // namespace
}  // namespace sockbench
