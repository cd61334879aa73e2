// The A/A control: what is said of it, and when it warns.

#include <gtest/gtest.h>

#include "bench/judge/judged_run.h"
#include "bench/report/reports.h"
#include "tests/bench/documents.h"
#include "tests/bench/synthetic.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;
using test::cell;
using test::kCpu;

using Lines = std::vector<std::string>;

/// epoll, poll and the control, whose CPU per request is `cpu_ns`.
ordered_json run_with(double cpu_ns, int restarts = 8) {
  RunPlan plan;
  plan.suite = "made";
  plan.contestants = {test::contestant("epoll"), test::contestant("poll"),
                      test::contestant("epoll#2")};
  plan.control = 2;
  Workload workload = test::closed_loop();
  workload.metrics = {kCpu};
  plan.workloads = {{workload, restarts, 4}};
  return to_json(test::record(plan, {{cell(restarts), cell(restarts, {.cpu_ns_per_request = 6'000}),
                                      cell(restarts, {.cpu_ns_per_request = cpu_ns}, 0.002)}}));
}

TEST(Control, IsOneLine) {
  const ordered_json run = run_with(5'010);
  EXPECT_EQ(run["plan"]["control"], "epoll#2");
  EXPECT_EQ(run["control"]["comparisons"], 1);
  EXPECT_NEAR(run["control"]["largest_deviation"].get<double>(), 0.002, 1e-4);
  EXPECT_EQ(control_lines(run),
            Lines{"A/A control: epoll against itself, 1 comparison, largest |ratio - 1| 0.2 %, 1 "
                  "interval excludes 1, no verdict."});
  EXPECT_EQ(run["comparisons"][1]["head"], "epoll#2") << "an ordinary comparison";
}

TEST(Control, ThatDiffersFromItselfIsAWarning) {
  const ordered_json run = run_with(5'500);
  EXPECT_EQ(run["control"]["verdicts"], 1);
  const Lines lines = control_lines(run);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_NE(lines[0].find("1 verdict."), std::string::npos) << lines[0];
  EXPECT_EQ(lines[1], "Warning: the control differs from itself: do not trust this run.");
  EXPECT_NE(report_markdown(run).find("**Warning: the control differs from itself"),
            std::string::npos);
}

TEST(Control, WithTooFewRestartsHasNoVerdict) {
  const ordered_json run = run_with(5'500, 4);
  EXPECT_EQ(run["control"]["verdicts"], 0);
  EXPECT_EQ(run["control"]["intervals_excluding_1"], 1);
  EXPECT_EQ(control_lines(run).size(), 1U);
}

TEST(Control, IsNoRowOfTheReport) {
  const std::string page = report_markdown(run_with(5'010));
  EXPECT_EQ(page.find("| epoll#2"), std::string::npos);
  EXPECT_NE(page.find("| poll"), std::string::npos);
  EXPECT_NE(page.find("- A/A control: epoll against itself"), std::string::npos);
}

TEST(Control, MayBeNone) {
  EXPECT_TRUE(control_lines(test::full_run()).empty());
  EXPECT_EQ(test::full_run()["control"], nullptr);
  EXPECT_EQ(test::full_run()["plan"]["control"], nullptr);
  EXPECT_TRUE(control_lines(ordered_json::object()).empty()) << "a run of an earlier version";
}

}  // namespace
}  // namespace sockbench
