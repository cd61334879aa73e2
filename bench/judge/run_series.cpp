#include "bench/judge/run_series.h"

#include <algorithm>
#include <cmath>

#include "bench/judge/between_runs.h"
#include "bench/judge/eligibility.h"
#include "bench/judge/numbers.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

ordered_json::json_pointer pointer_to(std::string path) {
  std::replace(path.begin(), path.end(), '.', '/');
  return ordered_json::json_pointer("/" + path);
}

double positive_log(double value) { return value > 0 ? std::log(value) : kNaN; }

/// From a list of ratios or figures; null is no value.
std::vector<double> logs_of(const ordered_json& values) {
  std::vector<double> logs;
  logs.reserve(values.size());
  for (const ordered_json& value : values) {
    logs.push_back(value.is_number() ? positive_log(value.get<double>()) : kNaN);
  }
  return logs;
}

const ordered_json* find_ranking(const ordered_json& run, const std::string& workload,
                                 const std::string& metric) {
  for (const ordered_json& ranking : run["rankings"]) {
    if (ranking["workload"] == workload && ranking["metric"] == metric) return &ranking;
  }
  return nullptr;
}

/// Why the figure may not be used; empty when it may. A ranking knows also what concerns two cells,
/// such as a reference without a result.
std::string reason_out(const ordered_json& run, const ordered_json& cell,
                       const std::string& metric) {
  const std::string contestant = cell["contestant"];
  if (Eligibility answer = eligible_in_run(cell, metric); !answer.eligible) return answer.reason;
  if (const ordered_json* ranking = find_ranking(run, cell["workload"], metric)) {
    for (const ordered_json& entry : (*ranking)["unranked"]) {
      if (entry["contestant"] == contestant) return entry["reason"];
    }
  }
  return {};
}

struct Pairing {
  bool known = false;  ///< the run tells the ratio to the reference of every restart
  std::size_t restarts = 0;
  std::string reference;
  std::vector<double> logs;  ///< of the contestant; empty when it was not compared
};

Pairing pairing_of(const ordered_json& run, const std::string& contestant,
                   const std::string& workload, const std::string& metric) {
  Pairing pairing;
  for (const ordered_json& comparison : run["comparisons"]) {
    if (comparison["workload"] != workload || comparison["metric"] != metric) continue;
    const auto ratios = comparison.find("per_restart");
    if (ratios == comparison.end()) continue;
    pairing.known = true;
    pairing.restarts = std::max(pairing.restarts, ratios->size());
    pairing.reference = comparison["base"];
    if (comparison["head"] == contestant) pairing.logs = logs_of(*ratios);
  }
  if (contestant == pairing.reference) pairing.logs.assign(pairing.restarts, 0.0);
  return pairing;
}

/// The figure itself: of every restart, or one for all of them.
Series absolute_series(const ordered_json& cell, const std::string& metric) {
  if (const ordered_json* figures = figures_by_restart(cell, metric)) {
    // Statistics list finite values only: with one missing, nobody knows which restart lacks it.
    if (cell["restarts"] != figures->size()) {
      return {{}, "some restarts have no value, so the others cannot be paired"};
    }
    return {logs_of(*figures), ""};
  }
  if (const double value = figure_at(cell, metric); value > 0) return {{std::log(value)}, ""};
  auto reason = cell["absent"].find(metric);
  if (reason == cell["absent"].end()) reason = cell["absent"].find(metric + ".user");
  return {{}, reason == cell["absent"].end() ? "no value" : reason->get<std::string>()};
}

}  // namespace

Series series_of(const ordered_json& run, const std::string& contestant,
                 const std::string& workload, const std::string& metric) {
  const ordered_json* cell = find_cell(run, contestant, workload);
  if (cell == nullptr) return {{}, "it was not measured"};
  if (std::string reason = reason_out(run, *cell, metric); !reason.empty()) {
    return {{}, std::move(reason)};
  }
  Pairing pairing = pairing_of(run, contestant, workload, metric);
  if (!pairing.known) return absolute_series(*cell, metric);
  if (pairing.logs.empty()) return {{}, "it was not compared with " + pairing.reference};
  return {std::move(pairing.logs), ""};
}

Programs programs_in_run(const ordered_json& run, const std::string& contestant,
                         const std::string& other) {
  const auto model_of = [&](const std::string& name) {
    for (const ordered_json& each : run["contestants"]) {
      if (each["name"] == name) return each.value("model", name);
    }
    return name;
  };
  return model_of(contestant) == model_of(other) ? Programs::kSame : Programs::kDifferent;
}

Effect paired_series_effect(const std::vector<double>& base, const std::vector<double>& head,
                            const std::string& metric, Programs programs) {
  std::vector<double> differences(std::min(base.size(), head.size()));
  for (std::size_t i = 0; i < differences.size(); ++i) differences[i] = head[i] - base[i];
  Effect effect = restart_effect(differences);
  return varies_between_runs(metric) ? across_runs(std::move(effect), programs) : effect;
}

const ordered_json* find_cell(const ordered_json& run, const std::string& contestant,
                              const std::string& workload) {
  for (const ordered_json& cell : run["cells"]) {
    if (cell["workload"] == workload && cell["contestant"] == contestant) return &cell;
  }
  return nullptr;
}

std::vector<std::string> models_in_run(const ordered_json& run) {
  std::vector<std::string> names;
  for (const ordered_json& contestant : run["contestants"]) {
    if (!is_control_in_run(run, contestant["name"])) names.push_back(contestant["name"]);
  }
  return names;
}

bool is_control_in_run(const ordered_json& run, const ordered_json& contestant) {
  return run["plan"].contains("control") && run["plan"]["control"] == contestant;
}

const ordered_json* find_workload(const ordered_json& run, const std::string& name) {
  for (const ordered_json& workload : run["workloads"]) {
    if (workload["name"] == name) return &workload;
  }
  return nullptr;
}

const ordered_json* figures_by_restart(const ordered_json& cell, const std::string& path) {
  const auto place = pointer_to(path);
  for (const auto& list :
       {place / "per_restart", place.parent_pointer() / "per_restart" / place.back()}) {
    if (cell.contains(list)) return &cell.at(list);
  }
  return nullptr;
}

double figure_at(const ordered_json& cell, const std::string& path) {
  const auto place = pointer_to(path);
  if (!cell.contains(place)) return kNaN;
  const ordered_json& figure = cell.at(place);
  if (figure.is_number()) return figure.get<double>();
  if (!figure.is_object()) return kNaN;
  if (figure.contains("median")) return figure["median"].get<double>();
  if (!figure.contains("user") || !figure.contains("kernel")) return kNaN;
  if (figure["user"].is_null() || figure["kernel"].is_null()) return kNaN;
  return figure["user"].get<double>() + figure["kernel"].get<double>();
}

}  // namespace sockbench
