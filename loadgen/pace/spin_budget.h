#pragma once

#include <algorithm>
#include <cstdint>

#include "common/clock.h"

namespace sockbench {

/// How long before a deadline to stop sleeping and to spin: as late as sleeping wakes at its 99th
/// percentile on this machine, learnt from every sleep by stochastic approximation (Robbins and
/// Monro 1951: a step up by 99 parts when it was later, down by one part when not).
class SpinBudget final {
 public:
  static constexpr std::int64_t kLeastNs = 5 * kNsPerUs;
  /// A hypervisor that takes the CPU away for longer cannot be made up for by spinning.
  static constexpr std::int64_t kMostNs = 100 * kNsPerUs;

  std::int64_t ns() const { return static_cast<std::int64_t>(ns_); }
  /// A sleep ended so late, >= 0.
  void woke_late(std::int64_t late_ns) {
    const double step = ns_ / 32;
    ns_ += static_cast<double>(late_ns) > ns_ ? 0.99 * step : -0.01 * step;
    ns_ = std::clamp(ns_, static_cast<double>(kLeastNs), static_cast<double>(kMostNs));
  }

 private:
  double ns_ = 20 * kNsPerUs;  // what a quiet machine needs
};

}  // namespace sockbench
