// Suites, and the choice of workloads and models by name.

#include "bench/plan/suite.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "bench/judge/comparison.h"
#include "bench/plan/contestant.h"
#include "bench/plan/workload.h"
#include "common/error.h"
#include "tests/bench/shipped.h"
#include "tests/bench/temporary_folder.h"
#include "tests/bench/texts.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;
using test::kData;
using test::kModels;
using test::mistake_of;

ordered_json tiny() {
  return {{"name", "tiny"},
          {"title", "Tiny"},
          {"restarts", 2},
          {"slices_factor", 0.5},
          {"workloads", {"busy", "idle"}}};
}

/// With all models and the control, as `sockbench run` plans it.
RunPlan plan_of(const Suite& suite, const std::vector<Workload>& workloads) {
  RunPlan plan;
  const auto add = [&](const std::string& name) {
    plan.contestants.push_back({name, name.substr(0, name.find_first_of(" #")), {name}, {}});
  };
  std::vector<std::string> every;  // those that the suite names, and as many more as there are
  for (const std::string& name : suite.models_of({"epoll"})) {
    if (name.find(' ') == std::string::npos) every.push_back(name);
  }
  while (every.size() < kModels) every.push_back("model" + std::to_string(every.size()));
  for (const std::string& name : suite.models_of(every)) add(name);
  for (std::size_t i = 0; i < plan.contestants.size(); ++i) {
    if (plan.contestants[i].name == "epoll") plan.reference = i;
  }
  add("epoll#2");
  plan.control = plan.contestants.size() - 1;
  plan_workloads(plan, suite, workloads, {});
  return plan;
}

TEST(PlanWorkloads, TheControlRunsWhereTheMainModelsRun) {
  const auto workloads = load_workloads(kData / "workloads");
  RunPlan plan = plan_of(load_suite("quick", kData / "suites"), workloads);
  std::vector<std::string> names;
  for (const WorkloadPlan& entry : plan.workloads) {
    if (entry.includes(*plan.control)) names.push_back(entry.workload.name);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"pingpong", "pingpong_awake", "small", "busy",
                                             "mostly_idle", "idle"}));
  EXPECT_NE(plan.workloads.back().left_out.at(*plan.control).find("main models"),
            std::string::npos);
  plan.workloads.clear();
  plan_workloads(plan, load_suite("quick", kData / "suites"), workloads,
                 {.workloads = {}, .restarts = 0, .models_named = true});
  for (const WorkloadPlan& entry : plan.workloads) {
    EXPECT_TRUE(entry.includes(*plan.control)) << entry.workload.name;
  }
}

TEST(LoadSuite, EverySuiteOfTheProjectNamesKnownWorkloads) {
  const auto workloads = load_workloads(kData / "workloads");
  int count = 0;
  for (const auto& file : std::filesystem::directory_iterator(kData / "suites")) {
    const Suite suite = load_suite(file.path().stem().string(), kData / "suites");
    EXPECT_EQ(suite.name, file.path().stem().string());
    // The restarts of `full` are those of the standard suite; `claims` decides by rules of its own.
    if (suite.name == "full" || suite.name == "claims") continue;
    RunPlan plan = plan_of(suite, workloads);
    // Throughput is eligible where the server sets the pace, which is seldom: half is plenty.
    for (WorkloadPlan& entry : plan.workloads) std::erase(entry.workload.metrics, "achieved_rps");
    // Those with fewer restarts inform by their intervals; they take nothing from the others.
    EXPECT_GE(suite.restarts, fewest_restarts(plan))
        << suite.name << " cannot decide the comparisons of its main models";
    ++count;
  }
  EXPECT_GE(count, 2);
}

TEST(LoadSuite, CountedRestarts) {
  const test::TemporaryFolder folder;
  ordered_json json = tiny();
  json["counted_restarts"] = 0;
  EXPECT_EQ(load_suite(folder.write("a.json", json.dump()), kData / "suites").counted_restarts, 0);
  json["counted_restarts"] = -1;
  EXPECT_NE(mistake_of([&] {
              load_suite(folder.write("b.json", json.dump()), kData / "suites");
            }).find("counted_restarts"),
            std::string::npos);
}

TEST(LoadSuite, ModelsAreAllUnlessNamed) {
  const test::TemporaryFolder folder;
  ordered_json json = tiny();
  EXPECT_TRUE(load_suite(folder.write("a.json", json.dump()), kData / "suites").models.empty());
  json["models"] = {"epoll", "select"};
  EXPECT_EQ(load_suite(folder.write("b.json", json.dump()), kData / "suites").models,
            (std::vector<std::string>{"epoll", "select"}));
  json["models"] = ordered_json::array();
  EXPECT_NE(mistake_of([&] {
              load_suite(folder.write("c.json", json.dump()), kData / "suites");
            }).find("'models' must be a list of at least one string"),
            std::string::npos);
}

