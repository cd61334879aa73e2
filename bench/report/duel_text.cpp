#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <sstream>
#include <vector>

#include "bench/report/duel_figures.h"
#include "bench/report/duel_reports.h"
#include "bench/report/format.h"
#include "common/text.h"
#include "common/units.h"

namespace sockbench {
namespace {

constexpr std::size_t kLabelWidth = 40;
constexpr std::size_t kWorkloadWidth = 20;

std::string capitals(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

std::string label_of(const DuelSide& side) { return clipped(plain(side.label), kLabelWidth); }

std::string seconds_text(double seconds) {
  return std::isnan(seconds) ? kDash : fixed(seconds, 1) + " s";
}

/// "CPU per request [99 %]": the level of the intervals below it.
std::string figure_title(const Duel& duel) {
  for (const DuelWorkload& workload : duel.workloads) {
    const DuelCheck* primary = primary_check_of(duel, workload);
    if (primary == nullptr || !primary->level) continue;
    std::string level = fixed(*primary->level * 100, 1);
    if (level.ends_with(".0")) level.resize(level.size() - 2);
    return "CPU per request [" + level + " %]";
  }
  return "CPU per request";
}

using TableRow = std::array<std::string, 6>;

void write_table(std::ostream& out, const std::vector<TableRow>& rows) {
  std::array<std::size_t, 6> widths{};
  for (const TableRow& row : rows) {
    for (std::size_t column = 0; column < row.size(); ++column) {
      widths[column] = std::max(widths[column], text_width(row[column]));
    }
  }
  for (const TableRow& row : rows) {
    std::string line;
    for (std::size_t column = 0; column < row.size(); ++column) {
      const bool last = column + 1 == row.size();
      line += last ? row[column] : padded(row[column], widths[column] + 2);
    }
    out << line << '\n';
  }
}

void write_workload_rows(std::ostream& out, const Duel& duel) {
  std::vector<TableRow> rows = {
      {"workload", "verdict", "time", "restarts", figure_title(duel), "would have found"}};
  for (const DuelWorkload& workload : duel.workloads) {
    const bool passed = workload.verdict == DuelVerdict::kPass;
    const DuelCheck* primary = primary_check_of(duel, workload);
    rows.push_back({clipped(plain(workload.name), kWorkloadWidth),
                    passed ? to_text(workload.verdict) : capitals(to_text(workload.verdict)),
                    seconds_text(workload.seconds), restarts_text(workload),
                    headline_figure(duel, workload),
                    primary == nullptr ? kDash : detectable_text(primary->detectable)});
  }
  if (rows.size() > 1) write_table(out, rows);
}

/// What is behind a workload's verdict; nothing behind a plain pass.
void write_details(std::ostream& out, const Duel& duel, const DuelWorkload& workload) {
  const auto notable = notable_checks_of(duel, workload);
  const bool passed = workload.verdict == DuelVerdict::kPass;
  if (passed && workload.reasons.empty() && notable.empty()) return;
  out << '\n';
  write_wrapped(out, clipped(plain(workload.name), kWorkloadWidth) + ": ",
                plain(workload.sentence));
  for (const std::string& line : workload.explanation) {
    write_wrapped(out, "  changed  ", plain(line));
  }
  for (const DuelCheck* check : notable) {
    const std::string title = clipped(plain(metric_title(check->metric)), kLabelWidth);
    write_wrapped(out, "  " + title + "  ", figures_text(*check) + ": " + to_text(check->verdict));
  }
  for (const std::string& reason : workload.reasons) {
    write_wrapped(out, "  note  ", plain(reason));
  }
}

}  // namespace

std::string duel_text(const Duel& duel, const std::string& folder) {
  std::ostringstream out;
  write_wrapped(out, capitals(to_text(duel.verdict)) + "  ", plain(duel.sentence));
  write_wrapped(out, "",
                label_of(duel.base) + " is the base, " + label_of(duel.head) + " the head; seed " +
                    std::to_string(duel.options.seed) + ", " + seconds_text(duel.duration_s) + ".");
  if (duel.interrupted) {
    write_wrapped(out, "", "Interrupted: this is what was measured until then.");
  }
  if (duel.options.short_form) {
    write_wrapped(out, "", "The short form: counts are exact, the rest can only warn.");
  }
  out << '\n';
  write_workload_rows(out, duel);
  for (const DuelWorkload& workload : duel.workloads) write_details(out, duel, workload);
  if (!folder.empty()) {
    out << '\n';
    write_wrapped(out, "",
                  "In " + plain(folder) + ": summary.md, duel.json, junit.xml, gbench.json, logs/");
  }
  return out.str();
}

}  // namespace sockbench
