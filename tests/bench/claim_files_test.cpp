// The files of bench/claims/: complete, consistent with the rest of the project, and every mistake
// in one is named.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "bench/judge/claims.h"
#include "bench/plan/contestant.h"
#include "common/error.h"
#include "tests/bench/claim_run.h"
#include "tests/bench/documents.h"
#include "tests/bench/temporary_folder.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;
using test::ClaimRun;

const std::filesystem::path kClaims = SOCKBENCH_SOURCE_DIR "/bench/claims";

const std::vector<Claim>& all_claims() {
  static const std::vector<Claim> claims = load_claims(kClaims);
  return claims;
}

/// Every workload that a claim may name.
std::set<std::string> catalogue() {
  std::set<std::string> names = {
      "pingpong",  "small",        "busy",         "many",      "mostly_idle", "idle",
      "paced",     "churn",        "burst",        "sleep_all", "sleep_some",  "hold",
      "newcomers", "slow_readers", "slow_writers", "think",     "growth",      "stall"};
  const auto sweep = [&](const std::string& name, const std::vector<int>& values) {
    for (const int value : values) names.insert(name + "-" + std::to_string(value));
  };
  sweep("scaling", {1, 2, 4, 8, 16, 64, 256, 1000, 4000, 10000});
  sweep("idlers", {0, 100, 1000, 4000, 10000});
  sweep("silent", {0, 1000});
  sweep("rates", {2000, 5000, 10000, 20000, 40000, 80000});
  sweep("sizes", {64, 1024, 16384, 131072, 1048576});
  sweep("spin", {1, 10, 100});
  return names;
}

TEST(ClaimFiles, AreThe24) {
  const std::set<std::string> expected = {"blocking-one-at-a-time",
                                          "thread-removes-wait",
                                          "thread-still-blocks",
                                          "threads-hit-bottleneck",
                                          "threads-waste-memory",
                                          "pool-suits-small-scale",
                                          "polling-burns-cpu",
                                          "polling-delays-accept",
                                          "polling-leaks-memory",
                                          "polling-latency-bonus",
                                          "eagain-is-cheap-but-wasted",
                                          "select-extra-syscall",
                                          "few-connections-threads-win",
                                          "multiplex-more-not-faster",
                                          "select-many-at-once",
                                          "select-scan-grows",
                                          "coroutine-burst",
                                          "coroutine-switch-cheap",
                                          "io-bound-cpu-idle",
                                          "two-phases",
                                          "send-only-copies",
                                          "one-thread-one-connection",
                                          "uring-fewer-syscalls",
                                          "slow-handler-stalls-loop"};
  std::set<std::string> found;
  for (const Claim& claim : all_claims()) found.insert(claim.id);
  EXPECT_EQ(found, expected);
}

TEST(ClaimFiles, NameOnlyWorkloadsOfTheCatalogue) {
  const std::set<std::string> known = catalogue();
  for (const Claim& claim : all_claims()) {
    for (const ClaimCheck& check : claim.checks) {
      for (const auto* list : {&check.workload, &check.from}) {
        for (const std::string& name : *list) {
          EXPECT_TRUE(known.contains(name)) << claim.id << ": " << name;
        }
      }
    }
  }
}

TEST(ClaimFiles, NameOnlyModelsThatExist) {
  std::vector<std::string> names = needs_of(all_claims(), {}).models;
  EXPECT_GT(names.size(), 5U);
  const std::vector<Contestant> models = find_models(program_directory());
  EXPECT_EQ(choose_models(models, names).size(), names.size());
  for (const Claim& claim : all_claims()) {
    for (const std::string& name : claim.contestants) {
      EXPECT_TRUE(
          std::filesystem::exists(SOCKBENCH_SOURCE_DIR "/bench/contestants/" + name + ".json"))
          << name;
    }
  }
}

/// A run in which every figure of the claim is there: of the head 7, of the base 2.
ClaimRun whole_run(const Claim& claim) {
  ClaimRun run;
  for (const ClaimCheck& check : claim.checks) {
    if (check.kind == CheckKind::kMicroRatio) continue;
    const std::string metrics =
        check.kind == CheckKind::kStarved ? "fairness.starved_connections" : check.metric;
    for (const auto* workloads : {&check.workload, &check.from}) {
      if (workloads->empty()) continue;
      for (const std::string& model : {check.model, check.base}) {
        if (model.empty()) continue;
        std::istringstream paths(metrics);
        for (std::string path; std::getline(paths, path, '+');) {
          run.set(workloads->front(), model, path, model == check.model ? 7 : 2);
        }
      }
    }
  }
  return run;
}

