// The catalogue: the keys beyond the basic ones, sweeps, and what the suites take of it.

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "bench/plan/budget.h"
#include "bench/plan/suite.h"
#include "bench/plan/workload.h"
#include "bench/run/generator_command.h"
#include "common/error.h"
#include "tests/bench/shipped.h"
#include "tests/bench/synthetic.h"
#include "tests/bench/temporary_folder.h"
#include "tests/bench/texts.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;
using test::kData;
using test::kModels;
using test::mistake_of;

ordered_json basic(const ordered_json& changes = ordered_json::object()) {
  ordered_json json = {
      {"name", "mine"},         {"title", "Mine"},   {"description", "d"},
      {"mode", "closed_loop"},  {"connections", 8},  {"message_bytes", 64},
      {"slice_ms", 400},        {"discard_ms", 100}, {"metrics", {"server.cpu_ns_per_request"}},
      {"slices_per_restart", 2}};
  json.update(changes);
  return json;
}

TEST(Catalogue, ReadsTheKeysOfEveryShape) {
  const Workload hold = parse_workload(
      basic({{"churn", true}, {"hold", "200ms"}, {"family", "connecting"}, {"connect_rate", 50}}),
      "mine.json");
  EXPECT_TRUE(hold.churn && hold.churns());
  EXPECT_EQ(hold.hold_ns, 200'000'000);
  EXPECT_EQ(hold.family, "connecting");
  EXPECT_EQ(hold.connect_rate, 50);
  EXPECT_EQ(hold.at_once(), 8) << "held connections are there together";
  EXPECT_EQ(parse_workload(basic({{"churn", true}}), "m").at_once(), 1);
  EXPECT_EQ(parse_workload(basic({{"think", "10ms"}}), "m").think_ns, 10'000'000);
  const Workload peers = parse_workload(
      basic({{"slow_readers", 2}, {"slow_writers", 3}, {"slow_rate", 1024}}), "mine.json");
  EXPECT_EQ(peers.slow_readers, 2);
  EXPECT_EQ(peers.slow_writers, 3);
  EXPECT_EQ(peers.slow_rate, 1024);
  EXPECT_EQ(peers.at_once(), 13);
  const Workload idlers = parse_workload(basic({{"idle", 100}}), "mine.json");
  EXPECT_EQ(idlers.connections, 108);
  EXPECT_EQ(idlers.active, 8);
  EXPECT_TRUE(parse_workload(basic({{"newcomers", 2}}), "m").churns());
  EXPECT_TRUE(parse_workload(basic({{"memory_growth", true}}), "m").memory_growth);
  EXPECT_EQ(parse_workload(basic({{"mode", "idle"}, {"connections", 0}}), "m").connections, 0);
  const Workload handler = parse_workload(
      basic({{"server_options", {{"handler", "spin:1"}, {"backlog", 9}}}, {"models", {"epoll"}}}),
      "mine.json");
  EXPECT_EQ(handler.server_options, (std::vector<std::pair<std::string, std::string>>{
                                        {"handler", "spin:1"}, {"backlog", "9"}}));
  EXPECT_EQ(handler.models, std::vector<std::string>{"epoll"});
}

// One burst per slice, after the lead-in and with a quarter of the window left to answer it.
TEST(Catalogue, ABurstFollowsFromItsSlice) {
  const Workload burst =
      parse_workload(basic({{"mode", "open_loop"}, {"burst", true}, {"churn", true}}), "mine.json");
  EXPECT_EQ(burst.arrival, "burst");
  EXPECT_EQ(burst.offered_rps, 8 * 1000.0 / 400);
}

