#pragma once

#include <cstdint>

namespace sockbench {

/// What happened beside a slice that no contestant can cause, from its first reading to its last.
struct SliceDisturbance {
  std::int64_t span_ns = 0;     ///< between the readings
  std::int64_t foreign_ns = 0;  ///< the run's CPUs ran something that is not part of the run
  std::int64_t steal_ns = 0;    ///< the hypervisor took the run's CPUs; in ticks of 10 ms
  std::int64_t delay_ns = 0;    ///< the harness itself was held up
};

/// The times of a slice, in nanoseconds.
struct SliceTimes {
  std::int64_t span = 0;     ///< from the first reading to the last
  std::int64_t at_rest = 0;  ///< of it: until the server was silent again after the load
  std::int64_t load = 0;     ///< from the first request to the last reply, as the generator saw it
  std::int64_t planned = 0;  ///< how long the load lasts at least: a burst is answered long before
                             ///< its window ends, and a connection that is held closes long after
};

/// How long the harness was held up: what neither the load nor the waiting for rest explains. Pure.
std::int64_t delay_of_harness(const SliceTimes& times);

/// Whether a slice is to be measured again. The rule looks at the disturbance alone and never at
/// the slice's figures, so that repeating cannot favour a result
/// (tests/bench/disturbance_test.cpp simulates it). Pure.
bool is_disturbed(const SliceDisturbance& disturbance);

}  // namespace sockbench
