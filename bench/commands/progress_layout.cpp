#include "bench/commands/progress_layout.h"

#include <algorithm>
#include <cmath>

#include "common/text.h"
#include "common/units.h"

namespace sockbench {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kMinName = 8;
const std::string kMark = "> ";
const std::string kNoMark = "  ";
const std::string kAwaited = "…";  // in the column that is being measured

/// A name may come from a file: what would move the cursor is shown as a question mark.
std::string printable(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
  }
  return text;
}

/// Exactly `width` characters.
std::string fitted(const std::string& text, std::size_t width) {
  return padded(clipped(text, width), width);
}

std::string without_trailing_blanks(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

/// Which columns are shown, and how wide the names before them are.
struct Shown {
  std::size_t name_width = 0;
  std::size_t first = 0;
  std::size_t end = 0;
};

std::size_t width_of(const TableColumn& column) {
  std::size_t width = std::max(text_width(column.workload), text_width(column.metric));
  for (const std::string& cell : column.cells) width = std::max(width, text_width(cell));
  constexpr std::size_t kRatio = 10;  // "1.39 ±0.02": columns shall not move as figures come
  return std::max(width, kRatio) + kMark.size() + kGap;
}

std::size_t name_width(const TableState& state, std::size_t width) {
  std::size_t longest = 0;
  for (const std::string& name : state.contestants) {
    longest = std::max(longest, text_width(name));
  }
  return std::min(longest + kMark.size(), std::max(kMinName, width / 3));
}

Shown choose_columns(const TableState& state, std::size_t width) {
  Shown shown{name_width(state, width), state.current, state.current + 1};
  std::size_t used = shown.name_width + width_of(state.columns[state.current]);
  const auto takes = [&](std::size_t column) {
    const std::size_t more = width_of(state.columns[column]);
    if (used + more > width) return false;
    used += more;
    return true;
  };
  while (shown.first > 0 && takes(shown.first - 1)) --shown.first;
  while (shown.end < state.columns.size() && takes(shown.end)) ++shown.end;
  return shown;
}

/// One line of the table; `text` gives what stands in a column.
template <typename Text>
std::string table_line(const std::string& name, const TableState& state, const Shown& shown,
                       std::size_t width, const Text& text) {
  std::string line = fitted(name, shown.name_width);
  for (std::size_t i = shown.first; i < shown.end; ++i) {
    line += std::string(kGap, ' ') + fitted(text(i), width_of(state.columns[i]) - kGap);
  }
  return without_trailing_blanks(clipped(line, width));
}

std::string header_line(const TableState& state, const Shown& shown, std::size_t width) {
  return table_line("", state, shown, width, [&](std::size_t i) {
    return (i == state.current ? kMark : kNoMark) + printable(state.columns[i].workload);
  });
}

std::string metric_line(const TableState& state, const Shown& shown, std::size_t width) {
  return table_line("", state, shown, width,
                    [&](std::size_t i) { return kNoMark + state.columns[i].metric; });
}

std::string contestant_line(const TableState& state, std::size_t contestant, const Shown& shown,
                            std::size_t width) {
  const std::string mark = state.alone == contestant ? kMark : kNoMark;
  return table_line(mark + printable(state.contestants[contestant]), state, shown, width,
                    [&](std::size_t i) {
                      const std::string& cell = state.columns[i].cells[contestant];
                      return kNoMark + (cell.empty() && i == state.current ? kAwaited : cell);
                    });
}

std::string status_line(const TableState& state) {
  std::string line = fixed(std::floor(state.share * 100), 0) + " %";
  if (state.left_s > 0) line += ", about " + rough_time(state.left_s) + " left";
  return line + ": " + printable(state.columns[state.current].workload) + " (workload " +
         std::to_string(state.current + 1) + " of " + std::to_string(state.columns.size()) + "), " +
         printable(state.activity);
}

std::string legend(const TableState& state) {
  return "Ratios to " + printable(state.reference) + " with 95 % intervals";
}

std::string footer_line(const TableState& state, const Shown& shown) {
  std::string line = legend(state);
  if (shown.first > 0) line += "; " + std::to_string(shown.first) + " more finished";
  const std::size_t later = state.columns.size() - shown.end;
  if (later > 0) line += "; " + std::to_string(later) + " more to come";
  return line;
}

bool has_figures(const TableColumn& column) {
  return std::any_of(column.cells.begin(), column.cells.end(),
                     [](const std::string& cell) { return !cell.empty(); });
}

}  // namespace

std::vector<std::string> live_lines(const TableState& state, TerminalSize size) {
  const auto width = static_cast<std::size_t>(std::max(size.columns - 1, 1));
  const auto height = static_cast<std::size_t>(std::max(size.rows - 1, 1));
  std::vector<std::string> lines = {clipped(status_line(state), width)};
  constexpr std::size_t kFrame = 4;  // status, two headers, footer
  if (height < kFrame + 1) return lines;
  const Shown shown = choose_columns(state, width);
  lines.push_back(header_line(state, shown, width));
  lines.push_back(metric_line(state, shown, width));
  const std::size_t room = height - kFrame;
  const std::size_t all = state.contestants.size();
  const std::size_t rows = all <= room ? all : room - 1;
  for (std::size_t i = 0; i < rows; ++i) {
    lines.push_back(contestant_line(state, i, shown, width));
  }
  if (rows < all) {
    lines.push_back(
        clipped(kNoMark + "… " + std::to_string(all - rows) + " more contestants", width));
  }
  lines.push_back(clipped(footer_line(state, shown), width));
  return lines;
}

std::vector<std::string> summary_lines(const TableState& state, int columns) {
  const auto width = static_cast<std::size_t>(std::max(columns - 1, 1));
  TableState told = state;
  told.alone.reset();
  std::erase_if(told.columns, [](const TableColumn& column) { return !has_figures(column); });
  std::vector<std::string> lines;
  told.current = told.columns.size();  // nothing is being measured any more
  if (told.columns.empty()) return lines;
  lines.push_back(clipped(legend(told), width));
  Shown shown{name_width(told, width), 0, 0};
  while (shown.first < told.columns.size()) {
    std::size_t used = shown.name_width + width_of(told.columns[shown.first]);
    for (shown.end = shown.first + 1; shown.end < told.columns.size(); ++shown.end) {
      used += width_of(told.columns[shown.end]);
      if (used > width) break;
    }
    lines.emplace_back();
    lines.push_back(header_line(told, shown, width));
    lines.push_back(metric_line(told, shown, width));
    for (std::size_t i = 0; i < told.contestants.size(); ++i) {
      lines.push_back(contestant_line(told, i, shown, width));
    }
    shown.first = shown.end;
  }
  return lines;
}

}  // namespace sockbench
