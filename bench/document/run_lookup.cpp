// Finding things in a run by their names.

#include <algorithm>
#include <tuple>

#include "bench/document/run.h"

namespace sockbench {

namespace {

template <typename T, typename Predicate>
const T* find_in(const std::vector<T>& list, const Predicate& predicate) {
  const auto found = std::find_if(list.begin(), list.end(), predicate);
  return found == list.end() ? nullptr : &*found;
}

}  // namespace

bool ClaimEvidence::operator==(const ClaimEvidence& other) const {
  const auto same_limits = [](const std::optional<Interval>& a, const std::optional<Interval>& b) {
    return a.has_value() == b.has_value() && (!a || (a->lo == b->lo && a->hi == b->hi));
  };
  return std::tie(cell, metric, value, unit) ==
             std::tie(other.cell, other.metric, other.value, other.unit) &&
         same_limits(ci95, other.ci95);
}

nlohmann::ordered_json Environment::value_of(const char* key) const {
  return whole.value(key, nlohmann::ordered_json());
}

std::optional<std::string> RunContestant::said(const char* key) const {
  const auto found = describe.find(key);
  if (found == describe.end() || found->is_null()) return std::nullopt;
  return found->is_string() ? found->get<std::string>() : found->dump();
}

const WorkloadTiming* PlanSection::timing(const std::string& workload) const {
  const auto* const found =
      find_in(workloads, [&](const auto& entry) { return entry.first == workload; });
  return found == nullptr ? nullptr : &found->second;
}

const Cell* Run::cell(const std::string& contestant, const std::string& workload) const {
  return find_in(cells, [&](const Cell& each) {
    return each.workload == workload && each.contestant == contestant;
  });
}

const RunWorkload* Run::workload(const std::string& name) const {
  return find_in(workloads, [&](const RunWorkload& each) { return each.name == name; });
}

const RunContestant* Run::contestant(const std::string& name) const {
  return find_in(contestants, [&](const RunContestant& each) { return each.name == name; });
}

const Comparison* Run::comparison(const std::string& workload, const std::string& head,
                                  const std::string& metric) const {
  return find_in(comparisons, [&](const Comparison& each) {
    return each.workload == workload && each.head == head && each.metric == metric;
  });
}

const Ranking* Run::ranking(const std::string& workload, const std::string& metric) const {
  return find_in(rankings, [&](const Ranking& each) {
    return each.workload == workload && each.metric == metric;
  });
}

bool Run::is_control(const std::string& contestant) const { return plan.control == contestant; }

std::vector<std::string> Run::models() const {
  std::vector<std::string> names;
  for (const RunContestant& each : contestants) {
    if (!is_control(each.name)) names.push_back(each.name);
  }
  return names;
}

bool Run::same_program(const std::string& contestant, const std::string& other) const {
  const auto program = [&](const std::string& name) {
    const RunContestant* found = this->contestant(name);
    return found == nullptr || found->model.empty() ? name : found->model;
  };
  return program(contestant) == program(other);
}

}  // namespace sockbench