TEST(LoadSuite, ByPath) {
  const test::TemporaryFolder folder;
  const Suite suite = load_suite(folder.write("mine.json", tiny().dump()), kData / "suites");
  EXPECT_EQ(suite.name, "tiny");
  EXPECT_EQ(suite.title, "Tiny");
  EXPECT_EQ(suite.restarts, 2);
  EXPECT_EQ(suite.slices_factor, 0.5);
  EXPECT_EQ(suite.counted_restarts, 1);
  ASSERT_EQ(suite.workloads.size(), 2U);
  EXPECT_EQ(suite.workloads[0].workload, "busy");
  EXPECT_EQ(suite.workloads[1].workload, "idle");
}

TEST(LoadSuite, FactorIsOneUnlessGiven) {
  const test::TemporaryFolder folder;
  ordered_json json = tiny();
  json.erase("slices_factor");
  EXPECT_EQ(load_suite(folder.write("mine.json", json.dump()), kData / "suites").slices_factor, 1);
}

TEST(LoadSuite, UnknownName) {
  for (const std::string name : {"nightly", "", "/", kData.string().c_str()}) {
    EXPECT_EQ(mistake_of([&] { load_suite(name, kData / "suites"); }).rfind("--suite '" + name, 0),
              0U)
        << name;
  }
}

