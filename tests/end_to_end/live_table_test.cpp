// What a run shows while it goes on: a table on a terminal, plain lines elsewhere, nothing if
// wanted.

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "common/error.h"
#include "tests/end_to_end/processes.h"
#include "tests/end_to_end/sandbox.h"
#include "tests/end_to_end/terminal.h"

namespace sockbench::test {
namespace {

using Lines = std::vector<std::string>;

/// A run of two models on two workloads, the restarts of which take longer than a pause between
/// redraws.
std::vector<std::string> two_workloads(Sandbox& sandbox, const Lines& more = {},
                                       const Lines& environment = {}) {
  sandbox.add_workload("solo", {{"connections", 1}, {"slices_per_restart", 16}});
  sandbox.add_workload("trio", {{"connections", 3}, {"slices_per_restart", 16}});
  Lines command = sandbox.run({"--models", "epoll,select", "--workloads", "solo,trio"});
  command.insert(command.end(), more.begin(), more.end());
  Lines variables = environment;
  if (variables.empty()) variables = {"TERM=xterm", "NO_COLOR="};
  command.insert(command.begin() + 1, variables.begin(), variables.end());
  return command;
}

std::string find_line(const Lines& lines, const std::string& text) {
  const auto found = std::find_if(lines.begin(), lines.end(), [&](const std::string& line) {
    return line.find(text) != std::string::npos;
  });
  return found == lines.end() ? "" : *found;
}

/// Without the warnings about the machine that come before the table.
std::string from_first_redraw(const std::string& output) {
  const std::size_t begin = output.find("\033[?25l");
  return begin == std::string::npos ? "" : output.substr(begin);
}

bool some_redraw(const Screen& screen, const std::function<bool(const Lines&)>& fits) {
  return std::any_of(screen.redraws().begin(), screen.redraws().end(), fits);
}

TEST(LiveTable, FillsInAndLeavesASummary) {
  Sandbox sandbox;
  TerminalProcess run(two_workloads(sandbox, {"--restarts", "4"}), 120, 24);
  EXPECT_EQ(run.read_to_end(), kExitOk) << run.output();
  Screen screen(120, 24);
  screen.feed(from_first_redraw(run.output()));
  EXPECT_EQ(screen.unknown_sequences(), 0);
  EXPECT_EQ(screen.wrapped(), 0);
  EXPECT_TRUE(screen.cursor_visible());
  EXPECT_TRUE(some_redraw(screen, [](const Lines& lines) {
    return !find_line(lines, "> solo").empty() && !find_line(lines, "restart 1 of 4").empty() &&
           !find_line(lines, "  select").empty();
  })) << run.output();
  EXPECT_TRUE(some_redraw(screen,
                          [](const Lines& lines) {
                            const std::string row = find_line(lines, "  select");
                            return !find_line(lines, "> trio").empty() &&
                                   row.find('.') != std::string::npos;
                          }))
      << "the ratio of a workload that is over stays\n"
      << run.output();
  const Lines last = screen.lines();
  EXPECT_EQ(find_line(last, "> "), "") << "nothing is being measured any more";
  EXPECT_NE(find_line(last, "solo").find("trio"), std::string::npos);
  EXPECT_NE(find_line(last, "  epoll").find(" 1 "), std::string::npos) << "the reference";
  const std::string row = find_line(last, "  select");
  EXPECT_EQ(std::count(row.begin(), row.end(), '.'), 4) << "two ratios with intervals: " << row;
  EXPECT_NE(find_line(last, "Results: "), "");
  EXPECT_TRUE(sandbox.result_is_valid());
}

TEST(LiveTable, IsRedrawnInPlace) {
  Sandbox sandbox;
  TerminalProcess run(two_workloads(sandbox, {"--restarts", "4"}), 60, 12);
  EXPECT_EQ(run.read_to_end(), kExitOk) << run.output();
  const std::string table = from_first_redraw(run.output());
  Screen screen(60, 12);
  screen.feed(table.substr(0, table.rfind("\033[?25h")) + "\033[?25h");
  EXPECT_EQ(screen.scrolled(), 0);
  EXPECT_GE(screen.redraws().size(), 3U);
  for (const Lines& lines : screen.redraws()) {
    const auto rows = std::count_if(lines.begin(), lines.end(), [](const std::string& line) {
      return line.find("select") != std::string::npos;
    });
    EXPECT_EQ(rows, 1) << "one table, not several";
  }
}

TEST(LiveTable, AnInterruptLeavesTheCursorVisible) {
  Sandbox sandbox;
  TerminalProcess run(two_workloads(sandbox, {"--restarts", "1000"}), 80, 24);
  ASSERT_TRUE(run.read_until("restart 2 of 1000")) << run.output();
  run.type("\003");
  EXPECT_EQ(run.read_to_end(), kExitInterrupted) << run.output();
  Screen screen(80, 24);
  screen.feed(run.output());
  EXPECT_TRUE(screen.cursor_visible());
  EXPECT_NE(find_line(screen.lines(), "Results: "), "") << run.output();
  EXPECT_TRUE(nothing_is_left());
}

TEST(LiveTable, FollowsTheWidthOfTheTerminal) {
  Sandbox sandbox;
  TerminalProcess run(two_workloads(sandbox, {"--restarts", "4"}), 80, 24);
  ASSERT_TRUE(run.read_until("restart 2 of 4")) << run.output();
  run.resize(30, 8);
  EXPECT_EQ(run.read_to_end(), kExitOk) << run.output();
  const std::string last = run.output().substr(run.output().rfind("\033[?25l"));
  Screen narrow(30, 8);
  narrow.feed(last.substr(0, last.find("\033[?25h")) + "\033[?25h");
  EXPECT_EQ(narrow.wrapped(), 0) << last;
  EXPECT_EQ(narrow.scrolled(), 0) << last;
  EXPECT_NE(find_line(narrow.lines(), "> trio"), "") << "the current column is always there";
}

struct PlainCase {
  Lines flags;
  Lines environment;
  const char* unwanted;  ///< warnings may have colours where these are welcome
};

TEST(LiveTable, PlainLinesWhereATableIsNotWanted) {
  const std::vector<PlainCase> cases = {
      {{}, {"TERM=dumb", "NO_COLOR="}, "\033"},
      {{}, {"TERM=xterm", "NO_COLOR=1"}, "\033"},
      {{"--progress", "lines"}, {"TERM=xterm", "NO_COLOR="}, "\033[?25"}};
  for (const PlainCase& plain : cases) {
    Sandbox sandbox;
    TerminalProcess run(two_workloads(sandbox, plain.flags, plain.environment), 80, 24);
    EXPECT_EQ(run.read_to_end(), kExitOk) << run.output();
    EXPECT_EQ(run.output().find(plain.unwanted), std::string::npos) << run.output();
    EXPECT_NE(run.output().find("%  pass 1 over all workloads"), std::string::npos) << run.output();
  }
}

TEST(LiveTable, PlainLinesInAPipeAndNothingWhenQuiet) {
  Sandbox sandbox;
  const Outcome piped = run_to_end(two_workloads(sandbox));
  EXPECT_EQ(piped.status, kExitOk);
  EXPECT_EQ(piped.err.find('\033'), std::string::npos);
  EXPECT_NE(piped.err.find(" 50 %  pass 1 over all workloads"), std::string::npos) << piped.err;
  for (const Lines& flags : {Lines{"--quiet"}, Lines{"--progress", "none"}}) {
    const Outcome quiet = run_to_end(two_workloads(sandbox, flags));
    EXPECT_EQ(quiet.status, kExitOk);
    EXPECT_EQ(quiet.err.find("pass"), std::string::npos) << quiet.err;
    EXPECT_NE(quiet.out.find("Results: "), std::string::npos);
  }
}

}  // namespace
}  // namespace sockbench::test
