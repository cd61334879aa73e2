#include "bench/record/compare.h"

#include <array>
#include <cstdio>
#include <map>
#include <set>
#include <sstream>

#include "bench/judge/eligibility.h"
#include "bench/record/format.h"
#include "common/units.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;
using Pointer = ordered_json::json_pointer;

constexpr const char* kCannotShow =
    "A comparison across runs cannot show which of two builds is faster: absolute figures drift by "
    "tens of per cent between runs, and only slices paired within one run decide (`sockbench run "
    "--models A,B`).";

constexpr std::array kMetrics = {"server.cpu_ns_per_request", "achieved_rps",
                                 "server.cpu_utilisation"};

ordered_json at_or_null(const ordered_json& document, const Pointer& place) {
  return document.contains(place) ? document.at(place) : ordered_json(nullptr);
}

/// Notes what differs between two documents.
class Differences final {
 public:
  void look(const char* about, const std::string& what, const ordered_json& a,
            const ordered_json& b) {
    if (a != b) list_.push_back({{"about", about}, {"what", what}, {"a", a}, {"b", b}});
  }
  ordered_json take() { return std::move(list_); }

 private:
  ordered_json list_ = ordered_json::array();
};

/// By its name; null when the run has none.
ordered_json workload_of(const ordered_json& run, const std::string& name) {
  for (const ordered_json& workload : run["workloads"]) {
    if (workload["name"] == name) return workload;
  }
  return nullptr;
}

ordered_json differences_of(const ordered_json& a, const ordered_json& b) {
  Differences differences;
  for (const char* key : {"cpu_model", "architecture", "kernel", "cpus", "memory_bytes",
                          "virtualization", "governor", "clocksource"}) {
    const Pointer place = Pointer("/environment") / key;
    differences.look("environment", key, at_or_null(a, place), at_or_null(b, place));
  }
  for (const char* key : {"compiler", "build_type"}) {
    differences.look("environment", key, a["sockbench"][key], b["sockbench"][key]);
  }
  for (const char* key : {"version", "git_commit", "git_dirty"}) {
    differences.look("program", key, a["sockbench"][key], b["sockbench"][key]);
  }
  for (const char* key :
       {"suite", "seed", "reference", "margin", "server_cpus", "generator_cpus", "interrupted"}) {
    differences.look("plan", key, a["plan"][key], b["plan"][key]);
  }
  for (const auto& [name, slices] : a["plan"]["workloads"].items()) {
    if (!b["plan"]["workloads"].contains(name)) continue;
    for (const auto& [key, value] : slices.items()) {
      std::string what = name;
      what += '.';
      what += key;
      differences.look("plan", what, value, b["plan"]["workloads"][name][key]);
    }
    const ordered_json mode_a = at_or_null(workload_of(a, name), Pointer("/mode"));
    const ordered_json mode_b = at_or_null(workload_of(b, name), Pointer("/mode"));
    differences.look("plan", name + ".mode", mode_a, mode_b);
  }
  return differences.take();
}

/// What a workload does not use counts as absent: runs of earlier versions lack the keys.
ordered_json used_value(const ordered_json& workload, const std::string& key) {
  const ordered_json value = workload.value(key, ordered_json());
  const bool unused = value == 0 || value == false || (value.is_object() && value.empty());
  return unused ? ordered_json() : value;
}

/// Why two workloads of one name are not the same load; empty when they are. What is only said of
/// them, or only judged, may differ.
std::string not_mixed_reason(const ordered_json& a, const ordered_json& b) {
  if (a["mode"] != b["mode"]) {
    return a["mode"].get<std::string>() + " in A, " + b["mode"].get<std::string>() +
           " in B: closed and open loop are never mixed";
  }
  static const std::set<std::string> described = {"title", "description", "family", "metrics",
                                                  "reference"};
  std::set<std::string> keys;
  for (const auto& [key, value] : a.items()) keys.insert(key);
  for (const auto& [key, value] : b.items()) keys.insert(key);
  std::string reason;
  for (const std::string& key : keys) {
    if (described.count(key) > 0) continue;
    const ordered_json in_a = used_value(a, key);
    const ordered_json in_b = used_value(b, key);
    if (in_a == in_b) continue;
    reason += (reason.empty() ? "another load of the same name: " : ", ") + key + " " +
              in_a.dump() + " in A, " + in_b.dump() + " in B";
  }
  return reason;
}

