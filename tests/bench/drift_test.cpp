// Slices in the order of time, and what their place does to their figures.

#include "bench/judge/drift.h"

#include <gtest/gtest.h>

#include <cmath>

#include "bench/document/fields.h"
#include "bench/document/validate.h"
#include "bench/judge/judged_run.h"
#include "bench/report/format.h"
#include "common/clock.h"
#include "tests/bench/documents.h"
#include "tests/bench/synthetic.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

/// Two contestants and `restarts` restarts of two rounds. The one that comes second in a round
/// needs `later` times as much CPU, and the second round `round` times as much as the first.
struct Shape {
  int restarts = 3;
  double later = 1;
  double round = 1;
};

std::vector<CellResult> results_of(const Shape& shape) {
  std::vector<CellResult> results(2);
  std::int64_t now = 5'000 * kNsPerMs;
  for (int restart = 0; restart < shape.restarts; ++restart) {
    for (CellResult& cell : results) cell.restarts.push_back(test::restart(restart, {}, 0));
    for (int round = 0; round < 2; ++round) {
      for (int place = 0; place < 2; ++place) {
        // Who is first changes with every round, and not in step with the restarts.
        const int contestant = (restart + round + place) % 2;
        const double cpu = (contestant == 0 ? 1'000.0 : 7'000.0) * (place == 1 ? shape.later : 1) *
                           (round == 1 ? shape.round : 1);
        Slice slice = test::slice(round, {.cpu_ns_per_request = cpu});
        slice.position = place == 0 ? 3 : 8;  // places between them are of others
        slice.start_ns = now;
        slice.disturbance.steal_ns = restart == 1 && place == 1 ? 20 * kNsPerMs : 0;
        now += 30 * kNsPerMs;
        results[static_cast<std::size_t>(contestant)].restarts.back().slices.push_back(slice);
      }
    }
  }
  return results;
}

RunRecord record_of(const std::vector<CellResult>& results,
                    const Workload& workload = test::closed_loop()) {
  RunPlan plan;
  plan.contestants = {test::contestant("epoll"), test::contestant("select")};
  plan.workloads = {{workload, 3, 2}};
  RunRecord record = test::record(plan, {results});
  record.start_ns = 4'000 * kNsPerMs;
  return record;
}

ordered_json slices_of(const RunRecord& record) {
  const ordered_json run = to_json(record);
  for (const std::string& sentence :
       validate(nlohmann::json(run), SOCKBENCH_SOURCE_DIR "/results/schema/run.schema.json")) {
    ADD_FAILURE() << sentence;
  }
  return run["slices"][0];
}

