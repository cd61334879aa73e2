// Advice, break-even points and the cost model in a whole run: its schema and its pages.

#include <gtest/gtest.h>

#include "bench/document/validate.h"
#include "bench/judge/conclude.h"
#include "bench/judge/judged_run.h"
#include "bench/report/reports.h"
#include "common/error.h"
#include "tests/bench/documents.h"
#include "tests/bench/schema_damage.h"
#include "tests/bench/synthetic.h"
#include "tests/bench/synthetic_run.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;
using test::SyntheticRun;

std::string faults_in(const ordered_json& run) {
  return test::violations_of(run, "run.schema.json");
}

/// Two models whose order changes between 10 and 100 connections, with counts.
ordered_json small_run() {
  SyntheticRun made({"epoll", "poll"});
  int connections = 1;
  for (const double ratio : {0.8, 1.25, 1.5}) {
    made.add_workload("scaling-" + std::to_string(connections), connections);
    made.cpu("epoll", 5000);
    made.cpu("poll", 5000 * ratio);
    for (const char* name : {"epoll", "poll"}) {
      ordered_json& server = made.cell(name)["server"];
      server["syscalls_per_request"] = {{"total", 1}, {"by_name", {{"sendto", 1.0}}}};
      server["context_switches_per_request"] = {{"total", 0}};
    }
    connections *= 8;
  }
  add_conclusions(made.run);
  MicroCosts costs;
  costs["send/64"] = {1000, 900, 1100, 15, ""};
  made.run["cost_model"] = predict_costs(made.run, costs, read_rules("cost_model.json"));
  return made.run;
}

/// A whole run with the conclusions of small_run().
ordered_json whole_run() {
  ordered_json run = to_json(test::full_record());
  const ordered_json conclusions = small_run();
  for (const char* key : {"advice", "break_even", "cost_model"}) run[key] = conclusions[key];
  return run;
}

TEST(Conclusions, TheSchemaKnowsThem) {
  ordered_json run = to_json(test::full_record());
  add_conclusions(run);
  EXPECT_EQ(faults_in(run), "");
  EXPECT_FALSE(run["advice"].empty());
  const ordered_json whole = whole_run();
  EXPECT_EQ(faults_in(whole), "");
  EXPECT_FALSE(whole["break_even"].empty());
  EXPECT_FALSE(whole["cost_model"].empty());
  for (const char* place : {"/advice/0/winner", "/break_even/0/outcome", "/cost_model/0/missing"}) {
    ordered_json damaged = whole;
    damaged[ordered_json::json_pointer(place)] = 3;
    EXPECT_NE(faults_in(damaged), "") << place;
  }
}

TEST(Conclusions, OnTheTerminal) {
  const ordered_json run = small_run();
  const std::string text = advice_text(run);
  EXPECT_NE(text.find("poll against epoll over connections: poll below "), std::string::npos)
      << text;
  EXPECT_NE(text.find("This run has none of the workloads that decide it (churn)\n"),
            std::string::npos)
      << text;
  const std::string costs = cost_model_text(run);
  EXPECT_NE(costs.find("at least 1.00 µs"), std::string::npos) << costs;
  EXPECT_NE(costs.find("80 %  without the cost of own/session_step/64"), std::string::npos)
      << costs;
}

TEST(Conclusions, InTheReport) {
  const std::string page = report_markdown(whole_run());
  for (const char* section :
       {"## Which model when\n", "## Break-even points\n", "## Predicted and measured cost\n"}) {
    EXPECT_NE(page.find(section), std::string::npos) << section;
  }
  const std::string plain = report_markdown(to_json(test::full_record()));
  EXPECT_EQ(plain.find("## Which model when"), std::string::npos) << "an older run has none";
}

TEST(Conclusions, HostileNamesBreakNoTable) {
  ordered_json run = whole_run();
  run["advice"][0]["winner"] = "a|b\n<script>";
  run["advice"][0]["against"] = {"x|y"};
  run["break_even"][0]["a"] = "|";
  run["cost_model"][0]["missing"] = {"<b>|"};
  const std::string page = conclusions_markdown(run);
  EXPECT_EQ(page.find('<'), std::string::npos);
  EXPECT_EQ(page.find("a|b"), std::string::npos);
  EXPECT_EQ(page.find("x|y"), std::string::npos);
}

TEST(Conclusions, RulesThatAreMissingAreAUsageError) {
  EXPECT_THROW(read_rules("nothing.json"), UsageError);
}

}  // namespace
}  // namespace sockbench
