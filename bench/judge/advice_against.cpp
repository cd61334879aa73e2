#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "bench/judge/advice.h"
#include "bench/judge/run_series.h"
#include "common/text.h"
#include "common/units.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

std::string quantity(const std::string& metric, double value) {
  return metric.find("_ns") != std::string::npos ? format_duration_ns(value) : fixed(value, 2);
}

/// "starves connections in many (…)" and the like, once for all cells of that status.
void hard_limits(const ordered_json& run, const std::string& contestant,
                 std::vector<std::string>& sentences) {
  for (const auto& [status, words] :
       {std::pair("model_limit", "starves connections in "), std::pair("failed", "failed in ")}) {
    std::vector<std::string> workloads;
    std::string reason;
    for (const ordered_json& cell : run["cells"]) {
      if (cell["contestant"] != contestant || cell["validity"]["status"] != status) continue;
      const ordered_json& reasons = cell["validity"]["reasons"];
      if (workloads.empty() && !reasons.empty()) reason = reasons.front();
      workloads.push_back(cell["workload"]);
    }
    if (!workloads.empty()) sentences.push_back(words + listed(workloads) + " (" + reason + ")");
  }
}

/// Of the idle workload with the most connections.
std::optional<std::string> idle_cpu(const ordered_json& run, const std::string& contestant,
                                    double limit) {
  std::optional<std::string> sentence;
  int most = -1;
  for (const ordered_json& workload : run["workloads"]) {
    const ordered_json* cell = find_cell(run, contestant, workload["name"]);
    if (workload["mode"] != "idle" || cell == nullptr || workload["connections"] <= most) continue;
    const double use = figure_at(*cell, "server.cpu_utilisation");
    if ((*cell)["validity"]["status"] == "failed" || !std::isfinite(use)) continue;
    most = workload["connections"];
    sentence.reset();
    if (use > limit) {
      sentence = "uses " + fixed(use * 100, 0) + " % of a CPU when idle (" +
                 workload["name"].get<std::string>() + ")";
    }
  }
  return sentence;
}

/// Of the workload with the most connections that has the figure.
std::optional<std::string> memory(const ordered_json& run, const std::string& contestant,
                                  double limit) {
  std::optional<std::string> sentence;
  int most = -1;
  for (const ordered_json& workload : run["workloads"]) {
    const ordered_json* cell = find_cell(run, contestant, workload["name"]);
    if (cell == nullptr || workload["connections"] <= most) continue;
    const double bytes = figure_at(*cell, "server.memory_bytes_per_connection");
    if (!std::isfinite(bytes)) continue;
    most = workload["connections"];
    sentence.reset();
    if (bytes > limit) {
      sentence = "needs " + format_bytes(bytes) +
                 " for a connection, process and kernel together (" +
                 workload["name"].get<std::string>() + ")";
    }
  }
  return sentence;
}

/// Where the contestant's figure is a multiple of the best one. Failed cells have no figures.
std::optional<std::string> times_the_best(const ordered_json& run, const ordered_json& rule,
                                          const std::string& contestant) {
  const auto& names = rule["first_of"];
  const auto measured = std::find_if(names.begin(), names.end(), [&](const ordered_json& name) {
    return find_workload(run, name) != nullptr;
  });
  if (measured == names.end()) return std::nullopt;
  const std::string workload = *measured;
  const std::string metric = rule["metric"];
  const ordered_json* own = find_cell(run, contestant, workload);
  if (own == nullptr || (*own)["validity"]["status"] == "model_limit") return std::nullopt;
  double best = std::numeric_limits<double>::infinity();
  for (const ordered_json& cell : run["cells"]) {
    if (cell["workload"] != workload || cell["validity"]["status"] == "model_limit") continue;
    if (is_control_in_run(run, cell["contestant"])) continue;
    const double value = figure_at(cell, metric);
    if (value > 0) best = std::min(best, value);
  }
  const double value = figure_at(*own, metric);
  const double limit = rule["above"];
  if (!(value > limit * best)) return std::nullopt;
  return rule["what"].get<std::string>() + ": " + quantity(metric, value) + " in " + workload +
         ", " + fixed(value / best, 1) + " times the best";
}

}  // namespace

std::vector<std::string> speaks_against(const ordered_json& run, const ordered_json& rules,
                                        const std::string& contestant) {
  std::vector<std::string> sentences;
  hard_limits(run, contestant, sentences);
  for (const auto& sentence : {idle_cpu(run, contestant, rules["idle_cpu_above"]),
                               memory(run, contestant, rules["memory_bytes_above"])}) {
    if (sentence) sentences.push_back(*sentence);
  }
  for (const ordered_json& rule : rules["times_the_best"]) {
    if (const auto sentence = times_the_best(run, rule, contestant)) sentences.push_back(*sentence);
  }
  return sentences;
}

}  // namespace sockbench
