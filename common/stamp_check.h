#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/histogram.h"

namespace sockbench {

/// Two clocks are compared: differences up to this may be those of reading them.
inline constexpr std::int64_t kClockErrorNs = 1'000;

/// The load generator's own stamps beside the kernel's (SO_TIMESTAMPING).
struct StampErrors {
  Histogram send;  ///< sampled sends: the kernel's stamp - the generator's, 0 if below
  std::uint64_t after_send = 0;      ///< sampled sends stamped after the kernel had sent them
  std::uint64_t arrivals = 0;        ///< replies whose arrival the kernel stamped
  std::uint64_t before_arrival = 0;  ///< … and that were stamped as read before it

  /// `error_ns`: the kernel's stamp of a send - the generator's.
  void record_send(std::int64_t error_ns);
  /// `delay_ns`: the generator's stamp of a reply - the kernel's.
  void record_arrival(std::int64_t delay_ns);
  void merge(const StampErrors& other);
};

/// A sentence when the generator's stamps cannot be those of what it did: sends stamped after the
/// kernel's in more than 1 % of the samples, or before them by more than 25 µs (p50) or 100 µs
/// (p99), or replies stamped as read before they arrived. The limits grow with the median response
/// time: 5 % and 20 % of it. nullopt: nothing of that kind, or too few samples to tell (20; for p99
/// 1,000). docs/loadgen.md has the measurements behind the limits.
std::optional<std::string> stamp_problem(const StampErrors& errors,
                                         std::optional<std::int64_t> response_p50_ns);

}  // namespace sockbench
