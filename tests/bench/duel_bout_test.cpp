#include "tests/bench/duel_bout.h"

#include <gtest/gtest.h>

namespace sockbench::test {
namespace {

void each_slice(CellResult& cell, const std::function<void(Slice&)>& change) {
  for (RestartResult& restart : cell.restarts) {
    for (Slice& slice : restart.slices) change(slice);
  }
}

/// All slices of a side waited for a CPU for so much of their time.
void wait_for_cpu(CellResult& cell, double share) {
  each_slice(cell, [&](Slice& slice) {
    slice.waited_ns = static_cast<std::int64_t>(share * static_cast<double>(slice.wall_ns));
    slice.disturbance.foreign_ns = 0;
  });
}

std::vector<CellResult>& cells_of(Bout& bout) { return bout.screening.result.cells; }

/// The same for one side in both stages.
void wait_for_cpu(Bout& bout, std::size_t side, double share) {
  wait_for_cpu(cells_of(bout)[side], share);
  if (bout.confirmation) wait_for_cpu(bout.confirmation->result.cells[side], share);
}

/// The hypervisor takes a CPU for this share of the time, in both stages.
void steal(Bout& bout, std::size_t side, double share) {
  const auto take = [share](Slice& slice) {
    slice.disturbance.steal_ns =
        static_cast<std::int64_t>(share * static_cast<double>(slice.wall_ns));
  };
  each_slice(cells_of(bout)[side], take);
  if (bout.confirmation) each_slice(bout.confirmation->result.cells[side], take);
}

void memory(CellResult& cell, std::int64_t bytes_per_connection) {
  for (const int connections : {0, 100, 200}) {
    cell.memory.points.push_back({.connections = connections,
                                  .user_bytes = 100'000 + connections * bytes_per_connection,
                                  .kernel_bytes = std::nullopt});
  }
}

WorkloadResult with_memory(std::int64_t head) {
  WorkloadResult result = bout_result({});
  memory(result.cells[kBase], 1'000);
  memory(result.cells[kControl], 1'010);
  memory(result.cells[kHead], head);
  return result;
}

TEST(DuelBout, TheSameProgramPasses) {
  const Bout bout = bout_of({});
  EXPECT_EQ(bout.verdict, DuelVerdict::kPass);
  EXPECT_TRUE(bout.reasons.empty());
}

TEST(DuelBout, ARegressionIsSeenTwice) {
  EXPECT_EQ(bout_of({.cpu_ratio = 1.03}, BoutShape{.cpu_ratio = 1.03}).verdict,
            DuelVerdict::kRegression);
}

TEST(DuelBout, WhatFreshRestartsDoNotShowDecidesNothing) {
  const Bout bout = bout_of({.cpu_ratio = 1.03}, BoutShape{});
  EXPECT_EQ(bout.verdict, DuelVerdict::kInconclusive);
  ASSERT_EQ(bout.reasons.size(), 1U);
  EXPECT_NE(bout.reasons[0].find("not seen again"), std::string::npos);
}

TEST(DuelBout, BetterIsAPass) {
  EXPECT_EQ(bout_of({.cpu_ratio = 0.9}).verdict, DuelVerdict::kPass);
}

TEST(DuelBout, TheShortFormOnlyWarnsOfWhatIsTimed) {
  const Bout bout = bout_of({.cpu_ratio = 1.03}, BoutShape{.cpu_ratio = 1.03}, true);
  EXPECT_EQ(bout.verdict, DuelVerdict::kInconclusive);
  EXPECT_NE(bout.reasons.back().find("short form"), std::string::npos);
}

TEST(DuelBout, AFailureComesFirstAndNamesTheSide) {
  for (const auto& [side, name] : {std::pair{kBase, "base failed"},
                                   {kControl, "base (the control) failed"},
                                   {kHead, "head failed"}}) {
    const Bout bout = failed_bout(side, "the server was ended");
    EXPECT_EQ(bout.verdict, DuelVerdict::kFailed);
    EXPECT_EQ(bout.reasons[0], std::string(name) + ": the server was ended");
  }
}

TEST(DuelBout, WrongBytesAreAFailureWheneverTheyAreSeen) {
  const BoutShape wrong{.head_report = {.ledger = {{"answered", 997}, {"mismatched", 3}}}};
  const Bout bout = bout_of(wrong);
  EXPECT_EQ(bout.verdict, DuelVerdict::kFailed);
  EXPECT_EQ(bout_of({.cpu_ratio = 1.03}, wrong).verdict, DuelVerdict::kFailed) << "the second time";
  EXPECT_EQ(bout.reasons.front().find("head failed: 24 replies"), 0U) << bout.reasons.front();
}

TEST(DuelBout, ABusyNeighbourOfOneSideIsNoRegression) {
  const Bout bout = bout_of({.cpu_ratio = 1.1}, BoutShape{.cpu_ratio = 1.1}, false, [](Bout& own) {
    wait_for_cpu(own, kBase, 0.01);
    wait_for_cpu(own, kControl, 0.01);
    wait_for_cpu(own, kHead, 0.10);
  });
  ASSERT_EQ(bout.verdict, DuelVerdict::kInconclusive);
  EXPECT_NE(bout.reasons[0].find("something else ran"), std::string::npos);
  EXPECT_NEAR(*bout.disturbances[kHead].waited, 0.10, 1e-6);
}

TEST(DuelBout, ANeighbourOfBaseOnlyHidesNoRegression) {
  const Bout bout = bout_of({}, std::nullopt, false, [](Bout& own) {
    wait_for_cpu(own, kBase, 0.2);
    wait_for_cpu(own, kControl, 0.2);
    wait_for_cpu(own, kHead, 0.01);
  });
  EXPECT_EQ(bout.verdict, DuelVerdict::kInconclusive);
}

TEST(DuelBout, ANeighbourOfAllSidesIsAllowed) {
  const Bout bout =
      bout_of({.cpu_ratio = 1.03}, BoutShape{.cpu_ratio = 1.03}, false, [](Bout& own) {
        for (const std::size_t side : {kBase, kControl, kHead}) wait_for_cpu(own, side, 0.2);
      });
  EXPECT_EQ(bout.verdict, DuelVerdict::kRegression);
}

/// One that is 3 % worse, while a CPU is stolen for this share of the time.
Bout stolen(double share) {
  return bout_of({.cpu_ratio = 1.03}, BoutShape{.cpu_ratio = 1.03}, false, [share](Bout& own) {
    for (const std::size_t side : {kBase, kControl, kHead}) steal(own, side, share);
  });
}

TEST(DuelBout, MuchStealDecidesNothing) {
  const Bout bout = stolen(0.6);
  EXPECT_EQ(bout.verdict, DuelVerdict::kInconclusive);
  EXPECT_NE(bout.reasons[0].find("hypervisor took 60.0 %"), std::string::npos) << bout.reasons[0];
}

TEST(DuelBout, StealThatBothSidesSufferIsAllowed) {
  EXPECT_EQ(stolen(0.4).verdict, DuelVerdict::kRegression);
}

TEST(DuelBout, AControlThatMovesDecidesNothing) {
  const Bout bout =
      bout_of({.cpu_ratio = 1.03}, BoutShape{.cpu_ratio = 1.03}, false, [](Bout& own) {
        for (double& value : own.screening.series.front().control_log) value += 0.02;
      });
  EXPECT_TRUE(bout.control_moved);
  EXPECT_EQ(bout.verdict, DuelVerdict::kInconclusive);
}

/// What the kernel tells in ticks.
class TickedShare : public testing::TestWithParam<double Disturbance::*> {};
INSTANTIATE_TEST_SUITE_P(DuelBout, TickedShare,
                         testing::Values(&Disturbance::foreign, &Disturbance::steal));

TEST_P(TickedShare, IsOneSidedBeyondWhatTicksCanTell) {
  const auto with = [](double share, double wall_s = 2.4) {
    Disturbance side{.wall_s = wall_s, .waited = 0.01};
    side.*GetParam() = share;
    return side;
  };
  const Disturbance quiet = with(0.02);
  EXPECT_FALSE(one_sided(quiet, quiet, with(0.2))) << "18 % apart, of 240 ticks";
  EXPECT_TRUE(one_sided(quiet, quiet, with(0.22))) << "20 % apart";
  EXPECT_FALSE(one_sided(quiet, with(0.22), with(0.22))) << "so had one of base's two";
  EXPECT_TRUE(one_sided(with(0.3), with(0.3), with(0.09))) << "beside base it is one-sided as well";
  EXPECT_TRUE(one_sided(with(0.02, 240), with(0.02, 240), with(0.14, 240)))
      << "12 % apart, of 24,000 ticks";
}

TEST(DuelBout, ThreadsThatWaitForEachOtherAreNoDisturbance) {
  const Bout bout =
      bout_of({.cpu_ratio = 1.03}, BoutShape{.cpu_ratio = 1.03}, false, [](Bout& own) {
        for (CellResult& cell : cells_of(own)) {
          for (RestartResult& restart : cell.restarts) restart.threads = 64;
        }
        wait_for_cpu(own, kHead, 5);
      });
  EXPECT_FALSE(bout.disturbances[kHead].waited);
  EXPECT_EQ(bout.verdict, DuelVerdict::kRegression);
}

TEST(DuelBout, MoreMemoryForEachConnectionIsARegressionWhenItIsSeenTwice) {
  Bout bout;
  bout.plan = bout_plan();
  bout.screening = stage_of(with_memory(5'096));
  EXPECT_TRUE(bout.screening.memory_grew);
  EXPECT_TRUE(bout.screening.suspects());
  Bout once = bout;
  once.confirmation = stage_of(with_memory(1'000), kConfirmation);
  conclude(once, false);
  EXPECT_EQ(once.verdict, DuelVerdict::kInconclusive);
  bout.confirmation = stage_of(with_memory(5'096), kConfirmation);
  conclude(bout, true);
  EXPECT_EQ(bout.verdict, DuelVerdict::kRegression)
      << "memory is not timed: also in the short form";
}

TEST(DuelBout, ALittleMoreMemoryIsNone) {
  EXPECT_FALSE(stage_of(with_memory(1'400)).memory_grew);
  EXPECT_FALSE(stage_of(bout_result({})).memory_grew) << "nothing was measured";
}

TEST(DuelBout, ConnectionsThatHeadLeavesWithoutReplyAreARegression) {
  const BoutShape starving{.head_report = {.starved = 2}};
  const Bout bout = bout_of(starving, starving);
  EXPECT_TRUE(bout.screening.head_loses());
  EXPECT_EQ(bout.verdict, DuelVerdict::kRegression);
  EXPECT_EQ(bout_of(starving, BoutShape{}).verdict, DuelVerdict::kInconclusive) << "seen once";
}

TEST(DuelBout, RequestsThatOnlyHeadNeverAnswersAreARegressionOnAnyMachine) {
  const BoutShape losing{
      .head_report = {.little_ratio = 0.1, .ledger = {{"answered", 997}, {"unanswered", 3}}}};
  const Bout bout = bout_of(losing, losing, true, [](Bout& own) {
    wait_for_cpu(own, kBase, 0.01);
    wait_for_cpu(own, kControl, 0.01);
    wait_for_cpu(own, kHead, 0.30);
  });
  EXPECT_EQ(bout.verdict, DuelVerdict::kRegression);
  EXPECT_NE(bout.reasons[0].find("something else ran"), std::string::npos) << "said all the same";
}

TEST(DuelBout, AnotherLossInEachStageIsNoneSeenTwice) {
  const BoutShape starving{.head_report = {.starved = 2}};
  const BoutShape losing{.head_report = {.ledger = {{"answered", 997}, {"unanswered", 3}}}};
  EXPECT_EQ(bout_of(starving, losing).verdict, DuelVerdict::kInconclusive);
}

TEST(DuelBout, WhereBaseStarvesAsWellNobodyIsBlamed) {
  const BoutShape both{.head_report = {.starved = 2}, .base_report = {.starved = 1}};
  const Bout bout = bout_of(both);
  EXPECT_FALSE(bout.screening.head_loses());
  EXPECT_EQ(bout.verdict, DuelVerdict::kInconclusive);
  EXPECT_NE(bout.reasons[0].find("cannot be compared"), std::string::npos) << bout.reasons[0];
}

TEST(DuelBout, ThroughputCountsOnlyWhereTheServerSetThePace) {
  const BoutStage stage = stage_of(bout_result({}));
  EXPECT_NE(stage.series[1].not_gated.find("did not set the pace"), std::string::npos);
}

const ReportShape kBusyGenerator{.generator_utilisation = 0.98};

TEST(DuelBout, WhereTheGeneratorIsTheLimitOfBothOnlyTheServersOwnFiguresCount) {
  const BoutShape both{.head_report = kBusyGenerator, .base_report = kBusyGenerator};
  const BoutStage stage = stage_of(bout_result(both));
  EXPECT_EQ(stage.series[0].not_gated, "");
  EXPECT_NE(stage.series[1].not_gated.find("generator_bound"), std::string::npos);
  EXPECT_NE(stage.series[2].not_gated.find("generator_bound"), std::string::npos);
}

TEST(DuelBout, AHeadThatCannotKeepTheGeneratorsPaceIsSlower) {
  const BoutShape slow{.rps_ratio = 0.5, .base_report = kBusyGenerator};
  const Bout bout = bout_of(slow, slow);
  EXPECT_EQ(bout.screening.series[1].not_gated, "");
  EXPECT_EQ(bout.screening.findings[1].verdict, GateVerdict::kRegression);
  EXPECT_EQ(bout.verdict, DuelVerdict::kRegression);
}

TEST(DuelVerdicts, TheWorstOneStandsForAll) {
  using enum DuelVerdict;
  EXPECT_EQ(worst_of({}), kPass);
  EXPECT_EQ(worst_of({kPass, kInconclusive}), kInconclusive);
  EXPECT_EQ(worst_of({kInconclusive, kRegression, kPass}), kRegression);
  EXPECT_EQ(worst_of({kRegression, kFailed}), kFailed);
}

}  // namespace
}  // namespace sockbench::test
