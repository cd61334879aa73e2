// Which model when: every outcome of a situation, from made-up runs, and the shipped rules.

#include <gtest/gtest.h>

#include <cmath>

#include "bench/judge/conclude.h"
#include "bench/report/reports.h"
#include "tests/bench/documents.h"
#include "tests/bench/synthetic_run.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;
using test::SyntheticRun;

const ordered_json kRules = ordered_json::parse(R"({
  "situations": [{"name": "s", "question": "Who?", "metrics": ["server.cpu_ns_per_request"],
    "entries": [{"first_of": ["busy"], "weight": 1}, {"first_of": ["many", "lots"], "weight": 1}]}],
  "against": {"idle_cpu_above": 0.05, "memory_bytes_above": 8192, "times_the_best": [
    {"what": "stalls", "first_of": ["sleep"], "metric": "response_time_ns.p99", "above": 2}]}
})");

ordered_json answer(const SyntheticRun& made, const ordered_json& rules = kRules) {
  return advise(made.run, rules).front();
}

std::string text_of(const ordered_json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// epoll at 1,000 ns, the others by their factors, in `busy` and `many`.
SyntheticRun two_workloads(double poll, double select, double spread = 0.002, int restarts = 12) {
  SyntheticRun made({"epoll", "poll", "select"}, restarts);
  for (const char* name : {"busy", "many"}) {
    made.add_workload(name);
    made.cpu("epoll", 1000, spread);
    made.cpu("poll", 1000 * poll, spread);
    made.cpu("select", 1000 * select, spread);
  }
  return made;
}

TEST(Advice, AClearWinner) {
  const ordered_json result = answer(two_workloads(0.8, 1.5));
  EXPECT_EQ(result["winner"], "poll");
  EXPECT_TRUE(result["undecided_reason"].is_null());
  EXPECT_TRUE(result["ties"].empty());
  EXPECT_EQ(result["margin"]["than"], "epoll");
  EXPECT_NEAR(result["margin"]["ratio"].get<double>(), 1.25, 0.005);
  EXPECT_LT(result["margin"]["ci95"][0].get<double>(), 1.25);
  EXPECT_GT(result["margin"]["ci95"][1].get<double>(), 1.25);
  ASSERT_EQ(result["runners_up"].size(), 2U);
  EXPECT_EQ(result["runners_up"][1]["contestant"], "select");
  EXPECT_EQ(result["runners_up"][1]["verdict"], "worse");
}

TEST(Advice, ATieIsSaidAndTheMarginIsToTheNext) {
  const ordered_json result = answer(two_workloads(1.001, 1.5));
  EXPECT_EQ(result["winner"], "epoll");
  EXPECT_EQ(result["ties"], ordered_json({"poll"}));
  EXPECT_EQ(result["margin"]["than"], "select");
}

TEST(Advice, SignificantlyWorseButPerhapsByLessThanTheMargin) {
  const ordered_json result = answer(two_workloads(1.035, 1.5));
  EXPECT_EQ(result["winner"], "epoll");
  EXPECT_TRUE(result["ties"].empty());
  EXPECT_EQ(result["runners_up"][0]["verdict"], "slightly_worse");
  EXPECT_EQ(result["runners_up"][1]["verdict"], "worse");
  EXPECT_EQ(result["margin"]["than"], "poll");
}

TEST(Advice, WideIntervalsAreUndecided) {
  const ordered_json result = answer(two_workloads(1.03, 1.5, 0.1));
  EXPECT_TRUE(result["winner"].is_null());
  EXPECT_EQ(result["best_mean"], "epoll");
  EXPECT_EQ(result["not_significant"], ordered_json({"poll"}));
  EXPECT_EQ(result["group"], ordered_json({"epoll", "poll"})) << "select is out of the question";
  EXPECT_EQ(result["margin"]["than"], "select");
  EXPECT_TRUE(answer(two_workloads(1.03, 1.03, 0.2))["group"].empty()) << "anybody is no answer";
  EXPECT_EQ(result["undecided_reason"],
            "epoll has the best mean, but the difference to poll is not significant.");
}

TEST(Advice, FewRestartsCannotDecide) {
  const std::string few = text_of(answer(two_workloads(0.8, 1.5, 0.002, 5))["undecided_reason"]);
  EXPECT_EQ(few,
            "poll has the best mean, but 5 measurements are too few restarts for a comparison with "
            "epoll and select.");
  const std::string none = text_of(answer(two_workloads(0.8, 1.5, 0.002, 2))["undecided_reason"]);
  EXPECT_EQ(none,
            "poll has the best figure of 3 and select the last, 1.88 times that, but there are "
            "fewer than three measurements, and so no interval: too few restarts.");
}

TEST(Advice, TheControlIsNoChoice) {
  SyntheticRun made({"epoll", "poll", "epoll#2"});
  made.add_workload("busy");
  made.cpu("epoll", 1000);
  made.cpu("poll", 1500);
  made.cpu("epoll#2", 900);
  made.add_workload("many");
  for (const char* name : {"epoll", "poll", "epoll#2"}) made.cpu(name, 1000);
  made.run["plan"]["control"] = "epoll#2";
  const ordered_json result = answer(made);
  EXPECT_EQ(result["best_mean"], "epoll");
  EXPECT_EQ(result.dump().find("epoll#2"), std::string::npos);
}

TEST(Advice, WhatTheRunCallsIneligibleIsOut) {
  SyntheticRun made = two_workloads(0.8, 1.5);
  made.cell("poll")["eligibility"] = {
      {test::kCpu,
       {{"eligible", false}, {"reason", "the machine was disturbed in 3 of 8 slices"}}}};
  const ordered_json result = answer(made);
  EXPECT_EQ(result["best_mean"], "epoll");
  EXPECT_NE(result["out"].dump().find("disturbed in 3 of 8"), std::string::npos);
}

TEST(Advice, WeightsCount) {
  SyntheticRun made({"epoll", "poll"});
  made.add_workload("busy");
  made.cpu("epoll", 1000);
  made.cpu("poll", 900);
  made.add_workload("many");
  made.cpu("epoll", 1000);
  made.cpu("poll", 1500);
  EXPECT_EQ(answer(made)["winner"], "epoll");
  ordered_json rules = kRules;
  rules["situations"][0]["entries"][0]["weight"] = 9;
  EXPECT_EQ(answer(made, rules)["winner"], "poll");
  EXPECT_NEAR(answer(made, rules)["margin"]["ratio"].get<double>(),
              std::exp((9 * std::log(1000.0 / 900) - std::log(1.5)) / 10), 0.002);
}

TEST(Advice, TheFirstWorkloadThatTheRunHas) {
  SyntheticRun made({"epoll", "poll"});
  made.add_workload("lots");
  made.cpu("epoll", 1000);
  made.cpu("poll", 1500);
  const ordered_json result = answer(made);
  EXPECT_EQ(result["winner"], "epoll");
  EXPECT_EQ(result["missing"], ordered_json({"busy"}));
  ASSERT_EQ(result["cells"].size(), 1U);
  EXPECT_EQ(result["cells"][0]["workload"], "lots");
}

TEST(Advice, NoneOfTheWorkloads) {
  SyntheticRun made({"epoll", "poll"});
  made.add_workload("other");
  const ordered_json result = answer(made);
  EXPECT_TRUE(result["winner"].is_null());
  EXPECT_EQ(result["undecided_reason"],
            "This run has none of the workloads that decide it (busy and many or lots).");
}

TEST(Advice, AModelLimitIsOutWithItsReason) {
  SyntheticRun made = two_workloads(0.5, 1.5);
  made.status("poll", "model_limit", "it starves");
  const ordered_json result = answer(made);
  EXPECT_EQ(result["winner"], "epoll");
  ASSERT_EQ(result["out"].size(), 1U);
  EXPECT_EQ(result["out"][0]["contestant"], "poll");
  EXPECT_EQ(result["out"][0]["reason"], "in many: model_limit: it starves");
}

TEST(Advice, AloneItWinsOnlyOverThoseThatCannotServe) {
  SyntheticRun made = two_workloads(0.5, 1.5);
  made.status("poll", "model_limit", "it starves");
  made.status("select", "failed", "it died");
  EXPECT_EQ(answer(made)["winner"], "epoll");
  EXPECT_TRUE(answer(made)["margin"].is_null());
  SyntheticRun noisy = two_workloads(0.5, 1.5);
  noisy.status("poll", "unstable", "it drifts");
  noisy.status("select", "failed", "it died");
  EXPECT_EQ(answer(noisy)["undecided_reason"], "Only epoll has figures that can be ranked.");
  EXPECT_TRUE(answer(noisy)["group"].empty()) << "nobody is behind the only one";
}

TEST(Advice, EverythingInvalid) {
  SyntheticRun made = two_workloads(0.5, 1.5);
  for (const char* name : {"epoll", "poll", "select"}) made.status(name, "unstable", "it drifts");
  const ordered_json result = answer(made);
  EXPECT_TRUE(result["winner"].is_null());
  EXPECT_TRUE(result["best_mean"].is_null());
  EXPECT_EQ(
      result["undecided_reason"],
      "No contestant has figures that can be ranked; for one, epoll in many: unstable: it drifts.");
}

TEST(Advice, RatiosOfTheRunComeBeforeAbsoluteFigures) {
  SyntheticRun made({"epoll", "poll"});
  made.add_workload("busy");
  made.cpu("epoll", 1000);
  made.cpu("poll", 1500);
  const std::vector<double> ratios = {0.5, 0.51, 0.5, 0.49, 0.5, 0.51, 0.5, 0.49, 0.5, 0.51};
  made.run["comparisons"].push_back({{"workload", "busy"},
                                     {"metric", "server.cpu_ns_per_request"},
                                     {"base", "epoll"},
                                     {"head", "poll"},
                                     {"per_restart", ratios}});
  EXPECT_EQ(answer(made)["winner"], "poll");
  EXPECT_NEAR(answer(made)["margin"]["ratio"].get<double>(), 2, 0.02);
}

TEST(Advice, ARestartWithoutARatioIsLeftOut) {
  SyntheticRun made({"epoll", "poll"});
  made.add_workload("busy");
  ordered_json ratios = {1.5, 1.5, 1.51, 1.5, 1.49, 1.5, 1.5, 1.51};
  for (const bool gap : {false, true}) {
    if (gap) ratios[0] = nullptr;
    made.run["comparisons"] = ordered_json::array({{{"workload", "busy"},
                                                    {"metric", "server.cpu_ns_per_request"},
                                                    {"base", "epoll"},
                                                    {"head", "poll"},
                                                    {"per_restart", ratios}}});
    EXPECT_EQ(answer(made)["winner"], "epoll");
    EXPECT_NEAR(answer(made)["margin"]["ratio"].get<double>(), 1.5, 0.01);
  }
}

TEST(Advice, FiguresThatCannotBePairedAreOut) {
  SyntheticRun made({"epoll", "poll", "select"});
  made.add_workload("busy");
  for (const char* name : {"epoll", "poll", "select"}) made.cpu(name, 1000);
  made.cell("poll")["server"]["cpu_ns_per_request"]["per_restart"].erase(3);
  made.cell("select")["server"]["cpu_ns_per_request"] = nullptr;
  made.cell("select")["absent"]["server.cpu_ns_per_request"] = "no request was answered";
  const ordered_json result = answer(made);
  ASSERT_EQ(result["out"].size(), 2U);
  EXPECT_EQ(result["out"][0]["reason"],
            "in busy: some restarts have no value, so the others cannot be paired");
  EXPECT_EQ(result["out"][1]["reason"], "in busy: no request was answered");
}

TEST(Advice, MoreIsBetterWhereItIs) {
  SyntheticRun made({"epoll", "poll"});
  made.add_workload("busy");
  made.cpu("epoll", 1000);
  made.cpu("poll", 1500);
  for (const char* name : {"epoll", "poll"}) {
    made.cell(name)["achieved_rps"] = made.cell(name)["server"]["cpu_ns_per_request"];
    made.cell(name)["limiter"] = "server";
  }
  ordered_json rules = kRules;
  rules["situations"][0]["metrics"] = {"response_time_ns.p99", "achieved_rps"};
  const ordered_json result = answer(made, rules);
  EXPECT_EQ(result["metric"], "achieved_rps");
  EXPECT_EQ(result["winner"], "poll");
  EXPECT_NEAR(result["margin"]["ratio"].get<double>(), 1.5, 0.01);
}

TEST(Advice, WorkloadsThatRepeatAMeasurement) {
  SyntheticRun made({"epoll", "threaded"});
  ordered_json rules = kRules;
  rules["situations"][0]["repeats"] = "workloads";
  rules["situations"][0]["metrics"] = {"server.memory_bytes_per_connection"};
  rules["situations"][0]["entries"] = ordered_json::array();
  for (int i = 0; i < 7; ++i) {
    const std::string name = "w" + std::to_string(i);
    made.add_workload(name);
    made.cell("epoll")["server"]["memory_bytes_per_connection"] = {{"user", 66 + i},
                                                                   {"kernel", 1600}};
    made.cell("threaded")["server"]["memory_bytes_per_connection"] = {{"user", 12'000},
                                                                      {"kernel", 24'000 + i}};
    rules["situations"][0]["entries"].push_back({{"first_of", {name}}, {"weight", 1}});
  }
  const ordered_json result = answer(made, rules);
  EXPECT_EQ(result["winner"], "epoll");
  EXPECT_NEAR(result["margin"]["ratio"].get<double>(), 36'003.0 / 1669, 0.2);
}

// A figure that is nearly exact needs no interval, but a factor by which it may be wrong.
TEST(Advice, WithinTheGuardIsTheSame) {
  SyntheticRun made({"epoll", "poll", "threaded"});
  made.add_workload("w");
  ordered_json rules = kRules;
  auto& situation = rules["situations"][0];
  situation["repeats"] = "workloads";
  situation["guard"] = {{"factor", 1.5}, {"least", 500}};
  situation["metrics"] = {"server.memory_bytes_per_connection"};
  situation["entries"] = ordered_json::array({{{"first_of", {"w"}}, {"weight", 1}}});
  const auto set = [&](const char* name, int bytes) {
    made.cell(name)["server"]["memory_bytes_per_connection"] = {{"user", 0}, {"kernel", bytes}};
  };
  set("epoll", 1000);
  set("poll", 1400);
  set("threaded", 36'000);
  ordered_json result = answer(made, rules);
  EXPECT_TRUE(result["winner"].is_null());
  EXPECT_EQ(result["group"], ordered_json({"epoll", "poll"}));
  EXPECT_EQ(result["undecided_reason"],
            "epoll has the best figure, and poll is nearer to it than the figure can be trusted.");
  EXPECT_EQ(result["margin"]["than"], "threaded");
  EXPECT_NEAR(result["margin"]["ratio"].get<double>(), 36, 1e-9);
  set("poll", 1600);
  result = answer(made, rules);
  EXPECT_EQ(result["winner"], "epoll");
  EXPECT_EQ(result["margin"]["than"], "poll");
  situation["guard"]["least"] = 700;
  EXPECT_TRUE(answer(made, rules)["winner"].is_null()) << "600 bytes more are no finding";
}

TEST(Advice, PercentilesOfSingleRestartsDecide) {
  SyntheticRun made({"epoll", "poll"});
  made.add_workload("busy");
  ordered_json rules = kRules;
  rules["situations"][0]["metrics"] = {"response_time_ns.p50"};
  const auto set = [&](const char* name, int ns) {
    ordered_json restarts = ordered_json::array();
    for (int i = 0; i < 12; ++i) restarts.push_back(ns + i % 3);
    made.cell(name)["response_time_ns"] = {{"p50", ns}, {"per_restart", {{"p50", restarts}}}};
  };
  set("epoll", 50'000);
  set("poll", 25'000);
  EXPECT_EQ(answer(made, rules)["winner"], "poll");
  EXPECT_NEAR(answer(made, rules)["margin"]["ratio"].get<double>(), 2, 0.001);
}

TEST(SpeaksAgainst, SaysWhatTheCellsSay) {
  SyntheticRun made({"epoll", "bad"});
  made.add_workload("many", 1000);
  made.status("bad", "model_limit", "999 of 1000 were never answered");
  made.add_workload("idle", 200, 0, "idle");
  made.cell("epoll")["server"]["cpu_utilisation"] = {{"median", 0.001}};
  made.cell("bad")["server"]["cpu_utilisation"] = {{"median", 0.97}};
  made.add_workload("sleep");
  made.cell("epoll")["response_time_ns"] = {{"p99", 10e6}};
  made.cell("bad")["response_time_ns"] = {{"p99", 95e6}};
  for (const char* name : {"epoll", "bad"}) {
    const int bytes = std::string(name) == "bad" ? 36'864 : 1700;
    made.cell(name)["server"]["memory_bytes_per_connection"] = {{"user", bytes}, {"kernel", 0}};
  }
  const auto run = parse_run(made.run);
  const AgainstRules rules = parse_advice_rules(kRules).against;
  EXPECT_TRUE(speaks_against(run, rules, "epoll").empty());
  const std::vector<std::string> expected = {
      "starves connections in many (999 of 1000 were never answered)",
      "uses 97 % of a CPU when idle (idle)",
      "needs 36.0 KiB for a connection, process and kernel together (sleep)",
      "stalls: 95.0 ms in sleep, 9.5 times the best"};
  EXPECT_EQ(speaks_against(run, rules, "bad"), expected);
}

TEST(AdviceRules, TheShippedOnesAreWhole) {
  const ordered_json rules = read_rules("advice.json");
  SyntheticRun made({"epoll"});
  const ordered_json answers = advise(made.run, rules);
  ASSERT_EQ(answers.size(), rules["situations"].size());
  EXPECT_GE(answers.size(), 9U);
  for (const ordered_json& each : answers) {
    EXPECT_FALSE(each["undecided_reason"].is_null()) << each["situation"];
    EXPECT_FALSE(each["missing"].empty()) << each["situation"];
  }
}

}  // namespace
}  // namespace sockbench
