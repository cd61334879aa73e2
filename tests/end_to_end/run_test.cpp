// `sockbench run` from its command line to its files.

#include <gtest/gtest.h>
#include <sched.h>

#include <chrono>
#include <set>

#include "common/error.h"
#include "common/file.h"
#include "tests/end_to_end/processes.h"
#include "tests/end_to_end/sandbox.h"
#include "tests/support/patience.h"

namespace sockbench::test {
namespace {

using nlohmann::ordered_json;

std::string last_line(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

std::set<std::string> cells_of(const ordered_json& run) {
  std::set<std::string> names;
  for (const ordered_json& cell : run.at("cells")) {
    names.insert(cell.at("workload").get<std::string>() + "/" +
                 cell.at("contestant").get<std::string>());
  }
  return names;
}

TEST(Run, EveryKindOfWorkloadWithSeveralModels) {
  Sandbox sandbox;
  sandbox.add_workload("rate",
                       {{"mode", "open_loop"},
                        {"offered_rps", 2000},
                        {"slice_ms", 50},
                        {"slices_per_restart", 2},
                        {"metrics", {"server.cpu_ns_per_request", "response_time_ns.p50"}}});
  sandbox.add_workload("rest", {{"mode", "idle"},
                                {"connections", 100},
                                {"slice_ms", 30},
                                {"slices_per_restart", 1},
                                {"metrics", {"server.cpu_utilisation"}}});
  const Outcome outcome = run_to_end(sandbox.run(
      {"--models", "select,epoll,threaded", "--workloads", "duo,rate,rest", "--seed", "7"}));
  EXPECT_EQ(outcome.status, kExitOk) << outcome.err;
  EXPECT_EQ(last_line(outcome.out), "Results: " + sandbox.path("out/run.json").string());
  EXPECT_TRUE(sandbox.result_is_valid());
  const ordered_json run = sandbox.result();
  EXPECT_FALSE(run.at("environment").at("doctor").empty());
  for (const ordered_json& watch : run["environment"]["jitter"]) {
    EXPECT_GT(watch["watched_ns"], 0) << watch["when"];
  }
  const std::size_t cpus = run["environment"]["cpu_activity"].size();
  EXPECT_EQ(run["environment"]["jitter"].size(), 2 * cpus) << "before and after";
  std::set<std::string> cells;
  for (const std::string workload : {"duo/", "rate/", "rest/"}) {
    for (const char* name : {"epoll", "select", "threaded", "epoll#2"}) {
      cells.insert(workload + name);
    }
  }
  EXPECT_EQ(cells_of(run), cells) << "and the control, which nobody named";
  EXPECT_EQ(run["plan"]["control"], "epoll#2");
  EXPECT_NE(outcome.out.find("A/A control: epoll against itself"), std::string::npos)
      << outcome.out;
  for (const ordered_json& ranking : run["rankings"]) {
    EXPECT_EQ(ranking.dump().find("epoll#2"), std::string::npos) << ranking;
  }
  for (const char* model : {"epoll", "select", "threaded", "epoll#2"}) {
    EXPECT_TRUE(is_whole(cell_of(run, model, "duo"), 2));
    EXPECT_TRUE(is_whole(cell_of(run, model, "rate"), 2));
    // Five of 10 ms in each restart, or fewer and longer ones where ten turns take longer than
    // that.
    const ordered_json& timing = run["plan"]["workloads"]["duo"];
    EXPECT_EQ(cell_of(run, model, "duo")["slices"]["count"],
              2 * timing["slices_per_restart"].get<int>());
    EXPECT_GE(timing["slice_ms"], 10);
    EXPECT_LE(timing["slices_per_restart"], 5);
    const ordered_json& connections = cell_of(run, model, "duo")["connections"];
    EXPECT_EQ(connections["no_port"], 0);
    EXPECT_EQ(connections["listen_drops"], 0);
    const ordered_json& rest = cell_of(run, model, "rest");
    EXPECT_EQ(rest["restarts"], 2);
    EXPECT_EQ(rest["achieved_rps"], nullptr);
    EXPECT_TRUE(rest["server"]["cpu_utilisation"].is_object());
    for (const char* side : {"server_nagle_on", "generator_nagle_on"}) {
      const ordered_json& on = rest["connections"][side];
      EXPECT_TRUE(on == 0 || on.is_null()) << model << " " << side << " " << on;
    }
  }
  EXPECT_EQ(run["plan"]["interrupted"], false);
  EXPECT_EQ(run["plan"]["seed"], 7);
  EXPECT_EQ(run["plan"]["suite"], "tiny");
  EXPECT_EQ(run["plan"]["reference"], "epoll");
  EXPECT_TRUE(nothing_is_left());
}

TEST(Run, AModelMayEcho) {
  Sandbox sandbox;
  const Outcome outcome =
      run_to_end(sandbox.run({"--models", "epoll --reply echo,epoll", "--workloads", "duo"}));
  ASSERT_EQ(outcome.status, kExitOk) << outcome.err;
  for (const ordered_json& cell : sandbox.result().at("cells")) {
    EXPECT_NE(cell["validity"]["status"], "failed") << cell["contestant"];
  }
}

TEST(Run, NaglesAlgorithmIsAnOption) {
  Sandbox sandbox;
  const Outcome outcome = run_to_end(
      sandbox.run({"--models", "epoll --tcp-nodelay 0,multi_reactor --tcp-nodelay 0,forked",
                   "--workloads", "duo"}));
  ASSERT_EQ(outcome.status, kExitOk) << outcome.err;
  const ordered_json run = sandbox.result();
  for (const ordered_json& cell : run.at("cells")) {
    const ordered_json& on = cell["connections"]["server_nagle_on"];
    const bool asked_for = cell["contestant"] != "forked";
    if (on.is_null()) GTEST_SKIP() << "the sockets of other processes cannot be looked at";
    EXPECT_EQ(on > 0, asked_for) << cell["contestant"] << ": " << on;
  }
}

std::set<int> cpus_of(pid_t pid) {
  cpu_set_t set;
  check(::sched_getaffinity(pid, sizeof set, &set), "sched_getaffinity");
  std::set<int> cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(static_cast<std::size_t>(cpu), &set)) cpus.insert(cpu);
  }
  return cpus;
}

TEST(Run, ConclusionsAreInTheResultAndInTheReport) {
  Sandbox sandbox;
  sandbox.add_workload("scaling-1", {{"connections", 1}});
  sandbox.add_workload("scaling-8", {{"connections", 8}});
  for (const char* rules : {"advice.json", "cost_model.json"}) {
    sandbox.folder().write(std::string("data/") + rules,
                           read_file(std::string(SOCKBENCH_SOURCE_DIR "/bench/") + rules));
  }
  sandbox.folder().write("micro.json", R"({"benchmarks": [{"name": "send/64", "real_time": 900.0,
      "run_name": "send/64", "run_type": "iteration", "time_unit": "ns"}]})");
  const Outcome outcome =
      run_to_end(sandbox.run({"--models", "epoll,select", "--workloads", "scaling-1,scaling-8"}));
  EXPECT_EQ(outcome.status, kExitOk) << outcome.err;
  EXPECT_TRUE(sandbox.result_is_valid());
  const ordered_json run = sandbox.result();
  EXPECT_EQ(run.at("advice").at(0).at("cells").size(), 2U) << "few connections";
  EXPECT_EQ(run.at("break_even").at(0).at("a"), "select");
  const std::string file = sandbox.path("out/run.json");
  const Outcome advice = run_to_end(sandbox.sockbench({"advice", file}));
  EXPECT_EQ(advice.status, kExitOk) << advice.err;
  EXPECT_NE(advice.out.find("few_connections: "), std::string::npos) << advice.out;
  const Outcome json = run_to_end(sandbox.sockbench({"advice", file, "--json"}));
  EXPECT_EQ(ordered_json::parse(json.out).at("advice"), run["advice"]) << "the same answers";
  const std::string micro = sandbox.path("micro.json");
  const Outcome costs = run_to_end(sandbox.sockbench({"cost-model", file, "--micro", micro}));
  EXPECT_EQ(costs.status, kExitOk) << costs.err;
  EXPECT_NE(costs.out.find("scaling-1      select"), std::string::npos) << costs.out;
  const Outcome report = run_to_end(sandbox.sockbench({"report-md", file, "--micro", micro}));
  for (const char* section :
       {"## Which model when", "## Break-even points", "## Predicted and measured cost"}) {
    EXPECT_NE(report.out.find(section), std::string::npos) << section;
  }
}

