// Workload files: every good one is read to the last key, every mistake is named.

#include "bench/plan/workload.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/error.h"
#include "tests/bench/shipped.h"
#include "tests/bench/temporary_folder.h"
#include "tests/bench/texts.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;
using test::kData;
using test::mistake_of;

ordered_json closed_loop() {
  return {
      {"name", "busy"},          {"title", "Busy"},   {"description", "d"},
      {"mode", "closed_loop"},   {"connections", 64}, {"message_bytes", 64},
      {"slice_ms", 20},          {"discard_ms", 2},   {"metrics", {"server.cpu_ns_per_request"}},
      {"slices_per_restart", 12}};
}

ordered_json open_loop() {
  ordered_json json = closed_loop();
  json["mode"] = "open_loop";
  json["offered_rps"] = 5000.5;
  return json;
}

TEST(ParseWorkload, ReadsEveryKey) {
  ordered_json json = closed_loop();
  json["active"] = 16;
  json["pipeline"] = 8;
  const Workload workload = parse_workload(json, "mine.json");
  EXPECT_EQ(workload.name, "busy");
  EXPECT_EQ(workload.title, "Busy");
  EXPECT_EQ(workload.description, "d");
  EXPECT_EQ(workload.mode, Mode::kClosedLoop);
  EXPECT_EQ(workload.connections, 64);
  EXPECT_EQ(workload.active, 16);
  EXPECT_EQ(workload.message_bytes, 64);
  EXPECT_EQ(workload.pipeline, 8);
  EXPECT_EQ(workload.warm_up_ms, 20);
  EXPECT_EQ(workload.slice_ms, 20);
  EXPECT_EQ(workload.discard_ms, 2);
  EXPECT_EQ(workload.slices_per_restart, 12);
  EXPECT_EQ(workload.metrics, std::vector<std::string>{"server.cpu_ns_per_request"});
}

TEST(ParseWorkload, ADuelsTiming) {
  ordered_json json = closed_loop();
  json["duel"] = {{"slice_ms", 5}, {"discard_ms", 1}, {"slices_per_restart", 48}};
  const Workload plain = parse_workload(json, "mine.json");
  ASSERT_TRUE(plain.duel);
  EXPECT_EQ(plain.duel->slice_ms, 5);
  EXPECT_EQ(plain.duel->discard_ms, 1);
  EXPECT_EQ(plain.duel->slices_per_restart, 48);
  EXPECT_FALSE(plain.duel->keep_awake);
  EXPECT_EQ(plain.slice_ms, 20) << "a run takes no notice";
  json["duel"]["keep_awake"] = true;
  EXPECT_TRUE(parse_workload(json, "mine.json").duel->keep_awake);
  json["duel"]["pace"] = 3;
  EXPECT_EQ(mistake_of([&] { parse_workload(json, "mine.json"); }),
            "mine.json, 'duel': 'pace' is not known.");
  json["duel"] = {{"slice_ms", 5}};
  EXPECT_EQ(mistake_of([&] { parse_workload(json, "mine.json"); }),
            "mine.json, 'duel': 'discard_ms' is missing.");
  json["duel"] = "short";
  EXPECT_EQ(mistake_of([&] { parse_workload(json, "mine.json"); }),
            "mine.json, 'duel' must be a JSON object.");
}

TEST(ParseWorkload, Defaults) {
  const Workload workload = parse_workload(closed_loop(), "mine.json");
  EXPECT_EQ(workload.active, 64) << "all connections are active";
  EXPECT_FALSE(workload.duel);
  EXPECT_EQ(workload.pipeline, 1);
  EXPECT_EQ(workload.offered_rps, 0);
  EXPECT_EQ(parse_workload(open_loop(), "mine.json").arrival, "poisson");
}

TEST(ParseWorkload, OpenLoop) {
  ordered_json json = open_loop();
  json["arrival"] = "uniform";
  const Workload workload = parse_workload(json, "mine.json");
  EXPECT_EQ(workload.mode, Mode::kOpenLoop);
  EXPECT_EQ(workload.offered_rps, 5000.5);
  EXPECT_EQ(workload.arrival, "uniform");
}

