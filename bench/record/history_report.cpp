#include "bench/record/history_report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <sstream>
#include <utility>
#include <vector>

#include "bench/judge/change_point.h"
#include "bench/record/duel_figures.h"
#include "bench/record/format.h"
#include "common/text.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;
using Duels = std::vector<const ordered_json*>;

constexpr double kFamilySignificance = 0.05;  ///< of all series together
constexpr int kFewestSimulations = 2'000;
constexpr int kSimulationsBeyond = 5;  ///< expected beyond the significance level
constexpr double kNormal95 = 1.959964;
constexpr double kMostOfADuel = 1e6;

bool same_builds(const ordered_json& a, const ordered_json& b) {
  return a["base"] == b["base"] && a["head"] == b["head"];
}

/// The duels that count.
Duels chain_of(const History& history) {
  Duels chain;
  for (const ordered_json& duel : history.duels) {
    if (!chain.empty() && same_builds(*chain.back(), duel)) chain.pop_back();
    chain.push_back(&duel);
  }
  return chain;
}

std::size_t gaps_in(const Duels& chain) {
  std::size_t gaps = 0;
  for (std::size_t i = 1; i < chain.size(); ++i) {
    if ((*chain[i])["base"] != (*chain[i - 1])["head"]) ++gaps;
  }
  return gaps;
}

/// One metric's way through the chain: the duels that measured it.
struct HistorySeries {
  std::string metric;
  bool exact = false;
  Duels duels;
  const ordered_json& figure(std::size_t index) const { return (*duels[index])["metrics"][metric]; }
};

bool has_ratio(const ordered_json& figure) {
  return figure["ratio"].is_number() && figure["ratio"].get<double>() > 0;
}

bool has_counts(const ordered_json& figure) {
  return figure["base"].is_number() && figure["head"].is_number();
}

bool is_exact(const ordered_json& figure) { return figure.value("exact", false); }

/// In the order in which metrics appear. An exact one is wanted without a ratio, too.
std::vector<HistorySeries> series_of(const Duels& chain) {
  std::vector<HistorySeries> all;
  for (const ordered_json* duel : chain) {
    for (const auto& item : (*duel)["metrics"].items()) {
      const ordered_json& figure = item.value();
      const bool exact = is_exact(figure);
      if (!(exact ? has_counts(figure) : has_ratio(figure))) continue;
      auto place = std::find_if(all.begin(), all.end(), [&](const HistorySeries& series) {
        return series.metric == item.key() && series.exact == exact;
      });
      if (place == all.end()) place = all.insert(all.end(), HistorySeries{item.key(), exact, {}});
      place->duels.push_back(duel);
    }
  }
  return all;
}

/// Of a figure with a ratio.
DuelEffect effect_of(const ordered_json& figure) {
  DuelEffect effect{std::log(figure["ratio"].get<double>()),
                    std::numeric_limits<double>::quiet_NaN()};
  const ordered_json& ci = figure["ci"];
  if (ci.is_array() && figure["level"].is_number() && figure["restarts"].is_number()) {
    const double restarts = std::clamp(figure["restarts"].get<double>(), 0.0, kMostOfADuel);
    effect.standard_error =
        standard_error_of({ci[0], ci[1]}, figure["level"], static_cast<std::size_t>(restarts));
  }
  return effect;
}

/// Where a change began and ended.
ordered_json change_between(const char* kind, const HistorySeries& series, std::size_t first,
                            std::size_t last) {
  const ordered_json& begin = *series.duels[first];
  const ordered_json& end = *series.duels[last];
  return {{"kind", kind},
          {"from", begin["base"]},
          {"to", end["head"]},
          {"started_at", begin["time"]},
          {"ended_at", end["time"]},
          {"duels", last - first + 1},
          {"ratio", nullptr},
          {"ci95", nullptr},
          {"p_value", nullptr},
          {"difference", nullptr}};
}

