#include "bench/run/disturbance.h"

#include <algorithm>

#include "common/clock.h"

namespace sockbench {
namespace {

// Shares of the slice.
constexpr double kForeignShare = 0.03;
constexpr double kStealShare = 0.05;
constexpr std::int64_t kForeignFloorNs = 300 * kNsPerUs;
constexpr std::int64_t kDelayNs = 50 * kNsPerMs;

}  // namespace

std::int64_t delay_of_harness(const SliceTimes& times) {
  return times.span - std::max(times.load, times.planned) - times.at_rest;
}

bool is_disturbed(const SliceDisturbance& disturbance) {
  const auto span = static_cast<double>(disturbance.span_ns);
  const auto share = [&](double of_span) { return static_cast<std::int64_t>(of_span * span); };
  return disturbance.foreign_ns > std::max(kForeignFloorNs, share(kForeignShare)) ||
         disturbance.steal_ns > share(kStealShare) || disturbance.delay_ns > kDelayNs;
}

}  // namespace sockbench
