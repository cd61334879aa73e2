#pragma once

#include <cstdint>
#include <optional>

#include "common/clock.h"

namespace sockbench {

/// The dispersion of events in time: variance divided by mean of their number per millisecond (Fano
/// factor, Cox and Lewis 1966). 1 for a Poisson process, near 0 for a uniform one, larger for
/// bursts. Uses constant memory. Merging adds independent streams.
class Dispersion final {
 public:
  /// Starts millisecond bins at this time; earlier counts are kept.
  void start(std::int64_t from_ns) {
    bin_end_ns_ = from_ns + kNsPerMs;
    in_bin_ = 0;
  }
  /// `now_ns` must not decrease.
  void count(std::int64_t now_ns) {
    close_until(now_ns);
    ++in_bin_;
  }
  /// Bins that end before this time are complete; an incomplete one is not counted.
  void stop(std::int64_t to_ns) { close_until(to_ns); }

  void merge(const Dispersion& other) {
    mean_ += other.mean();
    variance_ += other.variance();
  }
  /// nullopt without complete bins or without events.
  std::optional<double> ratio() const {
    return mean() > 0 ? std::optional(variance() / mean()) : std::nullopt;
  }

 private:
  void close_until(std::int64_t now_ns) {
    for (; now_ns >= bin_end_ns_; bin_end_ns_ += kNsPerMs) {
      ++bins_;
      sum_ += in_bin_;
      squares_ += in_bin_ * in_bin_;
      in_bin_ = 0;
    }
  }
  double mean() const { return mean_ + (bins_ > 0 ? sum_ / bins_ : 0); }
  double variance() const {
    return variance_ + (bins_ > 1 ? (squares_ - sum_ * sum_ / bins_) / (bins_ - 1) : 0);
  }

  std::int64_t bin_end_ns_ = 0;
  double in_bin_ = 0;
  double bins_ = 0;
  double sum_ = 0;
  double squares_ = 0;
  double mean_ = 0;      // of merged streams
  double variance_ = 0;  // of merged streams
};

}  // namespace sockbench
