// Each kind of check with made-up cells: what confirms, what refutes, what decides nothing, and
// what does not count.

#include <gtest/gtest.h>

#include <cmath>

#include "bench/judge/claims.h"
#include "bench/judge/statistics.h"
#include "tests/bench/claim_run.h"
#include "tests/bench/documents.h"
#include "tests/bench/synthetic.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;
using test::ClaimRun;
using test::kCpu;
using test::statistic_of;

/// A claim with these checks; each gets a name and a text.
Claim claim(std::vector<ordered_json> checks, const char* combine = "agree") {
  int number = 0;
  for (ordered_json& check : checks) {
    check["name"] = "check " + std::to_string(++number);
    check["text"] = "It is {value} ({interval}).";
  }
  return parse_claim(
      {{"id", "made"}, {"statement", "Made."}, {"combine", combine}, {"checks", checks}}, "made");
}

ordered_json ratio_check(double above) {
  return {{"kind", "ratio"},    {"model", "threaded"}, {"base", "epoll"},
          {"workload", "busy"}, {"metric", kCpu},      {"above", above}};
}

ordered_json level_check(const char* metric, double above) {
  return {{"kind", "level"},
          {"model", "epoll"},
          {"workload", "busy"},
          {"metric", metric},
          {"above", above}};
}

std::string verdict(const Claim& made, const ClaimRun& run, const MicroCosts& micro = {}) {
  return judge_claim(made, run.json(), micro)["verdict"];
}

std::string text(const Claim& made, const ClaimRun& run, const MicroCosts& micro = {}) {
  return judge_claim(made, run.json(), micro)["text"];
}

/// CPU per request of threaded is `ratio` times that of epoll.
ClaimRun cpu_run(double ratio, double spread = 0.001) {
  ClaimRun run;
  run.set("busy", "epoll", kCpu, statistic_of(5000));
  run.set("busy", "threaded", kCpu, statistic_of(5000 * ratio, spread));
  return run;
}

TEST(ClaimRatio, TheWholeIntervalDecides) {
  EXPECT_EQ(verdict(claim({ratio_check(1.2)}), cpu_run(1.5)), "confirmed");
  EXPECT_EQ(verdict(claim({ratio_check(1.2)}), cpu_run(1.1)), "refuted");
  EXPECT_EQ(verdict(claim({ratio_check(1.2)}), cpu_run(1.21, 0.1)), "inconclusive");
  EXPECT_EQ(verdict(claim({ratio_check(1.2)}), ClaimRun()), "not_tested");
}

TEST(ClaimRatio, BelowAndWithin) {
  ordered_json below = ratio_check(0);
  below.erase("above");
  below["below"] = 1.2;
  EXPECT_EQ(verdict(claim({below}), cpu_run(1.1)), "confirmed");
  EXPECT_EQ(verdict(claim({below}), cpu_run(1.3)), "refuted");
  ordered_json within = ratio_check(0);
  within.erase("above");
  within["within"] = 1.1;
  EXPECT_EQ(verdict(claim({within}), cpu_run(1.0)), "confirmed");
  EXPECT_EQ(verdict(claim({within}), cpu_run(1.2)), "refuted");
  EXPECT_EQ(verdict(claim({within}), cpu_run(0.8)), "refuted");
  EXPECT_EQ(verdict(claim({within}), cpu_run(1.1, 0.02)), "inconclusive");
}

TEST(ClaimRatio, IsPairedByRestart) {
  // Both move together by 20 %: the ratio stands still, the medians' own intervals overlap.
  ClaimRun run;
  for (const auto& [name, value] : {std::pair("epoll", 5000.0), std::pair("threaded", 6000.0)}) {
    ordered_json figure = statistic_of(value, 0.2);
    run.set("busy", name, kCpu, figure);
  }
  const ordered_json judged = judge_claim(claim({ratio_check(1.12)}), run.json(), {});
  EXPECT_EQ(judged["verdict"], "confirmed");
  EXPECT_NEAR(judged["evidence"].back()["value"], 1.2, 1e-9);
  // With a restart missing on one side nobody knows which belong together.
  run.cell("busy", "epoll")["restarts"] = 9;
  EXPECT_EQ(verdict(claim({ratio_check(1.12)}), run), "inconclusive");
}

