#include "tests/bench/claim_run.h"

#include <set>
#include <sstream>
#include <utility>

namespace sockbench::test {

using nlohmann::ordered_json;

namespace {

/// What a cell has as a statistic over restarts; other figures are numbers.
bool is_statistic(const std::string& path) {
  static const std::set<std::string> paths = {
      "achieved_rps",           "burst_ns",
      "server.cpu_utilisation", "server.memory_growth_bytes_per_s",
      "server.wakeups_per_s",   "server.cpu_ns_per_request"};
  return paths.contains(path);
}

}  // namespace

ordered_json& ClaimRun::cell(const std::string& workload, const std::string& contestant) {
  for (ordered_json& cell : run_["cells"]) {
    if (cell["workload"] == workload && cell["contestant"] == contestant) return cell;
  }
  bool known = false;
  for (const ordered_json& entry : run_["workloads"]) known = known || entry["name"] == workload;
  if (!known) {
    run_["workloads"].push_back({{"name", workload}, {"connections", 8}, {"active", 8}});
  }
  run_["cells"].push_back({{"contestant", contestant},
                           {"workload", workload},
                           {"restarts", 8},
                           {"limiter", "server"},
                           {"validity", {{"status", "valid"}, {"reasons", ordered_json::array()}}},
                           {"absent", ordered_json::object()}});
  return run_["cells"].back();
}

void ClaimRun::set(const std::string& workload, const std::string& contestant,
                   const std::string& path, const ordered_json& value) {
  ordered_json* place = &cell(workload, contestant);
  ordered_json* above = place;
  std::istringstream keys(path);
  std::string last;
  for (std::string key; std::getline(keys, key, '.'); last = key) {
    above = std::exchange(place, &(*place)[key]);
  }
  const bool statistic = is_statistic(path);
  if (statistic && value.is_number()) {
    *place = {{"median", value}};
  } else if (!statistic && value.is_object() && value.contains("median")) {
    *place = value["median"];  // of times: the figures of restarts stand beside it
    (*above)["per_restart"][last] = value["per_restart"];
  } else {
    *place = value;
  }
}

void ClaimRun::set_status(const std::string& workload, const std::string& contestant,
                          const std::string& status) {
  cell(workload, contestant)["validity"] = {{"status", status}, {"reasons", {"because"}}};
}

void ClaimRun::compare(const std::string& workload, const std::string& metric,
                       const std::string& head, const std::string& base, double ratio,
                       std::vector<double> ci95) {
  run_["comparisons"].push_back({{"workload", workload},
                                 {"metric", metric},
                                 {"base", base},
                                 {"head", head},
                                 {"ratio", ratio},
                                 {"ci95", std::move(ci95)}});
}

ordered_json statistic_of(double value, double spread) {
  std::vector<double> values;
  for (int i = 0; i < 8; ++i) values.push_back(value * (i % 2 == 0 ? 1 + spread : 1 - spread));
  return {{"median", value},
          {"ci95", {value * (1 - spread), value * (1 + spread)}},
          {"per_restart", values}};
}

}  // namespace sockbench::test
