#pragma once

#include <cstdint>

#include "common/clock.h"

namespace sockbench {

/// Selects the sends that are compared with the kernel's stamp: so few that the generator's CPU per
/// request is not affected at any rate.
class StampSampler final {
 public:
  static constexpr int kSendsPerSample = 64;
  static constexpr std::int64_t kLeastGapNs = kNsPerMs;

  /// Whether the send at `now_ns` is selected.
  bool due(std::int64_t now_ns) {
    if (++sends_ < kSendsPerSample || now_ns - last_ns_ < kLeastGapNs) return false;
    sends_ = 0;
    last_ns_ = now_ns;
    return true;
  }

 private:
  int sends_ = 0;
  std::int64_t last_ns_ = 0;
};

}  // namespace sockbench
