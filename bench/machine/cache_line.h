#pragma once

#include <cstdint>

namespace sockbench {

/// How long a cache line takes from one CPU to another, in nanoseconds: half of the round trip of a
/// counter that two threads pass to each other, the fastest of 5 batches of 500. On a virtual
/// machine it tells where the hypervisor has put the two CPUs: on one physical core, in one package
/// or in two. 0 where the threads may not be pinned to them, or where they are one CPU.
std::int64_t cache_line_ns(int cpu, int other_cpu);

}  // namespace sockbench
