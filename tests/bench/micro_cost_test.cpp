// How results of the micro-benchmarks are read, and what is said of files that are none.

#include "bench/judge/micro_cost.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/error.h"
#include "tests/bench/temporary_folder.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

ordered_json repetition(const std::string& name, double time, const std::string& unit = "ns") {
  return {{"name", name},      {"run_name", name}, {"run_type", "iteration"}, {"iterations", 1000},
          {"real_time", time}, {"cpu_time", 1},    {"time_unit", unit}};
}

ordered_json skipped(const std::string& name, const std::string& reason) {
  ordered_json entry = repetition(name, 0);
  entry["error_occurred"] = true;
  entry["error_message"] = reason;
  return entry;
}

ordered_json results(const std::vector<ordered_json>& entries) {
  return {{"context", ordered_json::object()}, {"benchmarks", entries}};
}

std::string sentence_for(const ordered_json& json) {
  try {
    micro_costs(json, "micro.json");
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(MicroCost, GathersRepetitionsIntoMedianAndQuartiles) {
  ordered_json aggregate = repetition("recv/eagain", 1e9);
  aggregate["name"] = "recv/eagain_mean";
  aggregate["run_type"] = "aggregate";
  const MicroCosts costs = micro_costs(
      results({repetition("recv/eagain", 500), repetition("send/64", 2, "us"),
               repetition("recv/eagain", 0.1, "us"), repetition("recv/eagain", 200),
               repetition("recv/eagain", 400), repetition("recv/eagain", 300), aggregate}),
      "micro.json");
  ASSERT_EQ(costs.size(), 2U);
  const MicroCost& eagain = costs.at("recv/eagain");
  EXPECT_DOUBLE_EQ(eagain.median_ns, 300);
  EXPECT_DOUBLE_EQ(eagain.low_ns, 200);
  EXPECT_DOUBLE_EQ(eagain.high_ns, 400);
  EXPECT_EQ(eagain.repetitions, 5);
  EXPECT_EQ(eagain.reason, "");
  EXPECT_DOUBLE_EQ(costs.at("send/64").median_ns, 2000);
}

TEST(MicroCost, KeepsTheReasonOfWhatWasSkipped) {
  const MicroCosts costs =
      micro_costs(results({skipped("io_uring_enter/nop/batch:1", "io_uring is forbidden here."),
                           repetition("accept_close", 3000),
                           skipped("accept_close", "accept: Interrupted system call")}),
                  "micro.json");
  const MicroCost& ring = costs.at("io_uring_enter/nop/batch:1");
  EXPECT_FALSE(ring.measured());
  EXPECT_EQ(ring.reason, "io_uring is forbidden here.");
  const MicroCost& accepted = costs.at("accept_close");
  EXPECT_EQ(accepted.repetitions, 1);
  EXPECT_DOUBLE_EQ(accepted.median_ns, 3000);
  EXPECT_EQ(accepted.reason, "accept: Interrupted system call");
}

TEST(MicroCost, RefusesOtherFormsInOneSentence) {
  EXPECT_EQ(sentence_for(ordered_json::array()),
            "'micro.json' is not what sockbench-micro writes: it has no benchmarks.");
  EXPECT_EQ(sentence_for({{"benchmarks", 3}}),
            "'micro.json' is not what sockbench-micro writes: it has no benchmarks.");
  EXPECT_EQ(sentence_for(results({})), "'micro.json' has no repetition of any benchmark.");
  EXPECT_EQ(sentence_for(results({ordered_json(7)})),
            "'micro.json' has a benchmark without a run_name.");
  EXPECT_EQ(sentence_for(results({repetition("send/64", 1, "weeks")})),
            "'micro.json' has no real_time with a time_unit for send/64.");
  EXPECT_EQ(sentence_for(results({repetition("send/64", 0)})),
            "'micro.json' has a real_time for send/64 that is not positive.");
}

TEST(MicroCost, RefusesAFileThatIsNotJson) {
  const test::TemporaryFolder folder;
  const std::string path = folder.write("micro.json", "{\"benchmarks\": [").string();
  try {
    read_micro_costs(path);
    FAIL() << "it was read";
  } catch (const UsageError& error) {
    EXPECT_EQ(error.what(), "'" + path + "' is not JSON.");
  }
}

}  // namespace
}  // namespace sockbench
