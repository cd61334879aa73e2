// Every comparable cell against the reference, and nobody else.

#include "bench/judge/comparison.h"

#include <gtest/gtest.h>

#include <cmath>

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

TEST(CompareCells, AClearWinner) {
  Scene scene({"epoll", "cheap", "dear"});
  scene.add(test::closed_loop(),
            {cell(8), cell(8, {.cpu_ns_per_request = 4'000}), cell(8, {.rps = 80'000})});
  scene.judge();
  const auto comparisons = compare_cells(scene.plan, scene.cells, kMargin);
  EXPECT_EQ(comparisons.size(), 4U);
  const Comparison cheap = find(comparisons, kCpu, "cheap");
  EXPECT_EQ(cheap.verdict, Verdict::kFaster);
  EXPECT_NEAR(cheap.effect.ratio, 0.8, 1e-3);
  EXPECT_EQ(cheap.effect.restarts, 8U);
  EXPECT_EQ(cheap.base, "epoll");
  EXPECT_EQ(cheap.margin, kMargin);
  EXPECT_LT(cheap.p_holm, 0.05);
  EXPECT_EQ(find(comparisons, "achieved_rps", "cheap").verdict, Verdict::kTie);
  const Comparison dear = find(comparisons, "achieved_rps", "dear");
  EXPECT_EQ(dear.verdict, Verdict::kSlower) << "fewer requests per second are worse";
  EXPECT_NEAR(dear.effect.ratio, 0.8, 1e-3);
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
  EXPECT_NEAR(find(comparisons, kCpu, "first").effect.ratio, 1.2, 1e-3);
  EXPECT_NEAR(find(comparisons, kCpu, "second").effect.ratio, 1.0, 1e-3);
  const auto rankings = rank_cells(scene.plan, scene.cells, kMargin);
  const auto& ranked = rankings[0]["ranked"];
  EXPECT_EQ(ranked[2]["contestant"], "first") << "also across groups";
  EXPECT_EQ(ranked[2]["rank"], 3);
  EXPECT_EQ(ranked[1]["rank"], 1);
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
  EXPECT_LT(same.minimum_detectable_effect, kMargin);
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
  EXPECT_NEAR(cheap.effect.ratio, 0.9, 1e-3);
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
  EXPECT_NEAR(cheap.effect.ratio, 0.9, 1e-6);
  EXPECT_EQ(cheap.verdict, Verdict::kFaster);
}

TEST(CompareCells, EpollTwice) {
  Scene scene({"epoll", "epoll#2"});
  scene.add(test::closed_loop(), {cell(8), cell(8)});
  scene.judge();
  const auto comparisons = compare_cells(scene.plan, scene.cells, kMargin);
  EXPECT_EQ(subjects(comparisons),
            (std::vector<std::string>{"busy " + std::string(kCpu) + " epoll epoll#2",
                                      "busy achieved_rps epoll epoll#2"}));
  for (const Comparison& comparison : comparisons) {
    EXPECT_EQ(comparison.verdict, Verdict::kTie);
    EXPECT_NEAR(comparison.effect.ratio, 1, 1e-12);
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
  EXPECT_NEAR(find(comparisons, kCpu, "blocking").effect.ratio, 0.8, 1e-3);
}

TEST(CompareCells, HolmCountsEveryComparison) {
  // Six restarts give p = 2^-5 at best: enough alone, not among others.
  Scene alone({"epoll", "cheap"}, 6);
  Workload workload = test::closed_loop();
  workload.metrics = {kCpu};
  const CellResult cheap = cell(6, {.cpu_ns_per_request = 4'000});
  alone.add(workload, {cell(6), cheap});
  alone.judge();
  const Comparison one = find(compare_cells(alone.plan, alone.cells, kMargin), kCpu, "cheap");
  EXPECT_EQ(one.verdict, Verdict::kFaster);
  EXPECT_DOUBLE_EQ(one.p_holm, one.effect.p_value);

  Scene among({"epoll", "cheap", "cheap#2", "cheap#3"}, 6);
  among.add(workload, {cell(6), cheap, cheap, cheap});
  among.judge();
  const Comparison many = find(compare_cells(among.plan, among.cells, kMargin), kCpu, "cheap");
  EXPECT_DOUBLE_EQ(many.p_holm, 3 * many.effect.p_value);
  EXPECT_EQ(many.verdict, Verdict::kInconclusive);
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
