#pragma once

#include <functional>

#include "bench/judge/duel_bout.h"
#include "tests/bench/synthetic.h"

namespace sockbench::test {

/// One workload of a duel, made by hand: base, control and head with so many restarts, head with a
/// CPU per request of `cpu_ratio` and a throughput of `rps_ratio` times base's.
struct BoutShape {
  double cpu_ratio = 1;
  double rps_ratio = 1;
  int restarts = 8;
  ReportShape head_report = {};
  ReportShape base_report = {};
};

inline RunPlan bout_plan() {
  RunPlan plan;
  plan.suite = "duel";
  plan.contestants = {contestant("base"), contestant("control"), contestant("head")};
  plan.workloads = {{.workload = closed_loop(), .restarts = 20, .slices_per_restart = 4}};
  return plan;
}

inline WorkloadResult bout_result(const BoutShape& shape) {
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

inline BoutStage stage_of(WorkloadResult result, const GateStage& stage = kScreening) {
  return look_at(bout_plan(), std::move(result), gate_rules(0.005, 0.02), stage, 1, true);
}

/// `again`: what fresh restarts showed, where there were any.
inline Bout bout_of(
    const BoutShape& first, const std::optional<BoutShape>& again = std::nullopt,
    bool warn_only = false, const std::function<void(Bout&)>& change = [](Bout&) {}) {
  Bout bout;
  bout.plan = bout_plan();
  bout.screening = stage_of(bout_result(first));
  if (again) bout.confirmation = stage_of(bout_result(*again), kConfirmation);
  change(bout);
  conclude(bout, warn_only);
  bout.seconds = 12;
  return bout;
}

/// A bout in which a side failed in its first stage.
inline Bout failed_bout(std::size_t side, const std::string& failure) {
  WorkloadResult result = bout_result({});
  result.cells[side].failure = failure;
  Bout bout;
  bout.plan = bout_plan();
  bout.screening = stage_of(std::move(result));
  conclude(bout, false);
  return bout;
}

}  // namespace sockbench::test
