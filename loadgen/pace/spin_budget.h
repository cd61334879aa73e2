#pragma once

#include <algorithm>
#include <cstdint>

#include "common/clock.h"

namespace sockbench {

/// The time before a deadline at which to stop sleeping and to spin: the 99th percentile of the
/// wake-up delay on this machine, estimated from every sleep by stochastic approximation (Robbins
/// and Monro 1951: a step up by 99 parts if the delay was longer, down by one part if not).
class SpinBudget final {
 public:
  static constexpr std::int64_t kLeastNs = 5 * kNsPerUs;
  /// Longer delays are caused by a hypervisor and cannot be avoided by spinning.
  static constexpr std::int64_t kMostNs = 100 * kNsPerUs;

  std::int64_t ns() const { return static_cast<std::int64_t>(ns_); }
  /// A sleep ended this late, >= 0.
  void woke_late(std::int64_t late_ns) {
    const double step = ns_ / 32;
    ns_ += static_cast<double>(late_ns) > ns_ ? 0.99 * step : -0.01 * step;
    ns_ = std::clamp(ns_, static_cast<double>(kLeastNs), static_cast<double>(kMostNs));
  }

 private:
  double ns_ = 20 * kNsPerUs;  // suits a quiet machine
};

}  // namespace sockbench
