#include "bench/record/slices.h"

#include <cmath>

#include "bench/judge/drift.h"
#include "bench/record/format.h"
#include "common/clock.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

ordered_json rounded_or_null(const std::optional<double>& value) {
  return value ? rounded(*value) : ordered_json(nullptr);
}

ordered_json summaries_json(const std::vector<Summary>& summaries) {
  ordered_json list = ordered_json::array();
  for (const Summary& summary : summaries) {
    if (summary.per_restart.empty()) {
      list.push_back(nullptr);
      continue;
    }
    ordered_json restarts = ordered_json::array();
    for (const double value : summary.per_restart) restarts.push_back(rounded(value));
    const auto& ci95 = summary.ci95;
    list.push_back({{"median", rounded(summary.median)},
                    {"ci95", ci95 ? ordered_json({rounded(ci95->lo), rounded(ci95->hi)}) : nullptr},
                    {"per_restart", restarts}});
  }
  return list;
}

ordered_json workload_json(const WorkloadPlan& entry, std::span<const JudgedCell> cells,
                           std::int64_t start_ns) {
  const std::vector<PlacedSlice> slices = slices_in_order(cells);
  const Drift drift = drift_of(slices);
  ordered_json json = {{"workload", entry.workload.name},
                       {"metric", drift_metric(entry.workload)},
                       {"drift",
                        {{"by_position", summaries_json(drift.by_position)},
                         {"by_round", summaries_json(drift.by_round)},
                         {"by_predecessor", summaries_json(drift.by_predecessor)}}}};
  for (const char* column : {"start_ms", "contestant", "restart", "round", "position", "steal_ms",
                             "figure", "achieved_rps"}) {
    json[column] = ordered_json::array();
  }
  for (const PlacedSlice& slice : slices) {
    json["start_ms"].push_back((slice.start_ns - start_ns) / kNsPerMs);
    json["contestant"].push_back(slice.contestant);
    json["restart"].push_back(slice.restart);
    json["round"].push_back(slice.round);
    json["position"].push_back(slice.position);
    json["steal_ms"].push_back(slice.steal_ns / kNsPerMs);
    json["figure"].push_back(rounded_or_null(slice.figure));
    json["achieved_rps"].push_back(rounded_or_null(slice.achieved_rps));
  }
  return json;
}

}  // namespace

ordered_json slices_json(const RunPlan& plan, const std::vector<JudgedCell>& cells,
                         std::int64_t start_ns) {
  ordered_json list = ordered_json::array();
  const std::size_t count = plan.contestants.size();
  for (std::size_t w = 0; w < plan.workloads.size(); ++w) {
    list.push_back(
        workload_json(plan.workloads[w], std::span(cells).subspan(w * count, count), start_ns));
  }
  return list;
}

}  // namespace sockbench
