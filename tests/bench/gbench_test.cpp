// Google Benchmark's JSON, entry by entry, and what its readers look at.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "bench/report/export.h"
#include "tests/bench/documents.h"
#include "tests/bench/synthetic.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;
using test::cell_of;
using test::full_run;

std::vector<double> times_of(const ordered_json& document, const std::string& name) {
  std::vector<double> times;
  for (const ordered_json& entry : document["benchmarks"]) {
    if (entry["name"] == name) times.push_back(entry["real_time"].get<double>());
  }
  return times;
}

std::set<std::string> names_of(const ordered_json& document) {
  std::set<std::string> names;
  for (const ordered_json& entry : document["benchmarks"]) {
    names.insert(entry["run_name"].get<std::string>());
  }
  return names;
}

bool has_null(const ordered_json& json) {
  if (json.is_null()) return true;
  return json.is_structured() && std::any_of(json.begin(), json.end(), has_null);
}

TEST(Gbench, EveryRestartIsARepetition) {
  const ordered_json entries = gbench_entries({{"a/b/c", {10, 20, 30, 40}}}, GbenchEntries::kAll);
  ASSERT_EQ(entries.size(), 8U);
  EXPECT_EQ(entries[1], (ordered_json{{"name", "a/b/c"},
                                      {"family_index", 0},
                                      {"per_family_instance_index", 0},
                                      {"run_name", "a/b/c"},
                                      {"run_type", "iteration"},
                                      {"repetitions", 4},
                                      {"repetition_index", 1},
                                      {"threads", 1},
                                      {"iterations", 1},
                                      {"real_time", 20.0},
                                      {"cpu_time", 20.0},
                                      {"time_unit", "ns"}}));
  EXPECT_EQ(entries[5], (ordered_json{{"name", "a/b/c_median"},
                                      {"family_index", 0},
                                      {"per_family_instance_index", 0},
                                      {"run_name", "a/b/c"},
                                      {"run_type", "aggregate"},
                                      {"repetitions", 4},
                                      {"aggregate_name", "median"},
                                      {"aggregate_unit", "time"},
                                      {"threads", 1},
                                      {"iterations", 4},
                                      {"real_time", 25.0},
                                      {"cpu_time", 25.0},
                                      {"time_unit", "ns"}}));
}

TEST(Gbench, Aggregates) {
  const ordered_json entries = gbench_entries({{"x", {10, 20, 30, 40}}}, GbenchEntries::kAll);
  const std::vector<std::tuple<std::string, std::string, double>> expected = {
      {"mean", "time", 25},
      {"median", "time", 25},
      {"stddev", "time", 12.9099},
      {"cv", "percentage", 0.516398}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto& [name, unit, value] = expected[i];
    const ordered_json& entry = entries.at(4 + i);
    EXPECT_EQ(entry["aggregate_name"], name);
    EXPECT_EQ(entry["name"], "x_" + name);
    EXPECT_EQ(entry["aggregate_unit"], unit);
    EXPECT_NEAR(entry["real_time"].get<double>(), value, 1e-4) << name;
  }
}

TEST(Gbench, OneRestartHasNoAggregatesAndNoRestartNoEntry) {
  const ordered_json entries =
      gbench_entries({{"none", {}}, {"one", {7}}, {"zeros", {0, 0}}}, GbenchEntries::kAll);
  ASSERT_EQ(entries.size(), 6U) << entries;
  EXPECT_EQ(entries[0]["name"], "one");
  EXPECT_EQ(entries[0]["family_index"], 0);
  EXPECT_EQ(entries[0]["repetitions"], 1);
  EXPECT_EQ(entries[5]["name"], "zeros_stddev") << "0 / 0 is no figure";
}

