#pragma once

#include <algorithm>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "common/clock.h"

namespace sockbench {

/// What a clock showed when it was read many times in a row.
struct ClockCheck {
  double cost_ns = 0;  ///< per reading, the median of batches
  std::optional<std::int64_t>
      resolution_ns;                      ///< smallest step that was not 0; none: it stood still
  std::int64_t largest_step_ns = 0;       ///< forwards; a lost CPU shows here
  std::int64_t largest_step_back_ns = 0;  ///< as a positive number

  bool monotonic() const { return largest_step_back_ns == 0; }
};

/// 0.3 ms with a clock that costs 25 ns, 15 ms with one that is a system call and a slow device.
inline constexpr int kClockSamples = 10'000;
/// Long enough that a clock's own resolution does not hide its cost.
inline constexpr int kClockBatch = 100;

/// Reads `clock` about `samples` times, at least one batch. A clock times itself here: the cost is
/// in its own nanoseconds, and 0 for one that is too coarse to see its cost.
template <typename Clock>
ClockCheck check_clock(Clock clock, int samples = kClockSamples) {
  ClockCheck result;
  std::vector<double> costs(static_cast<std::size_t>(std::max(1, samples / kClockBatch)));
  std::int64_t before = clock();
  for (double& cost : costs) {
    const std::int64_t begin = before;
    for (int i = 0; i < kClockBatch; ++i) {
      const std::int64_t now = clock();
      const std::int64_t step = now - before;
      before = now;
      if (step > 0) result.resolution_ns = std::min(step, result.resolution_ns.value_or(step));
      result.largest_step_ns = std::max(result.largest_step_ns, step);
      result.largest_step_back_ns = std::max(result.largest_step_back_ns, -step);
    }
    cost = static_cast<double>(before - begin) / kClockBatch;
  }
  const auto middle = costs.begin() + static_cast<std::ptrdiff_t>(costs.size() / 2);
  std::nth_element(costs.begin(), middle, costs.end());
  result.cost_ns = *middle;
  return result;
}

inline ClockCheck check_clock() { return check_clock(now_ns); }

/// A sentence when times measured with this clock would be wrong (it went back, or stood still) or
/// too coarse (a step or a reading above 1 µs).
std::optional<std::string> clock_warning(const ClockCheck& check);

nlohmann::ordered_json to_json(const ClockCheck& check);

}  // namespace sockbench
