// Every shape of load in the catalogue, run for moments: the figures that it is for.

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/error.h"
#include "tests/end_to_end/processes.h"
#include "tests/end_to_end/sandbox.h"

namespace sockbench::test {
namespace {

using nlohmann::ordered_json;

testing::AssertionResult balances(const ordered_json& cell) {
  const ordered_json& ledger = cell["ledger"];
  const auto count = [&](const char* kind) { return ledger.at(kind).get<std::uint64_t>(); };
  const std::uint64_t ended = count("answered") + count("unanswered") + count("reset") +
                              count("timed_out") + count("mismatched");
  if (count("intended") == count("sent") + count("never_sent") && count("sent") == ended) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure() << ledger.dump();
}

/// One run of a workload "shape" with epoll and these models; its run.json, which is valid.
ordered_json run_shape(Sandbox& sandbox, const ordered_json& changes, const std::string& models) {
  sandbox.add_workload("shape", changes);
  const Outcome outcome = run_to_end(sandbox.run({"--models", models, "--workloads", "shape"}));
  EXPECT_EQ(outcome.status, kExitOk) << outcome.err;
  EXPECT_TRUE(sandbox.result_is_valid());
  const ordered_json run = sandbox.result();
  for (const ordered_json& cell : run["cells"]) EXPECT_TRUE(balances(cell)) << cell["contestant"];
  return run;
}

TEST(CatalogueRun, HoldShowsWhoServesOneAtATime) {
  Sandbox sandbox;
  const ordered_json run = run_shape(sandbox,
                                     {{"connections", 4},
                                      {"churn", true},
                                      {"hold", "60ms"},
                                      {"slice_ms", 300},
                                      {"discard_ms", 70},
                                      {"slices_per_restart", 1},
                                      {"metrics", {"first_reply_time_ns.mean"}}},
                                     "epoll,threaded,blocking");
  for (const char* model : {"epoll", "threaded"}) {
    const ordered_json& cell = cell_of(run, model, "shape");
    EXPECT_TRUE(is_whole(cell, 2));
    EXPECT_EQ(cell["first_reply_time_ns"]["count"], cell["ledger"]["answered"]);
    EXPECT_LT(cell["ledger"]["answered"], 2 * 4 * 6) << "each is held for 60 ms";
  }
  const ordered_json& blocking = cell_of(run, "blocking", "shape");
  EXPECT_EQ(blocking["validity"]["status"], "model_limit") << blocking["validity"];
  EXPECT_EQ(blocking["fairness"]["waited_for_others"], blocking["ledger"]["answered"]);
  EXPECT_EQ(run["workloads"][0]["hold_ns"], 60'000'000);
  EXPECT_TRUE(nothing_is_left());
}

TEST(CatalogueRun, EveryoneServesABurstInTheEnd) {
  Sandbox sandbox;
  const ordered_json run = run_shape(sandbox,
                                     {{"mode", "open_loop"},
                                      {"connections", 50},
                                      {"burst", true},
                                      {"churn", true},
                                      {"slice_ms", 400},
                                      {"discard_ms", 100},
                                      {"slices_per_restart", 2},
                                      {"metrics", {"burst_ns"}}},
                                     "epoll,blocking");
  for (const char* model : {"epoll", "blocking"}) {
    const ordered_json& cell = cell_of(run, model, "shape");
    EXPECT_EQ(cell["ledger"]["answered"], 2 * 2 * 50) << "one burst in each slice";
    EXPECT_EQ(cell["burst_ns"]["per_restart"].size(), 2U);
    EXPECT_GT(cell["burst_ns"]["median"], 0);
    EXPECT_EQ(cell["fairness"]["starved_connections"], 0);
  }
}

TEST(CatalogueRun, NewcomersAndChurnTimeTheirFirstReplies) {
  Sandbox sandbox;
  const ordered_json changes = {
      {"connections", 22}, {"newcomers", 2}, {"slice_ms", 100}, {"slices_per_restart", 2}};
  const ordered_json newcomers = run_shape(sandbox, changes, "epoll,threaded");
  const ordered_json& cell = cell_of(newcomers, "threaded", "shape");
  EXPECT_TRUE(is_whole(cell, 2));
  const auto first = cell["first_reply_time_ns"]["count"].get<std::uint64_t>();
  EXPECT_GT(first, 0U);
  EXPECT_LT(first, cell["ledger"]["answered"].get<std::uint64_t>());
  const ordered_json churn =
      run_shape(sandbox, {{"churn", true}, {"slice_ms", 50}}, "epoll,blocking");
  for (const char* model : {"epoll", "blocking"}) {
    const ordered_json& each = cell_of(churn, model, "shape");
    EXPECT_TRUE(is_whole(each, 2)) << "one at a time is enough";
    EXPECT_EQ(each["first_reply_time_ns"]["count"], each["ledger"]["answered"]);
  }
}

TEST(CatalogueRun, SlowPeersStandBesideTheLoad) {
  Sandbox sandbox;
  const ordered_json run = run_shape(sandbox,
                                     {{"connections", 4},
                                      {"slow_readers", 2},
                                      {"slow_writers", 1},
                                      {"slow_rate", 16384},
                                      {"slice_ms", 100}},
                                     "epoll,threaded");
  for (const char* model : {"epoll", "threaded"}) {
    const ordered_json& cell = cell_of(run, model, "shape");
    EXPECT_TRUE(is_whole(cell, 2));
    EXPECT_EQ(cell["slow_peers"]["connected"], 2 * 3);
    EXPECT_EQ(cell["slow_peers"]["lost"], 0);
  }
}

TEST(CatalogueRun, ServerOptionsReachTheServers) {
  Sandbox sandbox;
  const ordered_json run = run_shape(
      sandbox, {{"server_options", {{"handler", "sleep:5000"}}}, {"slice_ms", 100}}, "epoll");
  EXPECT_EQ(run["workloads"][0]["server_options"]["handler"], "sleep:5000");
  EXPECT_GE(cell_of(run, "epoll", "shape")["response_time_ns"]["min"], 5'000'000);
}

TEST(CatalogueRun, NobodyAtAllIsAnIdleWorkload) {
  Sandbox sandbox;
  const ordered_json run = run_shape(sandbox,
                                     {{"mode", "idle"},
                                      {"connections", 0},
                                      {"slices_per_restart", 1},
                                      {"metrics", {"server.cpu_utilisation"}}},
                                     "epoll,busy_poll");
  EXPECT_EQ(run["workloads"][0]["connections"], 0);
  for (const char* model : {"epoll", "busy_poll"}) {
    EXPECT_EQ(cell_of(run, model, "shape")["validity"]["status"], "valid");
    EXPECT_TRUE(cell_of(run, model, "shape")["server"]["cpu_utilisation"].is_object());
    const ordered_json& wakeups = cell_of(run, model, "shape")["server"]["wakeups_per_s"];
    EXPECT_EQ(wakeups["per_restart"].size(), 2U);
    EXPECT_GE(wakeups["median"], 0);
  }
}

TEST(CatalogueRun, ThinkingAndGrowth) {
  Sandbox sandbox;
  const ordered_json run = run_shape(sandbox,
                                     {{"connections", 4},
                                      {"think", "10ms"},
                                      {"memory_growth", true},
                                      {"slice_ms", 100},
                                      {"slices_per_restart", 3}},
                                     "epoll");
  const ordered_json& cell = cell_of(run, "epoll", "shape");
  EXPECT_LE(cell["ledger"]["answered"], 2 * 3 * 4 * 11) << "a pause of 10 ms each";
  EXPECT_EQ(cell["server"]["memory_growth_bytes_per_s"]["per_restart"].size(), 2U);
}

TEST(CatalogueRun, ASweepOfRatesHasAKnee) {
  Sandbox sandbox;
  sandbox.add_workload("rates", {{"mode", "open_loop"},
                                 {"family", "rate"},
                                 {"sweep", {{"offered_rps", {100, 200}}}},
                                 {"slice_ms", 50}});
  const Outcome outcome =
      run_to_end(sandbox.run({"--models", "epoll,select", "--workloads", "rates"}));
  EXPECT_EQ(outcome.status, kExitOk) << outcome.err;
  EXPECT_TRUE(sandbox.result_is_valid());
  const ordered_json run = sandbox.result();
  EXPECT_EQ(run["cells"].size(), 6U) << "with the control";
  ASSERT_EQ(run["knees"].size(), 2U) << "of the models";
  EXPECT_EQ(run["knees"][1]["contestant"], "select");
  EXPECT_EQ(run["knees"][1]["workload"], "rates");
  EXPECT_EQ(run["knees"][1]["offered_rps"], nullptr) << "a p99 needs 10,000 samples";
  const std::string reason = run["knees"][1]["reason"];
  EXPECT_TRUE(reason.starts_with("at 100/s ")) << reason;
}

TEST(CatalogueRun, WhoTakesNoPartHasNoCellAndAReason) {
  Sandbox sandbox;
  sandbox.add_workload("few", {{"models", {"select"}}});
  sandbox.add_workload("all", {});
  const std::string suite = sandbox.folder().write("mine.json", R"({"name": "mine", "title": "t",
      "restarts": 1, "counted_restarts": 0, "models": ["threaded", "epoll", "select"],
      "workloads": ["few", {"name": "all", "restarts": 2}]})");
  const Outcome outcome =
      run_to_end(sandbox.sockbench({"run", "--suite", suite, "--out", sandbox.path("out")}));
  EXPECT_EQ(outcome.status, kExitOk) << outcome.err;
  EXPECT_TRUE(sandbox.result_is_valid());
  const ordered_json run = sandbox.result();
  EXPECT_EQ(run["cells"].size(), 6U) << "with the control in the workload for all";
  EXPECT_TRUE(is_whole(cell_of(run, "epoll", "few"), 1)) << "the reference is in every workload";
  EXPECT_TRUE(is_whole(cell_of(run, "threaded", "all"), 2));
  const ordered_json& left_out = run["plan"]["workloads"]["few"]["left_out"];
  ASSERT_EQ(left_out.size(), 2U);
  EXPECT_EQ(left_out[1]["contestant"], "epoll#2") << "the control";
  EXPECT_EQ(left_out[0]["contestant"], "threaded");
  EXPECT_NE(left_out[0]["reason"].get<std::string>().find("other models"), std::string::npos);
  for (const ordered_json& ranking : run["rankings"]) {
    if (ranking["workload"] != "few") continue;
    EXPECT_EQ(ranking.dump().find("threaded"), std::string::npos);
  }
  const Outcome report = run_to_end(sandbox.sockbench({"report-md", sandbox.path("out/run.json")}));
  EXPECT_EQ(report.status, kExitOk) << report.err;
}

TEST(CatalogueRun, TheListNamesFamiliesAndShowsOne) {
  Sandbox sandbox;
  sandbox.add_workload("shape", {{"sweep", {{"pipeline", {1, 4}}}}, {"family", "size"}});
  const Outcome list = run_to_end(sandbox.sockbench({"workloads"}));
  EXPECT_EQ(list.status, kExitOk) << list.err;
  EXPECT_NE(list.out.find("size\n  shape          shape-VALUE for 1, 4\n"), std::string::npos)
      << list.out;
  const Outcome one = run_to_end(sandbox.sockbench({"workloads", "shape-4"}));
  EXPECT_EQ(one.status, kExitOk) << one.err;
  EXPECT_NE(one.out.find("pipeline              4\n"), std::string::npos) << one.out;
  const Outcome unknown = run_to_end(sandbox.sockbench({"workloads", "nothing"}));
  EXPECT_EQ(unknown.status, kExitUsage);
  EXPECT_NE(unknown.err.find("'nothing'"), std::string::npos) << unknown.err;
}

}  // namespace
}  // namespace sockbench::test