TEST(Catalogue, Mistakes) {
  struct Mistake {
    ordered_json changes;
    const char* says;
  };
  const std::vector<Mistake> mistakes = {
      {{{"family", "speed"}}, "'family' is none of connections, idle, "},
      {{{"idle", 1}, {"active", 4}}, "'idle' is given beside 'active'"},
      {{{"idle", 1'000'000}}, "'idle' must be an integer from 0 to 999992"},
      {{{"connections", 0}}, "'connections' must be an integer from 1"},
      {{{"connect_rate", 0}}, "'connect_rate' must be a number from 1"},
      {{{"client_work", "2s"}}, "'client_work' must be a time above 0 and at most 1000ms"},
      {{{"think", "soon"}}, "'think' must be a time above 0 and at most 60000ms"},
      {{{"think", 10}}, "'think' must be a time"},
      {{{"think", "2m"}}, "'think' must be a time"},
      {{{"think", "1ms"}, {"pipeline", 2}}, "'think' is for the closed loop"},
      {{{"churn", 1}}, "'churn' must be true or false"},
      {{{"churn", true}, {"pipeline", 2}}, "'churn' is for a load without a pipeline"},
      {{{"churn", true}, {"mode", "idle"}}, "'churn' is for a load"},
      {{{"newcomers", 9}}, "'newcomers' must be an integer from 0 to 8"},
      {{{"newcomers", 1}, {"churn", true}}, "'newcomers' is for the closed loop"},
      {{{"hold", "1ms"}}, "'hold' needs 'churn' in the closed loop"},
      {{{"hold", "1ms"}, {"churn", true}, {"think", "1ms"}}, "'hold' needs 'churn'"},
      {{{"slow_readers", -1}}, "'slow_readers' must be an integer"},
      {{{"slow_readers", 1}}, "'slow_rate' is missing"},
      {{{"slow_rate", 1}}, "'slow_rate' is not known"},
      {{{"slow_writers", 1}, {"slow_rate", 300'000}}, "'slow_rate' must be an integer"},
      {{{"slow_writers", 1}, {"slow_rate", 1}, {"mode", "idle"}}, "'slow_writers' must be absent"},
      {{{"burst", true}}, "'burst' is for the open loop"},
      {{{"burst", true}, {"mode", "open_loop"}, {"discard_ms", 5}},
       "'discard_ms' must be a quarter"},
      {{{"burst", true}, {"mode", "open_loop"}, {"offered_rps", 5}}, "'offered_rps' is not known"},
      {{{"server_options", "spin"}}, "'server_options' must be an object"},
      {{{"server_options", ordered_json::object()}}, "'server_options' must be an object"},
      {{{"server_options", {{"--handler", "x"}}}}, "'server_options' names the option '--handler'"},
      {{{"server_options", {{"handler", true}}}}, "'server_options' must give 'handler' a string"},
      {{{"models", ordered_json::array()}}, "'models' must be a list"},
      {{{"memory_growth", "yes"}}, "'memory_growth' must be true or false"},
      {{{"metrics", {"burst_ns"}}}, "'metrics' names burst_ns, which only a burst has"},
      {{{"metrics", {"first_reply_time_ns.p50"}}},
       "'metrics' names first_reply_time_ns.p50, which"},
      {{{"sweep", 3}}, "'sweep' must be an object"},
      {{{"sweep", ordered_json::object()}}, "'sweep' must be an object"},
      {{{"sweep", {{"pipeline", 3}}}}, "'sweep' must give 'pipeline' a list"},
      {{{"sweep", {{"pipeline", ordered_json::array()}}}}, "'sweep' must give 'pipeline' a list"},
      {{{"sweep", {{"pipeline", {true}}}}}, "'sweep' must give 'pipeline' numbers or strings"},
      {{{"sweep", {{"pipeline", {""}}}}}, "'sweep' must give 'pipeline' numbers or strings"},
      {{{"sweep", {{"pipeline", {1, 2}}, {"active", {1}}}}}, "'sweep' has lists of different"},
      {{{"sweep", {{"connections", {1}}}}}, "'connections' stands both in the file and in its"},
      {{{"sweep", {{"pipeline", {1, 0}}}}}, "'pipeline' must be an integer from 1"},
      {{{"sweep", {{"speed", {1}}}}}, "'speed' is not known"},
  };
  for (const Mistake& mistake : mistakes) {
    const std::string sentence =
        mistake_of([&] { parse_workloads(basic(mistake.changes), "mine.json"); });
    EXPECT_EQ(sentence.rfind("mine.json: " + std::string(mistake.says), 0), 0U) << sentence;
    EXPECT_TRUE(sentence.ends_with('.')) << sentence;
    EXPECT_EQ(std::count(sentence.begin(), sentence.end(), '\n'), 0) << sentence;
  }
}

TEST(Sweep, GivesAWorkloadPerValue) {
  const auto all = parse_workloads(basic({{"title", "{value} at once, {value}"},
                                          {"sweep", {{"pipeline", {1, 16}}, {"active", {8, 2}}}}}),
                                   "mine.json");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].name, "mine-1");
  EXPECT_EQ(all[1].name, "mine-16");
  EXPECT_EQ(all[1].title, "16 at once, 16");
  EXPECT_EQ(all[1].sweep, "mine");
  EXPECT_EQ(all[1].sweep_value, "16");
  EXPECT_EQ(all[1].pipeline, 16);
  EXPECT_EQ(all[0].active, 8);
  EXPECT_EQ(all[1].active, 2) << "further keys go along with the first";
  EXPECT_EQ(to_json(all[1])["sweep"], "mine");
}

TEST(Sweep, OfAValueFillsInTexts) {
  const auto all = parse_workloads(
      basic({{"sweep", {{"value", {5, "x"}}}}, {"server_options", {{"handler", "spin:{value}"}}}}),
      "mine.json");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].server_options.front().second, "spin:5");
  EXPECT_EQ(all[1].server_options.front().second, "spin:x");
  EXPECT_EQ(all[1].name, "mine-x");
}

