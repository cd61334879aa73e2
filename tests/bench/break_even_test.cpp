// Break-even points: inside the sweep, at none of it, everywhere, and undecided.

#include <gtest/gtest.h>

#include <cmath>

#include "bench/judge/conclude.h"
#include "tests/bench/documents.h"
#include "tests/bench/synthetic_run.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;
using test::SyntheticRun;

const ordered_json kRules = ordered_json::parse(R"({"break_even": {
  "metric": "server.cpu_ns_per_request", "against_all": "epoll", "pairs": [["poll", "absent"]],
  "sweeps": [{"sweep": "scaling", "over": "connections"},
             {"sweep": "idlers", "over": "active_share"}]}})");

/// poll against epoll over 1, 10, 100, 1,000 connections; the ratios in that order.
SyntheticRun scaling(const std::vector<double>& ratios, double spread = 0.002) {
  SyntheticRun made({"epoll", "poll"});
  int connections = 1;
  for (const double ratio : ratios) {
    made.add_workload("scaling-" + std::to_string(connections), connections);
    made.cpu("epoll", 1000, spread);
    made.cpu("poll", 1000 * ratio, spread);
    connections *= 10;
  }
  return made;
}

ordered_json point(const SyntheticRun& made) {
  const ordered_json list = break_even_points(made.run, kRules);
  EXPECT_EQ(list.size(), 1U) << "one pair and one sweep are in the run";
  return list.front();
}

TEST(BreakEven, BetweenTwoPointsOnALogarithmicAxis) {
  const ordered_json result = point(scaling({0.8, 0.8, 1 / 0.8, 2}));
  EXPECT_EQ(result["outcome"], "crosses");
  EXPECT_EQ(result["a"], "poll");
  EXPECT_EQ(result["b"], "epoll");
  EXPECT_EQ(result["winner_below"], "poll");
  EXPECT_EQ(result["winner_above"], "epoll");
  const double half_way = std::sqrt(10 * 100);
  EXPECT_NEAR(result["at"].get<double>(), half_way, 0.05);
  EXPECT_LT(result["ci95"][0].get<double>(), half_way);
  EXPECT_GT(result["ci95"][1].get<double>(), half_way);
  EXPECT_GT(result["ci95"][0].get<double>(), 24) << "other runs give other ratios, hardly this far";
  EXPECT_LT(result["ci95"][1].get<double>(), 42);
}

TEST(BreakEven, TheSameLoadUnderAnotherNameIsAPoint) {
  SyntheticRun made = scaling({0.8, 0.8});
  for (const auto& [name, ratio] : {std::pair("many", 2.0), std::pair("again", 0.1)}) {
    made.add_workload(name, 1000);
    made.cpu("epoll", 1000);
    made.cpu("poll", 1000 * ratio);
  }
  ordered_json rules = kRules;
  EXPECT_EQ(break_even_points(made.run, rules).front()["outcome"], "always");
  rules["break_even"]["sweeps"][0]["also"] = {"many", "again"};
  const ordered_json result = break_even_points(made.run, rules).front();
  EXPECT_EQ(result["outcome"], "crosses");
  EXPECT_EQ(result["points"].size(), 3U) << "one point for each number of connections";
}

TEST(BreakEven, TheIntervalWidensWithTheNoise) {
  const auto width = [](const ordered_json& result) {
    EXPECT_EQ(result["outcome"], "crosses");
    return result["ci95"][1].get<double>() - result["ci95"][0].get<double>();
  };
  const double quiet = width(point(scaling({0.7, 0.7, 1.4, 2}, 0.002)));
  const double noisy = width(point(scaling({0.7, 0.7, 1.4, 2}, 0.2)));
  EXPECT_GT(noisy, 1.2 * quiet);
}

TEST(BreakEven, AnUndecidedPointInBetweenIsInTheRange) {
  const ordered_json result = point(scaling({0.7, 1.001, 1.4, 2}, 0.02));
  EXPECT_EQ(result["outcome"], "crosses");
  EXPECT_LT(result["undecided"][0].get<double>(), 10);
  EXPECT_GT(result["undecided"][1].get<double>(), 10);
  EXPECT_GT(result["undecided"][0].get<double>(), 1);
  EXPECT_LT(result["undecided"][1].get<double>(), 100);
}

