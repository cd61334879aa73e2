// The rules for shapes of load of their own: slow peers, held connections, bursts.

#include <gtest/gtest.h>

#include "bench/judge/eligibility.h"
#include "bench/judge/validity.h"
#include "tests/bench/synthetic.h"

namespace sockbench {
namespace {

/// A load in which both sides wait for each other and everything is right.
CellFigures healthy() {
  CellFigures figures;
  figures.achieved_rps = {10'000, 10'010, 9'990};
  figures.cpu_ns_per_request = {5'000, 5'010, 4'990};
  figures.cpu_utilisation = {0.5, 0.51, 0.49};
  figures.generator_utilisation = {0.6, 0.61, 0.59};
  figures.little_ratio = {1.0, 1.001, 0.999};
  figures.threads_peak = 1;
  figures.times["response_time_ns"].record_n(50'000, 100'000);
  return figures;
}

Judgement judged(const CellFigures& figures) {
  return judge_cell(test::contestant("a"), test::closed_loop(), "", figures, 1);
}

void expect_status(const Judgement& judgement, Validity status, const std::string& reason) {
  EXPECT_STREQ(to_text(judgement.validity), to_text(status)) << reason;
  ASSERT_FALSE(judgement.reasons.empty()) << reason;
  EXPECT_NE(judgement.reasons.front().find(reason), std::string::npos) << judgement.reasons.front();
}

TEST(JudgeShape, SlowPeersThatWereHarmed) {
  CellFigures figures = healthy();
  figures.slow_peers = SlowPeerCounts{.connected = 8, .refused = 0, .lost = 0, .wrong = 0};
  EXPECT_EQ(judged(figures).validity, Validity::kValid);
  figures.slow_peers->lost = 2;
  expect_status(judged(figures), Validity::kFailed, "2 slow peers were refused or lost");
  figures.slow_peers->wrong = 1;
  expect_status(judged(figures), Validity::kFailed, "1 slow peers got wrong bytes");
}

TEST(JudgeShape, FirstRepliesThatWaitedForOthersToLeave) {
  CellFigures figures = healthy();
  figures.ledger["answered"] = 1000;
  figures.waited_for_others = 10;
  EXPECT_EQ(judged(figures).validity, Validity::kValid) << "one in a hundred may be a stall";
  figures.waited_for_others = 11;
  expect_status(judged(figures), Validity::kModelLimit, "11 of 1000 first replies came only after");
}

TEST(JudgeShape, ABurstHasNoScheduleToKeep) {
  Workload burst = test::open_loop();
  burst.burst = true;
  CellFigures figures = healthy();
  figures.little_ratio.clear();
  figures.intended_rps = 10'000;
  figures.schedule_adherence = {0.01, 0.01, 0.01};
  figures.achieved_rps = {5'000, 5'000, 5'000};
  const auto judge = [&] { return judge_cell(test::contestant("a"), burst, "", figures, 1); };
  EXPECT_EQ(judge().validity, Validity::kValid);
  EXPECT_EQ(judge_cell(test::contestant("a"), test::open_loop(), "", figures, 1).validity,
            Validity::kSaturated)
      << "a paced load has one";
  figures.wrong = 3;
  expect_status(judge(), Validity::kSaturated, "3 requests of the bursts were not answered");
}

/// Bursts of 500 connections that take 30 ms each in a window of 400.
CellFigures bursts() {
  CellFigures figures = healthy();
  figures.little_ratio.clear();
  figures.generator_utilisation = {0.05, 0.05, 0.05};
  figures.cpu_utilisation = {0.04, 0.04, 0.04};
  figures.cpu_ns_per_request = {30'000, 30'000, 30'000};
  figures.burst_ns = {30e6, 30e6, 30e6};
  figures.burst_generator_utilisation = {0.85, 0.86, 0.84};
  return figures;
}

Judgement judged_burst(const CellFigures& figures) {
  Workload burst = test::open_loop();
  burst.burst = true;
  burst.connections = burst.active = 500;
  return judge_cell(test::contestant("a"), burst, "", figures, 1);
}

TEST(JudgeShape, ABurstIsGeneratorBoundByTheGeneratorsShareOfIt) {
  CellFigures figures = bursts();
  EXPECT_EQ(judged_burst(figures).validity, Validity::kValid);
  EXPECT_EQ(judged_burst(figures).limiter, Limiter::kNeither) << "the server used half of the time";
  figures.burst_generator_utilisation = {0.93, 0.97, 0.5};
  const Judgement bound = judged_burst(figures);
  expect_status(bound, Validity::kGeneratorBound, "93.0 % of its CPU from the start of a burst");
  EXPECT_EQ(bound.limiter, Limiter::kGenerator);
  EXPECT_FALSE(eligible(bound, "burst_ns").eligible) << "it timed the generator";
  EXPECT_TRUE(eligible(bound, "server.cpu_ns_per_request").eligible);
}

TEST(JudgeShape, TheLimiterOfABurstIsTheServerWhenItsCpuFillsIt) {
  CellFigures figures = bursts();
  figures.cpu_ns_per_request = {57'000, 57'000, 57'000};  // 28.5 of 30 ms
  EXPECT_EQ(judged_burst(figures).limiter, Limiter::kServer);
  EXPECT_EQ(judged_burst(figures).validity, Validity::kValid);
}

}  // namespace
}  // namespace sockbench
