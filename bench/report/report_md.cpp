#include <algorithm>
#include <cmath>
#include <sstream>
#include <vector>

#include "bench/document/figure.h"
#include "bench/report/format.h"
#include "bench/report/reports.h"
#include "common/units.h"

namespace sockbench {
namespace {

std::string shown(const Cell& cell, const char* metric, std::string (*format)(double)) {
  const double value = figure(cell, metric).value;
  return std::isnan(value) ? kDash : format(value);
}

std::string two_decimals(double value) { return fixed(value, 2); }

std::string whole(double value) { return fixed(value, 0); }

/// "faster"; of an inconclusive one why, where the run tells it.
std::string verdict(const Comparison& comparison) {
  return comparison.reason ? words_of(*comparison.reason) : to_text(comparison.verdict);
}

void load_row(std::ostream& out, const Run& run, const Cell& cell) {
  const Comparison* cpu =
      run.comparison(cell.workload, cell.contestant, "server.cpu_ns_per_request");
  out << "| " << safe(cell.contestant) << " | "
      << shown(cell, "server.cpu_ns_per_request", format_duration_ns) << " | "
      << (cpu != nullptr ? format_ratio(cpu->ratio, cpu->ci95) : kDash) << " | "
      << (cpu != nullptr ? verdict(*cpu) : kDash) << " | "
      << shown(cell, "achieved_rps", format_count) << " | "
      << shown(cell, "response_time_ns.p50", format_duration_ns) << " | "
      << shown(cell, "response_time_ns.p99", format_duration_ns) << " | "
      << shown(cell, "server.syscalls_per_request.total", two_decimals) << " | "
      << shown(cell, "server.context_switches_per_request.total", two_decimals) << " | "
      << to_text(cell.limiter) << " | " << to_text(cell.validity.status) << " |\n";
}

void idle_row(std::ostream& out, const Cell& cell) {
  out << "| " << safe(cell.contestant) << " | "
      << shown(cell, "server.cpu_utilisation", format_percent) << " | "
      << shown(cell, "server.memory_bytes_per_connection.user", format_bytes) << " | "
      << shown(cell, "server.memory_bytes_peak", format_bytes) << " | "
      << shown(cell, "server.threads_peak", whole) << " | " << to_text(cell.validity.status)
      << " |\n";
}

void workload_section(std::ostream& out, const Run& run, const RunWorkload& workload) {
  const bool idle = workload.mode == Mode::kIdle;
  out << "### " << safe(workload.title) << "\n\n" << safe(workload.description) << "\n\n";
  if (idle) {
    out << "| contestant | CPU use (of one CPU) | memory per connection, user | memory, peak | "
           "threads | validity |\n|---|--:|--:|--:|--:|---|\n";
  } else {
    out << "| contestant | CPU per request | ratio to " << safe(workload.reference)
        << " [95 %] | verdict | requests/s | response p50 | p99 | system calls | context switches "
           "| limiter | validity |\n"
           "|---|--:|--:|---|--:|--:|--:|--:|--:|---|---|\n";
  }
  for (const Cell& cell : run.cells) {
    if (cell.workload != workload.name || run.is_control(cell.contestant)) continue;
    if (idle) {
      idle_row(out, cell);
    } else {
      load_row(out, run, cell);
    }
  }
  out << '\n';
}

/// What the doctor did not find good; a run of an older version may not tell.
void findings(std::ostream& out, const Environment& machine) {
  for (const MachineFinding& finding : machine.doctor) {
    if (finding.status == "good") continue;
    out << "- Machine, " << safe(finding.item) << " (" << safe(finding.status)
        << "): " << safe(finding.found);
    if (!finding.cost.empty()) out << " – " << safe(finding.cost);
    if (finding.advice) out << "; try: " << safe(*finding.advice);
    out << '\n';
  }
}

/// Whether a warning repeats a finding, which findings() shows with its advice.
bool is_finding(const std::string& warning, const Environment& machine) {
  return std::any_of(machine.doctor.begin(), machine.doctor.end(),
                     [&](const MachineFinding& finding) {
                       return warning.starts_with(finding.item + " (" + finding.found + ")");
                     });
}

void floors(std::ostream& out, const Environment& machine) {
  for (const JitterFloor& floor : machine.jitter) {
    out << "- CPU " << floor.cpu << " (" << safe(floor.side) << "), " << safe(floor.when)
        << " the run: the machine alone delays one moment in a hundred by "
        << format_duration_ns(floor.p99_ns) << " or more, one in a thousand by "
        << format_duration_ns(floor.p99_9_ns) << "; no p99 or p99.9 below that is a finding.\n";
  }
}

/// "210 comparisons, of which 97 have too few restarts."
std::string counts_of(const std::vector<Comparison>& comparisons) {
  const auto too_few = std::count_if(
      comparisons.begin(), comparisons.end(),
      [](const Comparison& each) { return each.reason == Undecided::kTooFewRestarts; });
  return std::to_string(comparisons.size()) + " comparisons" +
         (too_few == 0 ? "" : ", of which " + std::to_string(too_few) + " have too few restarts") +
         ".";
}

void trust_section(std::ostream& out, const Run& run) {
  out << "## How far to trust it\n\n";
  if (run.plan.interrupted) {
    out << "- **The run was interrupted**; what is missing was not measured.\n";
  }
  out << "- Suite " << safe(run.plan.suite) << ", seed " << run.plan.seed
      << "; all contestants of a workload ran in turns of short slices, in random order, with "
         "fresh processes in every restart. Intervals are 95 %, over restarts; those of ratios "
         "contain what other runs differ by as well. A tie lies within ±"
      << fixed(run.plan.margin * 100, 0) << " %.\n"
      << "- *faster* and *slower* are significant (Holm-corrected, 5 %): over all comparisons of "
         "one metric that the restarts can decide. "
      << counts_of(run.comparisons) << "\n";
  for (const std::string& line : control_lines(run)) {
    out << "- " << (line.starts_with("Warning") ? "**" + line + "**" : line) << '\n';
  }
  for (const SkippedContestant& skipped : run.skipped) out << "- " << safe(skipped.reason) << '\n';
  for (const std::string& warning : run.environment.warnings) {
    if (!is_finding(warning, run.environment)) out << "- " << safe(warning) << '\n';
  }
  findings(out, run.environment);
  floors(out, run.environment);
  for (const Cell& cell : run.cells) {
    for (const std::string& reason : cell.validity.reasons) {
      out << "- " << safe(cell.workload) << " / " << safe(cell.contestant) << ": "
          << to_text(cell.validity.status) << " – " << safe(reason) << '\n';
    }
  }
  out << '\n';
}

}  // namespace

std::vector<std::string> control_lines(const Run& run) {
  std::vector<std::string> lines;
  if (!run.control) return lines;
  lines.push_back(plain(run.control->text) + ".");
  if (run.control->warning) lines.push_back("Warning: " + plain(*run.control->warning) + ".");
  return lines;
}

std::string report_markdown(const Run& run) {
  std::ostringstream out;
  const Environment& machine = run.environment;
  out << "# sockbench report\n\n"
      << safe(run.started_at) << ", " << safe(machine.cpu_model) << ", " << machine.cpus
      << " CPUs, " << safe(machine.kernel) << ", commit "
      << safe(run.sockbench.git_commit.value_or("null")) << "\n\n## The answer\n\n";
  for (const std::string& line : run.headline) out << "- " << safe(line) << '\n';
  out << '\n';
  out << conclusions_markdown(run);
  trust_section(out, run);
  out << claims_section(run.claims);
  out << "## Figures\n\n";
  for (const RunWorkload& workload : run.workloads) workload_section(out, run, workload);
  out << "CPU per request is the server's, user and system, of all its threads and processes; on "
         "loopback a sender also does the receiver's TCP work, for every model alike. Absolute "
         "figures are medians over restarts. System calls and context switches are per request, "
         "counted in restarts of their own that are not timed.\n";
  return out.str();
}

}  // namespace sockbench
