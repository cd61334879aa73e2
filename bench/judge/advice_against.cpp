// What speaks against a model that a reader might take.

#include <algorithm>
#include <cmath>
#include <optional>

#include "bench/document/figure.h"
#include "bench/judge/conclude.h"
#include "common/text.h"
#include "common/units.h"

namespace sockbench {
namespace {

std::string quantity(const std::string& metric, double value) {
  return metric.find("_ns") != std::string::npos ? format_duration_ns(value) : fixed(value, 2);
}

/// "starves connections in many (…)" and the like, once for all cells of that status.
void hard_limits(const Run& run, const std::string& contestant,
                 std::vector<std::string>& sentences) {
  for (const auto& [status, words] : {std::pair(Validity::kModelLimit, "starves connections in "),
                                      std::pair(Validity::kFailed, "failed in ")}) {
    std::vector<std::string> workloads;
    std::string reason;
    for (const Cell& cell : run.cells) {
      if (cell.contestant != contestant || cell.validity.status != status) continue;
      const auto& reasons = cell.validity.reasons;
      if (workloads.empty() && !reasons.empty()) reason = reasons.front();
      workloads.push_back(cell.workload);
    }
    if (!workloads.empty()) sentences.push_back(words + listed(workloads) + " (" + reason + ")");
  }
}

/// The figure in the workload with the most connections in which `has` is true of the cell.
template <typename Has>
const Cell* largest_cell(const Run& run, const std::string& contestant, const Has& has) {
  const Cell* largest = nullptr;
  int most = -1;
  for (const RunWorkload& workload : run.workloads) {
    const Cell* cell = run.cell(contestant, workload.name);
    if (cell == nullptr || workload.connections <= most || !has(workload, *cell)) continue;
    most = workload.connections;
    largest = cell;
  }
  return largest;
}

std::optional<std::string> idle_cpu(const Run& run, const std::string& contestant, double limit) {
  const char* const metric = "server.cpu_utilisation";
  const Cell* cell =
      largest_cell(run, contestant, [&](const RunWorkload& workload, const Cell& candidate) {
        return workload.mode == Mode::kIdle && candidate.validity.status != Validity::kFailed &&
               std::isfinite(figure(candidate, metric).value);
      });
  if (cell == nullptr) return std::nullopt;
  const double use = figure(*cell, metric).value;
  if (!(use > limit)) return std::nullopt;
  return "uses " + fixed(use * 100, 0) + " % of a CPU when idle (" + cell->workload + ")";
}

std::optional<std::string> memory(const Run& run, const std::string& contestant, double limit) {
  const char* const metric = "server.memory_bytes_per_connection";
  const Cell* cell =
      largest_cell(run, contestant, [&](const RunWorkload& /*workload*/, const Cell& candidate) {
        return std::isfinite(figure(candidate, metric).value);
      });
  if (cell == nullptr) return std::nullopt;
  const double bytes = figure(*cell, metric).value;
  if (!(bytes > limit)) return std::nullopt;
  return "needs " + format_bytes(bytes) + " for a connection, process and kernel together (" +
         cell->workload + ")";
}

/// Where the contestant's figure is a multiple of the best one. Failed cells have no figures.
std::optional<std::string> times_the_best(const Run& run, const AgainstRules::Multiple& rule,
                                          const std::string& contestant) {
  const auto measured =
      std::find_if(rule.first_of.begin(), rule.first_of.end(),
                   [&](const std::string& name) { return run.workload(name) != nullptr; });
  if (measured == rule.first_of.end()) return std::nullopt;
  const Cell* own = run.cell(contestant, *measured);
  if (own == nullptr || own->validity.status == Validity::kModelLimit) return std::nullopt;
  double best = kInfinity;
  for (const Cell& cell : run.cells) {
    if (cell.workload != *measured || cell.validity.status == Validity::kModelLimit) continue;
    if (run.is_control(cell.contestant)) continue;
    const double value = figure(cell, rule.metric).value;
    if (value > 0) best = std::min(best, value);
  }
  const double value = figure(*own, rule.metric).value;
  if (!(value > rule.above * best)) return std::nullopt;
  return rule.what + ": " + quantity(rule.metric, value) + " in " + *measured + ", " +
         fixed(value / best, 1) + " times the best";
}

}  // namespace

std::vector<std::string> speaks_against(const Run& run, const AgainstRules& rules,
                                        const std::string& contestant) {
  std::vector<std::string> sentences;
  hard_limits(run, contestant, sentences);
  for (const auto& sentence : {idle_cpu(run, contestant, rules.idle_cpu_above),
                               memory(run, contestant, rules.memory_bytes_above)}) {
    if (sentence) sentences.push_back(*sentence);
  }
  for (const AgainstRules::Multiple& rule : rules.times_the_best) {
    if (const auto sentence = times_the_best(run, rule, contestant)) sentences.push_back(*sentence);
  }
  return sentences;
}

}  // namespace sockbench