TEST(Run, EachSideHasItsCpus) {
  const std::set<int> allowed = cpus_of(0);
  if (allowed.size() < 2) GTEST_SKIP() << "one CPU only";
  // The other way round than it would choose by itself.
  const int server_cpu = *allowed.rbegin();
  const int generator_cpu = *allowed.begin();
  Sandbox sandbox;
  sandbox.add_workload("longer", {{"slices_per_restart", 15}});
  ChildProcess sockbench(
      sandbox.run({"--models", "epoll", "--workloads", "longer", "--server-cpus",
                   std::to_string(server_cpu), "--generator-cpus", std::to_string(generator_cpu)}));
  EXPECT_EQ(cpus_of(working_server(sockbench.pid(), "epoll")), std::set<int>{server_cpu});
  for (const Process& child : children_of(sockbench.pid())) {
    if (child.command.empty() || !child.command[0].ends_with("/loadgen")) continue;
    EXPECT_EQ(cpus_of(child.pid), std::set<int>{generator_cpu});
  }
  EXPECT_EQ(cpus_of(sockbench.pid()), std::set<int>{generator_cpu});
  EXPECT_EQ(sockbench.wait_for_exit(), kExitOk) << sockbench.stderr_text();
  const ordered_json run = sandbox.result();
  EXPECT_EQ(run["plan"]["server_cpus"], ordered_json::array({server_cpu}));
  EXPECT_EQ(run["plan"]["generator_cpus"], ordered_json::array({generator_cpu}));
}

