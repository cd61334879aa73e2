// run.json from made-up results: complete, valid, and honest about what is absent.

#include <gtest/gtest.h>

#include <cmath>

#include "bench/document/validate.h"
#include "bench/judge/judged_run.h"
#include "common/histogram.h"
#include "tests/bench/documents.h"
#include "tests/bench/schema_damage.h"
#include "tests/bench/synthetic.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;
using test::cell;
using test::cell_of;

void expect_valid(const ordered_json& run) {
  EXPECT_EQ(test::violations_of(run, "run.schema.json"), "");
}

/// Paths of everything that is null below `json`, such as "server.cpu_ns_per_request".
void collect_nulls(const ordered_json& json, const std::string& path,
                   std::vector<std::string>& nulls) {
  if (json.is_null()) nulls.push_back(path);
  if (!json.is_object()) return;
  for (const auto& [key, value] : json.items()) {
    if (path.empty() && key == "absent") continue;
    std::string below = path;
    if (!below.empty()) below += '.';
    below += key;
    collect_nulls(value, below, nulls);
  }
}

void expect_absences_explained(const ordered_json& cell) {
  const std::string name = cell["workload"].dump() + " " + cell["contestant"].dump() + " ";
  std::vector<std::string> nulls;
  collect_nulls(cell, "", nulls);
  EXPECT_FALSE(nulls.empty());
  std::vector<std::string> explained;
  for (const auto& [path, reason] : cell["absent"].items()) {
    explained.push_back(path);
    EXPECT_NE(reason, "") << name << path;
  }
  std::sort(nulls.begin(), nulls.end());
  std::sort(explained.begin(), explained.end());
  EXPECT_EQ(nulls, explained) << name;
}

RunPlan plan_of(const std::vector<std::string>& contestants, const std::vector<Workload>& workloads,
                int restarts) {
  RunPlan plan;
  plan.suite = "made";
  plan.seed = 7;
  for (const std::string& name : contestants) plan.contestants.push_back(test::contestant(name));
  for (const Workload& workload : workloads) plan.workloads.push_back({workload, restarts, 4});
  return plan;
}

TEST(RunJson, EveryKindOfCellIsValidAndExplained) {
  const ordered_json run = to_json(test::full_record());
  expect_valid(run);
  ASSERT_EQ(run["cells"].size(), 9U);
  for (const ordered_json& cell : run["cells"]) expect_absences_explained(cell);
}

TEST(RunJson, OneRestart) {
  const ordered_json run =
      to_json(test::record(plan_of({"epoll", "select"}, {test::closed_loop(), test::idle()}, 1),
                           {{cell(1), cell(1)}, {test::idle_cell(1, 0), test::idle_cell(1, 0.5)}}));
  expect_valid(run);
  for (const ordered_json& cell : run["cells"]) expect_absences_explained(cell);
  EXPECT_EQ(run["cells"][0]["achieved_rps"]["ci95"], nullptr);
  for (const ordered_json& comparison : run["comparisons"]) {
    EXPECT_EQ(comparison["verdict"], "inconclusive");
    EXPECT_EQ(comparison["ci95"], nullptr);
  }
}

TEST(RunJson, IdleOnly) {
  const ordered_json run =
      to_json(test::record(plan_of({"epoll"}, {test::idle()}, 3), {{test::idle_cell(3, 0.01)}}));
  expect_valid(run);
  const ordered_json& only = run["cells"][0];
  expect_absences_explained(only);
  EXPECT_EQ(only["validity"]["status"], "valid");
  EXPECT_EQ(only["achieved_rps"], nullptr);
  EXPECT_EQ(only["absent"]["achieved_rps"], "an idle workload has no requests");
  EXPECT_NEAR(only["server"]["cpu_utilisation"]["median"].get<double>(), 0.01, 1e-9);
  EXPECT_EQ(only["restarts"], 3);
}

TEST(RunJson, InterruptedRunsHoldWhatWasReached) {
  RunRecord record = test::record(
      plan_of({"epoll", "select"}, {test::closed_loop(), test::idle()}, 8), {{cell(3), cell(2)}});
  record.interrupted = true;
  const ordered_json run = to_json(record);
  expect_valid(run);
  EXPECT_EQ(run["plan"]["interrupted"], true);
  EXPECT_EQ(run["workloads"].size(), 1U);
  EXPECT_EQ(run["cells"].size(), 2U);
  EXPECT_EQ(run["cells"][1]["restarts"], 2);
  EXPECT_EQ(run["comparisons"][0]["restarts"], 2) << "the third restart has one side only";
  EXPECT_FALSE(run["plan"]["workloads"].contains("idle"));
}

