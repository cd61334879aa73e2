#include "bench/record/knees.h"

#include <map>
#include <utility>

#include "bench/judge/eligibility.h"
#include "bench/judge/knee.h"
#include "bench/judge/statistics.h"
#include "common/or_null.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

/// Whether the workload is one of several offered rates.
bool is_rate_of_sweep(const Workload& workload) {
  return !workload.sweep.empty() && workload.mode == Mode::kOpenLoop && workload.family == "rate";
}

RatePoint point_of(const JudgedCell& cell) {
  const CellFigures& figures = cell.figures;
  RatePoint point{.offered_rps = cell.workload->workload.offered_rps,
                  .p99_ns = std::nullopt,
                  .schedule_adherence = 0,
                  .starved_connections = figures.starved_connections,
                  .validity = cell.judgement.validity,
                  .unusable = eligible(cell.judgement, "response_time_ns.p99", for_knee()).reason};
  if (const auto times = figures.times.find("response_time_ns"); times != figures.times.end()) {
    // The block's percentile, which is null without samples enough beyond it.
    const ordered_json block = time_block(times->second, figures.wrong);
    if (block.is_object() && block["p99"].is_number()) {
      point.p99_ns = block["p99"].get<std::int64_t>();
    }
  }
  if (!figures.schedule_adherence.empty()) {
    point.schedule_adherence = median(figures.schedule_adherence);
  }
  return point;
}

}  // namespace

ordered_json knees_json(const RunPlan& plan, const std::vector<JudgedCell>& cells) {
  ordered_json knees = ordered_json::array();
  for (const Contestant& contestant : plan.contestants) {
    if (plan.control && &contestant == &plan.contestants[*plan.control]) continue;
    std::map<std::string, std::vector<RatePoint>> by_sweep;
    for (const JudgedCell& cell : cells) {
      if (cell.contestant != &contestant || !cell.takes_part) continue;
      const Workload& workload = cell.workload->workload;
      if (is_rate_of_sweep(workload)) by_sweep[workload.sweep].push_back(point_of(cell));
    }
    for (const auto& [sweep, points] : by_sweep) {
      const Knee knee = find_knee(points, kKneeBoundNs);
      knees.push_back({{"contestant", contestant.name},
                       {"workload", sweep},
                       {"bound_ns", kKneeBoundNs},
                       {"offered_rps", or_null(knee.offered_rps)},
                       {"reason", knee.reason}});
    }
  }
  return knees;
}

}  // namespace sockbench
