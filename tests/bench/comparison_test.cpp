// Every comparable cell against the reference, and nobody else.

#include "bench/judge/comparison.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/bench/documents.h"
#include "tests/bench/synthetic.h"

namespace sockbench {
namespace {

using test::cell;
using test::kCpu;
using test::kMargin;
using test::Scene;
using test::SliceShape;

/// "busy cpu epoll select" of a comparison, to compare lists of them.
std::vector<std::string> subjects(const std::vector<Comparison>& comparisons) {
  std::vector<std::string> texts;
  texts.reserve(comparisons.size());
  for (const Comparison& c : comparisons) {
    texts.push_back(c.workload + " " + c.metric + " " + c.base + " " + c.head);
  }
  return texts;
}

Comparison find(const std::vector<Comparison>& comparisons, const std::string& metric,
                const std::string& head) {
  for (const Comparison& comparison : comparisons) {
    if (comparison.metric == metric && comparison.head == head) return comparison;
  }
  ADD_FAILURE() << head << " was not compared on " << metric;
  return {};
}

/// A busy server, so that its throughput counts.
SliceShape busy(double cpu_ns_per_request = 5'000) {
  return {.cpu_ns_per_request = cpu_ns_per_request, .rps = 0.97e9 / cpu_ns_per_request};
}

TEST(CompareCells, AClearWinner) {
  Scene scene({"epoll", "cheap", "dear"});
  scene.add(test::closed_loop(), {cell(8, {.cpu_ns_per_request = 9'700}),
                                  cell(8, {.cpu_ns_per_request = 7'760, .rps = 125'000}),
                                  cell(8, {.cpu_ns_per_request = 12'125, .rps = 80'000})});
  scene.judge();
  const auto comparisons = compare_cells(scene.plan, scene.cells, kMargin);
  EXPECT_EQ(comparisons.size(), 4U);
  const Comparison cheap = find(comparisons, kCpu, "cheap");
  EXPECT_EQ(cheap.verdict, Verdict::kFaster);
  EXPECT_NEAR(cheap.ratio, 0.8, 1e-3);
  EXPECT_EQ(cheap.restarts, 8U);
  EXPECT_EQ(cheap.base, "epoll");
  EXPECT_EQ(cheap.margin, kMargin);
  EXPECT_LT(cheap.p_holm, 0.05);
  EXPECT_EQ(find(comparisons, "achieved_rps", "cheap").verdict, Verdict::kFaster);
  const Comparison dear = find(comparisons, "achieved_rps", "dear");
  EXPECT_EQ(dear.verdict, Verdict::kSlower) << "fewer requests per second are worse";
  EXPECT_NEAR(dear.ratio, 0.8, 1e-3);
}

TEST(CompareCells, GroupsArePairedWithTheReferenceBesideThem) {
  // The machine was twice as slow while the second group ran; its own reference tells.
  const auto in_group = [](int number, int group, double cpu) {
    RestartResult result = test::restart(number, {.cpu_ns_per_request = cpu});
    result.group = group;
    return result;
  };
  CellResult epoll;
  CellResult first;
  CellResult second;
  for (int r = 0; r < 8; ++r) {
    epoll.restarts.push_back(in_group(r, 0, 5'000));
    first.restarts.push_back(in_group(r, 0, 6'000));
    epoll.restarts.push_back(in_group(r, 1, 10'000));
    second.restarts.push_back(in_group(r, 1, 10'000));
  }
  Scene scene({"epoll", "first", "second"});
  scene.add(test::closed_loop(), {epoll, first, second});
  scene.judge();
  const auto comparisons = compare_cells(scene.plan, scene.cells, kMargin);
  EXPECT_NEAR(find(comparisons, kCpu, "first").ratio, 1.2, 1e-3);
  EXPECT_NEAR(find(comparisons, kCpu, "second").ratio, 1.0, 1e-3);
  const auto rankings = scene.rankings();
  const auto& ranked = rankings[0].ranked;
  EXPECT_EQ(ranked[2].contestant, "first") << "also across groups";
  EXPECT_EQ(ranked[2].rank, 3U);
  EXPECT_EQ(ranked[1].rank, 1U);
}

std::optional<double> widest_of(std::vector<CellResult> cells, int restarts) {
  RunPlan plan;
  plan.workloads = {{test::closed_loop(), restarts, 4}};
  plan.contestants.resize(cells.size());
  return widest_interval(plan, 0, cells, restarts);
}

TEST(WidestInterval, IsThatOfTheNoisiestContestant) {
  const auto calm = widest_of({cell(8), cell(8, {}, 0.002)}, 8);
  const auto noisy = widest_of({cell(8), cell(8, {}, 0.002), cell(8, {}, 0.02)}, 8);
  ASSERT_TRUE(calm && noisy);
  EXPECT_GT(*calm, 0);
  EXPECT_LT(*calm, 0.005);
  EXPECT_GT(*noisy, 4 * *calm);
}

TEST(WidestInterval, LeavesOutWhoHasNone) {
  CellResult dead = cell(1, {}, 0.5);
  dead.failure = "the server was ended by signal 9 (Killed)";
  CellResult limited = cell(2, {}, 0.5);
  limited.limit_reached = true;
  EXPECT_LT(widest_of({cell(8), cell(8), dead, limited}, 8).value(), 0.01);
  EXPECT_EQ(widest_of({cell(8), dead}, 8), std::nullopt) << "nothing to be precise about";
  EXPECT_EQ(widest_of({cell(2), cell(2)}, 2), std::nullopt) << "too few restarts for an interval";
}

TEST(CompareCells, ATieAndWhatWouldHaveBeenSeen) {
  Scene scene({"epoll", "same"});
  scene.add(test::closed_loop(), {cell(8), cell(8, {.cpu_ns_per_request = 5'010}, 0.002)});
  scene.judge();
  const Comparison same = find(compare_cells(scene.plan, scene.cells, kMargin), kCpu, "same");
  EXPECT_EQ(same.verdict, Verdict::kTie);
  EXPECT_GT(same.minimum_detectable_effect, 0);
  EXPECT_LT(same.minimum_detectable_effect, 1.5 * kMargin);
}

TEST(CompareCells, AnotherProgramVariesBetweenRunsTheSameOneHardly) {
  Scene scene({"epoll", "other"}, 12);
  Contestant options = test::contestant("epoll --reply echo");
  options.model = "epoll";
  scene.plan.contestants.push_back(options);
  const SliceShape dearer = {.cpu_ns_per_request = 5'100};
  scene.add(test::closed_loop(), {cell(12), cell(12, dearer, 0.001), cell(12, dearer, 0.001)});
  scene.judge();
  const auto comparisons = compare_cells(scene.plan, scene.cells, kMargin);
  const Comparison other = find(comparisons, kCpu, "other");
  const Comparison same = find(comparisons, kCpu, "epoll --reply echo");
  EXPECT_DOUBLE_EQ(other.ratio, same.ratio);
  EXPECT_NEAR(other.between_run_sd, 0.0083, 0.0001);
  EXPECT_NEAR(same.between_run_sd, 0.0024, 0.0001);
  EXPECT_LT(same.ci95->hi, other.ci95->hi);
  EXPECT_LT(same.p_value, other.p_value);
  EXPECT_EQ(to_json(other)["between_run_sd"], other.between_run_sd);
}

TEST(CompareCells, NoiseIsInconclusive) {
  Scene scene({"epoll", "noisy"});
  scene.add(test::closed_loop(), {cell(8), cell(8, {.cpu_ns_per_request = 5'100}, 0.2)});
  scene.judge();
  EXPECT_EQ(find(compare_cells(scene.plan, scene.cells, kMargin), kCpu, "noisy").verdict,
            Verdict::kInconclusive);
}

TEST(CompareCells, NoiseThatBothSharedCancels) {
  Scene scene({"epoll", "cheap"});
  scene.add(test::closed_loop(), {cell(8, {}, 0.3), cell(8, {.cpu_ns_per_request = 4'500}, 0.3)});
  scene.judge();
  const Comparison cheap = find(compare_cells(scene.plan, scene.cells, kMargin), kCpu, "cheap");
  EXPECT_EQ(cheap.verdict, Verdict::kFaster);
  EXPECT_NEAR(cheap.ratio, 0.9, 1e-3);
}

TEST(CompareCells, NoiseOfARoundThatBothSharedCancels) {
  // Every round has its own level, far apart; slices are listed in different orders.
  CellResult base = cell(8, {}, 0);
  CellResult head = cell(8, {}, 0);
  for (std::size_t i = 0; i < 8; ++i) {
    auto& left = base.restarts[i].slices;
    auto& right = head.restarts[i].slices;
    for (std::size_t round = 0; round < left.size(); ++round) {
      const auto level = static_cast<std::int64_t>(1) << (4 * round);
      left[round].cpu_ns *= level;
      right[round].cpu_ns = left[round].cpu_ns * 9 / 10;
    }
    std::reverse(right.begin(), right.end());
  }
  Scene scene({"epoll", "cheap"});
  scene.add(test::closed_loop(), {base, head});
  scene.judge();
  scene.cells[0].judgement = scene.cells[1].judgement = {};
  const Comparison cheap = find(compare_cells(scene.plan, scene.cells, kMargin), kCpu, "cheap");
  EXPECT_NEAR(cheap.ratio, 0.9, 1e-6);
  EXPECT_EQ(cheap.verdict, Verdict::kFaster);
}

TEST(CompareCells, EpollTwice) {
  Scene scene({"epoll", "epoll#2"});
  const CellResult busy_server = cell(8, busy());
  scene.add(test::closed_loop(), {busy_server, busy_server});
  scene.judge();
  const auto comparisons = compare_cells(scene.plan, scene.cells, kMargin);
  EXPECT_EQ(subjects(comparisons),
            (std::vector<std::string>{"busy " + std::string(kCpu) + " epoll epoll#2",
                                      "busy achieved_rps epoll epoll#2"}));
  for (const Comparison& comparison : comparisons) {
    EXPECT_EQ(comparison.verdict, Verdict::kTie);
    EXPECT_NEAR(comparison.ratio, 1, 1e-12);
  }
}

TEST(CompareCells, InvalidCellsAreLeftOutMetricByMetric) {
  Scene scene({"epoll", "bound", "failed"});
  CellResult failed;
  failed.failure = "it crashed";
  scene.add(test::closed_loop(),
            {cell(8), cell(8, {}, 0, {.generator_utilisation = 0.99}), failed});
  scene.judge();
  EXPECT_EQ(subjects(compare_cells(scene.plan, scene.cells, kMargin)),
            std::vector<std::string>{"busy " + std::string(kCpu) + " epoll bound"});
}

TEST(CompareCells, WithoutAReferenceThereIsNothing) {
  Scene scene({"epoll", "other"});
  CellResult failed;
  failed.failure = "it crashed";
  scene.add(test::closed_loop("first"), {failed, cell(8)});
  scene.add(test::closed_loop("second"), {cell(8), cell(8)});
  scene.judge();
  for (const Comparison& comparison : compare_cells(scene.plan, scene.cells, kMargin)) {
    EXPECT_EQ(comparison.workload, "second");
  }
}

TEST(CompareCells, TheReferenceNeedNotBeFirst) {
  Scene scene({"blocking", "epoll"});
  scene.plan.reference = 1;
  scene.add(test::closed_loop(), {cell(8, {.cpu_ns_per_request = 4'000}), cell(8)});
  scene.judge();
  const auto comparisons = compare_cells(scene.plan, scene.cells, kMargin);
  EXPECT_EQ(find(comparisons, kCpu, "blocking").base, "epoll");
  EXPECT_NEAR(find(comparisons, kCpu, "blocking").ratio, 0.8, 1e-3);
}

TEST(CompareCells, HolmIsOverOneMetric) {
  // Seven restarts give p = 2^-6 at best: enough for three comparisons, and not for six.
  Scene scene({"epoll", "cheap", "cheap#2", "cheap#3"}, 7);
  const CellResult cheap = cell(7, busy(4'000));
  scene.add(test::closed_loop(), {cell(7, busy()), cheap, cheap, cheap});
  scene.judge();
  const auto comparisons = compare_cells(scene.plan, scene.cells, kMargin);
  EXPECT_EQ(comparisons.size(), 6U) << "of two metrics";
  const Comparison one = find(comparisons, kCpu, "cheap");
  EXPECT_DOUBLE_EQ(one.p_holm, 3 * one.p_value);
  EXPECT_EQ(one.family_size, 3U);
  EXPECT_EQ(one.verdict, Verdict::kFaster);
  EXPECT_EQ(one.reason, std::nullopt);
}

TEST(CompareCells, HolmIsOverAllWorkloads) {
  Scene scene({"epoll", "cheap"}, 8);
  for (const char* name : {"first", "second", "third"}) {
    scene.add(test::closed_loop(name), {cell(8), cell(8, {.cpu_ns_per_request = 4'000})});
  }
  scene.judge();
  for (const Comparison& comparison : compare_cells(scene.plan, scene.cells, kMargin)) {
    EXPECT_EQ(comparison.family_size, 3U);
    EXPECT_DOUBLE_EQ(comparison.p_holm, 3 * comparison.p_value);
  }
}

TEST(CompareCells, WhatCannotBeDecidedTakesNothingFromTheOthers) {
  Scene scene({"epoll", "cheap", "brief"}, 6);
  Workload workload = test::closed_loop();
  workload.metrics = {kCpu};
  const CellResult cheap = cell(6, {.cpu_ns_per_request = 4'000});
  scene.add(workload, {cell(6), cheap, cell(4, {.cpu_ns_per_request = 1'000})});
  scene.judge();
  const auto comparisons = compare_cells(scene.plan, scene.cells, kMargin);
  const Comparison decided = find(comparisons, kCpu, "cheap");
  EXPECT_EQ(decided.verdict, Verdict::kFaster) << "p = 1/32, alone in its family";
  EXPECT_DOUBLE_EQ(decided.p_holm, decided.p_value);
  const Comparison brief = find(comparisons, kCpu, "brief");
  EXPECT_EQ(brief.verdict, Verdict::kInconclusive);
  EXPECT_EQ(brief.reason, Undecided::kTooFewRestarts);
  const auto json = to_json(brief);
  EXPECT_EQ(json["reason"], "too_few_restarts");
  EXPECT_EQ(json["p_holm"], nullptr);
  EXPECT_EQ(json["family_size"], nullptr);
  EXPECT_EQ(json["minimum_detectable_effect"], nullptr);
  EXPECT_EQ(to_json(decided)["reason"], nullptr);
}

TEST(CompareCells, WhatIsDetectableIsSaidAtTheLevelOfTheVerdict) {
  const auto detectable = [](std::size_t heads) {
    std::vector<std::string> names = {"epoll"};
    std::vector<CellResult> results = {cell(10)};
    for (std::size_t i = 0; i < heads; ++i) {
      names.push_back("m" + std::to_string(i));
      results.push_back(cell(10, {}, 0.03));
    }
    Scene scene(names, 10);
    scene.add(test::closed_loop(), std::move(results));
    scene.judge();
    const Comparison first = find(compare_cells(scene.plan, scene.cells, kMargin), kCpu, "m0");
    const double level = 0.05 / static_cast<double>(heads);
    std::vector<double> logs;
    for (const double ratio : *first.per_restart) logs.push_back(std::log(ratio));
    EXPECT_NEAR(first.minimum_detectable_effect,
                minimum_detectable_effect_across_runs(logs, level, Programs::kDifferent), 1e-12);
    return first.minimum_detectable_effect;
  };
  EXPECT_GT(detectable(20), 1.2 * detectable(1));
}

TEST(CompareCells, ThroughputOnlyBetweenServersThatSetThePace) {
  Scene scene({"epoll", "busy", "waiting"});
  scene.add(test::closed_loop(), {cell(8, busy()), cell(8, busy()), cell(8)});
  scene.judge();
  EXPECT_EQ(subjects(compare_cells(scene.plan, scene.cells, kMargin)),
            (std::vector<std::string>{"busy " + std::string(kCpu) + " epoll busy",
                                      "busy " + std::string(kCpu) + " epoll waiting",
                                      "busy achieved_rps epoll busy"}));
}

TEST(FewestRestarts, OfAPlanAreThoseOfItsLargestFamily) {
  const auto fewest = [](int restarts, int sweep_restarts) {
    RunPlan plan;
    plan.contestants.resize(18);
    for (int i = 0; i < 6; ++i) {
      plan.workloads.push_back({test::closed_loop("w" + std::to_string(i)), restarts, 4});
    }
    plan.workloads.push_back({test::closed_loop("sweep"), sweep_restarts, 4});
    plan.workloads.back().left_out = {{1, "another model"}, {2, "another model"}};
    return fewest_restarts(plan);
  };
  EXPECT_EQ(fewest(14, 3), fewest_restarts(std::size_t{6 * 17})) << "three can decide nothing";
  EXPECT_EQ(fewest(14, 14), fewest_restarts(std::size_t{6 * 17 + 15}));
  EXPECT_EQ(fewest(5, 5), fewest_restarts(std::size_t{6 * 17 + 15})) << "what all would need";
}

TEST(CompareCells, TooFewSamplesForAPercentile) {
  const test::ReportShape few{.little_ratio = std::nullopt,
                              .schedule_adherence = 1.0,
                              .repeats = 100,
                              .send_delay_ns = {100}};
  test::ReportShape enough = few;
  enough.repeats = 50'000;
  Scene scene({"epoll", "few"});
  scene.add(test::open_loop(),
            {cell(8, {.rps = 10'000}, 0, enough), cell(8, {.rps = 10'000}, 0, few)});
  scene.judge();
  EXPECT_EQ(subjects(compare_cells(scene.plan, scene.cells, kMargin)),
            (std::vector<std::string>{"paced " + std::string(kCpu) + " epoll few",
                                      "paced response_time_ns.p50 epoll few"}));
}

TEST(CompareCells, IdleCpuIsNoRatio) {
  Scene scene({"epoll", "busy_poll"});
  scene.add(test::idle(), {test::idle_cell(8, 0.001), test::idle_cell(8, 1)});
  scene.judge();
  EXPECT_TRUE(compare_cells(scene.plan, scene.cells, kMargin).empty());
}

TEST(CompareCells, JsonHasNullInsteadOfInfinity) {
  Scene scene({"epoll", "cheap"}, 2);
  scene.add(test::closed_loop(), {cell(2), cell(2, {.cpu_ns_per_request = 4'000})});
  scene.judge();
  const auto json = to_json(find(compare_cells(scene.plan, scene.cells, kMargin), kCpu, "cheap"));
  EXPECT_EQ(json["ci95"], nullptr) << "two restarts give no interval";
  EXPECT_EQ(json["minimum_detectable_effect"], nullptr);
  EXPECT_EQ(json["verdict"], "inconclusive");
  EXPECT_EQ(json["restarts"], 2);
  EXPECT_NEAR(json["ratio"].get<double>(), 0.8, 1e-3);
}

TEST(CompareCells, JsonHasTheRatioOfEveryRestart) {
  Scene scene({"epoll", "cheap"}, 3);
  CellResult cheap = cell(3, {.cpu_ns_per_request = 4'000});
  cheap.restarts.erase(cheap.restarts.begin() + 1);
  scene.add(test::closed_loop(), {cell(3), cheap});
  scene.judge();
  const auto json = to_json(find(compare_cells(scene.plan, scene.cells, kMargin), kCpu, "cheap"));
  ASSERT_EQ(json["per_restart"].size(), 3U);
  EXPECT_NEAR(json["per_restart"][0].get<double>(), 0.8, 1e-3);
  EXPECT_EQ(json["per_restart"][1], nullptr) << "cheap has no second restart";
  EXPECT_NEAR(json["per_restart"][2].get<double>(), 0.8, 1e-3);
}

TEST(CompareCells, RestartsThatWereOnlyPlannedHaveNoRatio) {
  Scene scene({"epoll", "cheap"}, 1'000);
  scene.add(test::closed_loop(), {cell(3), cell(2, {.cpu_ns_per_request = 4'000})});
  scene.judge();
  const auto json = to_json(find(compare_cells(scene.plan, scene.cells, kMargin), kCpu, "cheap"));
  EXPECT_EQ(json["per_restart"].size(), 2U);
  EXPECT_EQ(json["restarts"], 2);
}

}  // namespace
}  // namespace sockbench