MicroCosts whole_micro(const Claim& claim) {
  MicroCosts micro;
  for (const ClaimCheck& check : claim.checks) {
    if (check.kind != CheckKind::kMicroRatio) continue;
    micro[check.model] = {7, 6, 8, 5, ""};
    micro[check.base] = {2, 1.9, 2.1, 5, ""};
  }
  return micro;
}

TEST(ClaimFiles, EveryPlaceholderIsFilledAndEveryMarginNamed) {
  for (const Claim& claim : all_claims()) {
    const ordered_json judged = judge_claim(claim, whole_run(claim).json(), whole_micro(claim));
    const std::string text = judged["text"];
    EXPECT_NE(judged["verdict"], "not_tested") << claim.id << ": " << text;
    EXPECT_EQ(text.find_first_of("{}"), std::string::npos) << text;
    EXPECT_GE(judged["evidence"].size(), 1U) << claim.id;
    for (const ClaimCheck& check : claim.checks) {
      EXPECT_EQ(check.text.find("{needs}") != std::string::npos, check.judged)
          << claim.id << ": " << check.name;
      EXPECT_TRUE(check.text.back() == '.') << check.text;
    }
  }
}

TEST(ClaimFiles, NoVerdictWithoutItsCells) {
  for (const Claim& claim : all_claims()) {
    const ordered_json judged = judge_claim(claim, ClaimRun().json(), {});
    EXPECT_EQ(judged["verdict"], "not_tested") << claim.id;
    EXPECT_EQ(judged["text"].get<std::string>().rfind("Not tested: ", 0), 0U) << claim.id;
    EXPECT_TRUE(judged["evidence"].empty()) << claim.id;
  }
}

/// Bursts in which a thread or a process costs `cpu` times as much CPU as a coroutine or a fiber,
/// and takes `time` times as long; the cells have this status.
ClaimRun burst_run(double cpu, double time, const std::string& status) {
  ClaimRun run;
  for (const char* model : {"threaded", "forked", "asio_coroutine", "asio_fiber"}) {
    const bool head = std::string(model) == "threaded" || std::string(model) == "forked";
    run.set("burst", model, "server.cpu_ns_per_request",
            test::statistic_of(30'000 * (head ? cpu : 1)));
    run.set("burst", model, "burst_ns", test::statistic_of(30e6 * (head ? time : 1)));
    run.set_status("burst", model, status);
  }
  return run;
}

// What the generator's CPU held down says nothing of the servers: their own CPU decides.
TEST(ClaimFiles, CoroutineBurstGoesByTheTimeOnlyWhereItIsTheServers) {
  const Claim claim = choose_claims(all_claims(), {"coroutine-burst"}).front();
  const auto verdict = [&](const ClaimRun& run) {
    return judge_claim(claim, run.json(), {})["verdict"].get<std::string>();
  };
  EXPECT_EQ(verdict(burst_run(1.7, 1.0, "generator_bound")), "confirmed");
  EXPECT_EQ(verdict(burst_run(1.2, 1.7, "generator_bound")), "refuted");
  EXPECT_EQ(verdict(burst_run(1.7, 1.7, "valid")), "confirmed");
  EXPECT_EQ(verdict(burst_run(1.7, 1.0, "valid")), "refuted") << "it was no faster";
  EXPECT_EQ(verdict(burst_run(1.7, 1.7, "saturated")), "not_tested");
  const std::string text =
      judge_claim(claim, burst_run(1.7, 1.0, "generator_bound").json(), {})["text"];
  EXPECT_EQ(text.find("until all 500 were answered"), std::string::npos) << text;
}

TEST(ClaimFiles, AnUnknownIdNamesTheNearest) {
  try {
    choose_claims(all_claims(), {"select-scan-grow"});
    FAIL() << "it was accepted";
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("'select-scan-grows'"), std::string::npos)
        << error.what();
  }
  EXPECT_EQ(choose_claims(all_claims(), {"two-phases"}).size(), 1U);
  EXPECT_EQ(choose_claims(all_claims(), {}).size(), all_claims().size());
}

TEST(ClaimNeeds, UnionOfWhatTheChecksName) {
  const auto claims = choose_claims(all_claims(), {"select-extra-syscall", "uring-fewer-syscalls"});
  const ClaimNeeds needs = needs_of(claims, {"pingpong", "busy", "scaling-1", "many"});
  EXPECT_EQ(needs.models, (std::vector<std::string>{"select", "blocking", "io_uring", "epoll"}));
  EXPECT_EQ(needs.workloads, (std::vector<std::string>{"pingpong", "busy", "many"}));
}

TEST(ClaimNeeds, OptionalOnesOnlyWhereTheCatalogueHasThem) {
  const auto claims = choose_claims(all_claims(), {"blocking-one-at-a-time"});
  EXPECT_EQ(needs_of(claims, {"small"}).workloads, (std::vector<std::string>{"small"}));
  EXPECT_EQ(needs_of(claims, {"small", "hold"}).workloads,
            (std::vector<std::string>{"small", "hold"}));
  EXPECT_EQ(needs_of(choose_claims(all_claims(), {"polling-leaks-memory"}), {"small"}).workloads,
            (std::vector<std::string>{"growth"}))
      << "a workload that is needed and missing is named, for the run to say so";
}

TEST(ClaimNeeds, ExternalContestantsAreNoModels) {
  const ClaimNeeds needs = needs_of(choose_claims(all_claims(), {"coroutine-burst"}), {"burst"});
  EXPECT_EQ(needs.contestants, (std::vector<std::string>{"gevent"}));
  EXPECT_EQ(std::count(needs.models.begin(), needs.models.end(), "gevent"), 0);
}

ordered_json valid_claim() {
  return ordered_json::parse(R"({"id": "a", "statement": "A.", "combine": "agree", "checks": [
    {"name": "n", "kind": "ratio", "model": "select", "base": "epoll", "workload": "busy",
     "metric": "achieved_rps", "above": 1, "text": "It is {value}; {needs}."}]})");
}