TEST(LoadSuite, Mistakes) {
  struct Mistake {
    const char* key;
    ordered_json value;  ///< null: the key is left out
    const char* says;
  };
  const std::vector<Mistake> mistakes = {
      {"name", nullptr, "'name' is missing"},
      {"title", nullptr, "'title' is missing"},
      {"restarts", nullptr, "'restarts' is missing"},
      {"workloads", nullptr, "'workloads' is missing"},
      {"restarts", 0, "'restarts' must be an integer from 1"},
      {"restarts", 2.5, "'restarts' must be an integer"},
      {"restarts", 10'001, "'restarts' must be"},
      {"slices_factor", 0, "'slices_factor' must be a number from"},
      {"slices_factor", "half", "'slices_factor' must be a number"},
      {"workloads", ordered_json::array(), "'workloads' must be a list of at least one"},
      {"workloads", {"busy", 7}, "'workloads' must be a list of strings and objects"},
      {"restart", 3, "'restart' is not known"},
  };
  const test::TemporaryFolder folder;
  for (const Mistake& mistake : mistakes) {
    ordered_json json = tiny();
    json.erase(mistake.key);
    if (!mistake.value.is_null()) json[mistake.key] = mistake.value;
    const auto file = folder.write("mine.json", json.dump());
    const std::string sentence = mistake_of([&] { load_suite(file, kData / "suites"); });
    EXPECT_EQ(sentence.rfind("mine.json: " + std::string(mistake.says), 0), 0U) << sentence;
  }
}

TEST(LoadSuite, AnEntryMayBeAnObject) {
  const test::TemporaryFolder folder;
  ordered_json json = tiny();
  json["workloads"] = {
      "busy", {{"name", "spin"}, {"models", {"epoll"}}, {"restarts", 3}, {"slices_factor", 0.25}}};
  const Suite suite = load_suite(folder.write("mine.json", json.dump()), kData / "suites");
  ASSERT_EQ(suite.workloads.size(), 2U);
  EXPECT_EQ(suite.workloads[1].workload, "spin");
  EXPECT_EQ(suite.workloads[1].models, std::vector<std::string>{"epoll"});
  EXPECT_EQ(suite.workloads[1].restarts, 3);
  EXPECT_EQ(suite.workloads[1].slices_factor, 0.25);
  for (const auto& [key, value, says] :
       {std::tuple{"restarts", ordered_json(0), "'restarts' must be"},
        std::tuple{"restart", ordered_json(1), "'restart' is not known"},
        std::tuple{"slices_factor", ordered_json(0), "'slices_factor' must be"},
        std::tuple{"name", ordered_json(7), "'name' must be a string"}}) {
    ordered_json wrong = json;
    wrong["workloads"][1][key] = value;
    const auto file = folder.write("wrong.json", wrong.dump());
    const std::string sentence = mistake_of([&] { load_suite(file, kData / "suites"); });
    EXPECT_EQ(sentence.rfind("wrong.json: an entry of 'workloads': " + std::string(says), 0), 0U)
        << sentence;
  }
}

TEST(LoadSuite, NotJson) {
  const test::TemporaryFolder folder;
  const auto file = folder.write("mine.json", "[1, 2");
  const std::string sentence = mistake_of([&] { load_suite(file, kData / "suites"); });
  EXPECT_NE(sentence.find("mine.json is not JSON"), std::string::npos) << sentence;
}

TEST(ChooseWorkloads, InTheOrderAsked) {
  const auto all = load_workloads(kData / "workloads");
  const auto chosen = choose_workloads(all, {"small", "busy"});
  ASSERT_EQ(chosen.size(), 2U);
  EXPECT_EQ(chosen[0].name, "small");
  EXPECT_EQ(chosen[1].name, "busy");
}

TEST(ChooseWorkloads, NamesAnUnknownOne) {
  const auto all = load_workloads(kData / "workloads");
  const std::string sentence = mistake_of([&] { choose_workloads(all, {"busy", "lazy"}); });
  EXPECT_NE(sentence.find("'lazy'"), std::string::npos) << sentence;
}

TEST(ChooseWorkloads, RefusesOneThatIsNamedTwice) {
  const auto all = load_workloads(kData / "workloads");
  const std::string sentence = mistake_of([&] {
    choose_workloads(all, {"busy", "small", "busy"});
  });
  EXPECT_NE(sentence.find("'busy' is named twice"), std::string::npos) << sentence;
}

std::vector<Contestant> three_models() {
  std::vector<Contestant> all;
  for (const char* name : {"blocking", "epoll", "select"}) {
    all.push_back({name, name, {std::string("bin/server-") + name}, {{"name", name}}});
  }
  return all;
}

std::vector<std::string> chosen_names(const std::vector<std::string>& asked) {
  std::vector<std::string> names;
  for (const Contestant& contestant : choose_models(three_models(), asked)) {
    names.push_back(contestant.name);
  }
  return names;
}

TEST(ChooseModels, AllWhenNoneIsNamed) {
  EXPECT_EQ(chosen_names({}), (std::vector<std::string>{"blocking", "epoll", "select"}));
}

TEST(ChooseModels, InTheOrderAsked) {
  EXPECT_EQ(chosen_names({"select", "blocking"}), (std::vector<std::string>{"select", "blocking"}));
}

TEST(ChooseModels, NamedAgainGetsANumber) {
  EXPECT_EQ(chosen_names({"epoll", "select", "epoll", "epoll"}),
            (std::vector<std::string>{"epoll", "select", "epoll#2", "epoll#3"}));
  const auto chosen = choose_models(three_models(), {"epoll", "epoll"});
  EXPECT_EQ(chosen[1].model, "epoll");
  EXPECT_EQ(chosen[1].command, chosen[0].command);
}

TEST(ChooseModels, NamesAnUnknownOne) {
  for (const std::string name : {"kqueue", "", "epoll#2", "EPOLL"}) {
    const std::string sentence = mistake_of([&] { choose_models(three_models(), {name}); });
    EXPECT_NE(sentence.find("'" + name + "'"), std::string::npos) << sentence;
  }
}

TEST(ChooseModels, SuggestsTheOneThatWasMeant) {
  const auto sentence = [](const std::string& name) {
    return mistake_of([&] { choose_models(three_models(), {name}); });
  };
  EXPECT_EQ(sentence("epol"), "There is no model 'epol'; did you mean 'epoll'?");
  EXPECT_EQ(sentence("kqueue"), "There is no model 'kqueue'; 'sockbench models' lists them.");
}

TEST(Contestant, LimitIsANumberOrNone) {
  const auto limit = [](const ordered_json& describe) {
    return Contestant{"a", "a", {"a"}, describe}.max_connections();
  };
  EXPECT_EQ(limit({{"max_connections", 64}}), 64);
  EXPECT_EQ(limit({{"max_connections", nullptr}}), std::nullopt);
  EXPECT_EQ(limit(ordered_json::object()), std::nullopt);
}

TEST(FindModels, NoneIsAFailure) {
  const test::TemporaryFolder folder;
  EXPECT_THROW(find_models(folder.path()), std::runtime_error);
}

// A broken build of one model does not cost the others their results.
TEST(FindModels, AProgramThatDoesNotDescribeItselfIsLeftOut) {
  const test::TemporaryFolder folder;
  for (const auto& [name, text] : {std::pair{"server-mute", "no JSON"},
                                   std::pair{"server-good", "{\\\"name\\\": \\\"good\\\"}"}}) {
    const auto program = folder.write(name, std::string("#!/bin/sh\necho \"") + text + "\"\n");
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  }
  const auto found = find_models(folder.path());
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].name, "good");
}

TEST(FindModels, SortedAndDescribed) {
  const test::TemporaryFolder folder;
  for (const std::string name : {"b", "a"}) {
    const auto program = folder.write(
        "server-" + name, "#!/bin/sh\necho '{\"name\": \"" + name + "\", \"family\": \"test\"}'\n");
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  }
  folder.write("loadgen", "");
  std::filesystem::create_directory(folder.path() / "server-folder");
  const auto found = find_models(folder.path());
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].name, "a");
  EXPECT_EQ(found[1].name, "b");
  EXPECT_EQ(found[0].command, std::vector<std::string>{folder.path() / "server-a"});
  EXPECT_EQ(found[0].describe["family"], "test");
}

}  // namespace
}  // namespace sockbench
