#include "bench/judge/compare.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "bench/document/figure.h"
#include "bench/judge/eligibility.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

constexpr const char* kCannotShow =
    "A comparison across runs cannot show which of two builds is faster: absolute figures drift by "
    "tens of per cent between runs, and only slices paired within one run decide (`sockbench run "
    "--models A,B`).";

constexpr std::array kMetrics = {"server.cpu_ns_per_request", "achieved_rps",
                                 "server.cpu_utilisation"};

/// Notes what differs between two documents.
class Differences final {
 public:
  void look(const char* about, const std::string& what, const ordered_json& a,
            const ordered_json& b) {
    if (a != b) list_.push_back({about, what, a, b});
  }
  template <typename T>
  void look(const char* about, const char* what, const std::optional<T>& a,
            const std::optional<T>& b) {
    look(about, what, a ? ordered_json(*a) : nullptr, b ? ordered_json(*b) : nullptr);
  }
  std::vector<RunsCompared::Difference> take() { return std::move(list_); }

 private:
  std::vector<RunsCompared::Difference> list_;
};

void look_at_plans(Differences& differences, const Run& a, const Run& b) {
  differences.look("plan", "suite", a.plan.suite, b.plan.suite);
  differences.look("plan", "seed", a.plan.seed, b.plan.seed);
  differences.look("plan", "reference", a.plan.reference, b.plan.reference);
  differences.look("plan", "margin", a.plan.margin, b.plan.margin);
  differences.look("plan", "server_cpus", a.plan.server_cpus, b.plan.server_cpus);
  differences.look("plan", "generator_cpus", a.plan.generator_cpus, b.plan.generator_cpus);
  differences.look("plan", "interrupted", a.plan.interrupted, b.plan.interrupted);
  for (const auto& [name, timing] : a.plan.workloads) {
    const WorkloadTiming* other = b.plan.timing(name);
    if (other == nullptr) continue;
    const ordered_json in_a = to_json(timing);
    const ordered_json in_b = to_json(*other);
    for (const auto& [key, value] : in_a.items()) {
      differences.look("plan", name + "." + key, value, in_b.at(key));
    }
    const RunWorkload* left = a.workload(name);
    const RunWorkload* right = b.workload(name);
    if (left != nullptr && right != nullptr) {
      differences.look("plan", name + ".mode", to_text(left->mode), to_text(right->mode));
    }
  }
}