TEST(Sweep, NamesItsValuesTogetherOrOneByOne) {
  const auto all = load_workloads(kData / "workloads");
  const auto sizes = choose_workloads(all, {"spin"});
  ASSERT_EQ(sizes.size(), 3U);
  EXPECT_EQ(sizes[0].name, "spin-1");
  EXPECT_EQ(sizes[2].name, "spin-100");
  EXPECT_EQ(choose_workloads(all, {"spin-10"}).size(), 1U);
  EXPECT_THROW(choose_workloads(all, {"spin", "spin-10"}), UsageError);
}

TEST(Sweep, TwoFilesMayNotGiveTheSameName) {
  const test::TemporaryFolder folder;
  folder.write("mine.json", basic({{"sweep", {{"pipeline", {1}}}}}).dump());
  folder.write("other.json", basic({{"name", "mine-1"}}).dump());
  EXPECT_THROW(load_workloads(folder.path()), UsageError);
}

TEST(Catalogue, HasWhatWasAgreed) {
  const auto all = load_workloads(kData / "workloads");
  for (const char* name :
       {"scaling-1",    "scaling-10000", "idlers-0",   "idlers-10000", "silent-0",  "silent-1000",
        "rates-2000",   "rates-80000",   "churn",      "burst",        "sizes-64",  "sizes-1048576",
        "spin-100",     "sleep_all",     "sleep_some", "hold",         "newcomers", "slow_readers",
        "slow_writers", "think",         "growth",     "stall"}) {
    EXPECT_EQ(choose_workloads(all, {name}).size(), 1U) << name;
  }
  for (const std::string& family : families()) {
    EXPECT_TRUE(std::any_of(all.begin(), all.end(), [&](const Workload& workload) {
      return workload.family == family;
    })) << family;
  }
}

