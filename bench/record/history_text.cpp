// A history for people.

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>
#include <vector>

#include "bench/record/duel_figures.h"
#include "bench/record/history_report.h"
#include "bench/record/plain_text.h"
#include "common/text.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kLabelWidth = 20;
constexpr std::size_t kMetricWidth = 60;
constexpr std::size_t kLongestLine = 60;

std::string label(const ordered_json& value) { return clipped(plain(value), kLabelWidth); }

std::string counted(const ordered_json& count, const char* one, const char* many) {
  return count.dump() + " " + (count == 1 ? one : many);
}

/// "+5.10 %" of a ratio.
std::string percent(const ordered_json& ratio) {
  return change_text({{"ratio", ratio}, {"ci", nullptr}});
}

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

void write_bars(std::ostream& out, const ordered_json& series) {
  std::vector<double> products;
  for (const ordered_json& product : series["product"]) {
    if (product.is_number()) products.push_back(product);
  }
  if (products.size() < 2) return;
  const auto [low, high] = std::minmax_element(products.begin(), products.end());
  const double smallest =
      series["detectable"].is_null() ? 0.01 : std::log1p(series["detectable"].get<double>());
  out << "  " << bars(products, smallest) << "  " << percent(*low) << " to " << percent(*high)
      << '\n';
}

std::string change_sentence(const ordered_json& change) {
  const std::string kind = plain(change["kind"]);
  const std::string builds = "from " + label(change["from"]) + " to " + label(change["to"]);
  if (kind == "count") {
    return count_change_text(change["difference"]) + " " + builds + ", " +
           plain(change["started_at"]);
  }
  const std::string size = change_text({{"ratio", change["ratio"]}, {"ci", change["ci95"]}});
  if (kind == "step") {
    return size + " " + builds + ", " + plain(change["started_at"]) + ", p " +
           plain(change["p_value"]);
  }
  return size + " " + builds + " in " + counted(change["duels"], "duel", "duels") + ", " +
         plain(change["started_at"]) + " to " + plain(change["ended_at"]) + ", p " +
         plain(change["p_value"]);
}

void write_series(std::ostream& out, const ordered_json& series) {
  out << '\n';
  std::string title = counted(series["duels"], "duel", "duels");
  if (!series["ratio"].is_null()) title += ", " + percent(series["ratio"]) + " in all";
  write_wrapped(out, clipped(plain(series["metric"]), kMetricWidth) + ": ", title);
  write_bars(out, series);
  for (const ordered_json& change : series["changes"]) {
    write_wrapped(out, "  " + padded(plain(change["kind"]), 5) + "  ", change_sentence(change));
  }
  if (!series["changes"].empty()) return;
  if (!series["reason"].is_null()) {
    write_wrapped(out, "  ", plain(series["reason"]));
  } else if (series["exact"] == true) {
    out << "  always the same\n";
  } else {
    out << "  no change; a step of " << detectable_text(series["detectable"])
        << " would have been found\n";
  }
}

}  // namespace

std::string history_text(const ordered_json& report) {
  std::ostringstream out;
  std::string title = counted(report["duels"], "duel", "duels");
  if (!report["first"].is_null()) {
    title += " from " + label(report["first"]["base"]) + " (" + plain(report["first"]["time"]) +
             ") to " + label(report["last"]["head"]) + " (" + plain(report["last"]["time"]) + ")";
  }
  write_wrapped(out, "", title + ".");
  if (report["gaps"] != 0) {
    write_wrapped(out, "",
                  counted(report["gaps"], "duel begins", "duels begin") +
                      " at another build than the one before ended at: changes in between are "
                      "not seen.");
  }
  if (report["repeated"] != 0) {
    write_wrapped(out, "",
                  counted(report["repeated"], "duel was", "duels were") +
                      " repeated with the same builds; the last one counts.");
  }
  if (report["unreadable_lines"] != 0) {
    write_wrapped(out, "",
                  counted(report["unreadable_lines"], "line is", "lines are") +
                      " left out: torn, or no duel.");
  }
  for (const ordered_json& series : report["series"]) write_series(out, series);
  return out.str();
}

}  // namespace sockbench