TEST(Run, ASuiteOfMyOwnScalesTheSlices) {
  const Sandbox sandbox;
  const std::string suite = sandbox.folder().write("mine.json", R"({"name": "mine", "title": "t",
      "restarts": 1, "slices_factor": 0.4, "workloads": ["duo"]})");
  const Outcome outcome = run_to_end(sandbox.sockbench(
      {"run", "--suite", suite, "--models", "epoll", "--out", sandbox.path("out")}));
  EXPECT_EQ(outcome.status, kExitOk) << outcome.err;
  const ordered_json plan = sandbox.result()["plan"];
  EXPECT_EQ(plan["suite"], "mine");
  EXPECT_EQ(plan["workloads"]["duo"]["slices_per_restart"], 2);
  EXPECT_EQ(plan["workloads"]["duo"]["restarts"], 1);
}

TEST(Run, MemoryPerConnectionIsMeasuredForBothSidesOfTheKernel) {
  Sandbox sandbox;
  sandbox.add_workload("rest", {{"mode", "idle"},
                                {"connections", 200},
                                {"slice_ms", 10},
                                {"slices_per_restart", 1},
                                {"metrics", {"server.cpu_utilisation"}}});
  const Outcome outcome = run_to_end(sandbox.sockbench(
      {"run", "--suite", sandbox.counted_suite(), "--models", "epoll,threaded,pooled",
       "--workloads", "rest,duo", "--out", sandbox.path("out")}));
  EXPECT_EQ(outcome.status, kExitOk) << outcome.err;
  const ordered_json run = sandbox.result();
  const auto memory = [&](const char* model) -> const ordered_json& {
    return cell_of(run, model, "rest")["server"]["memory_bytes_per_connection"];
  };
  EXPECT_GT(memory("threaded")["user"], 4 << 10) << "a thread's stack takes several pages";
  EXPECT_LT(memory("threaded")["user"], 256 << 10);
  EXPECT_LT(memory("epoll")["user"], 2 << 10);
  const ordered_json& absent = cell_of(run, "epoll", "rest")["absent"];
  if (const auto why = absent.find("server.memory_bytes_per_connection.kernel");
      why != absent.end()) {
    EXPECT_NE(why->get<std::string>(), "") << "no permission for control groups";
  } else {
    EXPECT_GT(memory("threaded")["kernel"], memory("epoll")["kernel"].get<int>() + (8 << 10))
        << "a thread has a stack in the kernel, too";
    EXPECT_GT(memory("epoll")["kernel"], 500);
  }
  EXPECT_EQ(memory("pooled")["user"], nullptr);
  const std::string limit =
      cell_of(run, "pooled", "rest")["absent"]["server.memory_bytes_per_connection.user"];
  EXPECT_NE(limit.find("64 of 200 connections"), std::string::npos) << limit;
  const std::string few =
      cell_of(run, "epoll", "duo")["absent"]["server.memory_bytes_per_connection.user"];
  EXPECT_NE(few.find("100 connections"), std::string::npos) << few;
}

