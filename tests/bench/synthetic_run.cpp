#include "tests/bench/synthetic_run.h"

#include <cmath>
#include <stdexcept>

#include "bench/judge/statistics.h"
#include "tests/bench/synthetic.h"

namespace sockbench::test {

using nlohmann::ordered_json;

SyntheticRun::SyntheticRun(const std::vector<std::string>& contestants, int restarts)
    : run({{"plan", {{"margin", 0.02}}},
           {"contestants", ordered_json::array()},
           {"workloads", ordered_json::array()},
           {"cells", ordered_json::array()},
           {"comparisons", ordered_json::array()},
           {"rankings", ordered_json::array()}}),
      restarts_(restarts) {
  for (const std::string& name : contestants) {
    run["contestants"].push_back({{"name", name}, {"describe", {{"family", "test"}}}});
  }
}

void SyntheticRun::add_workload(const std::string& name, int connections, int active,
                                const std::string& mode) {
  run["workloads"].push_back({{"name", name},
                              {"mode", mode},
                              {"connections", connections},
                              {"active", active < 0 ? connections : active}});
  ordered_json ranked = ordered_json::array();
  for (const ordered_json& contestant : run["contestants"]) {
    ranked.push_back({{"rank", 1}, {"contestant", contestant["name"]}, {"ratio", 1}});
    run["cells"].push_back({{"contestant", contestant["name"]},
                            {"workload", name},
                            {"restarts", restarts_},
                            {"validity", {{"status", "valid"}, {"reasons", ordered_json::array()}}},
                            {"response_time_ns", nullptr},
                            {"server", {{"cpu_ns_per_request", nullptr}}},
                            {"absent", ordered_json::object()}});
  }
  run["rankings"].push_back({{"workload", name},
                             {"metric", kCpu},
                             {"ranked", ranked},
                             {"unranked", ordered_json::array()}});
}

void SyntheticRun::cpu(const std::string& contestant, double ns, double spread) {
  std::vector<double> values;
  values.reserve(static_cast<std::size_t>(restarts_));
  std::size_t pattern = 0;
  for (std::size_t i = 0; i < run["contestants"].size(); ++i) {
    if (run["contestants"][i]["name"] == contestant) pattern = i;
  }
  for (int i = 0; i < restarts_; ++i) {
    const bool up = ((static_cast<std::size_t>(i) >> (pattern % 3)) & 1U) != 0;
    values.push_back(ns * std::exp(up ? spread : -spread));
  }
  cell(contestant)["server"]["cpu_ns_per_request"] = {
      {"median", median(values)}, {"ci95", nullptr}, {"per_restart", values}};
}

void SyntheticRun::status(const std::string& contestant, const std::string& status,
                          const std::string& reason) {
  cell(contestant)["validity"] = {{"status", status}, {"reasons", {reason}}};
  ordered_json& ranking = run["rankings"].back();
  ranking["unranked"].push_back({{"contestant", contestant}, {"reason", status + ": " + reason}});
}

ordered_json& SyntheticRun::cell(const std::string& contestant) {
  const ordered_json& workload = run["workloads"].back()["name"];
  for (ordered_json& each : run["cells"]) {
    if (each["workload"] == workload && each["contestant"] == contestant) return each;
  }
  throw std::runtime_error("no cell of " + contestant);
}

}  // namespace sockbench::test