TEST(Drift, SlicesStandInTheOrderOfTimeColumnByColumn) {
  const ordered_json slices = slices_of(record_of(results_of({.restarts = 2})));
  EXPECT_EQ(slices["workload"], "busy");
  EXPECT_EQ(slices["metric"], "server.cpu_ns_per_request");
  EXPECT_EQ(slices["start_ms"], (ordered_json{1000, 1030, 1060, 1090, 1120, 1150, 1180, 1210}));
  EXPECT_EQ(slices["contestant"], (ordered_json{0, 1, 1, 0, 1, 0, 0, 1}));
  EXPECT_EQ(slices["restart"], (ordered_json{0, 0, 0, 0, 1, 1, 1, 1}));
  EXPECT_EQ(slices["round"], (ordered_json{0, 0, 1, 1, 0, 0, 1, 1}));
  EXPECT_EQ(slices["position"], (ordered_json{0, 1, 0, 1, 0, 1, 0, 1}))
      << "among those that were measured";
  EXPECT_EQ(slices["steal_ms"], (ordered_json{0, 0, 0, 0, 0, 20, 0, 20}));
  EXPECT_EQ(slices["figure"], (ordered_json{1000, 7000, 7000, 1000, 7000, 1000, 1000, 7000}));
  EXPECT_EQ(slices["achieved_rps"][0], 100'000);
}

TEST(Drift, WhereNothingDriftsEveryRatioIsOne) {
  const ordered_json drift = slices_of(record_of(results_of({})))["drift"];
  for (const char* by : {"by_position", "by_round"}) {
    ASSERT_EQ(drift[by].size(), 2U) << by;
    for (const ordered_json& place : drift[by]) {
      EXPECT_EQ(place["median"], 1) << by;
      EXPECT_EQ(place["per_restart"], (ordered_json{1, 1, 1})) << by;
    }
  }
}

TEST(Drift, APlaceThatCostsMoreShowsInTheOrderAndOnlyThere) {
  // Each contestant's median lies between its slices at both places.
  const ordered_json drift =
      slices_of(record_of(results_of({.restarts = 4, .later = 1.5})))["drift"];
  EXPECT_EQ(drift["by_position"][0]["median"], 0.8);
  EXPECT_EQ(drift["by_position"][1]["median"], 1.2);
  EXPECT_EQ(drift["by_position"][1]["per_restart"].size(), 4U);
  EXPECT_EQ(drift["by_position"][1]["ci95"], (ordered_json{1.2, 1.2}));
  EXPECT_EQ(drift["by_round"][0]["median"], 1);
  EXPECT_EQ(drift["by_round"][1]["median"], 1);
}

TEST(Drift, ARoundThatCostsMoreShowsInTheRounds) {
  const ordered_json drift = slices_of(record_of(results_of({.restarts = 4, .round = 3})))["drift"];
  EXPECT_EQ(drift["by_round"][0]["median"], 0.5);
  EXPECT_EQ(drift["by_round"][1]["median"], 1.5);
  EXPECT_EQ(drift["by_position"][0]["median"], 1);
}

TEST(Drift, APredecessorThatWarmsTheCpuShows) {
  // Whoever comes second follows the other one: only those that follow contestant 0 cost more.
  std::vector<CellResult> results = results_of({.restarts = 4});
  for (RestartResult& restart : results[1].restarts) {
    for (Slice& slice : restart.slices) {
      if (slice.position == 8) slice.cpu_ns = slice.cpu_ns * 3 / 2;
    }
  }
  const ordered_json drift = slices_of(record_of(results))["drift"]["by_predecessor"];
  ASSERT_EQ(drift.size(), 2U);
  EXPECT_EQ(drift[0]["median"], 1.2);
  EXPECT_EQ(drift[1]["median"], 1);
}

TEST(Drift, TooFewRestartsHaveNoInterval) {
  const ordered_json drift = slices_of(record_of(results_of({.restarts = 2})))["drift"];
  EXPECT_EQ(drift["by_position"][0]["ci95"], nullptr);
}

TEST(Drift, ASliceWithoutRepliesHasNoFigure) {
  std::vector<CellResult> results = results_of({});
  results[0].restarts[0].slices[0].answered = 0;
  const ordered_json slices = slices_of(record_of(results));
  EXPECT_EQ(slices["figure"][0], nullptr);
  EXPECT_EQ(slices["achieved_rps"][0], nullptr);
  EXPECT_EQ(slices["figure"][1], 7000);
  EXPECT_EQ(slices["drift"]["by_position"][0]["per_restart"].size(), 3U) << "the other one counts";
}

TEST(Drift, ACellThatFailedHasSlicesAndNoFigures) {
  std::vector<CellResult> results = results_of({});
  results[1].failure = "the server ended with status 1 (restart 4)";
  const ordered_json slices = slices_of(record_of(results));
  EXPECT_EQ(slices["start_ms"].size(), 12U);
  for (std::size_t i = 0; i < slices["figure"].size(); ++i) {
    EXPECT_EQ(slices["figure"][i].is_null(), slices["contestant"][i] == 1) << i;
  }
}

TEST(Drift, AnIdleWorkloadIsAboutItsUseOfTheCpu) {
  const std::vector<CellResult> silent = {test::idle_cell(3, 0), test::idle_cell(3, 0.5)};
  RunRecord record = record_of(silent, test::idle());
  record.start_ns = 0;  // when the slices that are made for it began
  const ordered_json slices = slices_of(record);
  EXPECT_EQ(slices["metric"], "server.cpu_utilisation");
  EXPECT_EQ(slices["figure"], (ordered_json{0, 0, 0, 0.5, 0.5, 0.5}));
  for (const ordered_json& rate : slices["achieved_rps"]) EXPECT_EQ(rate, nullptr);
  EXPECT_EQ(slices["drift"]["by_position"].size(), 2U);
  EXPECT_EQ(slices["drift"]["by_position"][0], nullptr) << "a ratio to nothing is none";
}

TEST(Drift, AFigureAloneIsNotComparedWithItself) {
  const PlacedSlice first{.contestant = 0, .figure = 5'000};
  const PlacedSlice other{.contestant = 1, .position = 1, .figure = 7'000};
  EXPECT_TRUE(drift_of(std::vector{first, other}).by_position.empty());
  const PlacedSlice again{.contestant = 1, .restart = 1, .figure = 7'000};
  EXPECT_EQ(drift_of(std::vector{first, other, again}).by_position.size(), 2U);
}

TEST(Drift, NoSlicesNoDrift) {
  EXPECT_TRUE(drift_of({}).by_position.empty());
  EXPECT_TRUE(slices_in_order({}).empty());
}

TEST(Rounded, KeepsDigitsAndWritesWholeFiguresShort) {
  const auto text = [](double value) { return rounded(value).dump(); };
  EXPECT_EQ(text(22627.062), "22630");
  EXPECT_EQ(text(0.99876), "0.9988");
  EXPECT_EQ(text(1.00004), "1");
  EXPECT_EQ(text(0), "0");
  EXPECT_EQ(text(-12.345), "-12.35");
  EXPECT_EQ(text(std::nan("")), "null");
  EXPECT_EQ(text(1e20), "1e+20");
}

}  // namespace
}  // namespace sockbench
