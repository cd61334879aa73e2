#pragma once

#include <cstdint>
#include <string_view>

#include "common/random.h"

namespace sockbench {

enum class Arrival : std::uint8_t { kPoisson, kUniform };

/// The intended start times of an open loop, as data: it knows nothing of clocks and sockets, never
/// waits, and never skips. Poisson: independent exponential gaps with mean 1/rate. Uniform: equal
/// gaps with a random phase. Times are kept in double nanoseconds since the start, so that no rate
/// loses its fraction.
class ArrivalSchedule final {
 public:
  ArrivalSchedule() = default;
  /// `rate` > 0 per second; the first arrival comes after `start_ns`.
  ArrivalSchedule(Arrival arrival, double rate, std::int64_t start_ns, std::uint64_t seed)
      : arrival_(arrival), gap_ns_(1e9 / rate), start_ns_(start_ns), random_(seed) {
    since_start_ns_ =
        arrival_ == Arrival::kPoisson ? random_.exponential(gap_ns_) : random_.uniform() * gap_ns_;
  }

  /// The next intended start, in the clock of `start_ns`.
  std::int64_t next_ns() const { return start_ns_ + static_cast<std::int64_t>(since_start_ns_); }
  void advance() {
    since_start_ns_ += arrival_ == Arrival::kPoisson ? random_.exponential(gap_ns_) : gap_ns_;
  }

 private:
  Arrival arrival_ = Arrival::kPoisson;
  double gap_ns_ = 0;
  std::int64_t start_ns_ = 0;
  double since_start_ns_ = 0;
  Random random_{0};
};

}  // namespace sockbench