TEST(ParseWorkload, EveryNecessaryKey) {
  const ordered_json full = open_loop();
  for (const auto& [key, value] : full.items()) {
    ordered_json json = full;
    json.erase(key);
    EXPECT_EQ(mistake_of([&] { parse_workload(json, "mine.json"); }),
              "mine.json: '" + key + "' is missing.");
  }
}

TEST(ParseWorkload, EveryKeyHasItsType) {
  ordered_json full = open_loop();
  full.update({{"active", 1}, {"pipeline", 1}, {"arrival", "poisson"}});
  for (const auto& [key, value] : full.items()) {
    for (const ordered_json& wrong :
         {ordered_json(nullptr), ordered_json(true), ordered_json(ordered_json::object())}) {
      ordered_json json = full;
      json[key] = wrong;
      const std::string mistake = mistake_of([&] { parse_workload(json, "mine.json"); });
      EXPECT_EQ(mistake.rfind("mine.json: '" + key + "' ", 0), 0U) << mistake;
    }
  }
}

TEST(ParseWorkload, Mistakes) {
  struct Mistake {
    const char* key;
    ordered_json value;
    const char* says;
  };
  const std::vector<Mistake> mistakes = {
      {"name", 3, "'name' must be a string"},
      {"mode", "both", "'mode' is not closed_loop, open_loop or idle"},
      {"mode", "", "'mode' is not"},
      {"connections", 0, "'connections' must be an integer from 1 to 1000000"},
      {"connections", -1, "'connections' must be"},
      {"connections", 1'000'001, "'connections' must be"},
      {"connections", 1.5, "'connections' must be an integer"},
      {"connections", "64", "'connections' must be an integer"},
      {"connections", 18446744073709551615U, "'connections' must be"},
      {"active", 65, "'active' must be an integer from 1 to 64"},
      {"active", 0, "'active' must be"},
      {"message_bytes", 0, "'message_bytes' must be"},
      {"message_bytes", (64 << 20) + 1, "'message_bytes' must be"},
      {"pipeline", 0, "'pipeline' must be"},
      {"pipeline", 4097, "'pipeline' must be"},
      {"offered_rps", 0, "'offered_rps' must be a number from 1"},
      {"offered_rps", -5, "'offered_rps' must be"},
      {"offered_rps", 2e9, "'offered_rps' must be"},
      {"offered_rps", "fast", "'offered_rps' must be a number"},
      {"arrival", "regular", "'arrival' is neither poisson nor uniform"},
      {"slice_ms", 0, "'slice_ms' must be"},
      {"slice_ms", 600'001, "'slice_ms' must be"},
      {"discard_ms", -1, "'discard_ms' must be"},
      {"warm_up_ms", 0, "'warm_up_ms' must be"},
      {"slices_per_restart", 0, "'slices_per_restart' must be"},
      {"metrics", ordered_json::array(), "'metrics' must be a list of at least one string"},
      {"metrics", "achieved_rps", "'metrics' must be a list"},
      {"metrics", {1}, "'metrics' must be a list of strings"},
      {"metrics", {"achieved_rps", "speed"}, "'metrics' names the unknown metric 'speed'"},
      {"conections", 64, "'conections' is not known"},
  };
  for (const Mistake& mistake : mistakes) {
    ordered_json json = open_loop();
    json[mistake.key] = mistake.value;
    const std::string sentence = mistake_of([&] { parse_workload(json, "mine.json"); });
    EXPECT_EQ(sentence.rfind("mine.json: " + std::string(mistake.says), 0), 0U) << sentence;
    EXPECT_TRUE(sentence.ends_with('.')) << sentence;
    EXPECT_EQ(std::count(sentence.begin(), sentence.end(), '\n'), 0) << sentence;
  }
}

TEST(ParseWorkload, AClosedLoopHasNoRate) {
  ordered_json json = closed_loop();
  json["offered_rps"] = 1000;
  EXPECT_EQ(mistake_of([&] { parse_workload(json, "mine.json"); }),
            "mine.json: 'offered_rps' is not known.");
}

TEST(ParseWorkload, MustBeAnObject) {
  for (const ordered_json& json : {ordered_json(nullptr), ordered_json(3), ordered_json("busy"),
                                   ordered_json::array({closed_loop()})}) {
    EXPECT_EQ(mistake_of([&] { parse_workload(json, "mine.json"); }),
              "mine.json must be a JSON object.");
  }
}

TEST(LoadWorkloads, EveryFileOfTheProject) {
  const auto all = load_workloads(kData / "workloads");
  std::vector<std::string> names;
  std::vector<std::string> files;
  names.reserve(all.size());
  for (const Workload& workload : all) {
    if (names.empty() || names.back() != workload.file()) names.push_back(workload.file());
  }
  for (const auto& entry : std::filesystem::directory_iterator(kData / "workloads")) {
    files.push_back(entry.path().stem().string());
  }
  std::sort(files.begin(), files.end());
  EXPECT_EQ(names, files) << "sorted, and every file is called as its workload";
  EXPECT_GE(all.size(), 5U);
}

/// What to_json() writes, in the form of a workload file: without what the mode has none of, and
/// with the timing, which run.json keeps in its plan.
ordered_json as_file(const Workload& workload) {
  ordered_json json = to_json(workload);
  for (const char* key :
       {"sweep", "sweep_value", "offered_rps", "arrival", "connect_rate", "slow_rate"}) {
    if (json[key].is_null()) json.erase(key);
  }
  for (const auto& [key, ns] :
       {std::pair{"think", workload.think_ns}, std::pair{"hold", workload.hold_ns},
        std::pair{"client_work", workload.client_work_ns}}) {
    json.erase(std::string(key) + "_ns");
    if (ns > 0) json[key] = std::to_string(ns) + "ns";
  }
  if (workload.burst) json.erase("offered_rps");
  if (workload.burst) json.erase("arrival");
  if (workload.server_options.empty()) json.erase("server_options");
  json.erase("sweep");  // its value stands in the other keys
  json.erase("sweep_value");
  if (workload.mode == Mode::kIdle) json.erase("active");
  json["warm_up_ms"] = workload.warm_up_ms;
  json["slice_ms"] = workload.slice_ms;
  json["discard_ms"] = workload.discard_ms;
  json["slices_per_restart"] = workload.slices_per_restart;
  return json;
}

TEST(LoadWorkloads, RoundTrip) {
  for (const Workload& workload : load_workloads(kData / "workloads")) {
    const Workload again = parse_workload(as_file(workload), workload.name);
    EXPECT_EQ(as_file(again), as_file(workload));
    EXPECT_EQ(again.mode, workload.mode) << workload.name;
    EXPECT_EQ(again.offered_rps, workload.offered_rps) << workload.name;
  }
}

TEST(LoadWorkloads, NothingIsActiveWhenIdle) {
  ordered_json json = closed_loop();
  json["mode"] = "idle";
  EXPECT_EQ(to_json(parse_workload(json, "mine.json"))["active"], 0);
}

TEST(LoadWorkloads, NamesTheFileThatIsNotJson) {
  const test::TemporaryFolder folder;
  folder.write("good.json", closed_loop().dump());
  folder.write("notes.txt", "not read");
  EXPECT_EQ(load_workloads(folder.path()).size(), 1U);
  folder.write("broken.json", "{\"name\": ");
  try {
    load_workloads(folder.path());
    ADD_FAILURE() << "broken.json was read";
  } catch (const UsageError& error) {
    const std::string sentence = error.what();
    EXPECT_NE(sentence.find("broken.json is not JSON"), std::string::npos) << sentence;
    EXPECT_EQ(std::count(sentence.begin(), sentence.end(), '\n'), 0) << sentence;
  }
}

}  // namespace
}  // namespace sockbench
