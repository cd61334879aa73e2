// A duel as JUnit XML: what an importer makes of each verdict, and that it can read the file.

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "bench/report/duel_reports.h"
#include "tests/bench/documents.h"
#include "tests/bench/synthetic_duel.h"
#include "tests/bench/temporary_folder.h"
#include "tests/bench/texts.h"
#include "tests/support/child_process.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;
using test::expect_parts;

/// What the rules in junit_rules.py say against it; empty: nothing.
std::string violations_of(const std::string& xml) {
  const test::TemporaryFolder folder;
  test::ChildProcess checker({"/usr/bin/python3",
                              SOCKBENCH_SOURCE_DIR "/tests/bench/junit_rules.py",
                              folder.write("junit.xml", xml).string()});
  const std::string said = checker.read_to_end();
  return checker.wait_for_exit() == 0 ? "" : "violations: " + said + checker.stderr_text();
}

/// The test case's element; empty when there is none.
std::string case_of(const std::string& xml, const std::string& workload, const std::string& name) {
  const std::size_t begin =
      xml.find("<testcase classname=\"" + workload + "\" name=\"" + name + "\"");
  if (begin == std::string::npos) return "";
  const std::size_t line = xml.find('\n', begin);
  if (xml.compare(line - 2, 2, "/>") == 0) return xml.substr(begin, line - begin);
  return xml.substr(begin, xml.find("</testcase>", begin) - begin);
}

std::string root_of(const std::string& xml) {
  const std::size_t begin = xml.find("<testsuites");
  return xml.substr(begin, xml.find('>', begin) - begin);
}

TEST(DuelJunit, KeepsTheRulesOfImporters) {
  for (const auto& [name, duel] : test::all_duels()) {
    EXPECT_EQ(violations_of(duel_junit(duel)), "") << name << "\n" << duel_junit(duel);
    ordered_json strict = duel;
    strict["options"]["fail_on_inconclusive"] = true;
    EXPECT_EQ(violations_of(duel_junit(strict)), "") << name;
  }
}

TEST(DuelJunit, TheRulesFindDamage) {
  std::string xml = duel_junit(test::regressed_duel());
  EXPECT_NE(violations_of(xml.substr(0, xml.size() / 2)), "");
  const auto replaced = [&](const std::string& what, const std::string& by) {
    std::string damaged = xml;
    const std::size_t place = damaged.find(what);
    EXPECT_NE(place, std::string::npos) << what;
    return damaged.replace(place, what.size(), by);
  };
  for (const auto& [what, by] :
       std::vector<std::pair<const char*, const char*>>{{"failures=\"2\"", "failures=\"1\""},
                                                        {"<failure", "<skipped/><failure"},
                                                        {" classname=", " class="},
                                                        {"T12:00:00", "T12:00:00Z"},
                                                        {"&lt;", "<"},
                                                        {"<testsuites", "<suites"}}) {
    if (std::string(what) == "&lt;") xml = duel_junit(test::hostile_duel());
    EXPECT_NE(violations_of(replaced(what, by)), "") << what;
    xml = duel_junit(test::regressed_duel());
  }
}

TEST(DuelJunit, APassHasOnlyWhatIsNotGatedSkipped) {
  const std::string xml = duel_junit(test::passed_duel());
  expect_parts(root_of(xml), {"tests=\"11\"", "failures=\"0\"", "errors=\"0\"", "time=\"43.600\""});
  EXPECT_TRUE(case_of(xml, "busy", "server.cpu_ns_per_request").ends_with("time=\"5.325\"/>"));
  expect_parts(case_of(xml, "busy", "achieved_rps"),
               {"<skipped type=\"not_gated\" message=\"not_gated: throughput: 200k/s",
                "the generator was the limit\""});
  EXPECT_TRUE(case_of(xml, "counts", "server.syscalls_per_request.by_name.sendto").ends_with("/>"));
}

TEST(DuelJunit, ARegressionIsAFailureWithFiguresAndExplanation) {
  const std::string xml = duel_junit(test::regressed_duel());
  expect_parts(root_of(xml), {"failures=\"2\"", "errors=\"0\""});
  expect_parts(case_of(xml, "busy", "server.cpu_ns_per_request"),
               {"<failure type=\"regression\" message=\"regression: CPU per request: 5.00 µs -&gt; "
                "5.10 µs, +2.10 % [+1.50, +2.70], p 0.021, seen again: +2.00 %",
                "CPU per request rose by 2.1 %.&#10;+1.00 fcntl per request&#10;"});
  expect_parts(case_of(xml, "counts", "server.syscalls_per_request.by_name.fcntl"),
               {"<failure", "0.00 -&gt; 1.00, +1.00"});
  EXPECT_TRUE(case_of(xml, "pingpong", "response_time_ns.p99").ends_with("/>"))
      << "an improvement is no failure";
}

TEST(DuelJunit, AFailedWorkloadIsAnError) {
  const std::string xml = duel_junit(test::failed_duel());
  expect_parts(root_of(xml), {"errors=\"1\"", "failures=\"0\""});
  expect_parts(case_of(xml, "busy", "verdict"),
               {"<error type=\"failed\" message=\"Head was ended by signal 11",
                "head: signal 11 in restart 1, see logs/"});
  EXPECT_EQ(case_of(xml, "busy", "server.cpu_ns_per_request"), "") << "it was not measured";
}

TEST(DuelJunit, WhatIsInconclusiveFailsOnlyWhenAsked) {
  ordered_json duel = test::unsteady_duel();
  const char* cpu = "server.cpu_ns_per_request";
  expect_parts(case_of(duel_junit(duel), "busy", cpu), {"<skipped type=\"inconclusive\""});
  expect_parts(root_of(duel_junit(duel)), {"failures=\"0\""});
  duel["options"]["fail_on_inconclusive"] = true;
  expect_parts(case_of(duel_junit(duel), "busy", cpu), {"<failure type=\"inconclusive\""});
  expect_parts(root_of(duel_junit(duel)), {"failures=\"1\""});
  expect_parts(case_of(duel_junit(duel), "busy", "achieved_rps"), {"<skipped type=\"not_gated\""});
}

TEST(DuelJunit, AVerdictThatNoCheckShowsIsShown) {
  expect_parts(
      case_of(duel_junit(test::disturbed_duel()), "busy", "verdict"),
      {"<skipped type=\"inconclusive\" message=\"Somebody else used the CPU", "Others used 12 %"});
  expect_parts(case_of(duel_junit(test::interrupted_duel()), "duel", "verdict"),
               {"<skipped type=\"inconclusive\" message=\"Interrupted before busy.\""});
  ordered_json empty = test::passed_duel();
  empty["workloads"] = ordered_json::array();
  empty["checks"] = ordered_json::array();
  EXPECT_TRUE(case_of(duel_junit(empty), "duel", "verdict").ends_with("/>"));
  EXPECT_EQ(violations_of(duel_junit(empty)), "");
}

TEST(DuelJunit, BytesThatAreNoTextAreReplaced) {
  ordered_json duel = test::passed_duel();
  duel["base"]["label"] = "caf\xe9 \x01\x1b";
  const std::string xml = duel_junit(duel);
  EXPECT_EQ(violations_of(xml), "");
  expect_parts(xml, {"<property name=\"base\" value=\"caf\xef\xbf\xbd   \"/>"});
}

}  // namespace
}  // namespace sockbench
