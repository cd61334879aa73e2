// Which figures of a cell count, and that whoever reads a run.json gets the same answer.

#include "bench/judge/eligibility.h"

#include <gtest/gtest.h>

#include "common/error.h"
#include "tests/bench/documents.h"
#include "tests/bench/synthetic.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;
using test::kCpu;

constexpr const char* kP99 = "response_time_ns.p99";

Judgement judgement(Validity validity, Limiter limiter = Limiter::kServer) {
  Judgement result;
  result.validity = validity;
  if (validity != Validity::kValid) result.reasons = {"because"};
  result.limiter = limiter;
  return result;
}

TEST(Eligible, ByStatusAndFigure) {
  struct Row {
    Validity validity;
    bool server, throughput, percentile;
  };
  using enum Validity;
  for (const Row& row :
       {Row{kValid, true, true, true}, Row{kGeneratorBound, true, false, false},
        Row{kSaturated, false, false, false}, Row{kModelLimit, false, false, false},
        Row{kUnstable, false, false, false}, Row{kFailed, false, false, false}}) {
    const Judgement cell = judgement(row.validity);
    const char* status = to_text(row.validity);
    EXPECT_EQ(eligible(cell, kCpu).eligible, row.server) << status;
    EXPECT_EQ(eligible(cell, "server.cpu_utilisation").eligible, row.server) << status;
    EXPECT_EQ(eligible(cell, "achieved_rps").eligible, row.throughput) << status;
    EXPECT_EQ(eligible(cell, kP99).eligible, row.percentile) << status;
    EXPECT_EQ(eligible(cell, kP99).reason, row.percentile ? "" : std::string(status) + ": because");
  }
  EXPECT_EQ(eligible(judgement(kValid), kCpu).reason, "");
}

TEST(Eligible, ThroughputOnlyWhereTheServerSetThePace) {
  for (const auto& [limiter, name] :
       {std::pair(Limiter::kNeither, "neither"), std::pair(Limiter::kGenerator, "generator")}) {
    const Judgement cell = judgement(Validity::kValid, limiter);
    EXPECT_EQ(eligible(cell, "achieved_rps").reason,
              std::string("the server did not set the pace (limiter: ") + name + ")");
    EXPECT_TRUE(eligible(cell, kCpu).eligible);
    EXPECT_TRUE(eligible(cell, kP99).eligible);
    EXPECT_TRUE(eligible(cell, "achieved_rps", {{name}}).eligible) << "where a claim accepts it";
  }
}

TEST(Eligible, NothingOfADisturbedCell) {
  Judgement cell = judgement(Validity::kValid);
  cell.slices = 40;
  cell.disturbed_slices = 10;
  EXPECT_TRUE(eligible(cell, kCpu).eligible) << "a quarter is not more than a quarter";
  cell.disturbed_slices = 11;
  for (const char* metric : {kCpu, "achieved_rps", kP99}) {
    EXPECT_EQ(eligible(cell, metric).reason, "the machine was disturbed in 11 of 40 slices");
    EXPECT_FALSE(eligible(cell, metric, for_knee()).eligible);
  }
  cell.validity = Validity::kModelLimit;
  EXPECT_FALSE(eligible(cell, kCpu, {{"model_limit"}}).eligible) << "no status excuses it";
}

TEST(Eligible, APurposeMayAcceptAStatus) {
  using enum Validity;
  const FigurePurpose purpose{{"model_limit"}};
  EXPECT_TRUE(eligible(judgement(kModelLimit, Limiter::kNeither), "achieved_rps", purpose).eligible)
      << "then the limiter does not matter";
  EXPECT_FALSE(eligible(judgement(kSaturated), kCpu, purpose).eligible);
  EXPECT_TRUE(eligible(judgement(kGeneratorBound), kP99, for_knee()).eligible);
  EXPECT_TRUE(eligible(judgement(kSaturated), kP99, for_knee()).eligible);
  EXPECT_FALSE(eligible(judgement(kUnstable), kP99, for_knee()).eligible);
  EXPECT_FALSE(eligible(judgement(kFailed), kP99, for_knee()).eligible);
}

ordered_json cell_json(const std::string& status, const std::string& limiter) {
  return {{"limiter", limiter}, {"validity", {{"status", status}, {"reasons", {"because"}}}}};
}

TEST(EligibleInRun, IsDerivedFromARunOfAnEarlierVersion) {
  EXPECT_TRUE(eligible_in_run(cell_json("valid", "server"), "achieved_rps").eligible);
  EXPECT_FALSE(eligible_in_run(cell_json("valid", "neither"), "achieved_rps").eligible);
  EXPECT_TRUE(eligible_in_run(cell_json("generator_bound", "generator"), kCpu).eligible);
  EXPECT_EQ(eligible_in_run(cell_json("unstable", "server"), kCpu).reason, "unstable: because");
  EXPECT_THROW(eligible_in_run(cell_json("a status of a later version", "server"), kCpu),
               UsageError);
  ordered_json disturbed = cell_json("valid", "server");
  disturbed["slices"] = {{"count", 8}, {"disturbed", 3}};
  EXPECT_FALSE(eligible_in_run(disturbed, kCpu).eligible);
}

TEST(EligibleInRun, TheRunHasTheLastWord) {
  ordered_json cell = cell_json("valid", "server");
  cell["eligibility"] = {{kCpu, {{"eligible", false}, {"reason", "said so"}}},
                         {kP99, {{"eligible", true}}}};
  EXPECT_EQ(eligible_in_run(cell, kCpu).reason, "said so");
  EXPECT_TRUE(eligible_in_run(cell, "burst_ns").eligible) << "derived: it is not in the list";
  cell["validity"]["status"] = "unstable";
  EXPECT_TRUE(eligible_in_run(cell, kP99).eligible);
  EXPECT_FALSE(eligible_in_run(cell, "burst_ns").eligible);
  EXPECT_TRUE(eligible_in_run(cell, kCpu, {{"unstable"}}).eligible) << "a purpose asks anew";
}

TEST(EligibleInRun, AWrittenRunAnswersAsTheRuleDoes) {
  const ordered_json& run = test::full_run();
  int refused = 0;
  for (ordered_json cell : run["cells"]) {
    const ordered_json block = cell["eligibility"];
    for (const char* metric :
         {kCpu, "achieved_rps", "server.cpu_utilisation", kP99, "response_time_ns.p50",
          "response_time_ns.p90", "response_time_ns.p99_9"}) {
      ASSERT_TRUE(block.contains(metric)) << metric;
    }
    cell.erase("eligibility");
    for (const auto& [metric, answer] : block.items()) {
      const Eligibility derived = eligible_in_run(cell, metric);
      EXPECT_EQ(answer["eligible"], derived.eligible) << cell["contestant"] << " " << metric;
      EXPECT_EQ(answer.value("reason", ""), derived.reason);
      refused += derived.eligible ? 0 : 1;
    }
  }
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace sockbench
