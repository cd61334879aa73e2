// The cost model: exact sums, interpolated costs, and costs that are missing.

#include <gtest/gtest.h>

#include "bench/judge/conclude.h"
#include "bench/report/reports.h"
#include "tests/bench/documents.h"
#include "tests/bench/synthetic_run.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;
using test::SyntheticRun;

MicroCosts costs_of(const std::map<std::string, double>& medians) {
  MicroCosts costs;
  for (const auto& [name, ns] : medians) costs[name] = {ns, ns * 0.9, ns * 1.1, 15, ""};
  return costs;
}

const std::map<std::string, double> kMedians = {{"recv/data/64", 300},
                                                {"recv/eagain", 100},
                                                {"send/64", 1000},
                                                {"epoll_wait/descriptors:1/ready:1", 200},
                                                {"epoll_wait/descriptors:64/ready:1", 210},
                                                {"epoll_wait/descriptors:64/ready:64", 840},
                                                {"epoll_wait/descriptors:512/ready:1", 250},
                                                {"epoll_wait/descriptors:512/ready:64", 900},
                                                {"io_uring_enter/nop/batch:1", 150},
                                                {"io_uring_enter/recv/batch:1", 400},
                                                {"io_uring_enter/recv/batch:16", 250},
                                                {"io_uring_enter/send/batch:1", 1100},
                                                {"io_uring_enter/send/batch:16", 950},
                                                {"switch/thread_futex", 1500},
                                                {"switch/process_pipe", 2500},
                                                {"own/session_step/64", 40}};

/// epoll alone in pingpong, with these calls and switches per request, measured at 5,000 ns.
SyntheticRun one_cell(const ordered_json& calls, double switches, int connections = 1) {
  SyntheticRun made({"epoll"});
  made.add_workload("pingpong", connections);
  made.cpu("epoll", 5000, 0);
  ordered_json& server = made.cell("epoll")["server"];
  server["syscalls_per_request"] = {{"total", 0}, {"by_name", calls}};
  server["context_switches_per_request"] = {{"total", switches}};
  return made;
}

ordered_json predict(const SyntheticRun& made, const MicroCosts& costs = costs_of(kMedians)) {
  const ordered_json list = predict_costs(made.run, costs, read_rules("cost_model.json"));
  EXPECT_EQ(list.size(), 1U);
  return list.front();
}

TEST(CostModel, TheExactSum) {
  const ordered_json result =
      predict(one_cell({{"epoll_wait", 1.0}, {"recvfrom", 2.0}, {"sendto", 1.0}}, 1.0));
  EXPECT_DOUBLE_EQ(result["predicted_ns"].get<double>(), 200 + 300 + 100 + 1000 + 1500 + 40);
  EXPECT_DOUBLE_EQ(result["measured_ns"].get<double>(), 5000);
  EXPECT_DOUBLE_EQ(result["unexplained_ns"].get<double>(), 5000 - 3140);
  EXPECT_DOUBLE_EQ(result["unexplained_share"].get<double>(), 1860.0 / 5000);
  EXPECT_TRUE(result["missing"].empty());
  EXPECT_TRUE(result["reason"].is_null());
  const ordered_json expected = {{"count", 1.0}, {"cost_ns", 100.0}, {"ns", 100.0}};
  EXPECT_EQ(result["parts"]["recvfrom, nothing there"], expected);
}

TEST(CostModel, OneWakeUpForManyRequests) {
  // A quarter of a call each: four requests per wake-up.
  const ordered_json at_64 = predict(one_cell({{"epoll_wait", 0.25}}, 0, 64));
  EXPECT_DOUBLE_EQ(at_64["parts"]["epoll_wait"]["cost_ns"].get<double>(), 210 + 3.0 / 63 * 630);
  const ordered_json between = predict(one_cell({{"epoll_wait", 1.0}}, 0, 288));
  EXPECT_DOUBLE_EQ(between["parts"]["epoll_wait"]["cost_ns"].get<double>(), 230);
  const ordered_json beyond = predict(one_cell({{"epoll_wait", 1.0}}, 0, 520));
  EXPECT_DOUBLE_EQ(beyond["parts"]["epoll_wait"]["cost_ns"].get<double>(), 250);
}