std::vector<RunsCompared::Difference> differences_of(const Run& a, const Run& b) {
  Differences differences;
  for (const char* key : {"cpu_model", "architecture", "kernel", "cpus", "memory_bytes",
                          "virtualization", "governor", "clocksource"}) {
    differences.look("environment", key, a.environment.value_of(key), b.environment.value_of(key));
  }
  const Program& one = a.sockbench;
  const Program& other = b.sockbench;
  differences.look("environment", "compiler", one.compiler, other.compiler);
  differences.look("environment", "build_type", one.build_type, other.build_type);
  differences.look("program", "version", one.version, other.version);
  differences.look("program", "git_commit", one.git_commit, other.git_commit);
  differences.look("program", "git_dirty", one.git_dirty, other.git_dirty);
  look_at_plans(differences, a, b);
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
std::string not_mixed_reason(const RunWorkload& a, const RunWorkload& b) {
  if (a.mode != b.mode) {
    return std::string(to_text(a.mode)) + " in A, " + to_text(b.mode) +
           " in B: closed and open loop are never mixed";
  }
  static const std::set<std::string> described = {"title", "description", "family", "metrics",
                                                  "reference"};
  const ordered_json in_a = to_json(a);
  const ordered_json in_b = to_json(b);
  std::set<std::string> keys;
  for (const auto& [key, value] : in_a.items()) keys.insert(key);
  std::string reason;
  for (const std::string& key : keys) {
    if (described.contains(key)) continue;
    const ordered_json left = used_value(in_a, key);
    const ordered_json right = used_value(in_b, key);
    if (left == right) continue;
    reason += (reason.empty() ? "another load of the same name: " : ", ") + key + " " +
              left.dump() + " in A, " + right.dump() + " in B";
  }
  return reason;
}

/// The run's own paired ratio to the reference of the workload.
std::optional<RunsCompared::Ratio> ratio_to(const std::string& reference, const Run& run,
                                            const Cell& cell, const std::string& metric) {
  const Comparison* found = run.comparison(cell.workload, cell.contestant, metric);
  if (found == nullptr || found->base != reference) return std::nullopt;
  return RunsCompared::Ratio{found->ratio, found->ci95};
}

std::optional<bool> overlap(const std::optional<RunsCompared::Ratio>& a,
                            const std::optional<RunsCompared::Ratio>& b) {
  if (!a || !b || !a->ci95 || !b->ci95) return std::nullopt;
  return a->ci95->lo <= b->ci95->hi && b->ci95->lo <= a->ci95->hi;
}

/// A cell that stands in both runs.
struct Pair {
  const Run* run_a;
  const Cell* a;
  const Run* run_b;
  const Cell* b;
};

/// What the two runs say of one cell on one metric; nullopt when one of them has no such figure.
std::optional<RunsCompared::Figure> figure_of(const Pair& pair, const std::string& metric) {
  const Figure a = figure(*pair.a, metric);
  const Figure b = figure(*pair.b, metric);
  if (std::isnan(a.value) || std::isnan(b.value)) return std::nullopt;
  RunsCompared::Figure result;
  result.metric = metric;
  result.a = {a.value, a.ci95};
  result.b = {b.value, b.ci95};
  if (a.value > 0) result.b_to_a_for_information = b.value / a.value;
  const RunWorkload* in_a = pair.run_a->workload(pair.a->workload);
  const RunWorkload* in_b = pair.run_b->workload(pair.a->workload);
  if (in_a != nullptr && in_b != nullptr && in_a->reference == in_b->reference) {
    result.reference = in_a->reference;
    auto& ratios = result.to_reference;
    ratios.a = ratio_to(in_a->reference, *pair.run_a, *pair.a, metric);
    ratios.b = ratio_to(in_a->reference, *pair.run_b, *pair.b, metric);
    ratios.intervals_overlap = overlap(ratios.a, ratios.b);
  }
  return result;
}

/// Why a figure does not count in one of the runs; empty when it counts in both.
std::string why_left_out(const Pair& pair, const std::string& metric) {
  for (const auto& [cell, run] : {std::pair(pair.a, "A"), std::pair(pair.b, "B")}) {
    const Eligibility answer = eligible(*cell, metric);
    if (!answer.eligible) return metric + " in " + run + ": " + answer.reason;
  }
  return {};
}

/// Figures that are not valid in both runs are left out, with a reason.
RunsCompared::Cell compare_cell(const Pair& pair, const std::string& not_mixed) {
  RunsCompared::Cell result;
  result.contestant = pair.a->contestant;
  result.workload = pair.a->workload;
  if (const RunWorkload* workload = pair.run_a->workload(result.workload)) {
    result.mode = workload->mode;
  }
  result.status = {pair.a->validity.status, pair.b->validity.status};
  std::string left_out;
  if (not_mixed.empty()) {
    for (const std::string metric : kMetrics) {
      std::optional<RunsCompared::Figure> found = figure_of(pair, metric);
      // CPU use has a meaning of its own only where there is no request to divide it by.
      if (!found || (metric == "server.cpu_utilisation" && !result.figures.empty())) continue;
      const std::string why = why_left_out(pair, metric);
      if (why.empty()) result.figures.push_back(std::move(*found));
      if (left_out.empty()) left_out = why;
    }
  }
  result.compared = !result.figures.empty();
  const bool both_valid =
      result.status.a == Validity::kValid && result.status.b == Validity::kValid;
  if (!not_mixed.empty()) {
    result.reason = not_mixed;
  } else if (!left_out.empty() && both_valid) {
    result.reason = left_out;
  } else if (!left_out.empty() || result.figures.empty()) {
    result.reason = std::string(to_text(result.status.a)) + " in A, " + to_text(result.status.b) +
                    " in B" + (result.figures.empty() ? "" : ": throughput is not compared");
  }
  return result;
}

std::vector<CellName> only_in(const Run& run, const Run& other) {
  std::vector<CellName> list;
  for (const Cell& cell : run.cells) {
    if (other.cell(cell.contestant, cell.workload) != nullptr) continue;
    list.push_back({cell.contestant, cell.workload});
  }
  return list;
}

}  // namespace

RunsCompared compare_runs(const Run& a, const Run& b) {
  RunsCompared compared;
  compared.a = {a.started_at, a.sockbench.git_commit};
  compared.b = {b.started_at, b.sockbench.git_commit};
  compared.differences = differences_of(a, b);
  compared.environments_differ =
      std::any_of(compared.differences.begin(), compared.differences.end(),
                  [](const RunsCompared::Difference& each) { return each.about == "environment"; });
  std::map<std::string, std::string> not_mixed;  // by workload
  for (const RunWorkload& workload : a.workloads) {
    const RunWorkload* other = b.workload(workload.name);
    if (other == nullptr) continue;
    const std::string reason = not_mixed[workload.name] = not_mixed_reason(workload, *other);
    if (!reason.empty()) compared.workloads_not_mixed.push_back({workload.name, reason});
  }
  for (const Cell& cell : a.cells) {
    const Cell* other = b.cell(cell.contestant, cell.workload);
    if (other == nullptr) continue;
    compared.cells.push_back(compare_cell({&a, &cell, &b, other}, not_mixed[cell.workload]));
  }
  compared.only_in_a = only_in(a, b);
  compared.only_in_b = only_in(b, a);
  compared.cannot_show = kCannotShow;
  return compared;
}

std::string refusal(const RunsCompared& compared) {
  if (!compared.environments_differ) return {};
  std::string text;
  for (const RunsCompared::Difference& difference : compared.differences) {
    if (difference.about != "environment") continue;
    text += (text.empty() ? "" : ", ") + difference.what + " " + difference.a.dump() + " and " +
            difference.b.dump();
  }
  return "The environments differ (" + text + "); --force compares them anyway.";
}

}  // namespace sockbench
