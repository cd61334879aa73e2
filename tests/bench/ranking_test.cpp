// Rankings and headlines: who is first, who shares a place, and who is left out, with the reason.

#include <gtest/gtest.h>

#include <set>

#include "bench/judge/comparison.h"
#include "tests/bench/documents.h"
#include "tests/bench/synthetic.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;
using test::cell;
using test::kCpu;
using test::kMargin;
using test::Scene;
using test::SliceShape;

ordered_json ranking_of(const std::vector<Ranking>& rankings, const std::string& metric) {
  for (const ordered_json& ranking : to_json(rankings)) {
    if (ranking["metric"] == metric) return ranking;
  }
  ADD_FAILURE() << "no ranking of " << metric;
  return {{"ranked", ordered_json::array()}, {"unranked", ordered_json::array()}};
}

/// "cheap=1 epoll=2 | failed": ranked with their places, then the others.
std::string standings(const ordered_json& ranking) {
  std::string text;
  for (const ordered_json& entry : ranking["ranked"]) {
    text += (text.empty() ? "" : " ") + entry["contestant"].get<std::string>() + "=" +
            entry["rank"].dump();
  }
  text += " |";
  for (const ordered_json& entry : ranking["unranked"]) {
    text += " " + entry["contestant"].get<std::string>();
  }
  return text;
}

std::string reason_of(const ordered_json& ranking, const std::string& contestant) {
  for (const ordered_json& entry : ranking["unranked"]) {
    if (entry["contestant"] == contestant) return entry["reason"];
  }
  return "it is ranked";
}

std::string standings(const Scene& scene, const std::string& metric) {
  return standings(ranking_of(scene.rankings(), metric));
}

CellResult failed_cell(const std::string& why) {
  CellResult cell;
  cell.failure = why;
  return cell;
}

