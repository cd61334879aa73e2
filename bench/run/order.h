#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sockbench {

/// The order in which `contestants` run in the `round`-th round of a workload, counted over all of
/// its restarts. Balanced for position and for predecessor: within each block of n rounds (2n when
/// n is odd) everyone is in each place once (twice) and follows each other one once (twice)
/// (Williams, "Experimental designs balanced for the estimation of residual effects of treatments",
/// 1949). Who is who is shuffled anew for each block. Pure.
std::vector<std::size_t> round_order(std::uint64_t seed, std::size_t workload, std::size_t round,
                                     std::size_t contestants);

/// A place in the run: one restart of one workload.
struct ScheduledRestart {
  std::size_t workload = 0;
  int restart = 0;
};

/// The restarts of one pass over the workloads, in random order, so that the restarts of each
/// workload are spread over the whole run (randomized multiple interleaved trials: Abedi and
/// Brecht, "Conducting repeatable experiments in highly variable cloud computing environments",
/// 2017). `restarts`: what each workload gets in one cycle, which has as many passes as the largest
/// of them; a workload with fewer has none in some passes, evenly spread, and one in the first.
/// Passes after the cycle begin another. Pure.
std::vector<ScheduledRestart> pass_order(std::uint64_t seed, int pass,
                                         const std::vector<int>& restarts);

}  // namespace sockbench
