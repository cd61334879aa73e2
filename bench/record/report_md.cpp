#include "bench/record/report_md.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "bench/judge/run_series.h"
#include "bench/judge/verdict.h"
#include "bench/record/claims_text.h"
#include "bench/record/conclusions.h"
#include "bench/record/control.h"
#include "bench/record/format.h"
#include "common/units.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

std::string statistic(const ordered_json& value, std::string (*format)(double)) {
  return value.is_null() ? "–" : format(value["median"].get<double>());
}

std::string percentile(const ordered_json& block, const char* key) {
  if (block.is_null() || block[key].is_null()) return "–";
  return format_duration_ns(block[key].get<double>());
}

std::string ratio(const ordered_json& comparison) {
  if (comparison["ratio"].is_null()) return "–";
  std::string text = fixed(comparison["ratio"], 3);
  const ordered_json& interval = comparison["ci95"];
  if (!interval.is_null()) {
    text += " [" + fixed(interval[0], 3) + ", " + fixed(interval[1], 3) + "]";
  }
  return text;
}

/// "faster"; of an inconclusive one why, where the run tells it.
std::string verdict(const ordered_json& comparison) {
  const ordered_json reason = comparison.value("reason", ordered_json());
  if (reason == reason_name(Undecided::kTooFewRestarts)) {
    return std::string(words_of(Undecided::kTooFewRestarts));
  }
  if (reason == reason_name(Undecided::kNotSignificant)) {
    return std::string(words_of(Undecided::kNotSignificant));
  }
  return safe(comparison["verdict"]);
}

/// The total of a counted figure of the server.
std::string total_of(const ordered_json& figure) {
  const auto total = figure.is_object() ? figure.find("total") : figure.end();
  return total == figure.end() || total->is_null() ? "–" : fixed(total->get<double>(), 2);
}

void load_row(std::ostream& out, const ordered_json& run, const ordered_json& cell) {
  const ordered_json* cpu = comparison_of(run, cell, "server.cpu_ns_per_request");
  const ordered_json& response = cell["response_time_ns"];
  out << "| " << safe(cell["contestant"]) << " | "
      << statistic(cell["server"]["cpu_ns_per_request"], format_duration_ns) << " | "
      << (cpu != nullptr ? ratio(*cpu) : "–") << " | " << (cpu != nullptr ? verdict(*cpu) : "–")
      << " | " << statistic(cell["achieved_rps"], format_count) << " | "
      << percentile(response, "p50") << " | " << percentile(response, "p99") << " | "
      << total_of(cell["server"]["syscalls_per_request"]) << " | "
      << total_of(cell["server"]["context_switches_per_request"]) << " | " << safe(cell["limiter"])
      << " | " << safe(cell["validity"]["status"]) << " |\n";
}

void idle_row(std::ostream& out, const ordered_json& cell) {
  const ordered_json& server = cell["server"];
  const ordered_json& memory = server["memory_bytes_per_connection"]["user"];
  const ordered_json& peak = server["memory_bytes_peak"];
  out << "| " << safe(cell["contestant"]) << " | "
      << statistic(server["cpu_utilisation"], format_percent) << " | "
      << (memory.is_null() ? "–" : format_bytes(memory.get<double>())) << " | "
      << (peak.is_null() ? "–" : format_bytes(peak.get<double>())) << " | "
      << safe(server["threads_peak"]) << " | " << safe(cell["validity"]["status"]) << " |\n";
}

void workload_section(std::ostream& out, const ordered_json& run, const ordered_json& workload) {
  const bool idle = workload["mode"] == "idle";
  out << "### " << safe(workload["title"]) << "\n\n" << safe(workload["description"]) << "\n\n";
  if (idle) {
    out << "| contestant | CPU use (of one CPU) | memory per connection, user | memory, peak | "
           "threads | validity |\n|---|--:|--:|--:|--:|---|\n";
  } else {
    out << "| contestant | CPU per request | ratio to " << safe(workload["reference"])
        << " [95 %] | verdict | requests/s | response p50 | p99 | system calls | context switches "
           "| limiter | validity |\n"
           "|---|--:|--:|---|--:|--:|--:|--:|--:|---|---|\n";
  }
  for (const ordered_json& cell : run["cells"]) {
    if (cell["workload"] != workload["name"] || is_control_in_run(run, cell["contestant"]))
      continue;
    if (idle) {
      idle_row(out, cell);
    } else {
      load_row(out, run, cell);
    }
  }
  out << '\n';
}

/// What the doctor did not find good; a run of an older version may not tell.
void findings(std::ostream& out, const ordered_json& machine) {
  const auto list = machine.find("doctor");
  if (list == machine.end()) return;
  for (const ordered_json& finding : *list) {
    if (finding["status"] == "good") continue;
    out << "- Machine, " << safe(finding["item"]) << " (" << safe(finding["status"])
        << "): " << safe(finding["found"]);
    if (finding["cost"] != "") out << " – " << safe(finding["cost"]);
    if (!finding["advice"].is_null()) out << "; try: " << safe(finding["advice"]);
    out << '\n';
  }
}

