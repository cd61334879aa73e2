#include "bench/judge/knee.h"

#include <algorithm>
#include <vector>

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

}  // namespace sockbench