TEST(RankCells, LeastCpuFirstTiesShare) {
  Scene scene({"epoll", "cheap", "dear", "same"});
  scene.add(test::closed_loop(),
            {cell(8), cell(8, {.cpu_ns_per_request = 4'000}),
             cell(8, {.cpu_ns_per_request = 9'000}), cell(8, {.cpu_ns_per_request = 5'005})});
  scene.judge();
  EXPECT_EQ(standings(scene, kCpu), "cheap=1 epoll=2 same=2 dear=4 |");
  const auto ranking = ranking_of(scene.rankings(), kCpu);
  EXPECT_NEAR(ranking["ranked"][0]["ratio"].get<double>(), 0.8, 1e-3);
  EXPECT_NEAR(ranking["ranked"][1]["ratio"].get<double>(), 1, 1e-12) << "the reference itself";
}

TEST(RankCells, InvalidOnesHaveNoPlace) {
  Scene scene({"epoll", "crashed", "starved"});
  scene.add(test::closed_loop(), {cell(8), failed_cell("it crashed"),
                                  cell(8, {.cpu_ns_per_request = 1}, 0, {.starved = 63})});
  scene.judge();
  EXPECT_EQ(standings(scene, kCpu), "epoll=1 | crashed starved");
  const auto ranking = ranking_of(scene.rankings(), kCpu);
  EXPECT_EQ(reason_of(ranking, "crashed"), "failed: it crashed");
  EXPECT_EQ(reason_of(ranking, "starved").rfind("model_limit: 63 of 64", 0), 0U)
      << reason_of(ranking, "starved");
}

TEST(RankCells, ThroughputOnlyWhereTheServerSetThePace) {
  Scene scene({"epoll", "quick", "waiting", "bound"});
  scene.add(test::closed_loop(), {cell(8, {.cpu_ns_per_request = 9'700}),
                                  cell(8, {.cpu_ns_per_request = 6'467, .rps = 150'000}),
                                  cell(8, {.cpu_ns_per_request = 1'667, .rps = 300'000}),
                                  cell(8, {}, 0, {.generator_utilisation = 0.99})});
  scene.judge();
  EXPECT_EQ(standings(scene, "achieved_rps"), "quick=1 epoll=2 | waiting bound");
  EXPECT_EQ(standings(scene, kCpu).find("| "), std::string::npos) << "all have a CPU figure";
  const auto ranking = ranking_of(scene.rankings(), "achieved_rps");
  EXPECT_EQ(reason_of(ranking, "waiting"), "the server did not set the pace (limiter: neither)");
  EXPECT_EQ(reason_of(ranking, "bound").rfind("generator_bound: ", 0), 0U);
}

TEST(RankCells, AStepFromTheReferenceIsTheVerdictOfTheComparison) {
  // Each of 12 contestants is a little dearer, by less and less: somewhere Holm's correction ends.
  std::vector<std::string> names = {"epoll"};
  std::vector<CellResult> results = {cell(10, {}, 0)};
  for (int i = 0; i < 12; ++i) {
    names.push_back("m" + std::to_string(i));
    CellResult& head = results.emplace_back();
    for (int r = 0; r < 10; ++r) {
      const bool odd_one = r < i / 2;  // restarts that say the opposite
      head.restarts.push_back(test::restart(r, {.cpu_ns_per_request = odd_one ? 4'990.0 : 5'200}));
    }
  }
  Scene scene(names, 10);
  Workload workload = test::closed_loop();
  workload.metrics = {kCpu};
  scene.add(workload, std::move(results));
  scene.judge();
  const auto comparisons = compare_cells(scene.plan, scene.cells, kMargin);
  const auto ranking = ranking_of(scene.rankings(), kCpu);
  std::set<Verdict> seen;
  for (const Comparison& comparison : comparisons) {
    seen.insert(comparison.verdict);
    for (const auto& entry : ranking["ranked"]) {
      if (entry["contestant"] != comparison.head) continue;
      EXPECT_EQ(entry["rank"] == 1, comparison.verdict != Verdict::kSlower) << comparison.head;
      if (entry["rank"] != 1) continue;  // its reason is about the best one of its own group
      EXPECT_EQ(entry["reason"] == "not_significant",
                comparison.reason == Undecided::kNotSignificant)
          << comparison.head;
    }
  }
  EXPECT_EQ(seen, (std::set<Verdict>{Verdict::kSlower, Verdict::kInconclusive}));
}

TEST(RankCells, WithTooFewRestartsNobodyHasARank) {
  Scene scene({"epoll", "poll"}, 4);
  scene.add(test::closed_loop(), {cell(4), cell(4, {.cpu_ns_per_request = 13'000})});
  scene.judge();
  EXPECT_EQ(standings(scene, kCpu), "epoll=null poll=null |") << "2.6 times, and no statement";
  for (const auto& entry : ranking_of(scene.rankings(), kCpu)["ranked"]) {
    EXPECT_EQ(entry["reason"], "too_few_restarts");
  }
}

TEST(RankCells, TheControlIsNoModel) {
  Scene scene({"epoll", "poll", "epoll#2"});
  scene.plan.control = 2;
  scene.add(test::closed_loop(), {cell(8), cell(8, {.cpu_ns_per_request = 6'000}), cell(8)});
  scene.judge();
  EXPECT_EQ(standings(scene, kCpu), "epoll=1 poll=2 |");
}

TEST(RankCells, ADisturbedCellHasNoPlace) {
  Scene scene({"epoll", "poll"});
  scene.add(test::closed_loop(), {cell(8), cell(8)});
  scene.judge();
  scene.cells[1].judgement.slices = 8;
  scene.cells[1].judgement.disturbed_slices = 3;
  EXPECT_EQ(standings(scene, kCpu), "epoll=1 | poll");
  EXPECT_EQ(reason_of(ranking_of(scene.rankings(), kCpu), "poll"),
            "the machine was disturbed in 3 of 8 slices");
  EXPECT_TRUE(compare_cells(scene.plan, scene.cells, kMargin).empty());
}

TEST(RankCells, WithoutAReferenceNobodyIsRanked) {
  Scene scene({"epoll", "cheap", "crashed"});
  scene.add(test::closed_loop(), {failed_cell("gone"), cell(8), failed_cell("gone as well")});
  scene.judge();
  EXPECT_EQ(standings(scene, kCpu), " | epoll cheap crashed");
  const auto ranking = ranking_of(scene.rankings(), kCpu);
  EXPECT_EQ(reason_of(ranking, "epoll"), "failed: gone");
  EXPECT_EQ(reason_of(ranking, "cheap"), "the reference contestant has no valid result");
  EXPECT_EQ(reason_of(ranking, "crashed"), "failed: gone as well");
}

TEST(RankCells, EpollTwiceTies) {
  Scene scene({"epoll", "epoll#2"});
  scene.add(test::closed_loop(), {cell(8), cell(8, {}, 0.002)});
  scene.judge();
  EXPECT_EQ(standings(scene, kCpu), "epoll=1 epoll#2=1 |");
}

TEST(RankCells, TooFewSamplesForAPercentile) {
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
  EXPECT_EQ(standings(scene, "response_time_ns.p50"), "epoll=1 few=1 |");
  EXPECT_EQ(standings(scene, "response_time_ns.p99"), "epoll=1 | few");
  const auto rankings = scene.rankings();
  EXPECT_EQ(reason_of(ranking_of(rankings, "response_time_ns.p99"), "few"),
            "too few samples for this percentile");
}

TEST(RankCells, IdleCpuByDifference) {
  Scene scene({"epoll", "select", "timer", "busy_poll"});
  scene.add(test::idle(), {test::idle_cell(8, 0), test::idle_cell(8, 0.009),
                           test::idle_cell(8, 0.03), test::idle_cell(8, 1)});
  scene.judge();
  EXPECT_EQ(standings(scene, "server.cpu_utilisation"), "epoll=1 select=1 timer=3 busy_poll=4 |");
}

TEST(RankCells, IdleNeedsNoReference) {
  Scene scene({"epoll", "select"});
  scene.add(test::idle(), {failed_cell("gone"), test::idle_cell(8, 0.5)});
  scene.judge();
  EXPECT_EQ(standings(scene, "server.cpu_utilisation"), "select=1 | epoll");
}

TEST(RankCells, EveryMetricOfEveryWorkloadInOrder) {
  Scene scene({"epoll"});
  scene.add(test::closed_loop("first"), {cell(8)});
  scene.add(test::idle("second"), {test::idle_cell(8, 0)});
  scene.judge();
  const auto rankings = scene.rankings();
  ASSERT_EQ(rankings.size(), 3U);
  EXPECT_EQ(rankings[0].workload, "first");
  EXPECT_EQ(rankings[0].metric, kCpu);
  EXPECT_EQ(rankings[1].metric, "achieved_rps");
  EXPECT_EQ(rankings[2].workload, "second");
}

std::string headline_of(const Scene& scene) {
  const auto lines = headlines(scene.rankings(), scene.plan);
  EXPECT_EQ(lines.size(), scene.plan.workloads.size());
  return lines.at(0);
}

TEST(Headlines, AWinnerTheRestAndWhoIsNotRanked) {
  Scene scene({"epoll", "cheap", "crashed"});
  scene.add(test::closed_loop(),
            {cell(8), cell(8, {.cpu_ns_per_request = 4'000}), failed_cell("it crashed")});
  scene.judge();
  EXPECT_EQ(headline_of(scene),
            "The title of busy: least CPU per request: cheap; then epoll; not ranked: crashed.");
}

TEST(Headlines, ATie) {
  Scene scene({"epoll", "a", "b"});
  scene.add(test::closed_loop(), {cell(8), cell(8), cell(8)});
  scene.judge();
  const std::string line = headline_of(scene);
  EXPECT_NE(line.find(" (tie)"), std::string::npos) << line;
  EXPECT_EQ(line.find("then"), std::string::npos) << line;
}

TEST(Headlines, DifferencesThatAreNotSignificant) {
  Scene scene({"epoll", "noisy"});
  scene.add(test::closed_loop(), {cell(8), cell(8, {.cpu_ns_per_request = 5'100}, 0.2)});
  scene.judge();
  EXPECT_EQ(headline_of(scene),
            "The title of busy: least CPU per request: epoll and noisy (differences not "
            "significant).");
}

TEST(Headlines, TooFewRestarts) {
  Scene scene({"epoll", "poll"}, 4);
  scene.add(test::closed_loop(), {cell(4), cell(4, {.cpu_ns_per_request = 13'000})});
  scene.judge();
  EXPECT_EQ(headline_of(scene),
            "The title of busy: nothing ranked; too few restarts: epoll and poll.");
}

TEST(Headlines, NothingRanked) {
  Scene scene({"epoll", "other"});
  scene.add(test::closed_loop(), {failed_cell("gone"), cell(8)});
  scene.judge();
  EXPECT_EQ(headline_of(scene),
            "The title of busy: nothing could be ranked; not ranked: epoll and other.");
}

TEST(LowerIsBetter, ForEverythingButThroughput) {
  EXPECT_FALSE(lower_is_better("achieved_rps"));
  for (const char* metric :
       {"server.cpu_ns_per_request", "response_time_ns.p99", "server.cpu_utilisation"}) {
    EXPECT_TRUE(lower_is_better(metric)) << metric;
  }
}

}  // namespace
}  // namespace sockbench
