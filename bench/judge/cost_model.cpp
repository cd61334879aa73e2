#include "bench/judge/cost_model.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <optional>

#include "bench/judge/run_series.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

/// A cost as a function of one number, linear between the measured ones.
using Curve = std::map<double, double>;

/// Beyond the measured range by so much the last value still stands: a thousand connections and a
/// listener are a thousand descriptors.
constexpr double kBeyond = 1.1;

std::optional<double> value_at(const Curve& curve, double x) {
  if (curve.empty() || x > curve.rbegin()->first * kBeyond) return std::nullopt;
  const auto above = curve.lower_bound(x);
  if (above == curve.end()) return curve.rbegin()->second;
  if (above == curve.begin()) return above->second;
  const auto below = std::prev(above);
  return std::lerp(below->second, above->second,
                   (x - below->first) / (above->first - below->first));
}

std::optional<double> cost_of(const MicroCosts& costs, const std::string& name) {
  const auto found = costs.find(name);
  if (found == costs.end() || !found->second.measured()) return std::nullopt;
  return found->second.median_ns;
}

/// Of a call such as epoll_wait that watches so many descriptors and tells of `ready` of them. A
/// call cannot tell of more than it watches.
std::optional<double> multiplexer_cost(const MicroCosts& costs, const std::string& call,
                                       double descriptors, double ready) {
  std::map<double, Curve> by_descriptors;
  for (const auto& [name, cost] : costs) {
    int watched = 0;
    int told = 0;
    if (name.rfind(call + "/descriptors:", 0) != 0 || !cost.measured()) continue;
    if (std::sscanf(name.c_str() + call.size(), "/descriptors:%d/ready:%d", &watched, &told) == 2) {
      by_descriptors[watched][told] = cost.median_ns;
    }
  }
  Curve curve;
  for (const auto& [watched, by_ready] : by_descriptors) {
    if (const auto ns = value_at(by_ready, std::min(ready, watched))) curve[watched] = *ns;
  }
  return value_at(curve, descriptors);
}

/// Of one operation among `batch` that one io_uring_enter submits.
std::optional<double> batched_cost(const MicroCosts& costs, const std::string& operation,
                                   double batch) {
  const std::string prefix = operation + "/batch:";
  Curve curve;
  for (const auto& [name, cost] : costs) {
    if (name.rfind(prefix, 0) != 0 || !cost.measured()) continue;
    curve[std::stod(name.substr(prefix.size()))] = cost.median_ns;
  }
  if (curve.empty()) return std::nullopt;
  // The share of io_uring_enter itself is small already where the measured batches end.
  return value_at(curve, std::min(batch, curve.rbegin()->first));
}

/// Adds up the parts of one request.
class Prediction final {
 public:
  explicit Prediction(const MicroCosts& costs) : costs_(&costs) {}

  void add(const std::string& part, double count, std::optional<double> cost_ns,
           const std::string& cost_name) {
    if (count <= 0) return;
    if (!cost_ns) {
      missing_.push_back(cost_name);
      return;
    }
    parts_[part] = {{"count", count}, {"cost_ns", *cost_ns}, {"ns", count * *cost_ns}};
    total_ns_ += count * *cost_ns;
  }
  void add(const std::string& part, double count, const std::string& cost_name) {
    add(part, count, cost_of(*costs_, cost_name), cost_name);
  }
  void contain(const std::string& call, const std::string& in) {
    contained_.push_back({{"call", call}, {"in", in}});
  }
  const MicroCosts& costs() const { return *costs_; }

  void write_into(ordered_json& result, double measured_ns) const {
    result["predicted_ns"] = total_ns_;
    result["measured_ns"] = measured_ns;
    result["parts"] = parts_;
    result["contained"] = contained_;
    result["unexplained_ns"] = measured_ns - total_ns_;
    result["unexplained_share"] = (measured_ns - total_ns_) / measured_ns;
    result["missing"] = missing_;
  }

 private:
  const MicroCosts* costs_;
  double total_ns_ = 0;
  ordered_json parts_ = ordered_json::object();
  ordered_json contained_ = ordered_json::array();
  ordered_json missing_ = ordered_json::array();
};

void add_multiplexer(Prediction& prediction, const std::string& name, double count,
                     double connections) {
  const double ready = std::max(1.0, 1 / count);  // requests per wake-up
  char grid_point[64];
  std::snprintf(grid_point, sizeof grid_point, "/descriptors:%.0f/ready:%.0f", connections, ready);
  prediction.add(name, count, multiplexer_cost(prediction.costs(), name, connections, ready),
                 name + grid_point);
}