struct Damage {
  const char* place;
  ordered_json value;  ///< discarded: the key is removed
  const char* named;
};

const ordered_json kRemoved = ordered_json::parse("", nullptr, false);

TEST(ClaimParsing, EveryMistakeIsNamed) {
  EXPECT_NO_THROW(parse_claim(valid_claim(), "a.json"));
  const std::vector<Damage> cases = {
      {"/id", kRemoved, "'id'"},
      {"/statement", 3, "'statement'"},
      {"/combine", "most", "'combine'"},
      {"/checks", "none", "'checks'"},
      {"/checks", ordered_json::array(), "'checks'"},
      {"/extra", 1, "'extra'"},
      {"/checks/0/kind", "average", "'kind'"},
      {"/checks/0/model", kRemoved, "'model'"},
      {"/checks/0/base", kRemoved, "'base'"},
      {"/checks/0/workload", kRemoved, "'workload'"},
      {"/checks/0/workload", 7, "'workload'"},
      {"/checks/0/metric", kRemoved, "'metric'"},
      {"/checks/0/from", "busy", "'from'"},
      {"/checks/0/above", kRemoved, "'above'"},
      {"/checks/0/above", "much", "'above'"},
      {"/checks/0/below", 2, "'above'"},
      {"/checks/0/served", 2, "'above'"},
      {"/checks/0/shown_only", true, "'shown_only'"},
      {"/checks/0/guard", 0.5, "'guard'"},
      {"/checks/0/doubt", -1, "'doubt'"},
      {"/checks/0/accept", "failed", "'accept'"},
      {"/checks/0/optional", true, "'checks'"},
      {"/checks/0/text", kRemoved, "'text'"},
      {"/checks/0/margin", 2, "'margin'"},
  };
  for (const Damage& damage : cases) {
    ordered_json json = valid_claim();
    const ordered_json::json_pointer place(damage.place);
    if (damage.value.is_discarded()) {
      json[place.parent_pointer()].erase(place.back());
    } else {
      json[place] = damage.value;
    }
    try {
      parse_claim(json, "a.json");
      ADD_FAILURE() << damage.place << " was accepted";
    } catch (const UsageError& error) {
      EXPECT_NE(std::string(error.what()).find(damage.named), std::string::npos) << error.what();
      EXPECT_EQ(std::string(error.what()).rfind("a.json", 0), 0U) << error.what();
    }
  }
}

TEST(ClaimParsing, FilesAreNamedAfterTheirId) {
  const test::TemporaryFolder folder;
  folder.write("b.json", valid_claim().dump());
  EXPECT_THROW(load_claims(folder.path()), UsageError);
  const test::TemporaryFolder broken;
  broken.write("a.json", "{");
  EXPECT_THROW(load_claims(broken.path()), UsageError);
  EXPECT_TRUE(load_claims(folder.path() / "none").empty());
}

TEST(ClaimParsing, AnUnknownPlaceholderIsAMistake) {
  ordered_json json = valid_claim();
  json["checks"][0]["text"] = "It is {speed}.";
  const Claim claim = parse_claim(json, "a.json");
  EXPECT_THROW(judge_claim(claim, whole_run(claim).json(), {}), UsageError);
}

}  // namespace
}  // namespace sockbench