TEST(RunJson, InterruptedBeforeAnyWorkload) {
  RunRecord record = test::record(plan_of({"epoll"}, {test::closed_loop()}, 8), {});
  record.interrupted = true;
  expect_valid(to_json(record));
}

CellResult counted_cell(const Counts& counts) {
  CellResult result = cell(3);
  add(result.counted, {{.answered = 200}, counts, Switches{180, 20}});
  result.counted.restarts = 1;
  return result;
}

ordered_json run_of(const CellResult& result, const Contestant& contestant,
                    const Workload& workload = test::closed_loop()) {
  RunPlan plan = plan_of({"epoll"}, {workload}, 3);
  plan.contestants = {contestant};
  return to_json(test::record(plan, {{result}}));
}

TEST(RunJson, CountedFiguresArePerRequest) {
  Contestant contestant = test::contestant("epoll");
  contestant.describe["syscalls_per_request"] = {{"total", 2},
                                                 {"by_name", {{"read", 1}, {"write", 1}}}};
  const ordered_json run = run_of(counted_cell({{{"task_clock_ns", {800'000, 1, 1}},
                                                 {"context_switches", {200, 1, 1}},
                                                 {"cpu_migrations", {10, 1, 1}},
                                                 {"page_faults", {50, 1, 1}},
                                                 {"cycles", {1000, 4, 2}},
                                                 {"instructions", {3000, 4, 4}},
                                                 {"syscalls", {500, 1, 1}},
                                                 {"syscalls:read", {200, 1, 1}}},
                                                {}}),
                                  contestant);
  expect_valid(run);
  expect_absences_explained(run["cells"][0]);
  const ordered_json& server = run["cells"][0]["server"];
  EXPECT_EQ(server["syscalls_per_request"],
            (ordered_json{{"total", 2.5},
                          {"total_ci95", nullptr},
                          {"by_name", {{"other", 1.5}, {"read", 1.0}}},
                          {"by_name_ci95", ordered_json::object()},
                          {"per_slice", {2.5}}}));
  EXPECT_EQ(server["syscalls_per_request_predicted"]["total"], 2);
  EXPECT_EQ(
      server["context_switches_per_request"],
      (ordered_json{
          {"total", 1.0}, {"total_ci95", nullptr}, {"voluntary", 0.9}, {"involuntary", 0.1}}));
  EXPECT_EQ(server["cpu_migrations_per_request"], 0.05);
  EXPECT_EQ(server["page_faults_per_request"], 0.25);
  EXPECT_EQ(server["cycles_per_request"], 10);
  EXPECT_EQ(server["instructions_per_request"], 15);
  EXPECT_EQ(server["counted"], (ordered_json{{"restarts", 1},
                                             {"slices", 1},
                                             {"requests", 200},
                                             {"source", "perf_tracepoints"},
                                             {"traced_slices", 0},
                                             {"traced_requests", 0},
                                             {"task_clock_ns_per_request", 4000.0},
                                             {"scaled", {"cycles"}}}));
  EXPECT_EQ(run["plan"]["workloads"]["busy"]["counted_restarts"], 1);
}

/// A slice of `requests` requests, with so many calls and as many context switches.
CountedSlice counted_slice(std::uint64_t requests, std::uint64_t waits, std::uint64_t reads) {
  return {{.answered = requests},
          {{{"context_switches", {waits, 1, 1}},
            {"syscalls", {waits + reads, 1, 1}},
            {"syscalls:poll", {waits, 1, 1}},
            {"syscalls:read", {reads, 1, 1}}},
           {}},
          Switches{static_cast<std::int64_t>(waits), 0}};
}

TEST(RunJson, CountsHaveAnIntervalOverTheirSlices) {
  CellResult result = cell(3);
  for (const std::uint64_t waits : {90, 100, 110}) {
    add(result.counted, counted_slice(100, waits, 100));
  }
  result.counted.restarts = 1;
  const ordered_json run = run_of(result, test::contestant("epoll"));
  expect_valid(run);
  const ordered_json& calls = run["cells"][0]["server"]["syscalls_per_request"];
  EXPECT_EQ(calls["total"], 2);
  EXPECT_EQ(calls["per_slice"], ordered_json({1.9, 2, 2.1}));
  // mean 2, standard deviation 0.1, t(0.975, 2) = 4.303
  EXPECT_NEAR(calls["total_ci95"][0].get<double>(), 2 - 4.303 * 0.1 / std::sqrt(3), 1e-3);
  EXPECT_NEAR(calls["total_ci95"][1].get<double>(), 2 + 4.303 * 0.1 / std::sqrt(3), 1e-3);
  EXPECT_EQ(calls["by_name_ci95"]["read"], ordered_json({1, 1}));
  EXPECT_NEAR(calls["by_name_ci95"]["poll"][0].get<double>(), 1 - 4.303 * 0.1 / std::sqrt(3), 1e-3);
  const ordered_json& switches = run["cells"][0]["server"]["context_switches_per_request"];
  EXPECT_EQ(switches["total"], 1);
  EXPECT_NEAR(switches["total_ci95"][1].get<double>(), 1 + 4.303 * 0.1 / std::sqrt(3), 1e-3);
}

TEST(RunJson, OfTracedSlicesOnlyTheSystemCallsAreTaken) {
  CellResult result = cell(3);
  CountedSlice timed = counted_slice(100, 50, 0);
  for (const char* event : {"syscalls", "syscalls:poll", "syscalls:read"}) {
    timed.counts.by_event.erase(event);
  }
  timed.counts.absent["syscalls"] = "not permitted";
  add(result.counted, timed);
  result.counted.traced = {counted_slice(10, 10, 20), counted_slice(10, 10, 20)};
  result.counted.restarts = 1;
  ordered_json run = run_of(result, test::contestant("epoll"));
  expect_valid(run);
  expect_absences_explained(run["cells"][0]);
  const ordered_json& server = run["cells"][0]["server"];
  EXPECT_EQ(server["syscalls_per_request"]["total"], 3);
  EXPECT_EQ(server["syscalls_per_request"]["by_name"],
            (ordered_json{{"poll", 1.0}, {"read", 2.0}}));
  EXPECT_EQ(server["context_switches_per_request"]["total"], 0.5);
  EXPECT_EQ(server["counted"]["source"], "strace");
  EXPECT_EQ(server["counted"]["requests"], 100);
  EXPECT_EQ(server["counted"]["traced_slices"], 2);
  EXPECT_EQ(server["counted"]["traced_requests"], 20);
  result.counted.traced.clear();
  result.counted.not_traced = "strace is not installed";
  run = run_of(result, test::contestant("epoll"));
  expect_valid(run);
  expect_absences_explained(run["cells"][0]);
  EXPECT_EQ(run["cells"][0]["absent"]["server.syscalls_per_request"],
            "not permitted; strace is not installed");
}

TEST(RunJson, MemoryIsPointsAndALineWhereTheyAreOne) {
  CellResult result = cell(3);
  for (const int connections : {1, 100, 200, 300, 400}) {
    // In user space all is there after the first connections; in the kernel each has its share.
    const std::int64_t user = connections == 1 ? 1 << 20 : 20 << 20;
    result.memory.points.push_back({connections, user, (64 << 10) + 1'250 * connections});
  }
  const ordered_json run = run_of(result, test::contestant("io_uring"));
  expect_valid(run);
  const ordered_json& only = run["cells"][0];
  expect_absences_explained(only);
  const ordered_json& server = only["server"];
  EXPECT_EQ(server["memory_bytes_per_connection"],
            (ordered_json{{"user", nullptr}, {"kernel", 1'250}}));
  EXPECT_EQ(server["memory_fixed_bytes"], (ordered_json{{"user", nullptr}, {"kernel", 64 << 10}}));
  EXPECT_EQ(only["absent"]["server.memory_bytes_per_connection.user"],
            "not proportional to the connections: see server.memory_points");
  ASSERT_EQ(server["memory_points"].size(), 5U);
  EXPECT_EQ(server["memory_points"][4], (ordered_json{{"connections", 400},
                                                      {"user_bytes", 20 << 20},
                                                      {"kernel_bytes", (64 << 10) + 1'250 * 400}}));
}

TEST(RunJson, WhatMayNotBeCountedHasTheReason) {
  Counts counts;
  for (const char* event : {"task_clock_ns", "context_switches", "cpu_migrations", "page_faults",
                            "cycles", "instructions", "syscalls"}) {
    counts.absent[event] = std::string("no ") + event;
  }
  CellResult result = counted_cell(counts);
  result.counted.switches.reset();
  const ordered_json run = run_of(result, test::contestant("epoll"));
  expect_valid(run);
  const ordered_json& only = run["cells"][0];
  expect_absences_explained(only);
  EXPECT_EQ(only["absent"]["server.syscalls_per_request"], "no syscalls");
  EXPECT_EQ(only["absent"]["server.cycles_per_request"], "no cycles");
  EXPECT_EQ(only["absent"]["server.context_switches_per_request.total"], "no context_switches");
  EXPECT_NE(only["absent"]["server.context_switches_per_request.voluntary"], nullptr);
}

TEST(RunJson, WithoutACountedRestartTheReasonIsThat) {
  CellResult failed_counting = cell(3);
  failed_counting.not_counted = "the counted restart failed: it ended";
  CellResult unanswered = cell(3);
  add(unanswered.counted, {});
  unanswered.counted.restarts = 1;
  for (const auto& [result, reason] :
       {std::pair(cell(3), "no counted restart was made"),
        std::pair(failed_counting, "the counted restart failed: it ended"),
        std::pair(unanswered, "no request was answered while it was counted")}) {
    const ordered_json run = run_of(result, test::contestant("epoll"));
    expect_valid(run);
    const ordered_json& only = run["cells"][0];
    expect_absences_explained(only);
    EXPECT_EQ(only["absent"]["server.syscalls_per_request"], reason);
    EXPECT_EQ(only["absent"]["server.page_faults_per_request"], reason);
    EXPECT_TRUE(only["server"]["cpu_ns_per_request"].is_object()) << "the timed figures stay";
  }
}

TEST(RunJson, AFailedCellHasNoFigures) {
  CellResult failed = cell(5);
  failed.failure = "the server was ended by signal 11 (Segmentation fault) (restart 6)";
  const ordered_json run = to_json(
      test::record(plan_of({"epoll", "select"}, {test::closed_loop()}, 8), {{cell(8), failed}}));
  expect_valid(run);
  const ordered_json& dead = cell_of(run, "busy", "select");
  EXPECT_EQ(dead["validity"]["status"], "failed");
  EXPECT_EQ(dead["validity"]["reasons"], ordered_json::array({failed.failure}));
  for (const char* figure : {"achieved_rps", "response_time_ns", "service_time_ns", "send_delay_ns",
                             "connect_time_ns"}) {
    EXPECT_EQ(dead[figure], nullptr) << figure;
  }
  EXPECT_EQ(dead["server"]["cpu_ns_per_request"], nullptr);
  EXPECT_EQ(dead["server"]["memory_bytes_per_connection"]["user"], nullptr);
  EXPECT_EQ(dead["ledger"]["answered"], 0);
  EXPECT_TRUE(run["comparisons"].empty());
  EXPECT_TRUE(any_failed(run));
}

TEST(RunJson, ACellThatFailedByItsLedgerHasNoFiguresEither) {
  CellResult liar = cell(8, {}, 0.001, {.ledger = {{"mismatched", 1}}});
  liar.restarts[0].slices[0].disturbance.steal_ns = 10'000'000;
  liar.counted.restarts = 1;
  add(liar.counted, {{.answered = 200}, {{{"syscalls", {500, 1, 1}}}, {}}, Switches{180, 20}});
  const ordered_json run = to_json(
      test::record(plan_of({"epoll", "select"}, {test::closed_loop()}, 8), {{cell(8), liar}}));
  expect_valid(run);
  const ordered_json& failed = cell_of(run, "busy", "select");
  expect_absences_explained(failed);
  EXPECT_EQ(failed["validity"]["status"], "failed");
  EXPECT_EQ(failed["limiter"], "neither");
  for (const char* figure : {"achieved_rps", "response_time_ns", "service_time_ns"}) {
    EXPECT_EQ(failed[figure], nullptr) << figure;
    EXPECT_EQ(failed["absent"].value(figure, ""), "the cell failed") << figure;
  }
  for (const char* figure : {"cpu_ns_per_request", "cpu_utilisation", "syscalls_per_request",
                             "context_switches_per_request", "memory_bytes_peak"}) {
    EXPECT_EQ(failed["server"][figure], nullptr) << figure;
  }
  EXPECT_EQ(failed["generator"]["cpu_ns_per_request"], nullptr);
  EXPECT_EQ(failed["ledger"]["mismatched"], 8) << "what shows the failure stays";
  EXPECT_EQ(failed["slices"], (ordered_json{{"count", 32},
                                            {"with_steal", 1},
                                            {"steal_ns", 10'000'000},
                                            {"foreign_ns", 0},
                                            {"repeated", 0},
                                            {"disturbed", 0},
                                            {"max_settle_ns", 0}}));
  EXPECT_TRUE(run["comparisons"].empty());
  for (const ordered_json& ranking : run["rankings"]) {
    for (const ordered_json& entry : ranking["ranked"]) EXPECT_EQ(entry["contestant"], "epoll");
  }
}

TEST(RunJson, AnyFailed) {
  const RunPlan plan = plan_of({"epoll", "select"}, {test::closed_loop()}, 2);
  EXPECT_FALSE(any_failed(to_json(test::record(plan, {{cell(2), cell(2)}}))));
  const CellResult starved = cell(2, {}, 0, {.starved = 10});
  EXPECT_FALSE(any_failed(to_json(test::record(plan, {{cell(2), starved}}))))
      << "a limit of the model is a result";
  const CellResult liar = cell(2, {}, 0, {.ledger = {{"mismatched", 1}}});
  EXPECT_TRUE(any_failed(to_json(test::record(plan, {{cell(2), liar}}))));
}

TEST(RunJson, FiguresAreThoseOfTheResults) {
  const ordered_json run = to_json(test::full_record());
  const ordered_json& epoll = cell_of(run, "busy", "epoll");
  EXPECT_EQ(epoll["restarts"], 8);
  const ordered_json& cpu = epoll["server"]["cpu_ns_per_request"];
  EXPECT_NEAR(cpu["median"].get<double>(), 5'000, 1);
  EXPECT_EQ(cpu["per_restart"].size(), 8U);
  EXPECT_LE(cpu["ci95"][0], cpu["median"]);
  EXPECT_GE(cpu["ci95"][1], cpu["median"]);
  EXPECT_NEAR(epoll["server"]["user_ns_per_request"].get<double>(), 1'250, 1);
  EXPECT_NEAR(epoll["server"]["system_ns_per_request"].get<double>(), 3'750, 1);
  EXPECT_EQ(epoll["ledger"]["answered"], 8'000);
  EXPECT_EQ(epoll["server"]["threads_peak"], 1);
  EXPECT_EQ(histogram_of_block(epoll["response_time_ns"]).count(), 24U);
  EXPECT_EQ(epoll["send_delay_ns"], nullptr);
  EXPECT_EQ(cell_of(run, "paced", "epoll")["send_delay_ns"]["max"], 300);
  EXPECT_EQ(epoll["take_up_delay_ns"], nullptr);
  EXPECT_EQ(cell_of(run, "paced", "epoll")["take_up_delay_ns"]["max"], 300);
  EXPECT_EQ(cell_of(run, "busy", "blocking")["validity"]["status"], "model_limit");
}

TEST(RunJson, TheStampsThatTheGeneratorComparedOrWhyItDidNot) {
  CellResult checked = cell(2);
  Histogram errors;
  errors.record_n(3'000, 500);
  CellResult unchecked = cell(2);
  for (std::size_t i = 0; i < 2; ++i) {
    checked.restarts[i].report["stamp_check"] = {
        {"sampled", 500},  {"absent", nullptr}, {"send_error_ns", time_block(errors)},
        {"after_send", 1}, {"arrivals", 0},     {"before_arrival", 0}};
    unchecked.restarts[i].report["stamp_check"] = {{"sampled", 0},
                                                   {"absent", "it queues its sends"},
                                                   {"send_error_ns", nullptr},
                                                   {"after_send", 0},
                                                   {"arrivals", 0},
                                                   {"before_arrival", 0}};
  }
  const ordered_json run = to_json(
      test::record(plan_of({"epoll", "select"}, {test::closed_loop()}, 2), {{checked, unchecked}}));
  expect_valid(run);
  const ordered_json& stamps = cell_of(run, "busy", "epoll")["stamp_check"];
  EXPECT_EQ(stamps["sampled"], 1000);
  EXPECT_EQ(stamps["after_send"], 2);
  EXPECT_EQ(stamps["send_error_ns"]["max"], 3'000);
  EXPECT_EQ(stamps["send_error_ns"]["per_restart"]["mean"], ordered_json::array({3'000, 3'000}));
  expect_absences_explained(cell_of(run, "busy", "epoll"));
  const ordered_json& without = cell_of(run, "busy", "select");
  EXPECT_EQ(without["stamp_check"], nullptr);
  EXPECT_EQ(without["absent"].value("stamp_check", ""), "it queues its sends");
}

TEST(RunJson, ReplySharesAreMediansRankByRank) {
  CellResult result = cell(4);
  for (std::size_t i = 0; i < 4; ++i) {
    std::vector<double> shares(21, 1.0);
    shares.front() = 0.1 * static_cast<double>(i);  // 0, 0.1, 0.2, 0.3
    shares.back() = 2;
    result.restarts[i].report["fairness"]["reply_shares"] = shares;
  }
  const ordered_json run = run_of(result, test::contestant("epoll"));
  expect_valid(run);
  const ordered_json& shares = run["cells"][0]["fairness"]["reply_shares"];
  ASSERT_EQ(shares["median"].size(), 21U);
  EXPECT_EQ(shares["median"][0], 0.15);
  EXPECT_EQ(shares["median"][10], 1);
  EXPECT_EQ(shares["median"][20], 2);
  ASSERT_EQ(shares["ci95"]["low"].size(), 21U);
  EXPECT_LT(shares["ci95"]["low"][0], 0.1);
  EXPECT_GT(shares["ci95"]["high"][0], 0.2);
  EXPECT_EQ(shares["ci95"]["high"][20], 2);
}

TEST(RunJson, ReplySharesThatAreAbsentHaveAReason) {
  const ordered_json run = to_json(test::full_record());
  const ordered_json& silent = cell_of(run, "idle", "epoll");
  EXPECT_EQ(silent["fairness"]["reply_shares"], nullptr);
  EXPECT_EQ(silent["absent"]["fairness.reply_shares"], "an idle workload has no requests");
  const ordered_json& few = cell_of(run, "busy", "blocking");  // two restarts
  EXPECT_EQ(few["fairness"]["reply_shares"]["ci95"], nullptr);
  EXPECT_EQ(few["absent"]["fairness.reply_shares.ci95"], "an interval needs 3 restarts");
}

TEST(RunJson, PlanWorkloadsAndContestants) {
  RunRecord record = test::full_record();
  record.results[2][2].paused = true;
  record.margin = 0.05;
  const ordered_json run = to_json(record);
  expect_valid(run);
  const ordered_json& plan = run["plan"];
  EXPECT_EQ(plan["suite"], "made");
  EXPECT_EQ(plan["reference"], "epoll");
  EXPECT_EQ(plan["margin"], 0.05);
  EXPECT_EQ(plan["server_cpus"], ordered_json::array({0}));
  EXPECT_EQ(plan["interrupted"], false);
  EXPECT_EQ(plan["workloads"]["busy"]["restarts"], 8);
  EXPECT_EQ(plan["workloads"]["idle"]["slices_per_restart"], 1);
  EXPECT_EQ(plan["paused_between_slices"],
            ordered_json::array({{{"contestant", "blocking"}, {"workload", "idle"}}}));
  EXPECT_EQ(run["workloads"][1]["offered_rps"], 10'000);
  EXPECT_EQ(run["workloads"][0]["offered_rps"], nullptr);
  EXPECT_EQ(run["workloads"][2]["active"], 0);
  EXPECT_EQ(run["contestants"][1]["command"], ordered_json::array({"server-select"}))
      << "no path of this machine";
  EXPECT_EQ(run["contestants"][1]["options"], (ordered_json{{"reply", "upper"}}));
}

TEST(RunJson, UnansweredRequestsStandBeyondThePercentiles) {
  const test::ReportShape paced{.little_ratio = std::nullopt,
                                .schedule_adherence = 1.0,
                                .response_ns = {1'000},
                                .repeats = 10'000,
                                .send_delay_ns = {10},
                                .ledger = {{"unanswered", 200}, {"never_sent", 200}}};
  const ordered_json run = to_json(test::record(plan_of({"epoll"}, {test::open_loop()}, 1),
                                                {{cell(1, {.rps = 10'000}, 0, paced)}}));
  expect_valid(run);
  const ordered_json& block = run["cells"][0]["response_time_ns"];
  EXPECT_EQ(block["p90"], 1000);
  EXPECT_EQ(block["p99"], nullptr) << "4 % were never answered";
  EXPECT_EQ(run["cells"][0]["service_time_ns"]["p90"], 1000);
  expect_absences_explained(run["cells"][0]);
}

}  // namespace
}  // namespace sockbench