TEST(Run, SocketsCostTheKernelTheSameWhoeverHoldsThem) {
  Sandbox sandbox;
  sandbox.add_workload("rest", {{"mode", "idle"},
                                {"connections", 200},
                                {"slice_ms", 10},
                                {"slices_per_restart", 1},
                                {"metrics", {"server.cpu_utilisation"}}});
  const Outcome outcome = run_to_end(sandbox.sockbench(
      {"run", "--suite", sandbox.counted_suite(), "--models", "select,poll,busy_poll,io_uring",
       "--workloads", "rest", "--out", sandbox.path("out")}));
  ASSERT_EQ(outcome.status, kExitOk) << outcome.err;
  EXPECT_TRUE(sandbox.result_is_valid());
  const ordered_json run = sandbox.result();
  const ordered_json& ring = cell_of(run, "io_uring", "rest")["server"];
  EXPECT_LT(ring["memory_bytes_per_connection"]["user"], 2 << 10)
      << "its ring of buffers is there before the first connection";
  EXPECT_GT(ring["memory_fixed_bytes"]["user"], 16 << 20);
  EXPECT_EQ(ring["memory_points"].size(), 5U);
  EXPECT_EQ(ring["memory_points"][4]["connections"], 200);
  const ordered_json& select = cell_of(run, "select", "rest");
  const auto bytes = [&](const char* model) {
    return cell_of(run, model, "rest")["server"]["memory_bytes_per_connection"]["kernel"];
  };
  if (bytes("select").is_null()) {
    GTEST_SKIP() << select["absent"]["server.memory_bytes_per_connection.kernel"];
  }
  const double expected = bytes("select");
  for (const char* model : {"poll", "busy_poll"}) {
    ASSERT_FALSE(bytes(model).is_null()) << model;
    EXPECT_NEAR(bytes(model).get<double>(), expected, 0.25 * expected) << model;
  }
}