TEST(ClaimRatio, TheRunsOwnComparisonComesFirstInEitherDirection) {
  ClaimRun run = cpu_run(1.0);
  run.compare("busy", kCpu, "threaded", "epoll", 1.5, {1.4, 1.6});
  EXPECT_EQ(verdict(claim({ratio_check(1.3)}), run), "confirmed");
  ordered_json turned = ratio_check(0.6);
  turned["model"] = "epoll";
  turned["base"] = "threaded";
  const ordered_json judged = judge_claim(claim({turned}), run.json(), {});
  EXPECT_EQ(judged["verdict"], "confirmed");
  EXPECT_NEAR(judged["evidence"].back()["ci95"][0], 1 / 1.6, 1e-9);
  EXPECT_NEAR(judged["evidence"].back()["ci95"][1], 1 / 1.4, 1e-9);
}

TEST(ClaimRatio, AFigureWithoutIntervalDecidesWithItsGuardOnly) {
  ClaimRun run;
  run.set("busy", "epoll", "service_time_ns.p50", 100);
  run.set("busy", "threaded", "service_time_ns.p50", 150);
  ordered_json check = ratio_check(1.2);
  check["metric"] = "service_time_ns.p50";
  EXPECT_EQ(verdict(claim({check}), run), "inconclusive");
  check["guard"] = 1.2;
  EXPECT_EQ(verdict(claim({check}), run), "confirmed");
  EXPECT_NE(text(claim({check}), run).find("within a factor of 1.2"), std::string::npos);
  check["guard"] = 1.3;
  EXPECT_EQ(verdict(claim({check}), run), "inconclusive");
  run.set("busy", "epoll", "service_time_ns.p50", 0);
  EXPECT_EQ(verdict(claim({check}), run), "not_tested");
}

// Percentiles of single restarts give the interval that one figure for the whole run lacks.
TEST(ClaimRatio, PercentilesArePairedByRestart) {
  ClaimRun run;
  const auto set = [&](const char* name, int pooled, const std::vector<int>& restarts) {
    run.set("busy", name, "service_time_ns.p50", pooled);
    run.set("busy", name, "service_time_ns.per_restart.p50", restarts);
  };
  set("epoll", 400, {100, 200, 300, 100, 200, 300, 100, 200});
  set("threaded", 900, {150, 301, 449, 150, 301, 449, 150, 300});
  ordered_json check = ratio_check(1.3);
  check["metric"] = "service_time_ns.p50";
  const ordered_json judged = judge_claim(claim({check}), run.json(), {});
  EXPECT_EQ(judged["verdict"], "confirmed");
  EXPECT_EQ(judged["evidence"][0]["value"], 300.5) << "the restarts' median, as its interval";
  EXPECT_EQ(judged["evidence"][1]["value"], 200);
  EXPECT_NEAR(judged["evidence"][2]["value"], 1.5, 0.01);
  EXPECT_NEAR(judged["evidence"][2]["ci95"][0], 1.364, 0.01) << "the variance between runs";
  set("epoll", 100, {100, 200, 300, 100, 200, 300, 100});
  EXPECT_EQ(verdict(claim({check}), run), "inconclusive") << "one restart has no figure";
}

