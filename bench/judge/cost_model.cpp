#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <optional>

#include "bench/document/figure.h"
#include "bench/judge/conclude.h"

namespace sockbench {
namespace {

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
    parts_.emplace_back(part, CostPrediction::Part{count, *cost_ns, count * *cost_ns});
    total_ns_ += count * *cost_ns;
  }
  void add(const std::string& part, double count, const std::string& cost_name) {
    add(part, count, cost_of(*costs_, cost_name), cost_name);
  }
  void contain(const std::string& call, const std::string& in) { contained_.push_back({call, in}); }
  const MicroCosts& costs() const { return *costs_; }

  void write_into(CostPrediction& result, double measured_ns) && {
    result.predicted_ns = total_ns_;
    result.measured_ns = measured_ns;
    result.parts = std::move(parts_);
    result.contained = std::move(contained_);
    result.unexplained_ns = measured_ns - total_ns_;
    result.unexplained_share = (measured_ns - total_ns_) / measured_ns;
    result.missing = std::move(missing_);
  }

 private:
  const MicroCosts* costs_;
  double total_ns_ = 0;
  std::vector<std::pair<std::string, CostPrediction::Part>> parts_;
  std::vector<CostPrediction::Contained> contained_;
  std::vector<std::string> missing_;
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
void add_operations(Prediction& prediction, const CallRule& rule, double calls) {
  const auto operations = static_cast<double>(rule.operations->size());
  const double batch = std::max(1.0, operations / calls);
  for (const std::string& operation : *rule.operations) {
    prediction.add(operation, 1, batched_cost(prediction.costs(), operation, batch), operation);
  }
  prediction.add("io_uring_enter, no operation", calls - operations, rule.others.value_or(""));
}

void add_call(Prediction& prediction, const CostRules& rules, const std::string& call, double count,
              double connections) {
  const auto found = rules.calls.find(call);
  if (found == rules.calls.end()) {
    prediction.add(call, count, std::nullopt, call);
    return;
  }
  const CallRule& rule = found->second;
  if (rule.multiplexer) {
    if (count > 0) add_multiplexer(prediction, *rule.multiplexer, count, connections);
  } else if (rule.operations) {
    if (count > 0) add_operations(prediction, rule, count);
  } else if (rule.within) {
    if (count > 0) prediction.contain(call, *rule.within);
  } else if (rule.first_in_request) {
    prediction.add(call + ", data", std::min(count, 1.0), *rule.first_in_request);
    prediction.add(call + ", nothing there", count - 1, rule.others.value_or(""));
  } else {
    prediction.add(call, count, rule.each.value_or(call));
  }
}

std::string switch_name(const Run& run, const CostRules::Switch& rule,
                        const std::string& contestant) {
  if (const RunContestant* found = run.contestant(contestant)) {
    const auto by_family = rule.by_family.find(found->said("family").value_or(""));
    if (by_family != rule.by_family.end()) return by_family->second;
  }
  return rule.each;
}

/// Why there is nothing to add up or to compare with; empty when there is.
std::string reason_for_none(const Cell& cell) {
  const ServerFigures& server = cell.server;
  for (const auto& [name, there] :
       {std::pair("cpu_ns_per_request", server.cpu_ns_per_request.has_value()),
        std::pair("syscalls_per_request", server.syscalls_per_request.has_value()),
        std::pair("context_switches_per_request",
                  server.context_switches_per_request.has_value())}) {
    if (there) continue;
    return std::string(name) + ": " +
           absent_reason(cell, std::string("server.") + name).value_or("unknown");
  }
  if (std::isnan(server.context_switches_per_request->total)) {
    return "context_switches_per_request: the kernel's counter is missing";
  }
  const Validity status = cell.validity.status;
  if (status == Validity::kFailed || status == Validity::kModelLimit) return to_text(status);
  return {};
}

CostPrediction predict_cell(const Run& run, const Cell& cell, const RunWorkload& workload,
                            const MicroCosts& costs, const CostRules& rules) {
  CostPrediction result;
  result.contestant = cell.contestant;
  result.workload = cell.workload;
  if (std::string reason = reason_for_none(cell); !reason.empty()) {
    result.reason = std::move(reason);
    return result;
  }
  Prediction prediction(costs);
  for (const auto& [call, count] : cell.server.syscalls_per_request->by_name) {
    add_call(prediction, rules, call, count, workload.connections);
  }
  prediction.add("context switches", cell.server.context_switches_per_request->total,
                 switch_name(run, rules.context_switch, cell.contestant));
  for (const std::string& name : rules.per_request) prediction.add(name, 1, name);
  std::move(prediction).write_into(result, cell.server.cpu_ns_per_request->median);
  return result;
}

}  // namespace

std::vector<CostPrediction> predict_costs(const Run& run, const MicroCosts& costs,
                                          const CostRules& rules) {
  std::vector<CostPrediction> predictions;
  for (const std::vector<std::string>& names : rules.workloads) {
    for (const std::string& name : names) {
      const RunWorkload* workload = run.workload(name);
      if (workload == nullptr) continue;
      for (const Cell& cell : run.cells) {
        if (cell.workload != name || run.is_control(cell.contestant)) continue;
        predictions.push_back(predict_cell(run, cell, *workload, costs, rules));
      }
      break;
    }
  }
  return predictions;
}

}  // namespace sockbench
