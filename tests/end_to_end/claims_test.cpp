// `sockbench claims` and `sockbench run --claim`, as a user calls them.

#include <gtest/gtest.h>

#include <algorithm>

#include "common/error.h"
#include "tests/end_to_end/sandbox.h"

namespace sockbench::test {
namespace {

using nlohmann::ordered_json;

constexpr const char* kReference = SOCKBENCH_SOURCE_DIR "/results/reference/run.json";

/// A claim about select and blocking in the workload "solo", which takes a moment.
void add_claim(Sandbox& sandbox, const std::string& id, const std::string& workload) {
  const ordered_json check = {{"name", "starvation"}, {"kind", "starved"},
                              {"model", "select"},    {"workload", workload},
                              {"below", 0},           {"text", "It left {value}; {needs}."}};
  sandbox.folder().write("data/claims/" + id + ".json",
                         ordered_json({{"id", id},
                                       {"statement", "Select starves nobody."},
                                       {"combine", "agree"},
                                       {"checks", {check}}})
                             .dump());
}

TEST(Claims, SingleOperationsAreMeasuredByTheSameCommand) {
  Sandbox sandbox;
  sandbox.folder().write("data/claims/cheap.json",
                         ordered_json({{"id", "cheap"},
                                       {"statement", "A message is seldom as long as a send."},
                                       {"combine", "agree"},
                                       {"checks",
                                        {{{"name", "cost"},
                                          {"kind", "micro_ratio"},
                                          {"model", "send/64"},
                                          {"base", "own/session_step/64"},
                                          {"above", 2},
                                          {"text", "It took {value}; {needs}."}}}}})
                             .dump());
  const Outcome outcome = run_to_end(sandbox.run({"--claim", "cheap"}));
  ASSERT_EQ(outcome.status, kExitOk) << outcome.err;
  EXPECT_NE(outcome.out.find("CONFIRMED  cheap"), std::string::npos) << outcome.out;
  EXPECT_TRUE(sandbox.result_is_valid());
  EXPECT_EQ(sandbox.result()["claims"][0]["verdict"], "confirmed");
  EXPECT_TRUE(sandbox.result()["cells"].empty()) << "nobody was put under load";
}

TEST(Claims, ARunForAClaimMeasuresWhatItNeedsAndDecidesIt) {
  Sandbox sandbox;
  sandbox.add_workload("solo", {});
  add_claim(sandbox, "fair", "solo");
  const Outcome outcome = run_to_end(sandbox.run({"--claim", "fair"}));
  ASSERT_EQ(outcome.status, kExitOk) << outcome.err;
  EXPECT_NE(outcome.out.find("CONFIRMED  fair"), std::string::npos) << outcome.out;
  EXPECT_TRUE(sandbox.result_is_valid());
  const ordered_json run = sandbox.result();
  ASSERT_EQ(run["contestants"].size(), 1U);
  EXPECT_EQ(run["contestants"][0]["name"], "select");
  ASSERT_EQ(run["workloads"].size(), 1U);
  EXPECT_EQ(run["workloads"][0]["name"], "solo");
  ASSERT_EQ(run["claims"].size(), 1U);
  EXPECT_EQ(run["claims"][0]["verdict"], "confirmed");
  EXPECT_EQ(run["claims"][0]["evidence"][0]["cell"], "solo/select");

  const Outcome told = run_to_end(sandbox.sockbench({"claims", sandbox.path("out/run.json")}));
  EXPECT_EQ(told.status, kExitOk) << told.err;
  EXPECT_NE(told.out.find("1 confirmed, 0 refuted, 0 inconclusive, 0 not tested"),
            std::string::npos)
      << told.out;
  const Outcome page =
      run_to_end(sandbox.sockbench({"report-md", sandbox.path("out/run.json").string()}));
  EXPECT_NE(page.out.find("| fair | Select starves nobody. | confirmed |"), std::string::npos);
}

TEST(Claims, ARunJudgesByMicroBenchmarksToo) {
  Sandbox sandbox;
  sandbox.add_workload("solo", {});
  const ordered_json check = {
      {"name", "dear"},         {"kind", "micro_ratio"},
      {"model", "recv/eagain"}, {"base", "recv/data/64"},
      {"below", 0.5},           {"text", "It costs {value} times as much; {needs}."}};
  sandbox.folder().write("data/claims/cheap.json", ordered_json({{"id", "cheap"},
                                                                 {"statement", "It is cheap."},
                                                                 {"combine", "agree"},
                                                                 {"checks", {check}}})
                                                       .dump());
  std::vector<ordered_json> costs;
  for (const auto& [name, ns] : {std::pair("recv/eagain", 100.0), {"recv/data/64", 1000.0}}) {
    const ordered_json repetition = {
        {"name", name},    {"run_name", name}, {"run_type", "iteration"}, {"iterations", 1000},
        {"real_time", ns}, {"cpu_time", 1},    {"time_unit", "ns"}};
    costs.insert(costs.end(), 3, repetition);
  }
  const std::string micro = sandbox.folder().write(
      "micro.json",
      ordered_json({{"context", ordered_json::object()}, {"benchmarks", costs}}).dump());
  const std::vector<std::string> run = {"--models", "epoll", "--workloads", "solo"};
  ASSERT_EQ(run_to_end(sandbox.run(run)).status, kExitOk);
  EXPECT_EQ(sandbox.result()["claims"][0]["verdict"], "not_tested");
  std::vector<std::string> with_costs = run;
  with_costs.insert(with_costs.end(), {"--micro", micro});
  const Outcome outcome = run_to_end(sandbox.run(with_costs));
  ASSERT_EQ(outcome.status, kExitOk) << outcome.err;
  EXPECT_EQ(sandbox.result()["claims"][0]["verdict"], "confirmed");
  with_costs.back() = "/no/such/file";
  EXPECT_EQ(run_to_end(sandbox.run(with_costs)).status, kExitUsage);
}

TEST(Claims, JsonHasTheContractsKeys) {
  const Sandbox sandbox;
  const Outcome outcome = run_to_end({SOCKBENCH_PROGRAMS "/sockbench", "claims", kReference, "--id",
                                      "select-extra-syscall", "--json"});
  ASSERT_EQ(outcome.status, kExitOk) << outcome.err;
  const ordered_json claims = ordered_json::parse(outcome.out);
  ASSERT_EQ(claims.size(), 1U);
  for (const char* key : {"id", "statement", "verdict", "evidence", "text"}) {
    EXPECT_TRUE(claims[0].contains(key)) << key;
  }
}

TEST(Claims, MistakesAreOneSentence) {
  Sandbox sandbox;
  add_claim(sandbox, "fair", "duo");
  add_claim(sandbox, "far", "nowhere");
  sandbox.folder().write("broken.json", "{");
  sandbox.folder().write("empty.json", "{}");
  const std::vector<Mistake> mistakes = {
      {{"claims"}, "run.json"},
      {{"claims", "/none/run.json"}, "/none/run.json"},
      {{"claims", sandbox.path("broken.json")}, "broken.json' is not JSON"},
      {{"claims", sandbox.path("empty.json")}, "empty.json' is not a valid run"},
      {{"claims", kReference, "--id", "fairy"}, "'fair'"},
      {{"claims", kReference, "--micro", sandbox.path("empty.json")}, "empty.json"},
      {{"run", "--suite", "tiny", "--claim", "fairs", "--out", sandbox.path("out")}, "'fair'"},
      {{"run", "--suite", "tiny", "--claim", "far", "--out", sandbox.path("out")}, "'nowhere'"},
  };
  for (const Mistake& mistake : mistakes) {
    const Outcome outcome = run_to_end(sandbox.sockbench(mistake.arguments));
    EXPECT_EQ(outcome.status, kExitUsage) << mistake.named;
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    EXPECT_NE(outcome.err.find(mistake.named), std::string::npos) << outcome.err;
    EXPECT_EQ(outcome.out, "") << mistake.named;
  }
}

}  // namespace
}  // namespace sockbench::test