TEST(BreakEven, AlwaysAndNever) {
  const ordered_json always = point(scaling({0.8, 0.8, 0.7, 0.9}));
  EXPECT_EQ(always["outcome"], "always");
  EXPECT_EQ(always["winner_below"], "poll");
  EXPECT_TRUE(always["at"].is_null());
  EXPECT_TRUE(always["undecided"].is_null());
  EXPECT_EQ(always["range"], ordered_json({1.0, 1000.0}));
  const ordered_json never = point(scaling({1.1, 1.2, 1.3, 4}));
  EXPECT_EQ(never["outcome"], "never");
  EXPECT_EQ(never["winner_above"], "epoll");
}

TEST(BreakEven, UndecidedEverywhere) {
  const ordered_json result = point(scaling({1.001, 0.999, 1.002, 1}, 0.05));
  EXPECT_EQ(result["outcome"], "undecided");
  EXPECT_EQ(result["undecided"], ordered_json({1.0, 1000.0}));
  EXPECT_TRUE(result["winner_below"].is_null());
}

TEST(BreakEven, UndecidedBelowAndDecidedAbove) {
  const ordered_json result = point(scaling({1.001, 0.999, 1.5, 2}, 0.02));
  EXPECT_EQ(result["outcome"], "partly");
  EXPECT_TRUE(result["winner_below"].is_null());
  EXPECT_EQ(result["winner_above"], "epoll");
  EXPECT_EQ(result["undecided"][0], 1.0);
  EXPECT_GT(result["undecided"][1].get<double>(), 10);
  EXPECT_LT(result["undecided"][1].get<double>(), 100);
  EXPECT_TRUE(result["at"].is_null());
}

TEST(BreakEven, MoreThanOneChange) {
  const ordered_json result = point(scaling({0.8, 1.2, 0.8, 0.7}));
  EXPECT_EQ(result["outcome"], "several");
  EXPECT_TRUE(result["at"].is_null());
}

TEST(BreakEven, PointsWithoutFiguresAreLeftOutWithTheReason) {
  SyntheticRun made = scaling({0.8, 1.5, 2});
  made.status("poll", "model_limit", "it starves");
  const ordered_json two = point(made);
  EXPECT_EQ(two["outcome"], "crosses");
  ASSERT_EQ(two["left_out"].size(), 1U);
  EXPECT_EQ(two["left_out"][0]["workload"], "scaling-100");
  EXPECT_EQ(two["left_out"][0]["reason"], "model_limit: it starves");
  EXPECT_EQ(two["range"], ordered_json({1.0, 10.0}));

  SyntheticRun one = scaling({0.8, 1.5});
  one.status("poll", "model_limit", "it starves");
  EXPECT_EQ(point(one)["outcome"], "missing");
  EXPECT_FALSE(point(one)["reason"].is_null());
}

TEST(BreakEven, OverTheActiveShare) {
  SyntheticRun made({"epoll", "poll"});
  for (const auto& [idlers, ratio] : {std::pair(0, 0.8), std::pair(6336, 1 / 0.8)}) {
    made.add_workload("idlers-" + std::to_string(idlers), 64 + idlers, 64);
    made.cpu("epoll", 1000);
    made.cpu("poll", 1000 * ratio);
  }
  const ordered_json result = point(made);
  EXPECT_EQ(result["over"], "active_share");
  EXPECT_EQ(result["winner_below"], "epoll") << "few of them are active";
  EXPECT_EQ(result["winner_above"], "poll");
  EXPECT_NEAR(result["at"].get<double>(), 0.1, 0.001);
}

TEST(BreakEven, ARunWithoutSweepsHasNone) {
  SyntheticRun made({"epoll", "poll"});
  made.add_workload("busy");
  EXPECT_TRUE(break_even_points(made.run, kRules).empty());
}

}  // namespace
}  // namespace sockbench