/// Whether a warning repeats a finding, which findings() shows with its advice.
bool is_finding(const ordered_json& warning, const ordered_json& machine) {
  const auto list = machine.find("doctor");
  if (list == machine.end() || !warning.is_string()) return false;
  return std::any_of(list->begin(), list->end(), [&](const ordered_json& finding) {
    const std::string start =
        finding["item"].get<std::string>() + " (" + finding["found"].get<std::string>() + ")";
    return warning.get<std::string>().rfind(start, 0) == 0;
  });
}

void floors(std::ostream& out, const ordered_json& machine) {
  const auto list = machine.find("jitter");
  if (list == machine.end()) return;
  for (const ordered_json& watch : *list) {
    const ordered_json& floor = watch["floor_ns"];
    out << "- CPU " << safe(watch["cpu"]) << " (" << safe(watch["side"]) << "), "
        << safe(watch["when"]) << " the run: the machine alone delays one moment in a hundred by "
        << format_duration_ns(floor["p99"].get<double>()) << " or more, one in a thousand by "
        << format_duration_ns(floor["p99_9"].get<double>())
        << "; no p99 or p99.9 below that is a finding.\n";
  }
}

/// "210 comparisons, of which 97 have too few restarts."
std::string counts_of(const ordered_json& comparisons) {
  const auto too_few =
      std::count_if(comparisons.begin(), comparisons.end(), [](const ordered_json& comparison) {
        return comparison.value("reason", ordered_json()) == "too_few_restarts";
      });
  return std::to_string(comparisons.size()) + " comparisons" +
         (too_few == 0 ? "" : ", of which " + std::to_string(too_few) + " have too few restarts") +
         ".";
}

void trust_section(std::ostream& out, const ordered_json& run) {
  const ordered_json& plan = run["plan"];
  out << "## How far to trust it\n\n";
  if (plan["interrupted"] == true)
    out << "- **The run was interrupted**; what is missing was not measured.\n";
  out << "- Suite " << safe(plan["suite"]) << ", seed " << safe(plan["seed"])
      << "; all contestants of a workload ran in turns of short slices, in random order, with "
         "fresh "
         "processes in every restart. Intervals are 95 %, over restarts; those of ratios contain "
         "what "
         "other runs differ by as well. A tie lies within ±"
      << fixed(plan["margin"].get<double>() * 100, 0) << " %.\n"
      << "- *faster* and *slower* are significant (Holm-corrected, 5 %): over all comparisons of "
         "one "
         "metric that the restarts can decide. "
      << counts_of(run["comparisons"]) << "\n";
  for (const std::string& line : control_lines(run)) {
    out << "- " << (line.starts_with("Warning") ? "**" + line + "**" : line) << '\n';
  }
  for (const ordered_json& skipped : run.value("skipped", ordered_json::array())) {
    out << "- " << safe(skipped["reason"]) << '\n';
  }
  for (const ordered_json& warning : run["environment"]["warnings"]) {
    if (!is_finding(warning, run["environment"])) out << "- " << safe(warning) << '\n';
  }
  findings(out, run["environment"]);
  floors(out, run["environment"]);
  for (const ordered_json& cell : run["cells"]) {
    for (const ordered_json& reason : cell["validity"]["reasons"]) {
      out << "- " << safe(cell["workload"]) << " / " << safe(cell["contestant"]) << ": "
          << safe(cell["validity"]["status"]) << " – " << safe(reason) << '\n';
    }
  }
  out << '\n';
}

}  // namespace

std::string report_markdown(const ordered_json& run) {
  std::ostringstream out;
  const ordered_json& machine = run["environment"];
  out << "# sockbench report\n\n"
      << safe(run["started_at"]) << ", " << safe(machine["cpu_model"]) << ", "
      << safe(machine["cpus"]) << " CPUs, " << safe(machine["kernel"]) << ", commit "
      << safe(run["sockbench"]["git_commit"]) << "\n\n## The answer\n\n";
  for (const ordered_json& line : run["headline"]) out << "- " << safe(line) << '\n';
  out << '\n';
  out << conclusions_markdown(run);
  trust_section(out, run);
  out << claims_section(run.value("claims", ordered_json::array()));
  out << "## Figures\n\n";
  for (const ordered_json& workload : run["workloads"]) workload_section(out, run, workload);
  out << "CPU per request is the server's, user and system, of all its threads and processes; on "
         "loopback a sender also does the receiver's TCP work, for every model alike. Absolute "
         "figures are medians over restarts. System calls and context switches are per request, "
         "counted in restarts of their own that are not timed.\n";
  return out.str();
}

}  // namespace sockbench
