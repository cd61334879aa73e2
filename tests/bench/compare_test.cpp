// Two made-up runs side by side.

#include "bench/judge/compare.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <tuple>

#include "bench/report/reports.h"
#include "tests/bench/documents.h"
#include "tests/bench/synthetic.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;
using test::cell;
using test::cell_of;

/// epoll and select on a busy and an idle workload; select costs `factor` times epoll.
ordered_json run_of(double factor) {
  RunPlan plan;
  plan.suite = "made";
  plan.contestants = {test::contestant("epoll"), test::contestant("select")};
  plan.workloads = {{test::closed_loop(), 8, 4}, {test::idle(), 8, 1}};
  const test::SliceShape busy{.rps = 194'000};
  test::SliceShape dearer = busy;
  dearer.cpu_ns_per_request *= factor;
  dearer.rps /= factor;
  return to_json(test::record(plan, {{cell(8, busy), cell(8, dearer)},
                                     {test::idle_cell(8, 0.001), test::idle_cell(8, 0.5)}}));
}

const ordered_json& figure_of(const ordered_json& cell, const std::string& metric) {
  for (const ordered_json& figure : cell["figures"]) {
    if (figure["metric"] == metric) return figure;
  }
  throw std::runtime_error("no figure " + metric);
}

ordered_json& cell_in(ordered_json& run, const std::string& workload, const std::string& name) {
  for (ordered_json& cell : run["cells"]) {
    if (cell["workload"] == workload && cell["contestant"] == name) return cell;
  }
  throw std::runtime_error("no cell " + workload + " " + name);
}

/// What the run says of a cell, as a run that lacks `eligibility` would.
void set_status(ordered_json& cell, const std::string& status) {
  cell["validity"] = {{"status", status}, {"reasons", {"so"}}};
  cell.erase("eligibility");
}

TEST(Compare, ARunWithItself) {
  const ordered_json run = run_of(1.2);
  const ordered_json comparison = compare_runs(run, run);
  EXPECT_TRUE(comparison["differences"].empty()) << comparison["differences"];
  EXPECT_EQ(refusal(compare_runs(parse_run(run), parse_run(run))), "");
  EXPECT_EQ(comparison["cells"].size(), 4U);
  EXPECT_TRUE(comparison["only_in_a"].empty());
  EXPECT_TRUE(comparison["only_in_b"].empty());
  for (const ordered_json& cell : comparison["cells"]) {
    EXPECT_EQ(cell["compared"], true) << cell;
    EXPECT_EQ(cell["reason"], nullptr) << cell;
    for (const ordered_json& figure : cell["figures"]) {
      EXPECT_EQ(figure["b_to_a_for_information"], 1.0) << figure;
    }
  }
}

TEST(Compare, FiguresAndRatiosOfBothRuns) {
  const ordered_json a = run_of(1.2);
  const ordered_json b = run_of(1.5);
  const ordered_json comparison = compare_runs(a, b);
  const ordered_json& select = cell_of(comparison, "busy", "select");
  EXPECT_EQ(select["mode"], "closed_loop");
  const ordered_json& cpu = figure_of(select, "server.cpu_ns_per_request");
  EXPECT_NEAR(cpu["a"]["median"].get<double>(), 6'000, 10);
  EXPECT_NEAR(cpu["b"]["median"].get<double>(), 7'500, 10);
  EXPECT_NEAR(cpu["b_to_a_for_information"].get<double>(), 1.25, 0.001);
  EXPECT_EQ(cpu["reference"], "epoll");
  const ordered_json& ratios = cpu["to_reference"];
  EXPECT_NEAR(ratios["a"]["ratio"].get<double>(), 1.2, 0.01);
  EXPECT_NEAR(ratios["b"]["ratio"].get<double>(), 1.5, 0.01);
  EXPECT_EQ(ratios["intervals_overlap"], false);
  EXPECT_NEAR(figure_of(select, "achieved_rps")["a"]["median"].get<double>(), 161'667, 200);

  const ordered_json& epoll = cell_of(comparison, "busy", "epoll");
  EXPECT_EQ(figure_of(epoll, "achieved_rps")["to_reference"]["a"], nullptr) << "it is itself";
  const ordered_json& idle = cell_of(comparison, "idle", "select");
  ASSERT_EQ(idle["figures"].size(), 1U);
  EXPECT_EQ(idle["figures"][0]["metric"], "server.cpu_utilisation");
}

TEST(Compare, OverlapOfIntervals) {
  const auto overlap = [](const ordered_json& a, const ordered_json& b) {
    const auto set = [](ordered_json& run, const ordered_json& interval) {
      for (ordered_json& comparison : run["comparisons"]) comparison["ci95"] = interval;
    };
    ordered_json run_a = run_of(1.2);
    ordered_json run_b = run_a;
    set(run_a, a);
    set(run_b, b);
    return figure_of(cell_of(compare_runs(run_a, run_b), "busy", "select"),
                     "server.cpu_ns_per_request")["to_reference"]["intervals_overlap"];
  };
  EXPECT_EQ(overlap({1.0, 1.2}, {1.1, 1.3}), true);
  EXPECT_EQ(overlap({1.1, 1.3}, {1.0, 1.2}), true);
  EXPECT_EQ(overlap({1.0, 1.4}, {1.1, 1.2}), true) << "one within the other";
  EXPECT_EQ(overlap({1.0, 1.1}, {1.1, 1.2}), true) << "they touch";
  EXPECT_EQ(overlap({1.0, 1.1}, {1.2, 1.3}), false);
  EXPECT_EQ(overlap({1.2, 1.3}, {1.0, 1.1}), false);
  EXPECT_EQ(overlap(nullptr, {1.0, 1.1}), nullptr) << "too few restarts";
}

struct Change {
  const char* place;
  ordered_json value;
  const char* about;
  const char* what;
};

TEST(Compare, DifferencesOfEnvironmentsAreRefused) {
  const std::vector<Change> changes = {
      {"/environment/cpu_model", "Abacus 3", "environment", "cpu_model"},
      {"/environment/kernel", "Linux 1.0", "environment", "kernel"},
      {"/environment/cpus", 99, "environment", "cpus"},
      {"/environment/governor", "powersave", "environment", "governor"},
      {"/sockbench/compiler", "cc 1", "environment", "compiler"},
      {"/sockbench/build_type", "Debug", "environment", "build_type"},
      {"/sockbench/git_commit", "abc", "program", "git_commit"},
      {"/plan/suite", "other", "plan", "suite"},
      {"/plan/workloads/busy/slice_ms", 77, "plan", "busy.slice_ms"},
      {"/workloads/0/mode", "open_loop", "plan", "busy.mode"},
  };
  const ordered_json a = run_of(1);
  for (const Change& change : changes) {
    ordered_json b = a;
    b[ordered_json::json_pointer(change.place)] = change.value;
    const ordered_json comparison = compare_runs(a, b);
    ASSERT_EQ(comparison["differences"].size(), 1U) << change.place;
    EXPECT_EQ(comparison["differences"][0]["about"], change.about);
    EXPECT_EQ(comparison["differences"][0]["what"], change.what);
    EXPECT_EQ(comparison["differences"][0]["b"], change.value);
    const bool refused = std::string(change.about) == "environment";
    EXPECT_EQ(comparison["environments_differ"], refused) << change.place;
    const std::string sentence = refusal(compare_runs(parse_run(a), parse_run(b)));
    EXPECT_EQ(sentence.find(change.what) != std::string::npos, refused) << change.place;
  }
}

TEST(Compare, LoadsOfTheSameNameThatAreNotTheSame) {
  const ordered_json a = run_of(1);
  for (const auto& [key, value, said] :
       std::vector<std::tuple<const char*, ordered_json, const char*>>{
           {"mode", "open_loop", "never mixed"}, {"connections", 65, "connections 64 in A, 65"}}) {
    ordered_json b = a;
    b["workloads"][0][key] = value;
    const ordered_json comparison = compare_runs(a, b);
    ASSERT_EQ(comparison["workloads_not_mixed"].size(), 1U) << key;
    EXPECT_NE(comparison["workloads_not_mixed"][0]["reason"].get<std::string>().find(said),
              std::string::npos);
    EXPECT_EQ(cell_of(comparison, "busy", "epoll")["compared"], false);
    EXPECT_TRUE(cell_of(comparison, "busy", "epoll")["figures"].empty());
    EXPECT_EQ(cell_of(comparison, "idle", "epoll")["compared"], true);
  }
  ordered_json b = a;
  b["workloads"][0]["description"] = "said in other words";
  EXPECT_TRUE(compare_runs(a, b)["workloads_not_mixed"].empty());
}

// An earlier version wrote no key for what a workload could not do then.
TEST(Compare, AKeyThatIsNotUsedMayBeMissing) {
  const ordered_json now = run_of(1.2);
  ordered_json earlier = now;
  for (ordered_json& workload : earlier["workloads"]) {
    for (const char* key : {"sweep", "family", "think_ns", "churn", "server_options"}) {
      ASSERT_EQ(workload.erase(key), 1U) << key;
    }
  }
  EXPECT_TRUE(compare_runs(earlier, now)["workloads_not_mixed"].empty());
  ordered_json churning = now;
  churning["workloads"][0]["churn"] = true;
  EXPECT_EQ(compare_runs(earlier, churning)["workloads_not_mixed"].size(), 1U);
}

TEST(Compare, WhyThroughputIsNotCompared) {
  ordered_json a = run_of(1);
  ordered_json b = a;
  ordered_json& cell = cell_in(b, "busy", "select");
  cell["limiter"] = "neither";
  cell.erase("eligibility");
  const ordered_json comparison = compare_runs(a, b);
  const ordered_json& select = cell_of(comparison, "busy", "select");
  EXPECT_EQ(select["figures"].size(), 1U) << "CPU per request";
  EXPECT_EQ(select["reason"],
            "achieved_rps in B: the server did not set the pace (limiter: neither)");
}

TEST(Compare, InvalidCellsAreMarked) {
  const ordered_json a = run_of(1);
  for (const char* status : {"saturated", "model_limit", "unstable", "failed"}) {
    ordered_json b = a;
    set_status(cell_in(b, "busy", "select"), status);
    for (const bool turned : {false, true}) {
      const ordered_json comparison = turned ? compare_runs(b, a) : compare_runs(a, b);
      const ordered_json& select = cell_of(comparison, "busy", "select");
      EXPECT_EQ(select["compared"], false) << status;
      EXPECT_NE(select["reason"].get<std::string>().find(status), std::string::npos);
      EXPECT_EQ(cell_of(comparison, "busy", "epoll")["compared"], true);
    }
  }
  ordered_json b = a;
  set_status(cell_in(b, "busy", "select"), "generator_bound");
  const ordered_json comparison = compare_runs(a, b);
  const ordered_json& select = cell_of(comparison, "busy", "select");
  ASSERT_EQ(select["figures"].size(), 1U) << "CPU per request stands";
  EXPECT_EQ(select["figures"][0]["metric"], "server.cpu_ns_per_request");
  EXPECT_NE(select["reason"].get<std::string>().find("throughput"), std::string::npos);
}

TEST(Compare, CellsOfOneRunOnly) {
  const ordered_json a = run_of(1);
  ordered_json b = a;
  b["cells"].erase(1);
  cell_in(b, "idle", "select")["contestant"] = "poll";
  const ordered_json comparison = compare_runs(a, b);
  EXPECT_EQ(comparison["cells"].size(), 2U);
  EXPECT_EQ(comparison["only_in_a"].size(), 2U);
  EXPECT_EQ(comparison["only_in_a"][0],
            (ordered_json{{"contestant", "select"}, {"workload", "busy"}}));
  ASSERT_EQ(comparison["only_in_b"].size(), 1U);
  EXPECT_EQ(comparison["only_in_b"][0]["contestant"], "poll");
}

TEST(Compare, AnotherReferenceGivesNoRatios) {
  const ordered_json a = run_of(1.2);
  ordered_json b = a;
  b["workloads"][0]["reference"] = "select";
  const ordered_json comparison = compare_runs(a, b);
  const ordered_json& cpu =
      figure_of(cell_of(comparison, "busy", "select"), "server.cpu_ns_per_request");
  EXPECT_EQ(cpu["reference"], nullptr);
  EXPECT_EQ(cpu["to_reference"]["a"], nullptr);
  EXPECT_EQ(cpu["to_reference"]["intervals_overlap"], nullptr);
}

TEST(Compare, AsText) {
  const ordered_json a = run_of(1.2);
  ordered_json b = run_of(1.5);
  b["plan"]["suite"] = "other\033[2J\nsuite";
  b["cells"].erase(0);
  const std::string text = comparison_text(compare_runs(parse_run(a), parse_run(b)));
  for (const char* part :
       {"plan differs in suite: A made, B other [2J suite", "busy / select\n", "A 6.00 µs, B 7.50",
        "B/A 1.250, for information only", "to epoll within each run: A 1.20",
        "THE INTERVALS DO NOT OVERLAP", "only in A: busy / epoll", "cannot show which"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  EXPECT_EQ(text.find('\033'), std::string::npos);
  EXPECT_NE(comparison_text(compare_runs(parse_run(a), parse_run(a)))
                .find("Environments and plans are alike."),
            std::string::npos);
}

}  // namespace
}  // namespace sockbench