const ordered_json* cell_of(const ordered_json& run, const ordered_json& like) {
  for (const ordered_json& cell : run["cells"]) {
    if (cell["workload"] == like["workload"] && cell["contestant"] == like["contestant"]) {
      return &cell;
    }
  }
  return nullptr;
}

ordered_json absolute(const ordered_json& cell, const std::string& metric) {
  const std::size_t dot = metric.find('.');
  const ordered_json& figure =
      dot == std::string::npos ? cell[metric] : cell[metric.substr(0, dot)][metric.substr(dot + 1)];
  if (figure.is_null()) return nullptr;
  return {{"median", figure["median"]}, {"ci95", figure["ci95"]}};
}

/// The run's own paired ratio to the reference of the workload, or null.
ordered_json ratio_to_reference(const ordered_json& run, const ordered_json& cell,
                                const ordered_json& reference, const std::string& metric) {
  for (const ordered_json& comparison : run["comparisons"]) {
    if (comparison["workload"] == cell["workload"] && comparison["head"] == cell["contestant"] &&
        comparison["base"] == reference && comparison["metric"] == metric) {
      return {{"ratio", comparison["ratio"]}, {"ci95", comparison["ci95"]}};
    }
  }
  return nullptr;
}

ordered_json overlap(const ordered_json& a, const ordered_json& b) {
  if (a.is_null() || b.is_null() || a["ci95"].is_null() || b["ci95"].is_null()) return nullptr;
  return a["ci95"][0] <= b["ci95"][1] && b["ci95"][0] <= a["ci95"][1];
}

ordered_json ratio_of(const ordered_json& a, const ordered_json& b) {
  if (!a["median"].is_number() || !b["median"].is_number()) return nullptr;
  if (a["median"].get<double>() <= 0) return nullptr;
  return b["median"].get<double>() / a["median"].get<double>();
}

/// What the two runs say of one cell on one metric; null when one of them has no such figure.
ordered_json figure_of(const ordered_json& run_a, const ordered_json& cell_a,
                       const ordered_json& run_b, const ordered_json& cell_b,
                       const std::string& metric) {
  const ordered_json a = absolute(cell_a, metric);
  const ordered_json b = absolute(cell_b, metric);
  if (a.is_null() || b.is_null()) return nullptr;
  const std::string name = cell_a["workload"];
  const ordered_json reference_a = workload_of(run_a, name)["reference"];
  const ordered_json reference_b = workload_of(run_b, name)["reference"];
  ordered_json to_a = nullptr;
  ordered_json to_b = nullptr;
  if (reference_a == reference_b) {
    to_a = ratio_to_reference(run_a, cell_a, reference_a, metric);
    to_b = ratio_to_reference(run_b, cell_b, reference_b, metric);
  }
  return {{"metric", metric},
          {"a", a},
          {"b", b},
          {"b_to_a_for_information", ratio_of(a, b)},
          {"reference", reference_a == reference_b ? reference_a : ordered_json(nullptr)},
          {"to_reference", {{"a", to_a}, {"b", to_b}, {"intervals_overlap", overlap(to_a, to_b)}}}};
}

/// Why a figure does not count in one of the runs; empty when it counts in both.
std::string why_left_out(const ordered_json& cell_a, const ordered_json& cell_b,
                         const std::string& metric) {
  for (const auto& [cell, run] : {std::pair(&cell_a, "A"), std::pair(&cell_b, "B")}) {
    const Eligibility answer = eligible_in_run(*cell, metric);
    if (!answer.eligible) return metric + " in " + run + ": " + answer.reason;
  }
  return {};
}

