#include "bench/plan/timing.h"

#include <algorithm>
#include <cmath>

#include "common/clock.h"

namespace sockbench {
namespace {

constexpr double kTurnsPerWindow = 10;
constexpr double kTurnsOfLeadIn = 3;
constexpr std::int64_t kMinLeadInNs = 2 * kNsPerMs;
constexpr std::int64_t kMinRampNs = 200 * kNsPerUs;
constexpr std::int64_t kMaxStretchedWindowNs = 2 * kNsPerSecond;

}  // namespace

SliceTiming timing_of(const Workload& workload, double rps) {
  const std::int64_t slice_ns = workload.slice_ms * kNsPerMs;
  const std::int64_t discard_ns = workload.discard_ms * kNsPerMs;
  // A burst comes once in every slice, at a fixed time after its start, and in no warm-up.
  if (workload.burst) return {0, discard_ns, slice_ns};
  if (workload.mode == Mode::kIdle || rps <= 0) return {discard_ns, 0, slice_ns};
  const double turn_ns = 1e9 * workload.active * workload.pipeline / rps;
  const auto turns = [&](double count) { return std::llround(count * turn_ns); };
  SliceTiming timing{.window_ns = slice_ns};
  if (workload.mode == Mode::kClosedLoop && workload.think_ns == 0 && workload.hold_ns == 0) {
    timing.window_ns =
        std::max(slice_ns, std::min<std::int64_t>(turns(kTurnsPerWindow), kMaxStretchedWindowNs));
  }
  const std::int64_t at_least = std::max(discard_ns, kMinLeadInNs);
  timing.lead_in_ns = std::clamp<std::int64_t>(turns(kTurnsOfLeadIn), at_least,
                                               std::max(at_least, timing.window_ns / 2));
  timing.ramp_ns =
      std::clamp<std::int64_t>(turns(1), kMinRampNs, std::max(kMinRampNs, timing.window_ns / 4));
  return timing;
}

int slices_for(const Workload& workload, int slices, std::int64_t window_ns) {
  const double measured_ns = static_cast<double>(slices) * workload.slice_ms * kNsPerMs;
  return std::max(1, static_cast<int>(std::lround(measured_ns / static_cast<double>(window_ns))));
}

}  // namespace sockbench
