// The table of a run as text: what is shown where, and what fits.

#include "bench/commands/progress_layout.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "bench/plan/budget.h"
#include "common/text.h"
#include "tests/bench/synthetic.h"

namespace sockbench::test {
namespace {

TableState small_table() {
  TableState state;
  state.contestants = {"epoll", "select", "threaded"};
  state.columns = {{"pingpong", "CPU/request", {"1", "1.03 ±0.04", "0.99 ±0.04"}},
                   {"busy", "CPU/request", {"1", "0.99", ""}},
                   {"idle", "CPU use", {"", "", ""}}};
  state.reference = "epoll";
  state.current = 1;
  state.activity = "restart 2 of 14";
  state.share = 0.429;
  state.left_s = 200;
  return state;
}

/// Forty workloads, of which so many are over.
TableState long_table(std::size_t current) {
  TableState state;
  for (int i = 0; i < 18; ++i) state.contestants.push_back("model_" + std::to_string(i));
  for (std::size_t w = 0; w < 40; ++w) {
    const std::string cell = w < current ? "1.00 ±0.01" : "";
    state.columns.push_back(
        {"workload-" + std::to_string(w), "CPU/request", std::vector<std::string>(18, cell)});
  }
  state.reference = "model_0";
  state.current = current;
  return state;
}

bool holds(const std::vector<std::string>& lines, const std::string& text) {
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& line) { return line.find(text) != std::string::npos; });
}

std::size_t widest(const std::vector<std::string>& lines) {
  std::size_t width = 0;
  for (const std::string& line : lines) width = std::max(width, text_width(line));
  return width;
}

TEST(LiveLines, SmallTable) {
  const std::vector<std::string> expected = {
      "42 %, about 4 min left: busy (workload 2 of 3), restart 2 of 14",
      "              pingpong     > busy           idle",
      "              CPU/request    CPU/request    CPU use",
      "  epoll       1              1",
      "  select      1.03 ±0.04     0.99",
      "  threaded    0.99 ±0.04     …",
      "Ratios to epoll with 95 % intervals"};
  EXPECT_EQ(live_lines(small_table(), {80, 24}), expected);
}

TEST(LiveLines, MarkWhoIsMeasuredAlone) {
  TableState state = small_table();
  state.alone = 1;
  const auto lines = live_lines(state, {80, 24});
  EXPECT_TRUE(holds(lines, "> select")) << lines[4];
  EXPECT_FALSE(holds(lines, "> epoll"));
}

TEST(LiveLines, FitEveryTerminalAndShowTheCurrentColumn) {
  for (const std::size_t current : {0U, 1U, 20U, 39U}) {
    const TableState state = long_table(current);
    for (int columns = 1; columns <= 200; columns += columns < 30 ? 1 : 17) {
      for (const int rows : {1, 2, 5, 6, 7, 24, 50}) {
        const auto lines = live_lines(state, {columns, rows});
        SCOPED_TRACE(std::to_string(columns) + "x" + std::to_string(rows));
        EXPECT_LT(lines.size(), static_cast<std::size_t>(std::max(rows, 2)));
        EXPECT_LT(widest(lines), static_cast<std::size_t>(std::max(columns, 2)));
        if (columns < 30 || rows < 6) continue;
        EXPECT_TRUE(holds({lines[1]}, "> workload-" + std::to_string(current))) << lines[1];
      }
    }
  }
}

TEST(LiveLines, SayWhatIsNotShown) {
  const auto lines = live_lines(long_table(20), {80, 12});
  EXPECT_TRUE(holds({lines[1]}, "workload-19")) << "the last finished one: " << lines[1];
  EXPECT_TRUE(holds({lines.back()}, "17 more finished; 19 more to come")) << lines.back();
  EXPECT_TRUE(holds(lines, "… 12 more contestants"));
}

TEST(LiveLines, NamesThatWouldMoveTheCursor) {
  TableState state = small_table();
  state.contestants[0] = "ep\033[2Joll";
  state.columns[1].workload = "bu\nsy";
  for (const std::string& line : live_lines(state, {80, 24})) {
    EXPECT_EQ(line.find_first_of("\033\n\r"), std::string::npos) << line;
  }
}

TEST(SummaryLines, HoldEveryFigureInBlocks) {
  const auto lines = summary_lines(long_table(7), 80);
  EXPECT_LT(widest(lines), 80U);
  for (int w = 0; w < 7; ++w) {
    EXPECT_TRUE(holds(lines, "workload-" + std::to_string(w))) << w;
  }
  EXPECT_FALSE(holds(lines, "workload-7")) << "it has no figures";
  EXPECT_FALSE(holds(lines, ">"));
  const auto rows = std::count_if(lines.begin(), lines.end(), [](const std::string& line) {
    return line.find("model_17") != std::string::npos;
  });
  EXPECT_EQ(rows, 2) << "7 columns, four of which fit beside each other";
}

TEST(SummaryLines, NothingWasMeasured) { EXPECT_TRUE(summary_lines(long_table(0), 80).empty()); }

TEST(TimeLeft, FollowsTheWorkOfThePlan) {
  RunPlan plan;
  plan.contestants = {contestant("epoll"), contestant("select")};
  plan.workloads = {{closed_loop("a"), 4, 10}, {closed_loop("b"), 12, 10}};
  TimeLeft time(plan);
  EXPECT_DOUBLE_EQ(time.share(), 0);
  time.set_done(0, 1);
  EXPECT_DOUBLE_EQ(time.share(), 0.25);
  time.set_done(1, 0.5);
  EXPECT_DOUBLE_EQ(time.share(), 0.625);
  time.set_done(1, 1);
  EXPECT_DOUBLE_EQ(time.share(), 1);
  EXPECT_DOUBLE_EQ(TimeLeft::left_s(0.25, 10), 30);
  EXPECT_DOUBLE_EQ(TimeLeft::left_s(0, 10), 0);
}

}  // namespace
}  // namespace sockbench::test
