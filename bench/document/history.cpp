// The documents of a branch's history: its lines, and what they show.

#include "bench/document/duel.h"
#include "bench/document/fields.h"

namespace sockbench {

using document::Reader;
using document::Writer;
using nlohmann::ordered_json;

namespace {

constexpr int kDigits = 6;  // significant ones of a figure

}  // namespace

template <typename Visit>
void fields(Visit& visit, Is<HistoryFigure> auto& figure) {
  visit.rounded("ratio", figure.ratio, kDigits);
  visit.rounded("ci", figure.ci, kDigits);
  visit("level", figure.level);
  visit.rounded("restarts", figure.restarts, kDigits);
  visit.rounded("base", figure.base, kDigits);
  visit.rounded("head", figure.head, kDigits);
  visit.if_any("exact", figure.exact);
}

SOCKBENCH_FIELDS(HistoryDuel, time, base, head, verdict, seconds, metrics)

template <typename Visit>
void fields(Visit& visit, Is<HistoryReport::Change> auto& change) {
  visit("kind", change.kind);
  visit("from", change.from);
  visit("to", change.to);
  visit("started_at", change.started_at);
  visit("ended_at", change.ended_at);
  visit("duels", change.duels);
  visit.rounded("ratio", change.ratio, kDigits);
  visit.rounded("ci95", change.ci95, kDigits);
  visit.rounded("p_value", change.p_value, 3);
  visit.rounded("difference", change.difference, kDigits);
}

template <typename Visit>
void fields(Visit& visit, Is<HistoryReport::Series> auto& series) {
  visit("metric", series.metric);
  visit("exact", series.exact);
  visit("duels", series.duels);
  visit.rounded("ratio", series.ratio, kDigits);
  visit.rounded("noise", series.noise, 3);
  visit.rounded("detectable", series.detectable, 3);
  visit("reason", series.reason);
  visit.rounded("product", series.product, kDigits);
  visit("changes", series.changes);
}

template <typename Visit>
void fields(Visit& visit, Is<HistoryReport> auto& report) {
  const auto end_json = [](const char* side) {
    return [side](const std::optional<HistoryReport::End>& end) {
      return end ? ordered_json{{"time", end->time}, {side, end->build}} : ordered_json(nullptr);
    };
  };
  const auto unread = [](const ordered_json&) { return std::optional<HistoryReport::End>(); };
  visit("duels", report.duels);
  visit("repeated", report.repeated);
  visit("gaps", report.gaps);
  visit("unreadable_lines", report.unreadable_lines);
  visit.with("first", report.first, end_json("base"), unread);
  visit.with("last", report.last, end_json("head"), unread);
  visit("series", report.series);
}

ordered_json to_json(const HistoryReport& report) { return Writer::json_of(report); }

std::string history_line_of(const HistoryDuel& duel) {
  return Writer::json_of(duel).dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::optional<HistoryDuel> parse_history_line(const std::string& line) {
  const ordered_json json = ordered_json::parse(line, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  for (const char* key : {"time", "base", "head", "verdict", "metrics"}) {
    if (!json.contains(key)) return std::nullopt;
  }
  for (const auto& [name, figure] : json["metrics"].items()) {
    if (!figure.is_object()) return std::nullopt;
    for (const char* key : {"ratio", "ci", "level", "restarts", "base", "head"}) {
      if (!figure.contains(key)) return std::nullopt;
    }
  }
  try {
    HistoryDuel duel;
    Reader::read(duel, json, "line");
    return duel;
  } catch (const UsageError&) {
    return std::nullopt;
  }
}

}  // namespace sockbench
