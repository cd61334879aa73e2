#include "bench/judge/knee.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "bench/document/run.h"
#include "bench/judge/eligibility.h"
#include "bench/judge/statistics.h"
#include "common/units.h"

namespace sockbench {
namespace {

constexpr double kAdherence = 0.999;

/// Why a rate is too high, or empty.
std::string fault_of(const RatePoint& point, std::int64_t bound_ns) {
  if (point.validity == Validity::kFailed) return "the cell failed";
  if (point.starved_connections > 0) {
    return std::to_string(point.starved_connections) + " connections starved";
  }
  if (point.validity == Validity::kSaturated) return "it was saturated";
  if (!point.unusable.empty()) return "the figures do not count: " + point.unusable;
  if (!point.p99_ns) return "there are too few samples for a p99";
  if (*point.p99_ns > bound_ns) {
    return "the p99 response time was " + format_duration_ns(static_cast<double>(*point.p99_ns));
  }
  if (point.schedule_adherence < kAdherence) {
    return "only " + fixed(point.schedule_adherence * 100, 2) +
           " % of the requests were taken up on schedule";
  }
  return "";
}

std::string at_rate(const RatePoint& point) { return "at " + fixed(point.offered_rps, 0) + "/s "; }

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
    const nlohmann::ordered_json block = time_block(times->second, figures.wrong);
    if (block.is_object()) point.p99_ns = parse_times(block).p99;
  }
  if (!figures.schedule_adherence.empty()) {
    point.schedule_adherence = median(figures.schedule_adherence);
  }
  return point;
}

}  // namespace

Knee find_knee(std::span<const RatePoint> points, std::int64_t bound_ns) {
  std::vector<RatePoint> rising(points.begin(), points.end());
  std::sort(rising.begin(), rising.end(),
            [](const RatePoint& a, const RatePoint& b) { return a.offered_rps < b.offered_rps; });
  if (rising.empty()) return {std::nullopt, "no rate was offered"};
  const RatePoint* above = nullptr;
  for (auto point = rising.rbegin(); point != rising.rend(); ++point) {
    if (fault_of(*point, bound_ns).empty()) {
      if (above == nullptr) return {point->offered_rps, "no higher rate was offered"};
      return {point->offered_rps, at_rate(*above) + fault_of(*above, bound_ns)};
    }
    above = &*point;
  }
  return {std::nullopt, at_rate(*above) + fault_of(*above, bound_ns)};
}

std::vector<SweepKnee> find_knees(const RunPlan& plan, const std::vector<JudgedCell>& cells) {
  std::vector<SweepKnee> knees;
  for (const Contestant& contestant : plan.contestants) {
    if (plan.control && &contestant == &plan.contestants[*plan.control]) continue;
    std::map<std::string, std::vector<RatePoint>> by_sweep;
    for (const JudgedCell& cell : cells) {
      if (cell.contestant != &contestant || !cell.included) continue;
      const Workload& workload = cell.workload->workload;
      if (is_rate_of_sweep(workload)) by_sweep[workload.sweep].push_back(point_of(cell));
    }
    for (const auto& [sweep, points] : by_sweep) {
      Knee knee = find_knee(points, kKneeBoundNs);
      knees.push_back(
          {contestant.name, sweep, kKneeBoundNs, knee.offered_rps, std::move(knee.reason)});
    }
  }
  return knees;
}

}  // namespace sockbench