TEST(ClaimRatio, SumsOfTwoFigures) {
  ClaimRun run;
  for (const char* name : {"epoll", "threaded"}) {
    const double factor = name == std::string("epoll") ? 1 : 10;
    run.set("busy", name, "server.memory_bytes_per_connection.user", 100 * factor);
    run.set("busy", name, "server.memory_bytes_per_connection.kernel", 900 * factor);
  }
  ordered_json check = ratio_check(5);
  check["metric"] =
      "server.memory_bytes_per_connection.user+server.memory_bytes_per_connection.kernel";
  check["guard"] = 1.5;
  const ordered_json judged = judge_claim(claim({check}), run.json(), {});
  EXPECT_EQ(judged["verdict"], "confirmed");
  EXPECT_EQ(judged["evidence"][0]["value"], 10'000);
  EXPECT_EQ(judged["evidence"][0]["unit"], "bytes");
  run.set("busy", "epoll", "server.memory_bytes_per_connection.kernel", nullptr);
  EXPECT_EQ(verdict(claim({check}), run), "not_tested");
}

struct Countable {
  const char* status;
  const char* metric;
  const char* limiter;
  bool counts;
};

TEST(ClaimValidity, WhatCountsInWhichCell) {
  const std::vector<Countable> cases = {
      {"valid", kCpu, "neither", true},
      {"valid", "achieved_rps", "server", true},
      {"valid", "achieved_rps", "neither", false},
      {"valid", "achieved_rps", "generator", false},
      {"generator_bound", kCpu, "generator", true},
      {"generator_bound", "achieved_rps", "generator", false},
      {"generator_bound", "response_time_ns.p99", "generator", false},
      {"saturated", kCpu, "server", false},
      {"model_limit", kCpu, "server", false},
      {"unstable", kCpu, "server", false},
      {"failed", kCpu, "server", false},
  };
  for (const Countable& entry : cases) {
    ClaimRun run;
    run.set("busy", "epoll", entry.metric, statistic_of(5000));
    run.set_status("busy", "epoll", entry.status);
    run.cell("busy", "epoll")["limiter"] = entry.limiter;
    ordered_json check = level_check(entry.metric, 10);
    EXPECT_EQ(verdict(claim({check}), run), entry.counts ? "confirmed" : "not_tested")
        << entry.status << ' ' << entry.metric;
    if (!entry.counts && entry.status != std::string("valid")) {
      EXPECT_NE(text(claim({check}), run).find(std::string(entry.status) + ": because"),
                std::string::npos);
    }
    check["accept"] = {"generator_bound", "saturated", "model_limit", "unstable", "neither"};
    if (entry.limiter == std::string("neither")) {
      EXPECT_EQ(verdict(claim({check}), run), "confirmed") << "each waits for the other";
    }
    if (entry.status == std::string("failed")) {
      EXPECT_EQ(verdict(claim({check}), run), "not_tested");
    } else if (entry.status != std::string("valid")) {
      EXPECT_EQ(verdict(claim({check}), run), "confirmed") << entry.status;
    }
  }
}

TEST(ClaimValidity, AnAbsentFigureGivesItsReason) {
  ClaimRun run;
  run.set("busy", "epoll", kCpu, nullptr);
  run.cell("busy", "epoll")["absent"][kCpu] = "the clock was away";
  const Claim made = claim({level_check(kCpu, 10)});
  EXPECT_EQ(verdict(made, run), "not_tested");
  EXPECT_NE(text(made, run).find("the clock was away"), std::string::npos);
}

TEST(ClaimLevel, FourVerdicts) {
  const Claim made = claim({level_check("server.cpu_utilisation", 0.9)});
  for (const auto& [value, spread, expected] :
       {std::tuple(0.99, 0.01, "confirmed"), std::tuple(0.2, 0.01, "refuted"),
        std::tuple(0.9, 0.05, "inconclusive")}) {
    ClaimRun run;
    run.set("busy", "epoll", "server.cpu_utilisation", statistic_of(value, spread));
    EXPECT_EQ(verdict(made, run), expected);
  }
  EXPECT_EQ(verdict(made, ClaimRun()), "not_tested");
}

TEST(ClaimLevel, WithADoubtOnlyFarBeyondTheMarginRefutes) {
  ordered_json check = level_check("server.cpu_utilisation", 0.9);
  ClaimRun run;
  run.set("busy", "epoll", "server.cpu_utilisation", statistic_of(0.7));
  EXPECT_EQ(verdict(claim({check}), run), "refuted");
  check["doubt"] = 0.4;
  EXPECT_EQ(verdict(claim({check}), run), "inconclusive");
  run.set("busy", "epoll", "server.cpu_utilisation", statistic_of(0.4));
  EXPECT_EQ(verdict(claim({check}), run), "refuted");
}

TEST(ClaimLevel, TheReciprocalTurnsTheLimits) {
  ClaimRun run;
  run.set("busy", "epoll", "server.syscalls_per_request.by_name.epoll_wait", 0.25);
  ordered_json check = level_check("server.syscalls_per_request.by_name.epoll_wait", 2);
  check["reciprocal"] = true;
  check["guard"] = 1.1;
  const ordered_json judged = judge_claim(claim({check}), run.json(), {});
  EXPECT_EQ(judged["verdict"], "confirmed");
  EXPECT_EQ(judged["evidence"].back()["value"], 4);
  check["above"] = 4.2;
  EXPECT_EQ(verdict(claim({check}), run), "inconclusive");
  check["above"] = 5;
  EXPECT_EQ(verdict(claim({check}), run), "refuted");
  run.set("busy", "epoll", "server.syscalls_per_request.by_name.epoll_wait", 0);
  EXPECT_EQ(verdict(claim({check}), run), "not_tested");
}

TEST(ClaimDifference, OfCounts) {
  const char* calls = "server.syscalls_per_request.total";
  const Claim made = claim({{{"kind", "difference"},
                             {"model", "select"},
                             {"base", "blocking"},
                             {"workload", "busy"},
                             {"metric", calls},
                             {"equals", 1},
                             {"tolerance", 0.05},
                             {"guard", 1.001}}});
  for (const auto& [count, expected] :
       {std::pair(3.0, "confirmed"), std::pair(2.5, "refuted"), std::pair(4.0, "refuted"),
        std::pair(3.05, "inconclusive")}) {
    ClaimRun run;
    run.set("busy", "select", calls, count);
    run.set("busy", "blocking", calls, 2.0);
    EXPECT_EQ(verdict(made, run), expected) << count;
  }
  EXPECT_EQ(verdict(made, ClaimRun()), "not_tested");
}

TEST(ClaimGrowth, BesideAReferenceAndAlone) {
  ordered_json check = {{"kind", "growth"},   {"model", "poll"}, {"base", "epoll"}, {"from", "few"},
                        {"workload", "lots"}, {"metric", kCpu},  {"above", 1.5}};
  ClaimRun run;
  for (const char* workload : {"few", "lots"}) {
    // The machine was slower when `lots` ran; only the ratio to epoll tells.
    const double machine = workload == std::string("few") ? 1 : 1.4;
    run.set(workload, "epoll", kCpu, statistic_of(5000 * machine));
    run.set(workload, "poll", kCpu,
            statistic_of(5000 * machine * (workload == std::string("few") ? 1 : 2), 0.02));
  }
  const ordered_json judged = judge_claim(claim({check}), run.json(), {});
  EXPECT_EQ(judged["verdict"], "confirmed");
  EXPECT_NEAR(judged["evidence"].back()["value"], 2, 1e-9);
  EXPECT_FALSE(judged["evidence"].back()["ci95"].is_null());
  check["above"] = 2.5;
  EXPECT_EQ(verdict(claim({check}), run), "refuted");
  check["above"] = 2.0;
  EXPECT_EQ(verdict(claim({check}), run), "inconclusive");
  check.erase("base");
  check["above"] = 2.5;
  EXPECT_EQ(verdict(claim({check}), run), "confirmed") << "alone it grew by 2.8";
  check["from"] = "nowhere";
  EXPECT_EQ(verdict(claim({check}), run), "not_tested");
}

TEST(ClaimStarved, NoneSomeAndAllButSome) {
  const auto starved = [](const char* way, double value) {
    return claim({{{"kind", "starved"}, {"model", "pooled"}, {"workload", "busy"}, {way, value}}});
  };
  ClaimRun run;
  run.set("busy", "pooled", "fairness.starved_connections", 7);
  for (const char* status : {"valid", "model_limit", "generator_bound", "unstable"}) {
    run.set_status("busy", "pooled", status);
    EXPECT_EQ(verdict(starved("served", 1), run), "confirmed") << status;
    EXPECT_EQ(verdict(starved("served", 2), run), "refuted");
    EXPECT_EQ(verdict(starved("below", 0), run), "refuted");
    EXPECT_EQ(verdict(starved("above", 1), run), "confirmed");
  }
  run.set_status("busy", "pooled", "failed");
  EXPECT_EQ(verdict(starved("above", 1), run), "not_tested");
}

TEST(ClaimMicroRatio, QuartilesAtTheirWorst) {
  const Claim made = claim({{{"kind", "micro_ratio"},
                             {"model", "switch/thread"},
                             {"base", "switch/coroutine"},
                             {"above", 10}}});
  MicroCosts micro;
  micro["switch/coroutine"] = {10, 9, 11, 5, ""};
  micro["switch/thread"] = {1000, 900, 1100, 5, ""};
  EXPECT_EQ(verdict(made, {}, micro), "confirmed");
  micro["switch/thread"] = {50, 45, 55, 5, ""};
  EXPECT_EQ(verdict(made, {}, micro), "refuted");
  micro["switch/thread"] = {105, 100, 110, 5, ""};
  EXPECT_EQ(verdict(made, {}, micro), "inconclusive");
  EXPECT_TRUE(judge_claim(made, ClaimRun().json(), micro)["evidence"].back()["ci95"].is_null())
      << "quartiles are no 95 % interval";
  micro["switch/thread"] = {1000, 900, 1100, 2, ""};
  EXPECT_EQ(verdict(made, {}, micro), "not_tested");
  micro.erase("switch/thread");
  EXPECT_EQ(verdict(made, {}, micro), "not_tested");
  EXPECT_EQ(verdict(made, {}), "not_tested");
}

TEST(ClaimCombination, AgreeEveryAny) {
  ClaimRun run = cpu_run(1.5);
  run.set("busy", "epoll", "server.cpu_utilisation", statistic_of(0.5));
  const ordered_json holds = ratio_check(1.2);
  const ordered_json fails = level_check("server.cpu_utilisation", 0.9);
  const ordered_json open = level_check("server.cpu_utilisation", 0.5);
  struct Case {
    const char* combine;
    std::vector<ordered_json> checks;
    const char* expected;
  };
  const std::vector<Case> cases = {
      {"agree", {holds, holds}, "confirmed"},    {"agree", {fails, fails}, "refuted"},
      {"agree", {holds, fails}, "inconclusive"}, {"agree", {holds, open}, "inconclusive"},
      {"every", {holds, holds}, "confirmed"},    {"every", {holds, fails}, "refuted"},
      {"every", {open, fails}, "refuted"},       {"every", {holds, open}, "inconclusive"},
      {"any", {holds, fails}, "confirmed"},      {"any", {holds, open}, "confirmed"},
      {"any", {fails, open}, "inconclusive"},    {"any", {fails, fails}, "refuted"},
  };
  for (const Case& entry : cases) {
    EXPECT_EQ(verdict(claim(entry.checks, entry.combine), run), entry.expected) << entry.combine;
  }
  const std::string contradiction = text(claim({holds, fails}), run);
  EXPECT_EQ(contradiction.rfind("The figures contradict each other: check 1 for the claim, check 2 "
                                "against it.",
                                0),
            0U)
      << contradiction;
}

TEST(ClaimCombination, OptionalAndShownChecksDoNotHoldUp) {
  ordered_json missing = level_check("server.cpu_utilisation", 0.9);
  EXPECT_EQ(verdict(claim({ratio_check(1.2), missing}), cpu_run(1.5)), "not_tested");
  missing["optional"] = true;
  EXPECT_EQ(verdict(claim({ratio_check(1.2), missing}), cpu_run(1.5)), "confirmed");
  ordered_json shown = level_check(kCpu, 0);
  shown.erase("above");
  shown["shown_only"] = true;
  const ordered_json judged =
      judge_claim(claim({ratio_check(1.2), shown}), cpu_run(1.5).json(), {});
  EXPECT_EQ(judged["verdict"], "confirmed");
  EXPECT_NE(judged["text"].get<std::string>().find("5.00 µs"), std::string::npos);
}

TEST(ClaimReproduction, IsOneCommand) {
  EXPECT_EQ(judge_claim(claim({ratio_check(1.1)}), ClaimRun().json(), {})["reproduce"],
            "sockbench run --claim made --out RUN");
}

TEST(ClaimWorkloads, TheFirstAlternativeThatHasTheCells) {
  ordered_json check = ratio_check(1.2);
  check["workload"] = {"scaling-64", "busy"};
  ClaimRun run = cpu_run(1.5);
  run.set("scaling-64", "epoll", kCpu, statistic_of(5000));
  EXPECT_EQ(judge_claim(claim({check}), run.json(), {})["evidence"][0]["cell"], "busy/threaded");
  run.set("scaling-64", "threaded", kCpu, statistic_of(5000));
  EXPECT_EQ(verdict(claim({check}), run), "refuted");
}

TEST(IndependentRatio, DistancesAddInSquares) {
  const RatioInterval head{2, {2 / std::exp(0.3), 2 * std::exp(0.3)}};
  const RatioInterval base{1, {1 / std::exp(0.4), std::exp(0.4)}};
  const RatioInterval ratio = independent_ratio(head, base);
  EXPECT_NEAR(ratio.ratio, 2, 1e-12);
  EXPECT_NEAR(std::log(ratio.ci95.hi / ratio.ratio), 0.5, 1e-12);
  EXPECT_NEAR(std::log(ratio.ratio / ratio.ci95.lo), 0.5, 1e-12);
}

}  // namespace
}  // namespace sockbench
