#include "tests/bench/ab_comparison.h"

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

std::vector<CellResult>& cells_of(AbComparison& comparison) {
  return comparison.screening.result.cells;
}

/// The same for one side in both stages.
void wait_for_cpu(AbComparison& comparison, std::size_t side, double share) {
  wait_for_cpu(cells_of(comparison)[side], share);
  if (comparison.confirmation) wait_for_cpu(comparison.confirmation->result.cells[side], share);
}

/// The hypervisor takes a CPU for this share of the time, in both stages.
void steal(AbComparison& comparison, std::size_t side, double share) {
  const auto take = [share](Slice& slice) {
    slice.disturbance.steal_ns =
        static_cast<std::int64_t>(share * static_cast<double>(slice.wall_ns));
  };
  each_slice(cells_of(comparison)[side], take);
  if (comparison.confirmation) each_slice(comparison.confirmation->result.cells[side], take);
}

void memory(CellResult& cell, std::int64_t bytes_per_connection) {
  for (const int connections : {0, 100, 200}) {
    cell.memory.points.push_back({.connections = connections,
                                  .user_bytes = 100'000 + connections * bytes_per_connection,
                                  .kernel_bytes = std::nullopt});
  }
}

WorkloadResult with_memory(std::int64_t head) {
  WorkloadResult result = comparison_result({});
  memory(result.cells[kBase], 1'000);
  memory(result.cells[kControl], 1'010);
  memory(result.cells[kHead], head);
  return result;
}

TEST(AbComparison, TheSameProgramPasses) {
  const AbComparison comparison = comparison_of({});
  EXPECT_EQ(comparison.verdict, DuelVerdict::kPass);
  EXPECT_TRUE(comparison.reasons.empty());
}

TEST(AbComparison, ARegressionIsSeenTwice) {
  EXPECT_EQ(comparison_of({.cpu_ratio = 1.03}, AbShape{.cpu_ratio = 1.03}).verdict,
            DuelVerdict::kRegression);
}

TEST(AbComparison, WhatFreshRestartsDoNotShowDecidesNothing) {
  const AbComparison comparison = comparison_of({.cpu_ratio = 1.03}, AbShape{});
  EXPECT_EQ(comparison.verdict, DuelVerdict::kInconclusive);
  ASSERT_EQ(comparison.reasons.size(), 1U);
  EXPECT_NE(comparison.reasons[0].find("not seen again"), std::string::npos);
}

TEST(AbComparison, BetterIsAPass) {
  EXPECT_EQ(comparison_of({.cpu_ratio = 0.9}).verdict, DuelVerdict::kPass);
}

TEST(AbComparison, TheShortFormOnlyWarnsOfWhatIsTimed) {
  const AbComparison comparison =
      comparison_of({.cpu_ratio = 1.03}, AbShape{.cpu_ratio = 1.03}, true);
  EXPECT_EQ(comparison.verdict, DuelVerdict::kInconclusive);
  EXPECT_NE(comparison.reasons.back().find("short form"), std::string::npos);
}

TEST(AbComparison, AFailureComesFirstAndNamesTheSide) {
  for (const auto& [side, name] : {std::pair{kBase, "base failed"},
                                   {kControl, "base (the control) failed"},
                                   {kHead, "head failed"}}) {
    const AbComparison comparison = failed_comparison(side, "the server was ended");
    EXPECT_EQ(comparison.verdict, DuelVerdict::kFailed);
    EXPECT_EQ(comparison.reasons[0], std::string(name) + ": the server was ended");
  }
}

TEST(AbComparison, WrongBytesAreAFailureWheneverTheyAreSeen) {
  const AbShape wrong{.head_report = {.ledger = {{"answered", 997}, {"mismatched", 3}}}};
  const AbComparison comparison = comparison_of(wrong);
  EXPECT_EQ(comparison.verdict, DuelVerdict::kFailed);
  EXPECT_EQ(comparison_of({.cpu_ratio = 1.03}, wrong).verdict, DuelVerdict::kFailed)
      << "the second time";
  EXPECT_EQ(comparison.reasons.front().find("head failed: 24 replies"), 0U)
      << comparison.reasons.front();
}

TEST(AbComparison, ABusyNeighbourOfOneSideIsNoRegression) {
  const AbComparison comparison =
      comparison_of({.cpu_ratio = 1.1}, AbShape{.cpu_ratio = 1.1}, false, [](AbComparison& own) {
        wait_for_cpu(own, kBase, 0.01);
        wait_for_cpu(own, kControl, 0.01);
        wait_for_cpu(own, kHead, 0.10);
      });
  ASSERT_EQ(comparison.verdict, DuelVerdict::kInconclusive);
  EXPECT_NE(comparison.reasons[0].find("something else ran"), std::string::npos);
  EXPECT_NEAR(*comparison.disturbances[kHead].waited, 0.10, 1e-6);
}

TEST(AbComparison, ANeighbourOfBaseOnlyHidesNoRegression) {
  const AbComparison comparison = comparison_of({}, std::nullopt, false, [](AbComparison& own) {
    wait_for_cpu(own, kBase, 0.2);
    wait_for_cpu(own, kControl, 0.2);
    wait_for_cpu(own, kHead, 0.01);
  });
  EXPECT_EQ(comparison.verdict, DuelVerdict::kInconclusive);
}

TEST(AbComparison, ANeighbourOfAllSidesIsAllowed) {
  const AbComparison comparison =
      comparison_of({.cpu_ratio = 1.03}, AbShape{.cpu_ratio = 1.03}, false, [](AbComparison& own) {
        for (const std::size_t side : {kBase, kControl, kHead}) wait_for_cpu(own, side, 0.2);
      });
  EXPECT_EQ(comparison.verdict, DuelVerdict::kRegression);
}

/// One that is 3 % worse, while a CPU is stolen for this share of the time.
AbComparison stolen(double share) {
  return comparison_of({.cpu_ratio = 1.03}, AbShape{.cpu_ratio = 1.03}, false,
                       [share](AbComparison& own) {
                         for (const std::size_t side : {kBase, kControl, kHead})
                           steal(own, side, share);
                       });
}

TEST(AbComparison, MuchStealDecidesNothing) {
  const AbComparison comparison = stolen(0.6);
  EXPECT_EQ(comparison.verdict, DuelVerdict::kInconclusive);
  EXPECT_NE(comparison.reasons[0].find("hypervisor took 60.0 %"), std::string::npos)
      << comparison.reasons[0];
}

TEST(AbComparison, StealThatBothSidesSufferIsAllowed) {
  EXPECT_EQ(stolen(0.4).verdict, DuelVerdict::kRegression);
}

TEST(AbComparison, AControlThatMovesDecidesNothing) {
  const AbComparison comparison =
      comparison_of({.cpu_ratio = 1.03}, AbShape{.cpu_ratio = 1.03}, false, [](AbComparison& own) {
        for (double& value : own.screening.series.front().control_log) value += 0.02;
      });
  EXPECT_TRUE(comparison.control_moved);
  EXPECT_EQ(comparison.verdict, DuelVerdict::kInconclusive);
}

/// What the kernel tells in ticks.
class TickedShare : public testing::TestWithParam<double Disturbance::*> {};
INSTANTIATE_TEST_SUITE_P(AbComparison, TickedShare,
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

TEST(AbComparison, ThreadsThatWaitForEachOtherAreNoDisturbance) {
  const AbComparison comparison =
      comparison_of({.cpu_ratio = 1.03}, AbShape{.cpu_ratio = 1.03}, false, [](AbComparison& own) {
        for (CellResult& cell : cells_of(own)) {
          for (RestartResult& restart : cell.restarts) restart.threads = 64;
        }
        wait_for_cpu(own, kHead, 5);
      });
  EXPECT_FALSE(comparison.disturbances[kHead].waited);
  EXPECT_EQ(comparison.verdict, DuelVerdict::kRegression);
}

TEST(AbComparison, MoreMemoryForEachConnectionIsARegressionWhenItIsSeenTwice) {
  AbComparison comparison;
  comparison.plan = comparison_plan();
  comparison.screening = stage_of(with_memory(5'096));
  EXPECT_TRUE(comparison.screening.memory_grew);
  EXPECT_TRUE(comparison.screening.suspects());
  AbComparison once = comparison;
  once.confirmation = stage_of(with_memory(1'000), kConfirmation);
  conclude(once, false);
  EXPECT_EQ(once.verdict, DuelVerdict::kInconclusive);
  comparison.confirmation = stage_of(with_memory(5'096), kConfirmation);
  conclude(comparison, true);
  EXPECT_EQ(comparison.verdict, DuelVerdict::kRegression)
      << "memory is not timed: also in the short form";
}

TEST(AbComparison, ALittleMoreMemoryIsNone) {
  EXPECT_FALSE(stage_of(with_memory(1'400)).memory_grew);
  EXPECT_FALSE(stage_of(comparison_result({})).memory_grew) << "nothing was measured";
}

TEST(AbComparison, ConnectionsThatHeadLeavesWithoutReplyAreARegression) {
  const AbShape starving{.head_report = {.starved = 2}};
  const AbComparison comparison = comparison_of(starving, starving);
  EXPECT_TRUE(comparison.screening.head_loses());
  EXPECT_EQ(comparison.verdict, DuelVerdict::kRegression);
  EXPECT_EQ(comparison_of(starving, AbShape{}).verdict, DuelVerdict::kInconclusive) << "seen once";
}

TEST(AbComparison, RequestsThatOnlyHeadNeverAnswersAreARegressionOnAnyMachine) {
  const AbShape losing{
      .head_report = {.little_ratio = 0.1, .ledger = {{"answered", 997}, {"unanswered", 3}}}};
  const AbComparison comparison = comparison_of(losing, losing, true, [](AbComparison& own) {
    wait_for_cpu(own, kBase, 0.01);
    wait_for_cpu(own, kControl, 0.01);
    wait_for_cpu(own, kHead, 0.30);
  });
  EXPECT_EQ(comparison.verdict, DuelVerdict::kRegression);
  EXPECT_NE(comparison.reasons[0].find("something else ran"), std::string::npos)
      << "said all the same";
}

TEST(AbComparison, AnotherLossInEachStageIsNoneSeenTwice) {
  const AbShape starving{.head_report = {.starved = 2}};
  const AbShape losing{.head_report = {.ledger = {{"answered", 997}, {"unanswered", 3}}}};
  EXPECT_EQ(comparison_of(starving, losing).verdict, DuelVerdict::kInconclusive);
}

TEST(AbComparison, WhereBaseStarvesTooItIsNoRegression) {
  const AbShape both{.head_report = {.starved = 2}, .base_report = {.starved = 1}};
  const AbComparison comparison = comparison_of(both);
  EXPECT_FALSE(comparison.screening.head_loses());
  EXPECT_EQ(comparison.verdict, DuelVerdict::kInconclusive);
  EXPECT_NE(comparison.reasons[0].find("cannot be compared"), std::string::npos)
      << comparison.reasons[0];
}

TEST(AbComparison, ThroughputCountsOnlyWhereTheServerSetThePace) {
  const AbStage stage = stage_of(comparison_result({}));
  EXPECT_NE(stage.series[1].not_gated.find("did not set the pace"), std::string::npos);
}

const ReportShape kBusyGenerator{.generator_utilisation = 0.98};

TEST(AbComparison, WhereTheGeneratorIsTheLimitOfBothOnlyTheServersOwnFiguresCount) {
  const AbShape both{.head_report = kBusyGenerator, .base_report = kBusyGenerator};
  const AbStage stage = stage_of(comparison_result(both));
  EXPECT_EQ(stage.series[0].not_gated, "");
  EXPECT_NE(stage.series[1].not_gated.find("generator_bound"), std::string::npos);
  EXPECT_NE(stage.series[2].not_gated.find("generator_bound"), std::string::npos);
}

TEST(AbComparison, AHeadThatCannotKeepTheGeneratorsPaceIsSlower) {
  const AbShape slow{.rps_ratio = 0.5, .base_report = kBusyGenerator};
  const AbComparison comparison = comparison_of(slow, slow);
  EXPECT_EQ(comparison.screening.series[1].not_gated, "");
  EXPECT_EQ(comparison.screening.findings[1].verdict, GateVerdict::kRegression);
  EXPECT_EQ(comparison.verdict, DuelVerdict::kRegression);
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