TEST(Gbench, MediansAlone) {
  const ordered_json entries =
      gbench_entries({{"a", {3, 1, 2}}, {"none", {}}, {"b", {8}}}, GbenchEntries::kMedians);
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0]["name"], "a");
  EXPECT_EQ(entries[0]["run_type"], "iteration");
  EXPECT_EQ(entries[0]["real_time"], 2.0);
  EXPECT_EQ(entries[0]["repetitions"], 1);
  EXPECT_EQ(entries[0]["iterations"], 3) << "restarts behind the median";
  EXPECT_EQ(entries[1]["name"], "b");
}

TEST(GbenchOfRun, FiguresAreThoseOfTheRun) {
  const ordered_json document = gbench_of_run(full_run(), false);
  EXPECT_FALSE(has_null(document)) << document.dump(1);
  const ordered_json& busy = cell_of(full_run(), "busy", "epoll");
  EXPECT_EQ(times_of(document, "epoll/busy/server.cpu_ns_per_request"),
            busy["server"]["cpu_ns_per_request"]["per_restart"].get<std::vector<double>>());
  std::vector<double> ns_per_request;
  for (const double rps : busy["achieved_rps"]["per_restart"]) ns_per_request.push_back(1e9 / rps);
  EXPECT_EQ(times_of(document, "epoll/busy/achieved_ns_per_request"), ns_per_request);
  const ordered_json& paced = cell_of(full_run(), "paced", "epoll");
  EXPECT_EQ(times_of(document, "epoll/paced/response_time_ns.p99"),
            paced["response_time_ns"]["per_restart"]["p99"].get<std::vector<double>>());
  EXPECT_EQ(times_of(document, "epoll/paced/response_time_ns.p99_9"),
            (std::vector{paced["response_time_ns"]["p99_9"].get<double>()}))
      << "there is one for all restarts";
}

TEST(GbenchOfRun, WhatTheRunWouldNotCompareIsLeftOut) {
  ordered_json run = full_run();
  for (ordered_json& cell : run["cells"]) {
    if (cell["contestant"] == "epoll" && cell["workload"] == "paced") {
      cell["validity"]["status"] = "generator_bound";
      cell.erase("eligibility");
    }
  }
  bool bound = false;
  for (const std::string& name : names_of(gbench_of_run(run, false))) {
    EXPECT_FALSE(name.starts_with("select/busy/")) << "failed: " << name;
    EXPECT_FALSE(name.starts_with("blocking/busy/")) << "starves connections: " << name;
    EXPECT_EQ(name.find("/idle/"), std::string::npos) << "no requests: " << name;
    if (!name.starts_with("epoll/paced/")) continue;
    bound = true;
    EXPECT_EQ(name, "epoll/paced/server.cpu_ns_per_request");
  }
  EXPECT_TRUE(bound);
}

TEST(GbenchOfRun, ContextSaysWhereAndWhatWasMeasured) {
  ordered_json run = full_run();
  run["environment"]["governor"] = "powersave";
  run["environment"]["load_average_at_start"] = 0.5;
  run["sockbench"]["git_commit"] = "0123456789ab";
  run["sockbench"]["build_type"] = "Debug";
  ordered_json context = gbench_of_run(run, false)["context"];
  EXPECT_EQ(context["date"], "2024-05-01T12:00:00Z");
  EXPECT_EQ(context["num_cpus"], run["environment"]["cpus"]);
  EXPECT_EQ(context["cpu_scaling_enabled"], true);
  EXPECT_EQ(context["load_avg"], ordered_json::array({0.5}));
  EXPECT_EQ(context["library_build_type"], "debug");
  EXPECT_EQ(context["sockbench_commit"], "0123456789ab");
  run["environment"]["governor"] = nullptr;
  run["environment"].erase("load_average_at_start");
  run["sockbench"]["git_commit"] = nullptr;
  context = gbench_of_run(run, false)["context"];
  for (const char* unknown : {"cpu_scaling_enabled", "load_avg", "sockbench_commit"}) {
    EXPECT_FALSE(context.contains(unknown)) << unknown;
  }
}

