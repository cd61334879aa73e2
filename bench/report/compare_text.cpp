#include <cmath>
#include <sstream>

#include "bench/report/format.h"
#include "bench/report/reports.h"
#include "common/units.h"

namespace sockbench {
namespace {

std::string three_decimals(double value) { return std::isnan(value) ? kDash : fixed(value, 3); }

std::string format(const std::string& metric, const RunsCompared::Absolute& figure) {
  if (std::isnan(figure.median)) return kDash;
  if (metric == "achieved_rps") return format_count(figure.median) + "/s";
  if (metric == "server.cpu_utilisation") return three_decimals(figure.median) + " CPUs";
  return format_duration_ns(figure.median);
}

std::string with_interval(const RunsCompared::Ratio& ratio) {
  if (!ratio.ci95) return three_decimals(ratio.ratio) + " [no interval]";
  return format_ratio(ratio.ratio, ratio.ci95);
}

void write_figure(std::ostream& out, const RunsCompared::Figure& figure) {
  out << "  " << figure.metric << ": A " << format(figure.metric, figure.a) << ", B "
      << format(figure.metric, figure.b) << "; B/A "
      << three_decimals(figure.b_to_a_for_information) << ", for information only\n";
  const RunsCompared::ToReference& ratios = figure.to_reference;
  if (!ratios.a || !ratios.b) return;
  out << "    to " << plain(figure.reference.value_or("")) << " within each run: A "
      << with_interval(*ratios.a) << ", B " << with_interval(*ratios.b) << "; ";
  if (!ratios.intervals_overlap) {
    out << "too few restarts for intervals\n";
  } else {
    out << (*ratios.intervals_overlap ? "the intervals overlap\n"
                                      : "THE INTERVALS DO NOT OVERLAP\n");
  }
}

void write_only(std::ostream& out, const char* side, const std::vector<CellName>& cells) {
  for (const CellName& cell : cells) {
    out << "only in " << side << ": " << plain(cell.workload) << " / " << plain(cell.contestant)
        << '\n';
  }
}

void write_identity(std::ostream& out, const char* side, const RunsCompared::Identity& run) {
  out << side << ": started " << plain(run.started_at) << ", commit "
      << plain(run.git_commit.value_or("null")) << '\n';
}

/// A text without its quotes, other JSON as it is.
std::string json_text(const nlohmann::ordered_json& value) {
  return plain(value.is_string() ? value.get<std::string>() : value.dump());
}

}  // namespace

std::string comparison_text(const RunsCompared& compared) {
  std::ostringstream out;
  write_identity(out, "A", compared.a);
  write_identity(out, "B", compared.b);
  out << '\n';
  for (const RunsCompared::Difference& difference : compared.differences) {
    out << difference.about << " differs in " << plain(difference.what) << ": A "
        << json_text(difference.a) << ", B " << json_text(difference.b) << '\n';
  }
  if (compared.differences.empty()) out << "Environments and plans are alike.\n";
  for (const RunsCompared::NotMixed& workload : compared.workloads_not_mixed) {
    out << "not compared: workload " << plain(workload.workload) << ", " << plain(workload.reason)
        << '\n';
  }
  for (const RunsCompared::Cell& cell : compared.cells) {
    out << '\n' << plain(cell.workload) << " / " << plain(cell.contestant);
    if (!cell.compared) out << ": not compared";
    if (cell.reason) out << " (" << plain(*cell.reason) << ')';
    out << '\n';
    for (const RunsCompared::Figure& figure : cell.figures) write_figure(out, figure);
  }
  out << '\n';
  write_only(out, "A", compared.only_in_a);
  write_only(out, "B", compared.only_in_b);
  out << compared.cannot_show << '\n';
  return out.str();
}

}  // namespace sockbench
