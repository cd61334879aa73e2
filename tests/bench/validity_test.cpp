// The rules that say whether a cell may be trusted: for every status a case in which it fires and
// one, just inside the limit, in which it does not.

#include "bench/judge/validity.h"

#include <gtest/gtest.h>

#include <cmath>

#include "bench/judge/eligibility.h"
#include "common/clock.h"
#include "tests/bench/synthetic.h"

namespace sockbench {
namespace {

/// A closed loop in which both sides wait for each other and everything is right.
CellFigures healthy_cell() {
  CellFigures figures;
  figures.achieved_rps = {100'000, 101'000, 99'000};
  figures.cpu_ns_per_request = {5'000, 5'010, 4'990};
  figures.cpu_utilisation = {0.5, 0.51, 0.49};
  figures.generator_utilisation = {0.6, 0.61, 0.59};
  figures.little_ratio = {1.0, 1.001, 0.999};
  figures.threads_peak = 1;
  figures.times["response_time_ns"].record_n(50'000, 100'000);
  return figures;
}

/// An open loop at 10,000 requests a second that keeps its schedule.
CellFigures paced() {
  CellFigures figures = healthy_cell();
  figures.little_ratio.clear();
  figures.achieved_rps = {10'000, 10'010, 9'990};
  figures.intended_rps = 10'000;
  figures.schedule_adherence = {1.0, 1.0, 0.9999};
  figures.times["take_up_delay_ns"].record_n(500, 100'000);
  return figures;
}

Judgement judged(const CellFigures& figures, int server_cpus = 1) {
  return judge_cell(test::contestant("a"), test::closed_loop(), "", figures, server_cpus);
}
Judgement judged_open(const CellFigures& figures) {
  return judge_cell(test::contestant("a"), test::open_loop(), "", figures, 1);
}

void expect_status(const Judgement& judgement, Validity status, const std::string& reason) {
  EXPECT_STREQ(to_text(judgement.validity), to_text(status)) << reason;
  ASSERT_FALSE(judgement.reasons.empty()) << reason;
  EXPECT_NE(judgement.reasons.front().find(reason), std::string::npos) << judgement.reasons.front();
}

TEST(JudgeCell, Valid) {
  for (const Judgement& judgement : {judged(healthy_cell()), judged_open(paced())}) {
    EXPECT_STREQ(to_text(judgement.validity), "valid");
    EXPECT_TRUE(judgement.reasons.empty());
    EXPECT_EQ(judgement.limiter, Limiter::kNeither);
  }
}

TEST(JudgeCell, AFailureIsTheReason) {
  const Judgement judgement =
      judge_cell(test::contestant("a"), test::closed_loop(), "the server crashed", {}, 1);
  expect_status(judgement, Validity::kFailed, "the server crashed");
  EXPECT_EQ(judgement.reasons.size(), 1U);
  EXPECT_EQ(judgement.limiter, Limiter::kNeither);
}

TEST(JudgeCell, WithoutAnyMeasurementItFailed) {
  expect_status(judged({}), Validity::kFailed, "nothing was measured");
}

TEST(JudgeCell, WrongBytes) {
  for (const char* kind : {"mismatched", "extra_replies"}) {
    CellFigures figures = healthy_cell();
    figures.ledger[kind] = 0;
    EXPECT_EQ(judged(figures).validity, Validity::kValid) << kind;
    figures.ledger[kind] = 1;
    expect_status(judged(figures), Validity::kFailed, "1 replies had wrong bytes");
  }
}

TEST(JudgeCell, LostRequests) {
  for (const char* kind : {"reset", "timed_out", "refused"}) {
    CellFigures figures = healthy_cell();
    figures.ledger[kind] = 3;
    expect_status(judged(figures), Validity::kFailed, "3 requests or connections were lost");
    figures.cpu_utilisation = {0.99};
    EXPECT_EQ(judged(figures).limiter, Limiter::kNeither) << "its figures say nothing";
    figures = healthy_cell();
    figures.ledger[kind] = 0;
    EXPECT_EQ(judged(figures).validity, Validity::kValid) << kind;
  }
}

TEST(JudgeCell, BeyondItsStatedLimitAModelMayRefuse) {
  Contestant limited;
  limited.describe = {{"max_connections", 63}};
  const auto judged_limited = [&](const CellFigures& figures) {
    return judge_cell(limited, test::closed_loop(), "", figures, 1);
  };
  CellFigures figures = healthy_cell();
  figures.ledger["refused"] = 3;
  expect_status(judged_limited(figures), Validity::kModelLimit,
                "3 connections beyond the model's limit were not established");
  figures.ledger["reset"] = 2;
  expect_status(judged_limited(figures), Validity::kFailed, "2 requests or connections were lost");
  figures = healthy_cell();
  figures.listen_drops = 7;
  expect_status(judged_limited(figures), Validity::kModelLimit, "listen queue was full");
  limited.describe = {{"max_connections", 64}};
  expect_status(judged_limited(figures), Validity::kUnstable, "listen queue was full");
}

TEST(JudgeCell, NoLocalPortWasFree) {
  CellFigures figures = healthy_cell();
  figures.no_port = 0;
  EXPECT_EQ(judged(figures).validity, Validity::kValid);
  figures.no_port = 2;
  expect_status(judged(figures), Validity::kFailed, "2 connections found no free local port");
}

TEST(JudgeCell, DroppedByAFullListenQueue) {
  CellFigures figures = healthy_cell();
  for (const std::optional<std::uint64_t> none : {std::optional<std::uint64_t>(), {0}}) {
    figures.listen_drops = none;
    EXPECT_EQ(judged(figures).validity, Validity::kValid) << "not told is not dropped";
  }
  figures.listen_drops = 7;
  expect_status(judged(figures), Validity::kUnstable, "dropped 7 connection attempts");
}

TEST(JudgeCell, OneDropInThousandsOfShortConnectionsIsNoFault) {
  Workload churn = test::closed_loop();
  churn.churn = true;
  CellFigures figures = healthy_cell();
  figures.ledger["sent"] = 7'000;
  figures.listen_drops = 7;
  EXPECT_EQ(judge_cell({}, churn, "", figures, 1).validity, Validity::kValid);
  figures.listen_drops = 8;
  EXPECT_EQ(judge_cell({}, churn, "", figures, 1).validity, Validity::kUnstable);
}

TEST(JudgeCell, NotStationary) {
  struct Case {
    const char* what;
    std::vector<double> last_to_first;
    bool fires;
  };
  const std::vector<Case> cases = {
      {"no restart was long enough", {}, false},
      {"too few restarts for an interval", {1.5, 1.5}, false},
      {"stationary", {1.001, 0.999, 1.0, 1.002, 0.998, 1.0}, false},
      {"just inside", {1.09, 1.09, 1.091, 1.089, 1.09, 1.09}, false},
      {"dearer at the end", {1.12, 1.12, 1.121, 1.119, 1.12, 1.12}, true},
      {"cheaper at the end", {0.85, 0.85, 0.851, 0.849, 0.85, 0.85}, true},
      {"the restarts do not agree", {1.4, 0.7, 1.3, 0.8, 1.5, 0.9}, false},
      {"one bad restart", {1.0, 1.01, 0.99, 1.0, 1.0, 3.0}, false},
  };
  for (const Case& each : cases) {
    CellFigures figures = healthy_cell();
    for (const double ratio : each.last_to_first) figures.cpu_drift_log.push_back(std::log(ratio));
    const Judgement judgement = judged(figures);
    EXPECT_EQ(judgement.validity == Validity::kUnstable, each.fires) << each.what;
    if (each.fires) expect_status(judgement, Validity::kUnstable, "not stationary");
  }
}

TEST(JudgeCell, ADelayedAcknowledgement) {
  struct Case {
    const char* what;
    std::vector<std::pair<std::int64_t, std::uint64_t>> times_ms;  ///< and how many of each
    bool fires;
  };
  const std::vector<Case> cases = {
      {"nothing near 40 ms", {{0, 10'000}}, false},
      {"one in ten", {{0, 9'000}, {40, 1'000}}, true},
      {"all of them", {{44, 1'000}}, true},
      {"less than one in a hundred", {{0, 10'000}, {40, 99}}, false},
      {"too few to tell", {{0, 100}, {40, 19}}, false},
      {"just enough", {{0, 100}, {40, 20}}, true},
      {"a slow server, with no mode there",
       {{0, 5'000}, {32, 500}, {35, 500}, {40, 500}, {44, 500}, {48, 500}, {52, 500}},
       false},
      {"another mode", {{0, 9'000}, {50, 1'000}}, false},
      {"twice that time", {{0, 9'000}, {80, 1'000}}, false},
  };
  for (const Case& each : cases) {
    CellFigures figures = healthy_cell();
    Histogram& times = figures.times["response_time_ns"];
    times.reset();
    for (const auto& [ms, count] : each.times_ms) times.record_n(ms * kNsPerMs, count);
    const Judgement judgement = judged(figures);
    EXPECT_EQ(judgement.validity == Validity::kUnstable, each.fires) << each.what;
    if (each.fires) expect_status(judgement, Validity::kUnstable, "about 40 ms");
    figures.server_nagle_on = 0;
    EXPECT_EQ(judged(figures).validity == Validity::kUnstable, each.fires) << each.what;
    figures.generator_nagle_on = 0;
    EXPECT_EQ(judged(figures).validity, Validity::kValid) << "both sides send at once";
  }
}

TEST(JudgeCell, InOpenLoopTheServiceTimeTellsOfDelayedAcknowledgements) {
  CellFigures figures = paced();
  figures.times["response_time_ns"].record_n(40 * kNsPerMs, 50'000);  // a queue, not the network
  figures.times["service_time_ns"].record_n(50'000, 100'000);
  EXPECT_EQ(judged_open(figures).validity, Validity::kValid);
  figures.times["service_time_ns"].record_n(40 * kNsPerMs, 50'000);
  expect_status(judged_open(figures), Validity::kUnstable, "about 40 ms");
}

TEST(JudgeCell, NaglesAlgorithmIsRemarkedOnEitherSide) {
  CellFigures figures = healthy_cell();
  figures.server_nagle_on = 0;
  figures.generator_nagle_on = 0;
  EXPECT_TRUE(judged(figures).reasons.empty());
  figures.server_nagle_on = 3;
  expect_status(judged(figures), Validity::kValid, "the server leaves Nagle's algorithm on");
  figures.server_nagle_on.reset();
  figures.generator_nagle_on = 1;
  expect_status(judged(figures), Validity::kValid, "the generator leaves Nagle's algorithm on");
  figures.ledger["mismatched"] = 1;
  expect_status(judged(figures), Validity::kFailed, "wrong bytes");
}

TEST(JudgeCell, ModelLimit) {
  CellFigures figures = healthy_cell();
  figures.starved_connections = 63;
  expect_status(judged(figures), Validity::kModelLimit, "63 of 64 connections");
  EXPECT_EQ(judged(figures).reasons.front().find("at a time"), std::string::npos)
      << "this model states no limit";
  const Judgement limited =
      judge_cell(test::contestant("a", 1), test::closed_loop(), "", figures, 1);
  expect_status(limited, Validity::kModelLimit, "the model serves 1 at a time");
}

TEST(JudgeCell, AStatedLimitAloneIsNone) {
  EXPECT_EQ(
      judge_cell(test::contestant("a", 1), test::closed_loop(), "", healthy_cell(), 1).validity,
      Validity::kValid);
}

TEST(JudgeCell, Saturated) {
  CellFigures figures = paced();
  figures.achieved_rps = {9'790, 9'790, 9'850};
  EXPECT_EQ(judged_open(figures).validity, Validity::kValid) << "98.1 % in the mean";
  figures.achieved_rps = {9'790, 9'790, 9'790};
  expect_status(judged_open(figures), Validity::kSaturated, "97.9 % of the offered rate");
}

TEST(JudgeCell, SaturationIsJudgedByTheArrivalsThatCame) {
  CellFigures figures = paced();
  figures.intended_rps = 9'700;  // chance gave fewer than the workload's 10,000
  figures.achieved_rps = {9'700};
  EXPECT_EQ(judged_open(figures).validity, Validity::kValid);
  figures.intended_rps = 10'400;
  figures.achieved_rps = {10'000};
  expect_status(judged_open(figures), Validity::kSaturated, "96.2 % of the offered rate");
}

TEST(JudgeCell, GeneratorBoundByCpu) {
  CellFigures figures = healthy_cell();
  figures.generator_utilisation = {0.89, 0.90, 0.99};
  EXPECT_EQ(judged(figures).validity, Validity::kValid);
  figures.generator_utilisation = {0.89, 0.92, 0.99};
  const Judgement judgement = judged(figures);
  expect_status(judgement, Validity::kGeneratorBound, "92.0 % of its CPU");
  EXPECT_EQ(judgement.limiter, Limiter::kGenerator);
}

TEST(JudgeCell, GeneratorBoundByCpuInOpenLoop) {
  CellFigures figures = paced();
  figures.generator_utilisation = {0.89};
  EXPECT_EQ(judged_open(figures).validity, Validity::kValid);
  figures.generator_utilisation = {0.92};
  expect_status(judged_open(figures), Validity::kGeneratorBound, "92.0 % of its CPU");
}

TEST(JudgeCell, ALateGeneratorIsJudgedForEachPercentile) {
  CellFigures figures = paced();
  figures.times["take_up_delay_ns"].reset();
  figures.times["take_up_delay_ns"].record_n(4'900, 100'000);  // response times are 50,000
  EXPECT_TRUE(judged_open(figures).late.empty());
  figures.times["take_up_delay_ns"].record_n(5'200, 3'000);
  Judgement judgement = judged_open(figures);
  EXPECT_EQ(judgement.validity, Validity::kValid) << "other figures stand";
  EXPECT_EQ(judgement.late.size(), 2U);
  EXPECT_FALSE(eligible(judgement, "response_time_ns.p99").eligible);
  EXPECT_FALSE(eligible(judgement, "response_time_ns.p99_9").eligible);
  EXPECT_FALSE(eligible(judgement, "response_time_ns").eligible);
  EXPECT_NE(eligible(judgement, "response_time_ns.p99").reason.find("p99 take-up delay is 10.4 %"),
            std::string::npos)
      << eligible(judgement, "response_time_ns.p99").reason;
  for (const char* metric : {"response_time_ns.p50", "response_time_ns.p90", "service_time_ns.p99",
                             "server.cpu_ns_per_request"}) {
    EXPECT_TRUE(eligible(judgement, metric).eligible) << metric;
  }
  ASSERT_EQ(judgement.reasons.size(), 1U) << "a remark";
}

// In one window of three the host took the generator's CPU away.
TEST(JudgeCell, LatenessIsThatOfMostWindows) {
  CellFigures figures = paced();
  figures.times["take_up_delay_ns"].record_n(900'000, 10'000);
  figures.windows["take_up_delay_ns.p99"] = {1'000, 900'000, 1'200};
  figures.windows["response_time_ns.p99"] = {50'000, 950'000, 50'000};
  const Judgement judgement = judged_open(figures);
  EXPECT_FALSE(judgement.late.contains("response_time_ns.p99"));
  figures.windows["take_up_delay_ns.p99"] = {6'000, 900'000, 1'200};
  EXPECT_TRUE(judged_open(figures).late.contains("response_time_ns.p99"));
}

TEST(JudgeCell, SendsThatWaitForASlowServerAreNotTheGenerators) {
  CellFigures figures = paced();
  figures.times["send_delay_ns"].record_n(40'000, 100'000);
  EXPECT_EQ(judged_open(figures).validity, Validity::kValid);
}

TEST(JudgeCell, TakeUpDelayIsComparedWithUnansweredRequestsInPlace) {
  CellFigures figures = paced();
  figures.times["take_up_delay_ns"].record_n(9'000, 100'000);
  figures.wrong = 50'000;  // the p99 response time is beyond every answered one
  EXPECT_FALSE(judged_open(figures).late.contains("response_time_ns.p99"));
}

TEST(JudgeCell, OpenLoopWithoutASingleSend) {
  CellFigures figures = paced();
  figures.times.clear();
  figures.achieved_rps = {10};  // replies to what was sent before the windows
  expect_status(judged_open(figures), Validity::kSaturated, "of the offered rate");
}

TEST(JudgeCell, UnstableByLittle) {
  for (const double ratio : {0.985, 1.015}) {
    CellFigures figures = healthy_cell();
    figures.little_ratio = {ratio, ratio, 5};
    EXPECT_EQ(judged(figures).validity, Validity::kValid) << ratio;
  }
  for (const double ratio : {0.975, 1.025}) {
    CellFigures figures = healthy_cell();
    figures.little_ratio = {ratio, ratio, 1};
    expect_status(judged(figures), Validity::kUnstable, "Little's law");
  }
}

// In a closed loop without pauses the stamps add up to the window however wrong they are.
TEST(JudgeCell, UnstableByStampsThatTheKernelContradicts) {
  CellFigures figures = healthy_cell();  // response times are 50,000
  for (int i = 0; i < 100; ++i) figures.stamp_errors.record_send(2'000);
  EXPECT_EQ(judged(figures).validity, Validity::kValid);
  for (int i = 0; i < 200; ++i) figures.stamp_errors.record_send(30'000);
  expect_status(judged(figures), Validity::kUnstable, "the stamps are wrong: sends are stamped");
  EXPECT_FALSE(eligible(judged(figures), "response_time_ns.p99").eligible);
  figures.stamp_errors = {};
  for (int i = 0; i < 100; ++i) figures.stamp_errors.record_send(-2'000);
  expect_status(judged(figures), Validity::kUnstable, "stamped after the kernel had sent them");
  figures = paced();
  for (int i = 0; i < 100; ++i) figures.stamp_errors.record_arrival(-2'000);
  expect_status(judged_open(figures), Validity::kUnstable, "read before they arrived");
}

TEST(JudgeCell, LittleSaysNothingInOpenLoop) {
  CellFigures figures = paced();
  figures.little_ratio = {0.5};
  EXPECT_EQ(judged_open(figures).validity, Validity::kValid);
}

TEST(JudgeCell, TheWeightiestRuleGivesTheStatusAllGiveReasons) {
  CellFigures figures = healthy_cell();
  figures.generator_utilisation = {0.95};
  figures.little_ratio = {0.5};
  figures.starved_connections = 2;
  figures.ledger["mismatched"] = 1;
  figures.ledger["reset"] = 1;
  const Judgement judgement = judged(figures);
  expect_status(judgement, Validity::kFailed, "wrong bytes");
  EXPECT_EQ(judgement.reasons.size(), 4U) << "Little's law is no news where some are starved";
  figures.ledger.clear();
  EXPECT_EQ(judged(figures).validity, Validity::kModelLimit);
  figures.starved_connections = 0;
  EXPECT_EQ(judged(figures).validity, Validity::kUnstable);
  figures.little_ratio = {1};
  EXPECT_EQ(judged(figures).validity, Validity::kGeneratorBound);
}

TEST(JudgeCell, IdleIsJudgedByItsLedgerOnly) {
  CellFigures figures;
  figures.cpu_utilisation = {0.01};
  figures.little_ratio = {0.3};
  const auto judgement = [&] {
    return judge_cell(test::contestant("a"), test::idle(), "", figures, 1);
  };
  EXPECT_EQ(judgement().validity, Validity::kValid);
  figures.ledger["reset"] = 1;
  EXPECT_EQ(judgement().validity, Validity::kFailed);
}

struct LimiterCase {
  const char* what;
  double server, generator;
  int threads, cpus;
  Limiter expected;
};

TEST(JudgeCell, WhoSetsThePace) {
  using enum Limiter;
  const std::vector<LimiterCase> cases = {
      {"nobody", 0.85, 0.85, 1, 1, kNeither},
      {"the server", 0.95, 0.5, 1, 1, kServer},
      {"the generator", 0.5, 0.95, 1, 1, kGenerator},
      {"both: the generator, which hides the server", 0.95, 0.95, 1, 1, kGenerator},
      {"one thread on one of four CPUs", 0.95, 0.5, 1, 4, kServer},
      {"many threads on one CPU", 0.95, 0.5, 64, 1, kServer},
      {"many threads with room on four CPUs", 0.95, 0.5, 64, 4, kNeither},
      {"many threads, four CPUs full", 3.7, 0.5, 64, 4, kServer},
      {"two threads, two of four CPUs full", 1.85, 0.5, 2, 4, kServer},
      {"threads not known", 0.95, 0.5, 0, 4, kServer},
      {"CPUs not known", 0.95, 0.5, 4, 0, kServer},
  };
  for (const LimiterCase& test : cases) {
    CellFigures figures = healthy_cell();
    figures.cpu_utilisation = {test.server};
    figures.generator_utilisation = {test.generator};
    figures.threads_peak = test.threads;
    EXPECT_STREQ(to_text(judged(figures, test.cpus).limiter), to_text(test.expected)) << test.what;
  }
}

TEST(JudgeCell, TellsHowManySlicesStayedDisturbed) {
  CellFigures figures = healthy_cell();
  figures.slices = 40;
  figures.disturbed_slices = 11;
  EXPECT_EQ(judged(figures).slices, 40U);
  EXPECT_EQ(judged(figures).disturbed_slices, 11U);
}

TEST(Names, AreThoseOfTheContract) {
  EXPECT_STREQ(to_text(Validity::kSaturated), "saturated");
  EXPECT_STREQ(to_text(Validity::kModelLimit), "model_limit");
  EXPECT_STREQ(to_text(Validity::kGeneratorBound), "generator_bound");
  EXPECT_STREQ(to_text(Validity::kUnstable), "unstable");
  EXPECT_STREQ(to_text(Validity::kFailed), "failed");
  EXPECT_STREQ(to_text(Limiter::kServer), "server");
  EXPECT_STREQ(to_text(Limiter::kGenerator), "generator");
  EXPECT_STREQ(to_text(Limiter::kNeither), "neither");
}

}  // namespace
}  // namespace sockbench