/// A request is so many operations; those that share an io_uring_enter are a batch. Calls beyond
/// one for each operation find nothing to submit.
void add_operations(Prediction& prediction, const ordered_json& rule, double calls) {
  const auto operations = static_cast<double>(rule["operations"].size());
  const double batch = std::max(1.0, operations / calls);
  for (const std::string operation : rule["operations"]) {
    prediction.add(operation, 1, batched_cost(prediction.costs(), operation, batch), operation);
  }
  prediction.add("io_uring_enter, no operation", calls - operations, rule["others"]);
}

void add_call(Prediction& prediction, const ordered_json& rules, const std::string& call,
              double count, double connections) {
  const auto found = rules["calls"].find(call);
  if (found == rules["calls"].end()) {
    prediction.add(call, count, std::nullopt, call);
    return;
  }
  const ordered_json& rule = *found;
  if (rule.contains("multiplexer")) {
    if (count > 0) add_multiplexer(prediction, rule["multiplexer"], count, connections);
  } else if (rule.contains("operations")) {
    if (count > 0) add_operations(prediction, rule, count);
  } else if (rule.contains("within")) {
    if (count > 0) prediction.contain(call, rule["within"]);
  } else if (rule.contains("first_in_request")) {
    prediction.add(call + ", data", std::min(count, 1.0), rule["first_in_request"]);
    prediction.add(call + ", nothing there", count - 1, rule["others"]);
  } else {
    prediction.add(call, count, rule["each"]);
  }
}

std::string switch_name(const ordered_json& run, const ordered_json& rule,
                        const std::string& contestant) {
  for (const ordered_json& each : run["contestants"]) {
    if (each["name"] != contestant) continue;
    const std::string family = each["describe"].value("family", "");
    if (rule["by_family"].contains(family)) return rule["by_family"][family];
  }
  return rule["each"];
}

/// Why there is nothing to add up or to compare with; empty when there is.
std::string reason_for_none(const ordered_json& cell) {
  const ordered_json& server = cell["server"];
  for (const char* needed :
       {"cpu_ns_per_request", "syscalls_per_request", "context_switches_per_request"}) {
    if (!server[needed].is_null()) continue;
    const auto reason = cell["absent"].find(std::string("server.") + needed);
    return std::string(needed) + ": " +
           (reason == cell["absent"].end() ? "unknown" : reason->get<std::string>());
  }
  if (!server["context_switches_per_request"].contains("total") ||
      server["context_switches_per_request"]["total"].is_null()) {
    return "context_switches_per_request: the kernel's counter is missing";
  }
  const ordered_json& status = cell["validity"]["status"];
  if (status == "failed" || status == "model_limit") return status;
  return {};
}

ordered_json predict_cell(const ordered_json& run, const ordered_json& cell,
                          const ordered_json& workload, const MicroCosts& costs,
                          const ordered_json& rules) {
  ordered_json result = {{"contestant", cell["contestant"]}, {"workload", cell["workload"]},
                         {"predicted_ns", nullptr},          {"measured_ns", nullptr},
                         {"parts", ordered_json::object()},  {"contained", ordered_json::array()},
                         {"unexplained_ns", nullptr},        {"unexplained_share", nullptr},
                         {"missing", ordered_json::array()}, {"reason", nullptr}};
  if (const std::string reason = reason_for_none(cell); !reason.empty()) {
    result["reason"] = reason;
    return result;
  }
  const ordered_json& server = cell["server"];
  Prediction prediction(costs);
  for (const auto& [call, count] : server["syscalls_per_request"]["by_name"].items()) {
    add_call(prediction, rules, call, count, workload["connections"]);
  }
  prediction.add("context switches", server["context_switches_per_request"]["total"],
                 switch_name(run, rules["switch"], cell["contestant"]));
  for (const std::string name : rules["per_request"]) prediction.add(name, 1, name);
  prediction.write_into(result, figure_at(cell, "server.cpu_ns_per_request"));
  return result;
}

}  // namespace

ordered_json predict_costs(const ordered_json& run, const MicroCosts& costs,
                           const ordered_json& rules) {
  ordered_json predictions = ordered_json::array();
  for (const ordered_json& names : rules["workloads"]) {
    for (const std::string name : names) {
      const ordered_json* workload = find_workload(run, name);
      if (workload == nullptr) continue;
      for (const ordered_json& cell : run["cells"]) {
        if (cell["workload"] != name || is_control_in_run(run, cell["contestant"])) continue;
        predictions.push_back(predict_cell(run, cell, *workload, costs, rules));
      }
      break;
    }
  }
  return predictions;
}

}  // namespace sockbench
