#pragma once

#include <cstdint>
#include <string_view>

#include "common/random.h"

namespace sockbench {

enum class Arrival : std::uint8_t { kPoisson, kUniform, kBurst };

/// "poisson", "uniform", "burst".
constexpr const char* to_text(Arrival arrival) {
  switch (arrival) {
    case Arrival::kPoisson:
      return "poisson";
    case Arrival::kUniform:
      return "uniform";
    case Arrival::kBurst:
      return "burst";
  }
  return "poisson";
}

/// The intended start times of an open loop, independent of clocks and sockets. Poisson:
/// independent exponential gaps with mean 1/rate. Uniform: equal gaps with a random phase. Burst:
/// `burst` arrivals at the same time, equal gaps between bursts, the first one a gap after the
/// start. Times are double nanoseconds since the start, so that fractions are kept.
class ArrivalSchedule final {
 public:
  ArrivalSchedule() = default;
  /// `rate` > 0 per second; the first arrival is after `start_ns`. `burst`: arrivals at the same
  /// time.
  ArrivalSchedule(Arrival arrival, double rate, std::int64_t start_ns, std::uint64_t seed,
                  int burst = 1)
      : arrival_(arrival),
        gap_ns_(1e9 * burst / rate),
        start_ns_(start_ns),
        burst_(burst),
        left_in_burst_(burst),
        random_(seed) {
    since_start_ns_ = arrival_ == Arrival::kUniform ? random_.uniform() * gap_ns_ : gap();
  }

  /// The next intended start, on the clock of `start_ns`.
  std::int64_t next_ns() const { return start_ns_ + static_cast<std::int64_t>(since_start_ns_); }
  void advance() {
    if (--left_in_burst_ > 0) return;
    left_in_burst_ = burst_;
    since_start_ns_ += gap();
  }

 private:
  double gap() { return arrival_ == Arrival::kPoisson ? random_.exponential(gap_ns_) : gap_ns_; }

  Arrival arrival_ = Arrival::kPoisson;
  double gap_ns_ = 0;
  std::int64_t start_ns_ = 0;
  double since_start_ns_ = 0;
  int burst_ = 1;
  int left_in_burst_ = 1;
  Random random_{0};
};

}  // namespace sockbench