ordered_json relative(double log_ratio) { return rounded(std::exp(log_ratio), kHistoryDigits); }

ordered_json changes_of_counts(const HistorySeries& series) {
  ordered_json changes = ordered_json::array();
  for (std::size_t i = 0; i < series.duels.size(); ++i) {
    const ordered_json& figure = series.figure(i);
    const double difference = figure["head"].get<double>() - figure["base"].get<double>();
    if (difference == 0) continue;
    ordered_json change = change_between("count", series, i, i);
    change["ratio"] = figure["ratio"];
    change["difference"] = rounded(difference, kHistoryDigits);
    changes.push_back(std::move(change));
  }
  return changes;
}

ordered_json found_change(const HistorySeries& series, const ChangePoint& point) {
  const char* kind = point.first == point.last ? "step" : "creep";
  ordered_json change = change_between(kind, series, point.first, point.last);
  const double half_width = kNormal95 * point.standard_error;
  change["ratio"] = relative(point.log_ratio);
  change["ci95"] = {relative(point.log_ratio - half_width), relative(point.log_ratio + half_width)};
  change["p_value"] = rounded(point.p_value, 3);
  return change;
}

void add_products(ordered_json& entry, const std::vector<DuelEffect>& effects) {
  double sum = 0;
  for (const DuelEffect& effect : effects) {
    sum += effect.log_ratio;
    entry["product"].push_back(relative(sum));
  }
  if (!effects.empty()) entry["ratio"] = entry["product"].back();
}

ordered_json judge_series(const HistorySeries& series, double significance) {
  ordered_json entry = {{"metric", series.metric},
                        {"exact", series.exact},
                        {"duels", series.duels.size()},
                        {"ratio", nullptr},
                        {"noise", nullptr},
                        {"detectable", nullptr},
                        {"reason", nullptr},
                        {"product", ordered_json::array()},
                        {"changes", ordered_json::array()}};
  if (series.exact) {
    entry["changes"] = changes_of_counts(series);
    return entry;
  }
  std::vector<DuelEffect> effects;
  for (std::size_t i = 0; i < series.duels.size(); ++i) {
    effects.push_back(effect_of(series.figure(i)));
  }
  add_products(entry, effects);
  const int simulations =
      std::max(kFewestSimulations, static_cast<int>(kSimulationsBeyond / significance));
  const auto found =
      find_change_points(effects, {.significance = significance, .simulations = simulations});
  if (!found) {
    entry["reason"] = "too short: " + std::to_string(series.duels.size()) + " of at least " +
                      std::to_string(kFewestDuels) + " duels";
    return entry;
  }
  entry["noise"] = rounded(std::expm1(found->noise), 3);
  entry["detectable"] = rounded(std::expm1(found->detectable), 3);
  for (const ChangePoint& point : found->changes) {
    entry["changes"].push_back(found_change(series, point));
  }
  return entry;
}

}  // namespace

ordered_json judge_history(const History& history) {
  const Duels chain = chain_of(history);
  ordered_json report = {{"duels", chain.size()},
                         {"repeated", history.duels.size() - chain.size()},
                         {"gaps", gaps_in(chain)},
                         {"unreadable_lines", history.unreadable},
                         {"first", nullptr},
                         {"last", nullptr},
                         {"series", ordered_json::array()}};
  if (chain.empty()) return report;
  report["first"] = {{"time", (*chain.front())["time"]}, {"base", (*chain.front())["base"]}};
  report["last"] = {{"time", (*chain.back())["time"]}, {"head", (*chain.back())["head"]}};
  const std::vector<HistorySeries> all = series_of(chain);
  const auto judged = std::count_if(all.begin(), all.end(),
                                    [](const HistorySeries& series) { return !series.exact; });
  const double significance =
      kFamilySignificance / static_cast<double>(std::max<std::ptrdiff_t>(1, judged));
  for (const HistorySeries& series : all)
    report["series"].push_back(judge_series(series, significance));
  return report;
}

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
