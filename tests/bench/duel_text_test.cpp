// A duel as the terminal shows it.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "bench/report/duel_figures.h"
#include "bench/report/duel_reports.h"
#include "common/text.h"
#include "tests/bench/documents.h"
#include "tests/bench/synthetic_duel.h"
#include "tests/bench/texts.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;
using test::expect_parts;
using test::lines_of;

/// The words of the first line that begins so; empty when there is none.
std::string line_of(const std::string& text, const std::string& beginning) {
  for (const std::string& line : lines_of(text)) {
    if (line.starts_with(beginning)) return line;
  }
  return "";
}

TEST(DuelText, ThePassIsShort) {
  const std::string text = duel_text(test::passed_duel(), "results/duel");
  EXPECT_TRUE(text.starts_with("PASS  e4f5a6b costs no more than a1b2c3d: 2 %")) << text;
  expect_parts(text,
               {"a1b2c3d is the base, e4f5a6b the head; seed 1, 45.3 s.", "CPU per request [99 %]",
                "would have found", "In results/duel: summary.md, duel.json, junit.xml"});
  const std::string busy = line_of(text, "busy ");
  expect_parts(busy, {"pass", "21.3 s", "8", "+0.10 % [-0.50, +0.70]", "1.2 %"});
  expect_parts(line_of(text, "counts "), {"pass", "0 of 3 counts changed", "–"});
  EXPECT_LE(lines_of(text).size(), 10U) << text;
}

TEST(DuelText, TheVerdictComesFirstAndNamesWhatChanged) {
  const std::string text = duel_text(test::regressed_duel());
  EXPECT_TRUE(text.starts_with("REGRESSION  e4f5a6b costs 2.1 % more CPU")) << text;
  expect_parts(line_of(text, "busy "), {"REGRESSION", "8 + 8", "+2.10 % [+1.50, +2.70]"});
  expect_parts(line_of(text, "counts "), {"REGRESSION", "1 of 4 counts changed"});
  expect_parts(
      text, {"busy: CPU per request rose by 2.1 %.", "  changed  +1.00 fcntl per request\n",
             "  CPU per request  5.00 µs -> 5.10 µs, +2.10 % [+1.50, +2.70], p 0.021, seen again:",
             "  calls of fcntl per request  0.00 -> 1.00, +1.00: regression\n",
             "  response time p99  126 µs -> 126 µs, -0.30 % [-0.90, +0.30], p 0.9: improved"});
  EXPECT_EQ(text.find("throughput"), std::string::npos) << "nothing is to be said of it";
  EXPECT_EQ(text.find("In "), std::string::npos) << "no directory was named";
}

TEST(DuelText, SaysWhyThereIsNoVerdict) {
  expect_parts(duel_text(test::unsteady_duel()),
               {"INCONCLUSIVE  ", "  note  The control, a second instance of base, is off by"});
  expect_parts(duel_text(test::disturbed_duel()),
               {"busy: Somebody else used the CPU while head ran.",
                "  note  Others used 12 % of the CPU during head, 1 % during base."});
  expect_parts(duel_text(test::failed_duel()),
               {"FAILED  e4f5a6b crashed in busy.", "signal 11 (segmentation fault)", "–"});
  expect_parts(duel_text(test::interrupted_duel()), {"Interrupted: this is what was measured"});
  expect_parts(duel_text(test::short_duel()),
               {"The short form: counts are exact", "  note  Warning: CPU per request looks 4 %",
                "+4.00 %"});
}

TEST(DuelText, NothingIsTooWideNorMovesTheCursor) {
  for (const auto& [name, duel] : test::all_duels()) {
    const std::string text = duel_text(duel, "a/folder\x1b[2J");
    for (const std::string& line : lines_of(text)) {
      EXPECT_LE(text_width(line), kColumns) << name << ": " << line;
    }
    for (const char c : text) {
      EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20) << name << ": " << text;
    }
    EXPECT_EQ(text.find("nan"), std::string::npos) << name;
    EXPECT_EQ(text.find("null"), std::string::npos) << name;
  }
}

TEST(DuelFigures, ChangesHaveTheDecimalsTheyNeed) {
  EXPECT_EQ(change_text(1.021, Interval{1.0149, 1.0271}), "+2.10 % [+1.49, +2.71]");
  EXPECT_EQ(change_text(0.979, Interval{0.97, 1.0}), "-2.10 % [-3.00, 0.00]");
  EXPECT_EQ(change_text(1.02, Interval{0.9, 1.16}), "+2.0 % [-10.0, +16.0]");
  EXPECT_EQ(change_text(3.5, Interval{3, 4}), "+250 % [+200, +300]");
  EXPECT_EQ(change_text(1.00001, std::nullopt), "0.00 %");
  EXPECT_EQ(change_text(kNaN, std::nullopt), "–");
  EXPECT_EQ(detectable_text(0.012), "1.2 %");
  EXPECT_EQ(detectable_text(0.0045), "0.45 %");
  EXPECT_EQ(detectable_text(kNaN), "–");
}

TEST(DuelFigures, CountsHaveTheDecimalsTheyNeed) {
  EXPECT_EQ(count_change_text(1), "+1.00");
  EXPECT_EQ(count_change_text(-0.03125), "-0.0312");
  EXPECT_EQ(count_change_text(0), "0.00");
}

TEST(DuelFigures, MetricsHaveTitles) {
  EXPECT_EQ(metric_title("server.cpu_ns_per_request"), "CPU per request");
  EXPECT_EQ(metric_title("response_time_ns.p99_9"), "response time p99.9");
  EXPECT_EQ(metric_title("server.syscalls_per_request.by_name.fcntl"),
            "calls of fcntl per request");
  EXPECT_EQ(metric_title("something.else"), "something.else");
}

TEST(DuelFigures, TheCommandRepeatsTheDuel) {
  ordered_json duel = test::passed_duel();
  EXPECT_EQ(repeat_command(parse_duel(duel)),
            "sockbench duel --base 'base/server-epoll --reply echo' --head 'head/server-epoll "
            "--reply echo' --base-label a1b2c3d --head-label e4f5a6b --workloads busy,pingpong "
            "--margin 0.5% --resolve 2% --budget 60s --seed 1");
  duel["head"]["label"] = "it's; rm -rf";
  duel["head"]["commands"].push_back({"my server", "a\"b c", ""});
  duel["options"]["short"] = true;
  duel["options"]["fail_on_inconclusive"] = true;
  const std::string command = repeat_command(parse_duel(duel));
  expect_parts(command, {"--head-label 'it'\\''s; rm -rf'", " --short --fail-on-inconclusive",
                         "--head '\"my server\" '\\''a\"b c'\\'' \"\"'"});
}

}  // namespace
}  // namespace sockbench
