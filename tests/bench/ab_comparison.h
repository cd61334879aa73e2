#pragma once

#include <functional>

#include "bench/judge/ab_comparison.h"
#include "tests/bench/synthetic.h"

namespace sockbench::test {

/// One workload of a duel, made by hand: base, control and head with so many restarts, head with a
/// CPU per request of `cpu_ratio` and a throughput of `rps_ratio` times base's.
struct AbShape {
  double cpu_ratio = 1;
  double rps_ratio = 1;
  int restarts = 8;
  ReportShape head_report = {};
  ReportShape base_report = {};
};

inline RunPlan comparison_plan() {
  RunPlan plan;
  plan.suite = "duel";
  plan.contestants = {contestant("base"), contestant("control"), contestant("head")};
  plan.workloads = {{.workload = closed_loop(), .restarts = 20, .slices_per_restart = 4}};
  return plan;
}

inline WorkloadResult comparison_result(const AbShape& shape) {
  WorkloadResult result;
  const SliceShape same{};
  SliceShape head = same;
  head.cpu_ns_per_request *= shape.cpu_ratio;
  head.rps *= shape.rps_ratio;
  result.cells = {cell(shape.restarts, same, 0.001, shape.base_report),
                  cell(shape.restarts, same, 0.0005, shape.base_report),
                  cell(shape.restarts, head, 0.002, shape.head_report)};
  result.end = {
      .restarts = shape.restarts, .ended_by = "precision", .groups = {{0, 1, 2}}, .timings = {}};
  return result;
}

inline AbStage stage_of(WorkloadResult result, const GateStage& stage = kScreening) {
  return look_at(comparison_plan(), std::move(result), gate_rules(0.005, 0.02), stage, 1, true);
}

/// `again`: what fresh restarts showed, where there were any.
inline AbComparison comparison_of(
    const AbShape& first, const std::optional<AbShape>& again = std::nullopt,
    bool warn_only = false,
    const std::function<void(AbComparison&)>& change = [](AbComparison&) {}) {
  AbComparison comparison;
  comparison.plan = comparison_plan();
  comparison.screening = stage_of(comparison_result(first));
  if (again) comparison.confirmation = stage_of(comparison_result(*again), kConfirmation);
  change(comparison);
  conclude(comparison, warn_only);
  comparison.seconds = 12;
  return comparison;
}

/// A comparison in which a side failed in its first stage.
inline AbComparison failed_comparison(std::size_t side, const std::string& failure) {
  WorkloadResult result = comparison_result({});
  result.cells[side].failure = failure;
  AbComparison comparison;
  comparison.plan = comparison_plan();
  comparison.screening = stage_of(std::move(result));
  conclude(comparison, false);
  return comparison;
}

}  // namespace sockbench::test
