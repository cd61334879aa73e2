#include <algorithm>
#include <array>
#include <cctype>
#include <sstream>
#include <vector>

#include "bench/record/duel_figures.h"
#include "bench/record/duel_reports.h"
#include "bench/record/format.h"
#include "common/text.h"
#include "common/units.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kLabelWidth = 40;
constexpr std::size_t kWorkloadWidth = 20;

std::string capitals(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

std::string label_of(const ordered_json& side) {
  return clipped(plain(side["label"]), kLabelWidth);
}

std::string seconds_text(const ordered_json& seconds) {
  return seconds.is_null() ? "–" : fixed(seconds, 1) + " s";
}

/// "CPU per request [99 %]": the level of the intervals below it.
std::string figure_title(const ordered_json& duel) {
  for (const ordered_json& workload : duel["workloads"]) {
    const ordered_json* primary = primary_check_of(duel, workload);
    if (primary == nullptr || (*primary)["level"].is_null()) continue;
    const double percent = (*primary)["level"].get<double>() * 100;
    std::string level = fixed(percent, 1);
    if (level.ends_with(".0")) level.resize(level.size() - 2);
    return "CPU per request [" + level + " %]";
  }
  return "CPU per request";
}

using Row = std::array<std::string, 6>;

void write_table(std::ostream& out, const std::vector<Row>& rows) {
  std::array<std::size_t, 6> widths{};
  for (const Row& row : rows) {
    for (std::size_t column = 0; column < row.size(); ++column) {
      widths[column] = std::max(widths[column], text_width(row[column]));
    }
  }
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t column = 0; column < row.size(); ++column) {
      const bool last = column + 1 == row.size();
      line += last ? row[column] : padded(row[column], widths[column] + 2);
    }
    out << line << '\n';
  }
}

void write_workload_rows(std::ostream& out, const ordered_json& duel) {
  std::vector<Row> rows = {
      {"workload", "verdict", "time", "restarts", figure_title(duel), "would have found"}};
  for (const ordered_json& workload : duel["workloads"]) {
    const std::string verdict = plain(workload["verdict"]);
    const ordered_json* primary = primary_check_of(duel, workload);
    rows.push_back({clipped(plain(workload["name"]), kWorkloadWidth),
                    verdict == "pass" ? verdict : capitals(verdict),
                    seconds_text(workload["seconds"]), restarts_text(workload),
                    headline_figure(duel, workload),
                    primary == nullptr ? "–" : detectable_text((*primary)["detectable"])});
  }
  if (rows.size() > 1) write_table(out, rows);
}

/// What is behind a workload's verdict; nothing behind a plain pass.
void write_details(std::ostream& out, const ordered_json& duel, const ordered_json& workload) {
  const auto notable = notable_checks_of(duel, workload);
  if (workload["verdict"] == "pass" && workload["reasons"].empty() && notable.empty()) return;
  out << '\n';
  write_wrapped(out, clipped(plain(workload["name"]), kWorkloadWidth) + ": ",
                plain(workload["sentence"]));
  for (const ordered_json& line : workload["explanation"]) {
    write_wrapped(out, "  changed  ", plain(line));
  }
  for (const ordered_json* check : notable) {
    const std::string title = clipped(plain(metric_title((*check)["metric"])), kLabelWidth);
    write_wrapped(out, "  " + title + "  ",
                  figures_text(*check) + ": " + plain((*check)["verdict"]));
  }
  for (const ordered_json& reason : workload["reasons"]) {
    write_wrapped(out, "  note  ", plain(reason));
  }
}

}  // namespace

std::string duel_text(const ordered_json& duel, const std::string& folder) {
  std::ostringstream out;
  write_wrapped(out, capitals(plain(duel["verdict"])) + "  ", plain(duel["sentence"]));
  write_wrapped(out, "",
                label_of(duel["base"]) + " is the base, " + label_of(duel["head"]) +
                    " the head; seed " + duel["options"]["seed"].dump() + ", " +
                    seconds_text(duel["duration_s"]) + ".");
  if (duel["interrupted"] == true) {
    write_wrapped(out, "", "Interrupted: this is what was measured until then.");
  }
  if (duel["options"]["short"] == true) {
    write_wrapped(out, "", "The short form: counts are exact, the rest can only warn.");
  }
  out << '\n';
  write_workload_rows(out, duel);
  for (const ordered_json& workload : duel["workloads"]) write_details(out, duel, workload);
  if (!folder.empty()) {
    out << '\n';
    write_wrapped(out, "",
                  "In " + plain(folder) + ": summary.md, duel.json, junit.xml, gbench.json, logs/");
  }
  return out.str();
}

}  // namespace sockbench
