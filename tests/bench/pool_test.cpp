// Several made-up runs as one result: which may be pooled, what moves, what contradicts.

#include "bench/judge/pool.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <stdexcept>

#include "bench/judge/significance.h"
#include "bench/report/reports.h"
#include "tests/bench/documents.h"
#include "tests/bench/schema_damage.h"
#include "tests/bench/synthetic.h"
#include "tests/bench/temporary_folder.h"
#include "tests/bench/texts.h"

namespace sockbench {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using test::kRemoved;

constexpr const char* kPoolSchema = "pool.schema.json";

/// epoll and select on a busy and an idle workload; select costs `factor` times epoll, each restart
/// 1 % more or less. `day` tells the runs apart.
ordered_json run_of(double factor, int day) {
  RunPlan plan;
  plan.suite = "made";
  plan.contestants = {test::contestant("epoll"), test::contestant("select")};
  plan.workloads = {{test::closed_loop(), 8, 4}, {test::idle(), 8, 1}};
  ordered_json run = to_json(test::record(
      plan, {{test::cell(8), test::cell(8, {.cpu_ns_per_request = 5'000 * factor}, 0.01)},
             {test::idle_cell(8, 0.001), test::idle_cell(8, 0.5)}}));
  run["started_at"] = "2026-11-" + std::to_string(10 + day) + "T00:00:00Z";
  run["plan"]["seed"] = day;
  return run;
}

std::vector<PoolRun> runs_of(const std::vector<ordered_json>& documents) {
  std::vector<PoolRun> runs;
  for (const ordered_json& run : documents) {
    runs.push_back(pool_run(run, "run" + std::to_string(runs.size() + 1)));
  }
  return runs;
}

Pool pool_of(const std::vector<double>& factors) {
  std::vector<ordered_json> documents;
  for (const double factor : factors) {
    documents.push_back(run_of(factor, static_cast<int>(documents.size())));
  }
  const std::vector<PoolRun> runs = runs_of(documents);
  EXPECT_EQ(pool_refusal(runs), "");
  return pool_runs(runs);
}

const PooledComparison& cpu_of(const Pool& pool) {
  for (const PooledComparison& comparison : pool.comparisons) {
    if (comparison.head == "select" && comparison.metric == test::kCpu) return comparison;
  }
  throw std::runtime_error("no comparison of select");
}

TEST(Pool, RunsThatAgree) {
  const Pool pool = pool_of({1.2, 1.2, 1.201, 1.199, 1.2, 1.2});
  const PooledComparison& cpu = cpu_of(pool);
  EXPECT_EQ(cpu.base, "epoll");
  EXPECT_EQ(cpu.effect.runs, 6U);
  EXPECT_NEAR(cpu.ratio, 1.2, 0.002);
  ASSERT_TRUE(cpu.ci95);
  EXPECT_GT(cpu.ci95->lo, 1.19);
  EXPECT_LT(cpu.ci95->hi, 1.21);
  EXPECT_EQ(cpu.verdict, Verdict::kSlower);
  EXPECT_EQ(cpu.moved, Movement::kNone);
  EXPECT_EQ(cpu.pairs.compared, 15U);
  EXPECT_EQ(cpu.pairs.disjoint, 0U);
  EXPECT_EQ(cpu.pairs.contradicting, 0U);
  EXPECT_LT(cpu.minimum_detectable_effect, 0.01);
  ASSERT_EQ(cpu.runs.size(), 6U);
  EXPECT_EQ(cpu.runs[2].run, 2U);
  EXPECT_EQ(cpu.runs[2].restarts, 8U);
  EXPECT_NEAR(cpu.runs[2].ratio, 1.201, 0.002);
}

// Each run is certain of its ratio to a half per cent; together they are not.
TEST(Pool, RunsThatDisagreeMoveAndWidenTheInterval) {
  const Pool pool = pool_of({1.05, 1.2, 1.45});
  const PooledComparison& cpu = cpu_of(pool);
  EXPECT_EQ(cpu.moved, Movement::kSignificant);
  EXPECT_NEAR(cpu.effect.heterogeneity.between_run_sd, 0.162, 0.01) << "of the logarithms";
  EXPECT_EQ(cpu.pairs.compared, 3U);
  EXPECT_EQ(cpu.pairs.disjoint, 3U);
  EXPECT_LT(cpu.ci95->lo, 1);
  EXPECT_EQ(cpu.verdict, Verdict::kInconclusive) << "every run alone says slower";
  EXPECT_EQ(cpu.pairs.contradicting, 0U);
  EXPECT_EQ(pool.pairs.disjoint, 3U) << "throughput and the rest agree";
  test::expect_parts(pool_text(pool), {"moved between runs", "busy/select server.cpu", "3 of "});
  test::expect_parts(pool_markdown(pool), {"## What moved between runs", "| < 0.001 |"});
}

TEST(Pool, RunsThatContradictEachOther) {
  const Pool pool = pool_of({0.9, 1.1, 1.1});
  const PooledComparison& cpu = cpu_of(pool);
  EXPECT_EQ(cpu.pairs.contradicting, 2U);
  EXPECT_EQ(pool.pairs.contradicting, 2U);
  EXPECT_EQ(cpu.verdict, Verdict::kInconclusive);
  test::expect_parts(pool_text(pool), {"contradicting pairs   2"});
}

TEST(Pool, CountsPairsByMetric) {
  const Pool pool = pool_of({1.05, 1.2, 1.2});
  RunPairs sum;
  bool has_cpu = false;
  for (const MetricPairs& metric : pool.pairs_by_metric) {
    sum.compared += metric.pairs.compared;
    sum.disjoint += metric.pairs.disjoint;
    if (metric.metric != test::kCpu) continue;
    has_cpu = true;
    EXPECT_EQ(metric.pairs.compared, 3U);
    EXPECT_EQ(metric.pairs.disjoint, 2U);
  }
  EXPECT_TRUE(has_cpu);
  EXPECT_EQ(sum.compared, pool.pairs.compared);
  EXPECT_EQ(sum.disjoint, pool.pairs.disjoint);
}

TEST(Pool, CorrectsForTheNumberOfComparisonsOnAMetric) {
  std::vector<ordered_json> documents = {run_of(1.2, 0), run_of(1.21, 1), run_of(1.19, 2)};
  for (ordered_json& document : documents) {
    for (ordered_json comparison : ordered_json(document["comparisons"])) {
      if (comparison["metric"] != test::kCpu) continue;
      comparison["head"] = "another";
      document["comparisons"].push_back(comparison);
    }
  }
  const Pool pool = pool_runs(runs_of(documents));
  int of_two = 0;
  for (const PooledComparison& each : pool.comparisons) {
    const double comparisons = each.metric == test::kCpu ? 2 : 1;
    of_two += each.metric == test::kCpu ? 1 : 0;
    EXPECT_DOUBLE_EQ(each.p_holm, std::min(1.0, comparisons * each.effect.p_value)) << each.metric;
  }
  EXPECT_EQ(of_two, 2);
}

/// The document of a second run, changed.
struct Refused {
  std::function<void(ordered_json&)> change;
  const char* named;
};

TEST(Pool, RefusesOtherPlansAndNamesTheFirstDifference) {
  const std::vector<Refused> cases = {
      {[](auto& run) { run["plan"]["suite"] = "full"; },
       "the suite is made in the first and full in the second"},
      {[](auto& run) { run["plan"]["reference"] = "select"; },
       "the reference is epoll in the first and select in the second"},
      {[](auto& run) { run["plan"]["margin"] = 0.05; },
       "the margin is 0.02 in the first and 0.05 in the second"},
      {[](auto& run) { run["contestants"].erase(1); }, "contestant 'select' is only in the first"},
      {[](auto& run) { run["workloads"].erase(1); }, "workload 'idle' is only in the first"},
      {[](auto& run) { run["contestants"][0]["options"]["backlog"] = 7; },
       "option 'backlog' of contestant 'epoll' is not set in the first and 7 in the second"},
      {[](auto& run) { run["workloads"][0]["connections"] = 128; },
       "'connections' of workload 'busy' is 64 in the first and 128 in the second"},
      {[](auto& run) { run["workloads"][0]["hold_ns"] = 5; },
       "'hold_ns' of workload 'busy' is not set in the first and 5 in the second"},
      {[](auto& run) { run["plan"]["interrupted"] = true; }, "'run2' was interrupted"},
      {[](auto& run) { run = run_of(1.2, 0); }, "'run2' is the same run as 'run1'"},
  };
  for (const Refused& test : cases) {
    std::vector<ordered_json> documents = {run_of(1.2, 0), run_of(1.2, 1)};
    documents[0]["duration_s"] = 5;
    test.change(documents[1]);
    documents[1]["duration_s"] = 5;
    const std::string sentence = pool_refusal(runs_of(documents));
    EXPECT_NE(sentence.find(test.named), std::string::npos) << sentence;
    EXPECT_NE(sentence.find("'run2'"), std::string::npos) << sentence;
  }
}

TEST(Pool, SeedsMachinesAndDescriptionsMayDiffer) {
  std::vector<ordered_json> documents = {run_of(1.2, 0), run_of(1.2, 1)};
  documents[1]["environment"]["cpu_model"] = "another";
  documents[1]["sockbench"]["git_commit"] = "0123456789ab";
  documents[1]["workloads"][0]["description"] = "Said otherwise.";
  documents[1]["workloads"][0]["hold_ns"] = 0;  // not used, as where the key is absent
  const std::vector<PoolRun> runs = runs_of(documents);
  EXPECT_EQ(pool_refusal(runs), "");
  EXPECT_EQ(runs[1].git_commit, "0123456789ab");
}

TEST(Pool, NeedsTwoRuns) {
  EXPECT_EQ(pool_refusal(runs_of({run_of(1.2, 0)})),
            "A pool needs at least two runs; 1 was given.");
  EXPECT_NE(pool_refusal({}), "");
}

TEST(Pool, ACellThatIsNotValidInEveryRun) {
  std::vector<ordered_json> documents = {run_of(1.2, 0), run_of(1.2, 1), run_of(1.2, 2)};
  for (ordered_json& cell : documents[1]["cells"]) {
    if (cell["contestant"] == "select" && cell["workload"] == "busy") {
      cell["validity"] = {{"status", "unstable"}, {"reasons", {"made"}}};
      cell.erase("eligibility");
    }
  }
  auto& comparisons = documents[1]["comparisons"];
  for (std::size_t i = comparisons.size(); i-- > 0;) {
    if (comparisons[i]["head"] == "select") comparisons.erase(i);
  }
  const Pool pool = pool_runs(runs_of(documents));
  EXPECT_EQ(cpu_of(pool).effect.runs, 2U);
  EXPECT_EQ(cpu_of(pool).pairs.compared, 1U);
  bool found = false;
  for (const PooledCell& cell : pool.cells) {
    if (cell.contestant != "select" || cell.workload != "busy") continue;
    found = true;
    EXPECT_EQ(cell.valid_runs, 2U);
    EXPECT_EQ(cell.validity[1], Validity::kUnstable);
    ASSERT_FALSE(cell.figures.empty());
    EXPECT_EQ(cell.figures[0].metric, test::kCpu);
    EXPECT_EQ(cell.figures[0].runs, 2U);
    EXPECT_NEAR(cell.figures[0].median, 6'000, 20);
  }
  EXPECT_TRUE(found);
  test::expect_parts(pool_markdown(pool), {"(2 of 3)"});
}

TEST(Pool, AbsoluteFiguresHaveMedianAndRange) {
  const Pool pool = pool_of({1.0, 1.4, 1.2});
  for (const PooledCell& cell : pool.cells) {
    if (cell.contestant != "select" || cell.workload != "busy") continue;
    EXPECT_NEAR(cell.figures[0].median, 6'000, 20);
    EXPECT_NEAR(cell.figures[0].range.lo, 5'000, 20);
    EXPECT_NEAR(cell.figures[0].range.hi, 7'000, 20);
    return;
  }
  FAIL() << "no cell of select";
}

struct ClaimCase {
  std::vector<const char*> verdicts;  ///< of the runs; empty: the run does not mention the claim
  PooledClaimVerdict verdict;
  std::array<std::size_t, 4> counts;
};

TEST(PooledClaims, HoldInEveryRunOrDependOnTheMachine) {
  using Verdict = PooledClaimVerdict;
  const std::vector<ClaimCase> cases = {
      {{"confirmed", "confirmed", "confirmed"}, Verdict::kConfirmed, {3, 0, 0, 0}},
      {{"refuted", "refuted"}, Verdict::kRefuted, {0, 2, 0, 0}},
      {{"confirmed", "refuted"}, Verdict::kDependsOnMachine, {1, 1, 0, 0}},
      {{"confirmed", "refuted", "inconclusive"}, Verdict::kDependsOnMachine, {1, 1, 1, 0}},
      {{"confirmed", "inconclusive"}, Verdict::kInconclusive, {1, 0, 1, 0}},
      {{"confirmed", "not_tested"}, Verdict::kConfirmed, {1, 0, 0, 1}},
      {{"confirmed", ""}, Verdict::kConfirmed, {1, 0, 0, 1}},
      {{"not_tested", ""}, Verdict::kNotTested, {0, 0, 0, 2}},
  };
  for (const ClaimCase& test : cases) {
    std::vector<ordered_json> documents;
    for (const char* verdict : test.verdicts) {
      ordered_json run = run_of(1.2, static_cast<int>(documents.size()));
      const double value = 1.5 + 0.5 * static_cast<double>(documents.size());
      run["claims"] = ordered_json::array();
      if (*verdict != 0) {
        run["claims"].push_back({{"id", "made"},
                                 {"statement", "Made."},
                                 {"verdict", verdict},
                                 {"evidence",
                                  {{{"cell", "busy/select ÷ busy/epoll"},
                                    {"metric", test::kCpu},
                                    {"value", value},
                                    {"ci95", nullptr},
                                    {"unit", "times"}}}},
                                 {"text", "Said."}});
      }
      documents.push_back(run);
    }
    const Pool pool = pool_runs(runs_of(documents));
    ASSERT_EQ(pool.claims.size(), std::string(test.verdicts[0]).empty() ? 0U : 1U);
    const PooledClaim& claim = pool.claims.front();
    EXPECT_EQ(claim.verdict, test.verdict) << to_text(claim.verdict);
    EXPECT_EQ(claim.counts, test.counts);
    ASSERT_EQ(claim.figures.size(), 1U);
    EXPECT_EQ(claim.figures[0].range.lo, 1.5);
    EXPECT_EQ(claim.figures[0].range.hi, 1 + 0.5 * static_cast<double>(claim.figures[0].runs));
    if (test.verdict == Verdict::kDependsOnMachine) {
      test::expect_parts(pool_markdown(pool), {"*depends on the machine*", "1.50 to 2"});
    }
  }
}

TEST(PoolPages, TheTableHasEveryContestantAndWorkload) {
  const std::string page = pool_markdown(pool_of({1.2, 1.2, 1.2, 1.2, 1.2}));
  test::expect_parts(page,
                     {"# 5 runs of suite made, pooled", "| model | `busy` |\n", "| `epoll` | 1 |\n",
                      "| `select` | **1.20 ±0.0", "No comparison moved"});
  EXPECT_EQ(page.find("nan"), std::string::npos) << page;
}

TEST(PoolInput, ReadsDirectoriesAndFiles) {
  const test::TemporaryFolder folder;
  const std::string file = folder.write("a/run.json", run_of(1.2, 0).dump());
  folder.write("b/run.json", run_of(1.3, 1).dump());
  folder.write("other/note.txt", "no run");
  const std::string place = folder.path().string();
  EXPECT_EQ(read_pool_runs({file, place + "/b"}).size(), 2U);
  const auto mistake = [](const std::vector<std::string>& paths) {
    return test::mistake_of([&] { read_pool_runs(paths); });
  };
  EXPECT_NE(mistake({file}).find("at least two runs"), std::string::npos);
  EXPECT_NE(mistake({file, place + "/other"}).find("holds no run.json"), std::string::npos);
  EXPECT_NE(mistake({file, place + "/missing"}).find("missing"), std::string::npos);
  EXPECT_NE(mistake({file, place + "/a"}).find("is the same run as"), std::string::npos);
  ordered_json old = run_of(1.2, 2);
  for (ordered_json& comparison : old["comparisons"]) comparison.erase("per_restart");
  folder.write("old/run.json", old.dump());
  EXPECT_NE(mistake({file, place + "/old"}).find("no ratio of every restart"), std::string::npos);
}

const json& valid_pool() {
  static const json pool = [] {
    ordered_json document = to_json(pool_of({1.2, 1.25, 1.22}));
    document["claims"] = {
        {{"id", "made"},
         {"statement", "Made."},
         {"verdict", "depends_on_machine"},
         {"counts", {{"confirmed", 1}, {"refuted", 1}, {"inconclusive", 0}, {"not_tested", 1}}},
         {"figures", ordered_json::array()}}};
    return json(document);
  }();
  return pool;
}

TEST(PoolSchema, AcceptsAPool) {
  EXPECT_EQ(test::violations_of(valid_pool(), kPoolSchema), "");
  const Pool pool = pool_of({1.2, 1.2});
  const std::string text = one_element_a_line(to_json(pool));
  EXPECT_EQ(json::parse(text), json(to_json(pool))) << "short, and still the same document";
}

TEST(PoolSchema, RejectsDamage) {
  const std::vector<test::Damage> cases = {
      {"/kind", "run", "kind"},
      {"/schema_version", 2, "schema_version"},
      {"/plan/margin", 0, "margin"},
      {"/runs/0/seed", -1, "seed"},
      {"/runs/0/environment", kRemoved, "environment"},
      {"/runs", json::array(), "runs"},
      {"/comparisons/0/verdict", "better", "verdict"},
      {"/comparisons/0/ci95", {1}, "ci95"},
      {"/comparisons/0/moved", "much", "moved"},
      {"/comparisons/0/heterogeneity/q", kRemoved, "q"},
      {"/comparisons/0/heterogeneity/i_squared", 2, "i_squared"},
      {"/comparisons/0/pairs/disjoint", 0.5, "disjoint"},
      {"/comparisons/0/per_run/0/run", kRemoved, "run"},
      {"/reproducibility/contradicting", kRemoved, "contradicting"},
      {"/cells/0/validity/per_run/0", "fine", "per_run"},
      {"/cells/0/figures/server.cpu_ns_per_request/range", {1}, "range"},
      {"/claims/0/verdict", "both", "verdict"},
      {"/claims/0/counts/refuted", kRemoved, "refuted"},
      {"/extra", true, "extra"},
  };
  test::expect_named(valid_pool(), kPoolSchema, cases);
}

}  // namespace
}  // namespace sockbench
