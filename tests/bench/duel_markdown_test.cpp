// A duel as a comment on a pull request.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "bench/report/duel_reports.h"
#include "tests/bench/documents.h"
#include "tests/bench/synthetic_duel.h"
#include "tests/bench/texts.h"

namespace sockbench {
namespace {

using test::expect_parts;
using test::expect_tables_whole;
using test::lines_of;

/// The document without the block of code at its end, where no markup counts.
std::string without_code(const std::string& text) {
  const std::size_t begin = text.find("Again:\n\n");
  EXPECT_NE(begin, std::string::npos);
  return text.substr(0, begin);
}

std::ptrdiff_t count(const std::string& text, const std::string& part) {
  std::ptrdiff_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

TEST(DuelMarkdown, BeginsWithItsMarkerAndTheVerdict) {
  for (const auto& [name, duel] : test::all_duels()) {
    const auto lines = lines_of(duel_markdown(duel));
    EXPECT_EQ(lines.at(0), kDuelMarker) << name;
    EXPECT_TRUE(lines.at(1).starts_with("## sockbench: ")) << name;
    EXPECT_EQ(count(duel_markdown(duel), "<!--"), 1) << name;
  }
  EXPECT_EQ(lines_of(duel_markdown(test::passed_duel())).at(1), "## sockbench: Pass");
}

TEST(DuelMarkdown, ARegressionHasFiguresAndExplanation) {
  const std::string text = duel_markdown(test::regressed_duel());
  expect_parts(
      text,
      {"## sockbench: Regression\n\ne4f5a6b costs 2.1 % more CPU per request than",
       "| Busy, 64 connections | **regression** | +2.10 % \\[+1.50, +2.70\\] | 1.2 % | 8 + 8",
       "### Figures to look at\n\n",
       "| busy | CPU per request | 5.00 µs | 5.10 µs | +2.10 % \\[+1.50, +2.70\\] | "
       "**regression** | p 0.021; seen again: +2.00 % \\[+1.00, +3.00\\] |",
       "| counts | calls of fcntl per request | 0.00 | 1.00 | +1.00 | **regression** |  |",
       "| **improved** |", "### What changed per request\n\n- busy: +1.00 fcntl per request\n",
       "<details>\n<summary>All figures</summary>\n\n",
       "| not gated | p 0.9; the generator was the limit |",
       "Base a1b2c3d, head e4f5a6b; seed 1, 45 s on AMD EPYC, 2 CPUs, 23.5 GiB, Linux 6.1; "
       "sockbench 0.1.0. Again:\n\n```\nsockbench duel --base 'base/server-epoll"});
}

TEST(DuelMarkdown, APassHasNothingToLookAt) {
  const std::string text = duel_markdown(test::passed_duel());
  EXPECT_EQ(text.find("###"), std::string::npos) << text;
}

TEST(DuelMarkdown, SaysWhyThereIsNoVerdict) {
  expect_parts(duel_markdown(test::unsteady_duel()),
               {"## sockbench: Inconclusive", "### Remarks\n\n- busy: The control"});
  expect_parts(duel_markdown(test::failed_duel()),
               {"## sockbench: Failed", "| **failed** | – | – | 0 |", "signal 11 in restart 1"});
  expect_parts(duel_markdown(test::interrupted_duel()), {"Interrupted: this is what"});
  expect_parts(duel_markdown(test::short_duel()), {"The short form: counts are exact"});
}

TEST(DuelMarkdown, TablesAreWholeWhateverTheTexts) {
  for (const auto& [name, duel] : test::all_duels()) {
    SCOPED_TRACE(name);
    const std::string text = duel_markdown(duel);
    expect_tables_whole(text);
    EXPECT_EQ(count(without_code(text), "<details>"), 1);
    EXPECT_EQ(count(without_code(text), "</details>"), 1);
    EXPECT_LT(text.size(), 60'000U);
    EXPECT_EQ(text.find("nan"), std::string::npos);
    EXPECT_EQ(text.find("null"), std::string::npos);
  }
}

TEST(DuelMarkdown, NoTextBringsMarkupOrNotifiesAnybody) {
  const std::string text = duel_markdown(test::hostile_duel());
  const std::string shown = without_code(text);
  for (const char* part : {"<script", "@all", "#1", "\x1b", "\x01", "\n## h"}) {
    EXPECT_EQ(shown.find(part), std::string::npos) << part;
  }
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (shown[i] != '`' && shown[i] != '[') continue;
    ASSERT_GT(i, 0U);
    EXPECT_EQ(shown[i - 1], '\\') << shown.substr(i);
  }
  // The code's fence is longer than any that the command holds.
  const std::string code = text.substr(shown.size());
  EXPECT_EQ(count(code, "\n````\n"), 2) << code;
}

}  // namespace
}  // namespace sockbench
