#pragma once

#include <cstdint>

namespace sockbench {

/// How long an idle `cpu` takes to run a thread that another CPU wakes, in nanoseconds: the median
/// of 21 wake-ups, each after 300 us of sleep, from the writer's stamp before write(2) to the
/// woken thread's first stamp. On a virtual machine most of it is the hypervisor's, and it changes
/// from minute to minute with what the host does; where a server sleeps between requests it is a
/// large part of each request. 0 where a thread may not be pinned to `cpu`.
std::int64_t wake_up_ns(int cpu);

/// How long a cache line takes from one CPU to another, in nanoseconds: half of the round trip of a
/// counter that two threads pass to each other, the fastest of 5 batches of 500. On a virtual
/// machine it tells where the hypervisor has put the two CPUs: on one physical core, in one package
/// or in two. 0 where the threads may not be pinned to them, or where they are one CPU.
std::int64_t cache_line_ns(int cpu, int other_cpu);

}  // namespace sockbench