TEST(CostModel, MoreDescriptorsThanWereMeasured) {
  const ordered_json result = predict(one_cell({{"epoll_wait", 1.0}, {"sendto", 1.0}}, 0, 1000));
  EXPECT_EQ(result["missing"], ordered_json({"epoll_wait/descriptors:1000/ready:1"}));
  EXPECT_FALSE(result["parts"].contains("epoll_wait"));
  EXPECT_DOUBLE_EQ(result["predicted_ns"].get<double>(), 1040) << "what is known";
}

TEST(CostModel, AMissingCostIsSaid) {
  MicroCosts costs = costs_of(kMedians);
  costs["send/64"].repetitions = 0;
  costs.erase("own/session_step/64");
  const ordered_json result =
      predict(one_cell({{"recvfrom", 1.0}, {"sendto", 1.0}, {"mystery", 2.0}}, 0), costs);
  EXPECT_EQ(result["missing"], ordered_json({"mystery", "send/64", "own/session_step/64"}));
  EXPECT_DOUBLE_EQ(result["predicted_ns"].get<double>(), 300);
}

TEST(CostModel, OperationsThroughARing) {
  // One call for a request's two operations.
  const ordered_json pairs = predict(one_cell({{"io_uring_enter", 1.0}}, 0));
  EXPECT_DOUBLE_EQ(pairs["parts"]["io_uring_enter/recv"]["cost_ns"].get<double>(), 390);
  EXPECT_DOUBLE_EQ(pairs["parts"]["io_uring_enter/send"]["cost_ns"].get<double>(), 1090);
  // Three calls: the third has no operation of the request.
  const ordered_json three = predict(one_cell({{"io_uring_enter", 3.0}}, 0));
  EXPECT_DOUBLE_EQ(three["predicted_ns"].get<double>(), 400 + 1100 + 150 + 40);
  // Batches beyond the measured ones cost an operation what the largest measured one does.
  const ordered_json large = predict(one_cell({{"io_uring_enter", 0.02}}, 0));
  EXPECT_DOUBLE_EQ(large["predicted_ns"].get<double>(), 250 + 950 + 40);
}

TEST(CostModel, AFutexIsPartOfTheSwitch) {
  const ordered_json result = predict(one_cell({{"futex", 2.0}, {"sendto", 1.0}}, 2.0));
  EXPECT_DOUBLE_EQ(result["predicted_ns"].get<double>(), 1000 + 2 * 1500 + 40);
  ASSERT_EQ(result["contained"].size(), 1U);
  EXPECT_EQ(result["contained"][0]["call"], "futex");
}

TEST(CostModel, ProcessesSwitchAtTheirPrice) {
  SyntheticRun made = one_cell({{"sendto", 1.0}}, 1.0);
  made.run["contestants"][0]["describe"]["family"] = "processes";
  EXPECT_DOUBLE_EQ(predict(made)["predicted_ns"].get<double>(), 1000 + 2500 + 40);
}

TEST(CostModel, NoCountsNoPrediction) {
  SyntheticRun made = one_cell({{"sendto", 1.0}}, 1.0);
  made.cell("epoll")["server"]["syscalls_per_request"] = nullptr;
  made.cell("epoll")["absent"]["server.syscalls_per_request"] = "tracefs is not mounted";
  const ordered_json result = predict(made);
  EXPECT_TRUE(result["predicted_ns"].is_null());
  EXPECT_EQ(result["reason"], "syscalls_per_request: tracefs is not mounted");
  SyntheticRun starved = one_cell({{"sendto", 1.0}}, 1.0);
  starved.status("epoll", "model_limit", "it starves");
  EXPECT_EQ(predict(starved)["reason"], "model_limit");
}

}  // namespace
}  // namespace sockbench