TEST(Catalogue, IsListedByFamily) {
  const auto all = load_workloads(kData / "workloads");
  const std::string text = list_text(all);
  EXPECT_LT(text.find("\nidle\n"), text.find("\nhandler\n"));
  EXPECT_NE(text.find("spin-VALUE for 1, 10, 100\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("spin-10 "), std::string::npos) << "a sweep is one line";
  const std::string detail = detail_text(choose_workloads(all, {"hold"}).front());
  EXPECT_NE(detail.find("hold_ns               200000000\n"), std::string::npos) << detail;
  EXPECT_EQ(detail.find("newcomers"), std::string::npos) << "what is not used is not shown";
}

bool has(const std::vector<std::string>& words, const std::string& a, const std::string& b) {
  const auto found = std::find(words.begin(), words.end(), a);
  return found != words.end() && found + 1 != words.end() && *(found + 1) == b;
}

TEST(GeneratorCommand, TellsTheGeneratorWhatTheWorkloadDoes) {
  const auto command = [](const ordered_json& changes, bool silent = false) {
    return generator_command("loadgen", "127.0.0.1:1", test::contestant("epoll"),
                             parse_workload(basic(changes), "mine.json"), 8, silent);
  };
  const ordered_json held = {{"churn", true}, {"hold", "5ms"}};
  EXPECT_TRUE(has(command(held), "--hold", "5000000ns"));
  EXPECT_TRUE(has(command(held), "--source", "127.0.0.0/8"));
  EXPECT_FALSE(has(command(held, true), "--hold", "5000000ns")) << "silent connections stay";
  EXPECT_TRUE(has(command({{"think", "1ms"}}), "--think", "1000000ns"));
  EXPECT_TRUE(has(command({{"client_work", "3us"}}), "--client-work", "3000ns"));
  EXPECT_TRUE(has(command({{"newcomers", 3}}), "--newcomers", "3"));
  EXPECT_TRUE(has(command({{"slow_readers", 2}, {"slow_rate", 9}}), "--slow-rate", "9"));
  EXPECT_TRUE(has(command({{"mode", "open_loop"}, {"burst", true}}), "--arrival", "burst"));
  EXPECT_TRUE(has(server_flags(parse_workload(basic({{"server_options", {{"handler", "spin:7"}}}}),
                                              "mine.json")),
                  "--handler", "spin:7"));
}

RunPlan planned(const std::string& suite, int contestants) {
  RunPlan plan;
  const Suite loaded = load_suite(suite, kData / "suites");
  std::vector<std::string> names = loaded.models_of({});
  for (std::size_t i = names.size(); i < static_cast<std::size_t>(contestants); ++i) {
    names.push_back("other" + std::to_string(i));
  }
  for (const std::string& name : names) {
    const auto limit = name == "blocking" ? std::optional(1)
                       : name == "pooled" ? std::optional(64)
                                          : std::nullopt;
    plan.contestants.push_back(test::contestant(name, limit));
  }
  plan_workloads(plan, loaded, load_workloads(kData / "workloads"), {});
  return plan;
}

TEST(Suites, TakeTheTimeThatTheyPromise) {
  // The models of the entries that name some, and as many others as there are.
  const auto all = load_workloads(kData / "workloads");
  const Suite suite = load_suite("standard", kData / "suites");
  std::vector<std::string> models = {"epoll"};
  for (const SuiteEntry& entry : suite.workloads) {
    for (const std::string& model : entry.models) {
      if (std::find(models.begin(), models.end(), model) == models.end()) models.push_back(model);
    }
  }
  RunPlan plan;
  for (const std::string& model : models) plan.contestants.push_back(test::contestant(model));
  for (auto i = plan.contestants.size(); i < kModels; ++i) {
    plan.contestants.push_back(test::contestant("other" + std::to_string(i)));
  }
  plan_workloads(plan, suite, all, {});
  plan_effort(plan, {});
  EXPECT_LE(expected_run_s(plan), 20 * 60);
  EXPECT_GE(expected_run_s(plan), 10 * 60) << "a suite that measures next to nothing is no suite";
  RunPlan quick = planned("quick", 0);
  EXPECT_EQ(quick.contestants.size(), 7U);
  EXPECT_LE(expected_run_s(quick), 2 * 60);
}

TEST(Suites, TouchEveryFamily) {
  for (const char* suite : {"standard", "full"}) {
    const RunPlan plan = planned(suite, 7);
    for (const std::string& family : families()) {
      EXPECT_TRUE(
          std::any_of(plan.workloads.begin(), plan.workloads.end(),
                      [&](const WorkloadPlan& entry) { return entry.workload.family == family; }))
          << suite << ": " << family;
    }
  }
}

TEST(PlanWorkloads, AnEntrySaysWhoTakesPartAndHowOften) {
  RunPlan plan;
  for (const char* name : {"epoll", "select", "threaded"}) {
    plan.contestants.push_back(test::contestant(name));
  }
  const Suite suite = {
      .name = "s",
      .title = "t",
      .restarts = 5,
      .counted_restarts = 1,
      .slices_factor = 1,
      .models = {},
      .workloads = {
          {.workload = "busy"},
          {.workload = "spin", .models = {"threaded"}, .restarts = 2, .slices_factor = 0.5}}};
  const auto all = load_workloads(kData / "workloads");
  plan_workloads(plan, suite, all, {});
  ASSERT_EQ(plan.workloads.size(), 4U);
  EXPECT_EQ(plan.workloads[0].restarts, 5);
  EXPECT_TRUE(plan.workloads[0].left_out.empty());
  EXPECT_EQ(plan.workloads[1].restarts, 2);
  EXPECT_EQ(plan.workloads[1].slices_per_restart, 3);
  EXPECT_TRUE(plan.workloads[1].includes(0)) << "the reference is in every workload";
  EXPECT_FALSE(plan.workloads[1].includes(1));
  EXPECT_TRUE(plan.workloads[1].includes(2));
  EXPECT_DOUBLE_EQ(expected_restart_s(plan.workloads[1], 3),
                   2 * expected_restart_s(plan.workloads[1], 2));
  RunPlan named = plan;
  named.workloads.clear();
  plan_workloads(named, suite, all, {.workloads = {"spin-1"}, .restarts = 3, .models_named = true});
  ASSERT_EQ(named.workloads.size(), 1U);
  EXPECT_EQ(named.workloads[0].restarts, 3);
  EXPECT_TRUE(named.workloads[0].left_out.empty()) << "whom the user names takes part";
  Suite some = suite;
  some.workloads = {{.workload = "spin-1", .models = {"threaded"}, .restarts = 7}};
  named.workloads.clear();
  plan_workloads(named, some, all, {.workloads = {"spin-1", "busy"}});
  EXPECT_EQ(named.workloads[0].restarts, 7) << "as the suite says for it";
  EXPECT_TRUE(named.workloads[0].left_out.empty()) << "but for the usual models";
  EXPECT_EQ(named.workloads[1].restarts, 5);
}

TEST(PlanWorkloads, AModelWithOptionsTakesPartOnlyWhereItIsNamed) {
  const Suite suite = {.name = "s",
                       .title = "t",
                       .restarts = 5,
                       .counted_restarts = 1,
                       .slices_factor = 1,
                       .models = {},
                       .workloads = {{.workload = "busy"},
                                     {.workload = "small", .also = {"pooled --threads 8"}},
                                     {.workload = "many", .models = {"pooled --threads 8"}}}};
  const std::vector<std::string> names = suite.models_of({"epoll", "pooled"});
  EXPECT_EQ(names, (std::vector<std::string>{"epoll", "pooled", "pooled --threads 8"}));
  RunPlan plan;
  for (const std::string& name : names) plan.contestants.push_back(test::contestant(name));
  plan.contestants[2].model = "pooled";
  plan_workloads(plan, suite, load_workloads(kData / "workloads"), {});
  ASSERT_EQ(plan.workloads.size(), 3U);
  EXPECT_TRUE(plan.workloads[0].includes(1));
  EXPECT_FALSE(plan.workloads[0].includes(2));
  EXPECT_TRUE(plan.workloads[1].left_out.empty());
  EXPECT_FALSE(plan.workloads[2].includes(1)) << "pooled itself was not named";
  EXPECT_TRUE(plan.workloads[2].includes(2));
}

TEST(PlanWorkloads, AnExternalContestantIsLeftOutWhereServersGetOptions) {
  RunPlan plan;
  plan.contestants = {test::contestant("epoll"), test::contestant("gevent")};
  plan.contestants[1].external.emplace();
  const Suite suite = {.name = "s",
                       .title = "t",
                       .restarts = 1,
                       .counted_restarts = 1,
                       .slices_factor = 1,
                       .models = {"epoll"},
                       .workloads = {{.workload = "busy"}, {.workload = "sleep_all"}}};
  plan_workloads(plan, suite, load_workloads(kData / "workloads"), {});
  EXPECT_TRUE(plan.workloads[0].includes(1)) << "it was selected by name";
  EXPECT_FALSE(plan.workloads[1].includes(1));
  EXPECT_NE(plan.workloads[1].left_out.at(1).find("options"), std::string::npos);
}

}  // namespace
}  // namespace sockbench