// github-action-benchmark ("googlecpp") makes a point of every entry: its name, its real_time in
// time_unit per iteration, and a text of iterations, cpu_time and threads. Bencher ("cpp_google")
// reads name, real_time and time_unit, and wants a list of caches.
TEST(GbenchOfRun, MediansHaveWhatImportersRead) {
  const ordered_json document = gbench_of_run(full_run(), true);
  EXPECT_TRUE(document["context"]["caches"].is_array());
  std::set<std::string> names;
  for (const ordered_json& entry : document["benchmarks"]) {
    EXPECT_TRUE(names.insert(entry["name"].get<std::string>()).second)
        << entry["name"] << " stands there twice";
    EXPECT_GT(entry["real_time"].get<double>(), 0) << entry;
    EXPECT_EQ(entry["time_unit"], "ns");
    EXPECT_GE(entry["iterations"].get<int>(), 1) << entry;
    EXPECT_TRUE(entry["cpu_time"].is_number() && entry["threads"].is_number()) << entry;
  }
  EXPECT_EQ(names, names_of(gbench_of_run(full_run(), false)));
  EXPECT_TRUE(names.contains("epoll/busy/server.cpu_ns_per_request"));
}

ordered_json side(const std::vector<double>& values) {
  return {{"median", values.front()}, {"per_restart", values}};
}

ordered_json made_duel() {
  const auto check = [](const char* metric, const char* unit, const ordered_json& base,
                        const ordered_json& head) -> ordered_json {
    return {{"workload", "busy"}, {"metric", metric}, {"unit", unit},
            {"base", base},       {"control", base},  {"head", head}};
  };
  return {{"started_at", "2026-01-31T12:00:00Z"},
          {"sockbench", {{"version", "1.0.0"}, {"git_commit", nullptr}, {"build_type", "Release"}}},
          {"environment", {{"kernel", "Linux"}, {"cpu_model", "made"}, {"cpus", 2}}},
          {"base", {{"label", "a1b2c3d"}}},
          {"head", {{"label", "e4f5a6b"}}},
          {"checks",
           {check("server.cpu_ns_per_request", "ns", side({5000, 5002}), side({5100, 5200})),
            check("achieved_rps", "1/s", side({100'000}), side({200'000, 0})),
            check("response_time_ns.p99", "ns", side({9000}), nullptr),
            check("server.memory_bytes_per_connection.user", "bytes", side({100}), side({100}))}}};
}

TEST(GbenchOfDuel, BothSidesHaveTheSameNames) {
  const GbenchDuel duel = gbench_of_duel(made_duel());
  EXPECT_EQ(times_of(duel.base, "busy/server.cpu_ns_per_request"), (std::vector{5000.0, 5002.0}));
  EXPECT_EQ(times_of(duel.head, "busy/server.cpu_ns_per_request"), (std::vector{5100.0, 5200.0}));
  EXPECT_EQ(times_of(duel.base, "busy/achieved_ns_per_request"), std::vector{10'000.0});
  EXPECT_EQ(times_of(duel.head, "busy/achieved_ns_per_request"), std::vector{5'000.0})
      << "a rate of 0 has no time per request";
  EXPECT_EQ(names_of(duel.base),
            (std::set<std::string>{"busy/server.cpu_ns_per_request", "busy/achieved_ns_per_request",
                                   "busy/response_time_ns.p99"}))
      << "bytes are not nanoseconds";
  EXPECT_EQ(times_of(duel.head, "busy/response_time_ns.p99"), std::vector<double>());
  EXPECT_EQ(duel.base["context"]["label"], "a1b2c3d");
  EXPECT_EQ(duel.head["context"]["label"], "e4f5a6b");
}

TEST(GbenchOfDuel, MediansAreThoseOfHead) {
  const ordered_json medians = gbench_of_duel(made_duel()).head_medians;
  ASSERT_EQ(medians["benchmarks"].size(), 2U);
  EXPECT_EQ(medians["benchmarks"][0]["real_time"], 5150.0);
  EXPECT_EQ(medians["context"]["label"], "e4f5a6b");
}

}  // namespace
}  // namespace sockbench
