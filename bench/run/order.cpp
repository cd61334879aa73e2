#include "bench/run/order.h"

#include <algorithm>
#include <numeric>
#include <span>

#include "common/random.h"

namespace sockbench {
namespace {

Random random_for(std::uint64_t seed, std::uint64_t first, std::uint64_t second) {
  Random mix(seed);
  for (const std::uint64_t part : {first, second + 1}) {
    mix = Random(mix.next() ^ part * 0x9e3779b97f4a7c15);
  }
  return mix;
}

/// How many restarts a workload with `restarts` per cycle of `passes` has begun before `pass`.
int begun_before(int pass, int restarts, int passes) {
  const int cycle = pass / passes;
  const int within = pass % passes;
  return cycle * restarts + (within * restarts + passes - 1) / passes;
}

}  // namespace

std::vector<std::size_t> round_order(std::uint64_t seed, std::size_t workload, std::size_t round,
                                     std::size_t contestants) {
  const std::size_t n = contestants;
  std::vector<std::size_t> who(n);
  std::iota(who.begin(), who.end(), std::size_t{0});
  if (n < 2) return who;
  const std::size_t block = n % 2 == 0 ? n : 2 * n;
  random_for(seed, workload, round / block).shuffle(std::span(who));
  const std::size_t row = round % block;
  std::vector<std::size_t> order(n);
  for (std::size_t i = 0; i < n; ++i) {
    // 0, 1, n-1, 2, n-2, …: neighbours differ by every amount once.
    const std::size_t zigzag = i % 2 == 1 ? (i + 1) / 2 : (n - i / 2) % n;
    order[i] = who[(zigzag + row) % n];
  }
  if (row >= n) std::reverse(order.begin(), order.end());
  return order;
}

std::vector<ScheduledRestart> pass_order(std::uint64_t seed, int pass,
                                         const std::vector<int>& restarts) {
  const int passes =
      std::max(1, restarts.empty() ? 1 : *std::max_element(restarts.begin(), restarts.end()));
  std::vector<ScheduledRestart> order;
  for (std::size_t w = 0; w < restarts.size(); ++w) {
    const int from = begun_before(pass, restarts[w], passes);
    if (begun_before(pass + 1, restarts[w], passes) > from) order.push_back({w, from});
  }
  random_for(seed, 0x70617373, static_cast<std::uint64_t>(pass)).shuffle(std::span(order));
  return order;
}

}  // namespace sockbench
