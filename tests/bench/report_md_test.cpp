// The Markdown report: everybody is in it, and no text of a run can break it.

#include <gtest/gtest.h>

#include <algorithm>

#include "bench/judge/judged_run.h"
#include "bench/report/reports.h"
#include "tests/bench/documents.h"
#include "tests/bench/synthetic.h"
#include "tests/bench/texts.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;
using test::expect_tables_whole;
using test::lines_of;

std::size_t rows_of(const std::string& text, const std::string& contestant) {
  const auto lines = lines_of(text);
  return static_cast<std::size_t>(std::count_if(
      lines.begin(), lines.end(),
      [&](const std::string& line) { return line.rfind("| " + contestant + " |", 0) == 0; }));
}

TEST(ReportMarkdown, EveryContestantInEveryWorkload) {
  const std::string text = report_markdown(to_json(test::full_record()));
  for (const char* name : {"epoll", "select", "blocking"}) EXPECT_EQ(rows_of(text, name), 3U);
  for (const char* title : {"The title of busy", "The title of paced", "The title of idle"}) {
    EXPECT_NE(text.find(std::string("### ") + title), std::string::npos) << title;
  }
  expect_tables_whole(text);
}

TEST(ReportMarkdown, HeadlinesAndReasons) {
  const ordered_json run = to_json(test::full_record());
  const std::string text = report_markdown(run);
  for (const ordered_json& line : run["headline"]) {
    EXPECT_NE(text.find("- " + line.get<std::string>()), std::string::npos) << line;
  }
  EXPECT_NE(text.find("busy / select: failed – the server was ended by signal 9 (Killed)"),
            std::string::npos);
  EXPECT_NE(text.find("busy / blocking: model_limit – 63 of 64 connections"), std::string::npos);
}

TEST(ReportMarkdown, AFailedCellShowsDashesNotZeros) {
  const std::string text = report_markdown(to_json(test::full_record()));
  const auto lines = lines_of(text);
  const auto row = std::find_if(lines.begin(), lines.end(), [](const std::string& line) {
    return line.rfind("| select |", 0) == 0;
  });
  ASSERT_NE(row, lines.end());
  EXPECT_EQ(*row, "| select | – | – | – | – | – | – | – | – | neither | failed |");
}

TEST(ReportMarkdown, CountedFigures) {
  ordered_json run = to_json(test::full_record());
  ordered_json& server = run["cells"][0]["server"];
  server["syscalls_per_request"] = {{"total", 2.0312}, {"by_name", {{"read", 2.0312}}}};
  server["context_switches_per_request"] = {{"total", 0.5}, {"voluntary", 0.5}, {"involuntary", 0}};
  EXPECT_NE(report_markdown(run).find(" | 2.03 | 0.50 | "), std::string::npos);
}

TEST(ReportMarkdown, FindingsAboutTheMachineOnce) {
  ordered_json run = to_json(test::full_record());
  run["environment"]["doctor"] = {
      {{"item", "load"},
       {"status", "bad"},
       {"found", "2 CPUs busy"},
       {"cost", "wide intervals"},
       {"advice", "top"}},
      {{"item", "smt"}, {"status", "good"}, {"found", "off"}, {"cost", ""}, {"advice", nullptr}}};
  run["environment"]["warnings"] = {"load (2 CPUs busy): wide intervals.", "They share a CPU."};
  const std::string text = report_markdown(run);
  EXPECT_NE(text.find("- Machine, load (bad): 2 CPUs busy – wide intervals; try: top\n"),
            std::string::npos);
  EXPECT_EQ(text.find("load (2 CPUs busy)"), std::string::npos) << "said once";
  EXPECT_NE(text.find("- They share a CPU.\n"), std::string::npos);
  EXPECT_EQ(text.find("smt"), std::string::npos) << "what is good is no news";
}

TEST(ReportMarkdown, TheFloorUnderTails) {
  ordered_json run = to_json(test::full_record());
  EXPECT_NE(report_markdown(run).find("- CPU 0 (server), before the run: the machine alone delays "
                                      "one moment in a hundred by 0 ns or more, one in a thousand "
                                      "by 250 µs;"),
            std::string::npos)
      << report_markdown(run);
  run["environment"].erase("jitter");
  run["environment"].erase("doctor");
  EXPECT_EQ(report_markdown(run).find("the machine alone"), std::string::npos) << "an older run";
}

TEST(ReportMarkdown, SaysThatTheRunWasInterrupted) {
  RunRecord record = test::full_record();
  EXPECT_EQ(report_markdown(to_json(record)).find("interrupted"), std::string::npos);
  record.interrupted = true;
  EXPECT_NE(report_markdown(to_json(record)).find("The run was interrupted"), std::string::npos);
}

bool is_utf8(const std::string& text) {
  try {
    (void)ordered_json(text).dump();
    return true;
  } catch (const ordered_json::exception&) {
    return false;
  }
}

/// A run in which every text that a program or a file may choose is `hostile`.
ordered_json hostile_run(const std::string& hostile) {
  ordered_json run = to_json(test::full_record());
  for (ordered_json& workload : run["workloads"]) {
    workload["title"] = workload["description"] = hostile;
    workload["reference"] = hostile;
  }
  for (ordered_json& cell : run["cells"]) {
    if (cell["contestant"] == "select") cell["contestant"] = hostile;
    cell["validity"]["reasons"] = {hostile};
  }
  run["headline"] = {hostile};
  run["environment"]["cpu_model"] = run["environment"]["kernel"] = hostile;
  run["environment"]["warnings"] = {hostile};
  for (ordered_json& finding : run["environment"]["doctor"]) {
    finding["item"] = finding["found"] = finding["cost"] = finding["advice"] = hostile;
  }
  run["plan"]["suite"] = hostile;
  return run;
}

TEST(ReportMarkdown, HostileTexts) {
  const std::size_t lines = lines_of(report_markdown(hostile_run("harmless"))).size();
  for (const std::string hostile :
       {"a|b|c", "|", "\\|", "\\\\|", "ends with \\", "<script>alert(1)</script>", "a\nb",
        "a\r\nb\n\n# heading", "</td>", "<!--", "\x1b[31mred", "&lt;"}) {
    const std::string text = report_markdown(hostile_run(hostile));
    EXPECT_EQ(lines_of(text).size(), lines) << hostile;
    EXPECT_EQ(text.find('<'), std::string::npos) << hostile;
    EXPECT_EQ(text.find('\x1b'), std::string::npos) << hostile;
    EXPECT_EQ(text.find('\r'), std::string::npos) << hostile;
    expect_tables_whole(text);
  }
}

TEST(ReportMarkdown, LongTextsAreCutBetweenCharacters) {
  for (std::size_t length = 195; length < 205; ++length) {
    std::string hostile(length, 'x');
    for (int i = 0; i < 5; ++i) hostile += "µ–😀";
    const std::string text = report_markdown(hostile_run(hostile));
    EXPECT_TRUE(is_utf8(text)) << length;
  }
}

}  // namespace
}  // namespace sockbench
