#include <gtest/gtest.h>

#include "bench/judge/judged_duel.h"
#include "bench/machine/environment.h"
#include "common/error.h"
#include "tests/bench/ab_comparison.h"
#include "tests/bench/documents.h"

namespace sockbench::test {
namespace {

using nlohmann::ordered_json;

CallCounts calls(double fcntl = 0) {
  CallCounts counts{{{"epoll_wait", 1.0}, {"recvfrom", 1.0}, {"sendto", 1.0}, {"exit_group", 0.0}},
                    {}};
  if (fcntl > 0) counts.per_request["fcntl"] = fcntl;
  return counts;
}

DuelCounts counts(const CallCounts& head = calls()) { return {calls(), calls(), head, head, 1}; }

DuelRecord record_of(std::vector<AbComparison> comparisons, const DuelCounts& counted = counts()) {
  DuelRecord record;
  record.base = {"old", contestant("base")};
  record.head = {"new", contestant("head")};
  record.environment = ordered_json::object();
  record.counts = counted;
  record.comparisons = std::move(comparisons);
  return record;
}

const ordered_json& check_of(const ordered_json& duel, const std::string& metric) {
  for (const ordered_json& check : duel["checks"]) {
    if (check["metric"] == metric) return check;
  }
  throw std::runtime_error("no check of " + metric);
}

TEST(DuelJson, OfTheSameProgram) {
  const ordered_json duel = to_json(record_of({comparison_of({})}));
  EXPECT_EQ(duel["verdict"], "pass");
  EXPECT_EQ(duel["exit_code"], kExitOk);
  EXPECT_EQ(duel["workloads"].size(), 2U) << "the counts and one workload";
  const ordered_json& cpu = check_of(duel, "server.cpu_ns_per_request");
  EXPECT_EQ(cpu["verdict"], "pass");
  EXPECT_NEAR(cpu["ratio"].get<double>(), 1, 0.001);
  EXPECT_EQ(cpu["base"]["per_restart"].size(), 8U);
  EXPECT_EQ(cpu["confirmation"], nullptr);
}

TEST(DuelJson, OfARegressionSaysWhatChanged) {
  const ordered_json duel = to_json(record_of(
      {comparison_of({.cpu_ratio = 1.03}, AbShape{.cpu_ratio = 1.03})}, counts(calls(1.0))));
  EXPECT_EQ(duel["verdict"], "regression");
  EXPECT_EQ(duel["exit_code"], kExitRegression);
  const ordered_json& cpu = check_of(duel, "server.cpu_ns_per_request");
  EXPECT_EQ(cpu["verdict"], "regression");
  EXPECT_EQ(cpu["confirmation"]["agrees"], true);
  const std::string line = duel["workloads"][1]["explanation"][0];
  EXPECT_EQ(line.find("+1.00 fcntl per request"), 0U) << line;
}

TEST(DuelJson, WhatWasNotSeenAgainIsNoRegression) {
  const ordered_json duel = to_json(record_of({comparison_of({.cpu_ratio = 1.03}, AbShape{})}));
  EXPECT_EQ(duel["verdict"], "inconclusive");
  EXPECT_EQ(duel["exit_code"], kExitOk);
  EXPECT_EQ(check_of(duel, "server.cpu_ns_per_request")["verdict"], "inconclusive");
}

TEST(DuelJson, InconclusiveFailsWhenItIsAskedTo) {
  DuelRecord record = record_of({comparison_of({.cpu_ratio = 1.03}, AbShape{})});
  record.options.fail_on_inconclusive = true;
  EXPECT_EQ(to_json(record)["exit_code"], kExitInconclusive);
}

TEST(DuelJson, AFailedServer) {
  const ordered_json duel =
      to_json(record_of({failed_comparison(kHead, "the server ended with status 3")}));
  EXPECT_EQ(duel["verdict"], "failed");
  EXPECT_EQ(duel["exit_code"], kExitFailed);
  EXPECT_EQ(duel["workloads"][1]["sentence"], "head failed: the server ended with status 3");
}

TEST(DuelJson, OneMoreCallIsARegressionByItself) {
  const ordered_json duel = to_json(record_of({comparison_of({})}, counts(calls(1.0))));
  EXPECT_EQ(duel["verdict"], "regression");
  const ordered_json& check = check_of(duel, "server.syscalls_per_request.by_name.fcntl");
  EXPECT_EQ(check["verdict"], "regression");
  EXPECT_EQ(check["exact"], true);
  EXPECT_EQ(check["difference"], 1.0);
}

TEST(DuelJson, ACallInAnothersPlaceIsNone) {
  CallCounts head = calls();
  head.per_request.erase("recvfrom");
  head.per_request["read"] = 1;
  EXPECT_EQ(call_changes(counts(head)).size(), 2U);
  EXPECT_FALSE(more_calls(counts(head)));
  EXPECT_EQ(to_json(record_of({comparison_of({})}, counts(head)))["verdict"], "pass");
}

TEST(DuelJson, CountsThatDifferBetweenTwoCountingsSayNothing) {
  DuelCounts unsteady = counts(calls(0.3));
  unsteady.head_again = calls(0.1);
  EXPECT_TRUE(call_changes(unsteady).empty());
  const ordered_json duel = to_json(record_of({comparison_of({})}, unsteady));
  EXPECT_EQ(duel["verdict"], "pass");
  EXPECT_EQ(check_of(duel, "server.syscalls_per_request.by_name.fcntl")["gated"], false);
}

TEST(DuelJson, WithoutStraceTheRestIsJudged) {
  const CallCounts absent{{}, "strace is not installed"};
  const ordered_json duel =
      to_json(record_of({comparison_of({})}, {absent, absent, absent, absent, 0}));
  EXPECT_EQ(duel["verdict"], "pass");
  const ordered_json& check = check_of(duel, "server.syscalls_per_request.total");
  EXPECT_EQ(check["not_gated"], "strace is not installed");
  EXPECT_EQ(check["base"], nullptr);
}

TEST(DuelJson, WithoutFolders) {
  const ordered_json duel = to_json(record_of({comparison_of({})}));
  EXPECT_EQ(duel["base"]["commands"], (ordered_json{{"server-base"}}));
}

TEST(DuelJson, AnInterruptedDuelPassesNothing) {
  DuelRecord record = record_of({comparison_of({})});
  record.interrupted = true;
  const ordered_json duel = to_json(record);
  EXPECT_EQ(duel["verdict"], "inconclusive");
  EXPECT_EQ(duel["exit_code"], kExitInterrupted);
}

}  // namespace
}  // namespace sockbench::test
