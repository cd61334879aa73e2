#pragma once

#include <cstdint>

#include "bench/plan/workload.h"

namespace sockbench {

/// How the slices of a contestant are timed; see SliceOrder. A "turn" is the time in which every
/// active connection gets one reply.
struct SliceTiming {
  std::int64_t lead_in_ns = 0;
  std::int64_t ramp_ns = 0;
  std::int64_t window_ns = 0;
};

/// From the rate that the contestant reached in its warm-up; 0: not known, as without load. Closed
/// loop: the window is at least 10 turns long, so that starting and draining, about one turn, are
/// a tenth of it; the lead-in is three turns, so that every connection was served since
/// others used the caches. `slice_ms` and `discard_ms` of the workload are lower bounds. Pure.
SliceTiming timing_of(const Workload& workload, double rps);

/// Slices of `window_ns` that measure for as long as `slices` of `slice_ms`; at least one.
int slices_for(const Workload& workload, int slices, std::int64_t window_ns);

}  // namespace sockbench
