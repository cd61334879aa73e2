// What a branch's history shows, for the terminal.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <sstream>
#include <vector>

#include "bench/report/duel_figures.h"
#include "bench/report/duel_reports.h"
#include "bench/report/format.h"
#include "common/text.h"

namespace sockbench {
namespace {

constexpr std::size_t kLabelWidth = 20;
constexpr std::size_t kMetricWidth = 60;
constexpr std::size_t kLongestLine = 60;

std::string label(const std::string& build) { return clipped(plain(build), kLabelWidth); }

std::string counted(std::size_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

/// "+5.10 %" of a ratio.
std::string percent_change(double ratio) { return change_text(ratio, std::nullopt); }

/// The products as bars, at most kLongestLine; `smallest` is the log ratio that must not look like
/// much. Of several products on one bar the last one counts.
std::string bars(const std::vector<double>& products, double smallest) {
  constexpr std::array kBars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  constexpr double kHighest = kBars.size() - 1;
  std::vector<double> shown;
  const std::size_t count = std::min(products.size(), kLongestLine);
  for (std::size_t i = 1; i <= count; ++i) {
    shown.push_back(std::log(products[i * products.size() / count - 1]));
  }
  const auto [low, high] = std::minmax_element(shown.begin(), shown.end());
  const double range = std::max(*high - *low, smallest);
  std::string text;
  for (const double value : shown) {
    const double height = range > 0 ? (value - *low) / range : 0;
    text += kBars.at(static_cast<std::size_t>(std::lround(height * kHighest)));
  }
  return text;
}

void write_bars(std::ostream& out, const HistoryReport::Series& series) {
  if (series.product.size() < 2) return;
  const auto [low, high] = std::minmax_element(series.product.begin(), series.product.end());
  const double smallest = std::isnan(series.detectable) ? 0.01 : std::log1p(series.detectable);
  out << "  " << bars(series.product, smallest) << "  " << percent_change(*low) << " to "
      << percent_change(*high) << '\n';
}

std::string p_value_text(double p_value) {
  char text[40];
  std::snprintf(text, sizeof text, "p %.3g", p_value);
  return text;
}

std::string change_sentence(const HistoryReport::Change& change) {
  const std::string builds = "from " + label(change.from) + " to " + label(change.to);
  if (change.kind == "count") {
    return count_change_text(change.difference) + " " + builds + ", " + plain(change.started_at);
  }
  const std::string size = change_text(change.ratio, change.ci95);
  if (change.kind == "step") {
    return size + " " + builds + ", " + plain(change.started_at) + ", " +
           p_value_text(change.p_value);
  }
  return size + " " + builds + " in " + counted(change.duels, "duel", "duels") + ", " +
         plain(change.started_at) + " to " + plain(change.ended_at) + ", " +
         p_value_text(change.p_value);
}

void write_series(std::ostream& out, const HistoryReport::Series& series) {
  out << '\n';
  std::string title = counted(series.duels, "duel", "duels");
  if (!std::isnan(series.ratio)) title += ", " + percent_change(series.ratio) + " in all";
  write_wrapped(out, clipped(plain(series.metric), kMetricWidth) + ": ", title);
  write_bars(out, series);
  for (const HistoryReport::Change& change : series.changes) {
    write_wrapped(out, "  " + padded(plain(change.kind), 5) + "  ", change_sentence(change));
  }
  if (!series.changes.empty()) return;
  if (series.reason) {
    write_wrapped(out, "  ", plain(*series.reason));
  } else if (series.exact) {
    out << "  always the same\n";
  } else {
    out << "  no change; a step of " << detectable_text(series.detectable)
        << " would have been found\n";
  }
}

}  // namespace

std::string history_text(const HistoryReport& report) {
  std::ostringstream out;
  std::string title = counted(report.duels, "duel", "duels");
  if (report.first && report.last) {
    title += " from " + label(report.first->build) + " (" + plain(report.first->time) + ") to " +
             label(report.last->build) + " (" + plain(report.last->time) + ")";
  }
  write_wrapped(out, "", title + ".");
  if (report.gaps != 0) {
    write_wrapped(out, "",
                  counted(report.gaps, "duel begins", "duels begin") +
                      " at another build than the one before ended at: changes in between are "
                      "not seen.");
  }
  if (report.repeated != 0) {
    write_wrapped(out, "",
                  counted(report.repeated, "duel was", "duels were") +
                      " repeated with the same builds; the last one counts.");
  }
  if (report.unreadable_lines != 0) {
    write_wrapped(
        out, "",
        counted(report.unreadable_lines, "line is", "lines are") + " left out: torn, or no duel.");
  }
  for (const HistoryReport::Series& series : report.series) write_series(out, series);
  return out.str();
}

}  // namespace sockbench