TEST(Run, ContestantsThatDoNotFitTogetherFormGroupsWithTheReference) {
  Sandbox sandbox;
  const Outcome outcome =
      run_to_end(sandbox.run({"--models", "select,epoll,threaded", "--memory-budget", "1"}));
  EXPECT_EQ(outcome.status, kExitOk) << outcome.err;
  EXPECT_TRUE(sandbox.result_is_valid());
  const ordered_json run = sandbox.result();
  EXPECT_EQ(
      run["plan"]["workloads"]["duo"]["groups"],
      ordered_json::parse(R"([["epoll", "select"], ["epoll", "threaded"], ["epoll", "epoll#2"]])"));
  EXPECT_EQ(cell_of(run, "epoll", "duo")["restarts"], 6) << "two in each group";
  EXPECT_TRUE(is_whole(cell_of(run, "select", "duo"), 2));
  EXPECT_TRUE(is_whole(cell_of(run, "threaded", "duo"), 2));
  std::vector<std::string> heads;
  for (const ordered_json& comparison : run["comparisons"]) {
    if (comparison["metric"] == "server.cpu_ns_per_request") heads.push_back(comparison["head"]);
  }
  EXPECT_EQ(heads, (std::vector<std::string>{"select", "threaded", "epoll#2"}));
  EXPECT_TRUE(nothing_is_left());
}

TEST(Run, AWindowMayTakeSeconds) {
  Sandbox sandbox;
  sandbox.add_workload("long", {{"slice_ms", 1200}, {"slices_per_restart", 2}});
  const Outcome outcome = run_to_end(
      sandbox.run({"--models", "epoll,busy_poll", "--workloads", "long", "--restarts", "1"}));
  EXPECT_EQ(outcome.status, kExitOk) << outcome.err;
  const ordered_json run = sandbox.result();
  const ordered_json& paused = run["plan"]["paused_between_slices"];
  ASSERT_EQ(paused.size(), 1U) << "who polls is stopped also for seconds";
  EXPECT_EQ(paused[0]["contestant"], "busy_poll");
  for (const char* model : {"epoll", "busy_poll"}) {
    const ordered_json& cell = cell_of(run, model, "long");
    EXPECT_TRUE(is_whole(cell, 1));
    EXPECT_NEAR(cell["generator"]["little_ratio"].get<double>(), 1, 0.05);
  }
}

// The same figures another way: longer slices, and none at all.
TEST(Run, SlicesMayBeLongerOrLeftOut) {
  Sandbox sandbox;
  const Outcome longer = run_to_end(
      sandbox.run({"--models", "epoll,busy_poll", "--restarts", "3", "--slice-factor", "4"}));
  EXPECT_EQ(longer.status, kExitOk) << longer.err;
  EXPECT_TRUE(sandbox.result_is_valid());
  ordered_json run = sandbox.result();
  EXPECT_EQ(run["plan"]["slice_factor"], 4);
  EXPECT_GE(run["plan"]["workloads"]["duo"]["slice_ms"], 40) << "10 ms, or ten turns";
  EXPECT_EQ(run["plan"]["workloads"]["duo"]["slices_per_restart"], 1) << "of five";
  const Outcome unsliced = run_to_end(
      sandbox.run({"--models", "epoll,busy_poll", "--restarts", "3", "--unsliced", "120ms"}));
  EXPECT_EQ(unsliced.status, kExitOk) << unsliced.err;
  EXPECT_TRUE(sandbox.result_is_valid());
  run = sandbox.result();
  EXPECT_EQ(run["plan"]["unsliced_ms"], 120);
  EXPECT_EQ(run["slices"][0]["figure"].size(), 3U * 3) << "one of each, the control included";
  EXPECT_FALSE(run["comparisons"].empty());
  for (const char* model : {"epoll", "busy_poll"}) {
    EXPECT_TRUE(is_whole(cell_of(run, model, "duo"), 3)) << model;
  }
}

TEST(Run, SlicesThatCannotBe) {
  Sandbox sandbox;
  for (const std::vector<std::string>& flags : {std::vector<std::string>{"--slice-factor", "0"},
                                                {"--unsliced", "1ms"},
                                                {"--unsliced", "soon"},
                                                {"--disturbances", "often"}}) {
    const Outcome outcome = run_to_end(sandbox.run(flags));
    EXPECT_EQ(outcome.status, kExitUsage) << flags[0];
    EXPECT_NE(outcome.err.find(flags[0]), std::string::npos) << outcome.err;
  }
}

TEST(Run, StopsWhenItIsPreciseEnough) {
  const Sandbox sandbox;
  const Outcome outcome =
      run_to_end(sandbox.run({"--models", "epoll,epoll", "--precision", "99%"}));
  EXPECT_EQ(outcome.status, kExitOk) << outcome.err;
  const ordered_json plan = sandbox.result()["plan"];
  EXPECT_EQ(plan["precision"], 0.99);
  EXPECT_EQ(plan["workloads"]["duo"]["most_restarts"], 8) << "four times the suite's";
  EXPECT_EQ(plan["workloads"]["duo"]["ended_by"], "precision");
  EXPECT_EQ(plan["workloads"]["duo"]["restarts"], 8) << "the fewest that can decide";
}

REPEATED_TEST(Run, ABudgetIsSpentOnAllWorkloads) {
  Sandbox sandbox;
  sandbox.add_workload("solo", {{"connections", 1}});
  const auto start = std::chrono::steady_clock::now();
  const Outcome outcome =
      run_to_end(sandbox.run({"--models", "epoll", "--workloads", "duo,solo", "--budget", "8s"}));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  EXPECT_EQ(outcome.status, kExitOk) << outcome.err;
  const ordered_json run = sandbox.result();
  EXPECT_EQ(run["plan"]["budget_s"], 8.0);
  for (const char* workload : {"duo", "solo"}) {
    const ordered_json& plan = run["plan"]["workloads"][workload];
    EXPECT_EQ(plan["ended_by"], "budget");
    EXPECT_GT(plan["restarts"], 2) << "more than the suite asks for: there was time";
    EXPECT_EQ(plan["restarts"], cell_of(run, "epoll", workload)["restarts"]);
  }
  EXPECT_LT(took.count(), 40) << "eight seconds, and a machine that may be slow";
}

TEST(Run, AModelWithOptionsOfItsOwn) {
  const Sandbox sandbox;
  const Outcome outcome =
      run_to_end(sandbox.run({"--models", "epoll,epoll --handler spin:200,pooled --threads 1"}));
  EXPECT_EQ(outcome.status, kExitOk) << outcome.err;
  EXPECT_TRUE(sandbox.result_is_valid());
  const ordered_json run = sandbox.result();
  EXPECT_EQ(cells_of(run), (std::set<std::string>{"duo/epoll", "duo/epoll --handler spin:200",
                                                  "duo/pooled --threads 1", "duo/epoll#2"}));
  const ordered_json& slowed = run["contestants"][1];
  EXPECT_EQ(slowed["model"], "epoll");
  EXPECT_EQ(slowed["options"]["handler"], "spin:200");
  const auto cpu = [&](const std::string& name) {
    return cell_of(run, name, "duo")["server"]["cpu_ns_per_request"]["median"].get<double>();
  };
  // The spin ends by the clock, also where a neighbour had the CPU meanwhile.
  EXPECT_GT(cpu("epoll --handler spin:200"), cpu("epoll") + 100'000);
  EXPECT_EQ(cell_of(run, "pooled --threads 1", "duo")["validity"]["status"], "model_limit")
      << "its limit follows from its options";
}

TEST(Run, StandardOutputIsTheHeadlines) {
  const Sandbox sandbox;
  const Outcome outcome = run_to_end(sandbox.run({"--models", "epoll,select", "--restarts", "1"}));
  std::string expected;
  const ordered_json run = sandbox.result();
  for (const ordered_json& line : run["headline"]) expected += line.get<std::string>() + "\n";
  expected += run["control"]["text"].get<std::string>() + ".\n";
  EXPECT_EQ(outcome.out, expected + "Results: " + sandbox.path("out/run.json").string() + "\n");
  EXPECT_EQ(run["plan"]["workloads"]["duo"]["restarts"], 1) << "the flag overrules the suite";
}

TEST(Run, AModelAgainstItself) {
  const Sandbox sandbox;
  const Outcome outcome = run_to_end(sandbox.run({"--models", "epoll,epoll"}));
  EXPECT_EQ(outcome.status, kExitOk) << outcome.err;
  EXPECT_TRUE(sandbox.result_is_valid());
  const ordered_json run = sandbox.result();
  EXPECT_EQ(cells_of(run), (std::set<std::string>{"duo/epoll", "duo/epoll#2"}));
  EXPECT_TRUE(is_whole(cell_of(run, "epoll#2", "duo"), 2));
  for (const ordered_json& comparison : run["comparisons"]) {
    EXPECT_EQ(comparison["base"], "epoll");
    EXPECT_EQ(comparison["head"], "epoll#2");
  }
}

TEST(Run, AModelsLimitIsAResult) {
  const Sandbox sandbox;
  const Outcome outcome =
      run_to_end(sandbox.run({"--models", "epoll,blocking", "--restarts", "4"}));
  EXPECT_EQ(outcome.status, kExitOk) << outcome.err;
  const ordered_json run = sandbox.result();
  EXPECT_TRUE(is_whole(cell_of(run, "epoll", "duo"), 4));
  const ordered_json& blocking = cell_of(run, "blocking", "duo");
  EXPECT_EQ(blocking["restarts"], 2) << "two show it, more would only repeat it";
  EXPECT_EQ(blocking["validity"]["status"], "model_limit") << blocking["validity"];
  EXPECT_EQ(blocking["fairness"]["starved_connections"], 1);
}

TEST(Run, AModelThatAnswersNoActiveConnectionReachedItsLimit) {
  Sandbox sandbox;
  sandbox.add_workload("crowd", {{"connections", 40}, {"active", 2}});
  const Outcome outcome =
      run_to_end(sandbox.run({"--models", "epoll,blocking", "--workloads", "crowd"}));
  EXPECT_EQ(outcome.status, kExitOk) << outcome.err;
  EXPECT_TRUE(sandbox.result_is_valid());
  EXPECT_EQ(cell_of(sandbox.result(), "blocking", "crowd")["validity"]["status"], "model_limit");
}

TEST(Run, LogsOfAnEarlierRunAreReplaced) {
  const Sandbox sandbox;
  sandbox.folder().write("out/logs/epoll.log", "an old line\n");
  sandbox.folder().write("out/run.json", "old");
  EXPECT_EQ(run_to_end(sandbox.run({"--models", "epoll", "--restarts", "1"})).status, kExitOk);
  EXPECT_TRUE(sandbox.result_is_valid());
  EXPECT_EQ(read_file(sandbox.path("out/logs/epoll.log")).find("old"), std::string::npos);
}

TEST(Run, TheFolderOfSockbenchDataIsUsed) {
  Sandbox sandbox;
  sandbox.add_workload("of_my_own", {});
  const Outcome listed = run_to_end(sandbox.sockbench({"workloads"}));
  EXPECT_EQ(listed.status, kExitOk);
  EXPECT_NE(listed.out.find("of_my_own"), std::string::npos);
  EXPECT_NE(listed.out.find("duo"), std::string::npos);
  EXPECT_EQ(listed.out.find("mostly_idle"), std::string::npos) << "none of the project's own";
}

TEST(Run, ModelsAreThoseBesideTheProgram) {
  Sandbox sandbox;
  sandbox.use_own_programs({"epoll"});
  sandbox.add_fake("honest");
  const Outcome listed = run_to_end(sandbox.sockbench({"models"}));
  EXPECT_EQ(listed.status, kExitOk);
  EXPECT_NE(listed.out.find("epoll"), std::string::npos);
  EXPECT_NE(listed.out.find("honest"), std::string::npos);
  EXPECT_EQ(listed.out.find("select"), std::string::npos);
  EXPECT_EQ(run_to_end(sandbox.run({})).status, kExitOk);
  EXPECT_TRUE(is_whole(cell_of(sandbox.result(), "honest", "duo"), 2));
}

TEST(Run, TheReportOfARun) {
  const Sandbox sandbox;
  ASSERT_EQ(run_to_end(sandbox.run({"--models", "epoll,select", "--restarts", "1"})).status,
            kExitOk);
  const std::string run = sandbox.path("out/run.json");
  const Outcome printed = run_to_end(sandbox.sockbench({"report-md", run}));
  EXPECT_EQ(printed.status, kExitOk) << printed.err;
  EXPECT_EQ(printed.out.rfind("# sockbench report\n", 0), 0U);
  EXPECT_NE(printed.out.find("| select |"), std::string::npos);
  const std::string file = sandbox.path("report.md");
  EXPECT_EQ(run_to_end(sandbox.sockbench({"report-md", run, "--out", file})).status, kExitOk);
  EXPECT_EQ(read_file(file), printed.out);
}

}  // namespace
}  // namespace sockbench::test
