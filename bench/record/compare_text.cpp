// A comparison of two runs as a page for people.

#include <cstdio>
#include <sstream>

#include "bench/record/compare.h"
#include "bench/record/plain_text.h"
#include "common/units.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

std::string three_decimals(const ordered_json& value) {
  if (!value.is_number()) return "–";
  char text[64];
  std::snprintf(text, sizeof text, "%.3f", value.get<double>());
  return text;
}

std::string format(const std::string& metric, const ordered_json& figure) {
  if (!figure["median"].is_number()) return "–";
  const auto value = figure["median"].get<double>();
  if (metric == "achieved_rps") return format_count(value) + "/s";
  if (metric == "server.cpu_utilisation") return three_decimals(value) + " CPUs";
  return format_duration_ns(value);
}

std::string with_interval(const ordered_json& ratio) {
  if (ratio.is_null()) return "–";
  const ordered_json& interval = ratio["ci95"];
  if (interval.is_null()) return three_decimals(ratio["ratio"]) + " [no interval]";
  return three_decimals(ratio["ratio"]) + " [" + three_decimals(interval[0]) + ", " +
         three_decimals(interval[1]) + "]";
}

void write_figure(std::ostream& out, const ordered_json& figure) {
  const std::string metric = figure["metric"];
  out << "  " << metric << ": A " << format(metric, figure["a"]) << ", B "
      << format(metric, figure["b"]) << "; B/A " << three_decimals(figure["b_to_a_for_information"])
      << ", for information only\n";
  const ordered_json& ratios = figure["to_reference"];
  if (ratios["a"].is_null() || ratios["b"].is_null()) return;
  const ordered_json& overlap = ratios["intervals_overlap"];
  out << "    to " << plain(figure["reference"]) << " within each run: A "
      << with_interval(ratios["a"]) << ", B " << with_interval(ratios["b"]) << "; ";
  if (overlap.is_null()) {
    out << "too few restarts for intervals\n";
  } else {
    out << (overlap == true ? "the intervals overlap\n" : "THE INTERVALS DO NOT OVERLAP\n");
  }
}

void write_only(std::ostream& out, const char* side, const ordered_json& cells) {
  for (const ordered_json& cell : cells) {
    out << "only in " << side << ": " << plain(cell["workload"]) << " / "
        << plain(cell["contestant"]) << '\n';
  }
}

}  // namespace

std::string comparison_text(const ordered_json& comparison) {
  std::ostringstream out;
  for (const char* side : {"a", "b"}) {
    out << (*side == 'a' ? "A" : "B") << ": started " << plain(comparison[side]["started_at"])
        << ", commit " << plain(comparison[side]["git_commit"]) << '\n';
  }
  out << '\n';
  for (const ordered_json& difference : comparison["differences"]) {
    out << plain(difference["about"]) << " differs in " << plain(difference["what"]) << ": A "
        << plain(difference["a"]) << ", B " << plain(difference["b"]) << '\n';
  }
  if (comparison["differences"].empty()) out << "Environments and plans are alike.\n";
  for (const ordered_json& workload : comparison["workloads_not_mixed"]) {
    out << "not compared: workload " << plain(workload["workload"]) << ", "
        << plain(workload["reason"]) << '\n';
  }
  for (const ordered_json& cell : comparison["cells"]) {
    out << '\n' << plain(cell["workload"]) << " / " << plain(cell["contestant"]);
    if (cell["compared"] == false) out << ": not compared";
    if (!cell["reason"].is_null()) out << " (" << plain(cell["reason"]) << ')';
    out << '\n';
    for (const ordered_json& figure : cell["figures"]) write_figure(out, figure);
  }
  out << '\n';
  write_only(out, "A", comparison["only_in_a"]);
  write_only(out, "B", comparison["only_in_b"]);
  out << plain(comparison["cannot_show"]) << '\n';
  return out.str();
}

}  // namespace sockbench