/// A cell that stands in both runs; figures that are not valid in both are left out, with a reason.
ordered_json compare_cell(const ordered_json& run_a, const ordered_json& cell_a,
                          const ordered_json& run_b, const ordered_json& cell_b,
                          const std::string& not_mixed) {
  const ordered_json& status_a = cell_a["validity"]["status"];
  const ordered_json& status_b = cell_b["validity"]["status"];
  ordered_json figures = ordered_json::array();
  std::string left_out;
  if (not_mixed.empty()) {
    for (const char* metric : kMetrics) {
      ordered_json figure = figure_of(run_a, cell_a, run_b, cell_b, metric);
      // CPU use has a meaning of its own only where there is no request to divide it by.
      if (figure.is_null() ||
          (metric == std::string("server.cpu_utilisation") && !figures.empty())) {
        continue;
      }
      const std::string why = why_left_out(cell_a, cell_b, metric);
      if (why.empty()) figures.push_back(std::move(figure));
      if (left_out.empty()) left_out = why;
    }
  }
  ordered_json reason = nullptr;
  if (!not_mixed.empty()) {
    reason = not_mixed;
  } else if (!left_out.empty() && status_a == "valid" && status_b == "valid") {
    reason = left_out;
  } else if (!left_out.empty() || figures.empty()) {
    reason = status_a.get<std::string>() + " in A, " + status_b.get<std::string>() + " in B" +
             (figures.empty() ? "" : ": throughput is not compared");
  }
  return {{"contestant", cell_a["contestant"]},
          {"workload", cell_a["workload"]},
          {"mode", workload_of(run_a, cell_a["workload"])["mode"]},
          {"status", {{"a", status_a}, {"b", status_b}}},
          {"compared", !figures.empty()},
          {"reason", reason},
          {"figures", figures}};
}

ordered_json only_in(const ordered_json& run, const ordered_json& other) {
  ordered_json list = ordered_json::array();
  for (const ordered_json& cell : run["cells"]) {
    if (cell_of(other, cell) != nullptr) continue;
    list.push_back({{"contestant", cell["contestant"]}, {"workload", cell["workload"]}});
  }
  return list;
}

ordered_json identity(const ordered_json& run) {
  return {{"started_at", run["started_at"]}, {"git_commit", run["sockbench"]["git_commit"]}};
}

}  // namespace

ordered_json compare_runs(const ordered_json& a, const ordered_json& b) {
  ordered_json differences = differences_of(a, b);
  bool environments_differ = false;
  for (const ordered_json& difference : differences) {
    if (difference["about"] == "environment") environments_differ = true;
  }
  std::map<std::string, std::string> not_mixed;  // by workload
  ordered_json not_mixed_list = ordered_json::array();
  for (const ordered_json& workload : a["workloads"]) {
    const std::string name = workload["name"];
    const ordered_json other = workload_of(b, name);
    if (other.is_null()) continue;
    not_mixed[name] = not_mixed_reason(workload, other);
    if (not_mixed[name].empty()) continue;
    not_mixed_list.push_back({{"workload", name}, {"reason", not_mixed[name]}});
  }
  ordered_json cells = ordered_json::array();
  for (const ordered_json& cell : a["cells"]) {
    const ordered_json* other = cell_of(b, cell);
    if (other == nullptr) continue;
    cells.push_back(compare_cell(a, cell, b, *other, not_mixed[cell["workload"]]));
  }
  return {{"a", identity(a)},
          {"b", identity(b)},
          {"differences", differences},
          {"environments_differ", environments_differ},
          {"workloads_not_mixed", not_mixed_list},
          {"cells", cells},
          {"only_in_a", only_in(a, b)},
          {"only_in_b", only_in(b, a)},
          {"cannot_show", kCannotShow}};
}

std::string refusal(const ordered_json& comparison) {
  if (comparison["environments_differ"] == false) return {};
  std::string text;
  for (const ordered_json& difference : comparison["differences"]) {
    if (difference["about"] != "environment") continue;
    text += (text.empty() ? "" : ", ") + difference["what"].get<std::string>() + " " +
            difference["a"].dump() + " and " + difference["b"].dump();
  }
  return "The environments differ (" + text + "); --force compares them anyway.";
}

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
