#include "bench/machine/cache_line.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

#include "common/clock.h"

namespace sockbench {
namespace {

constexpr int kBatches = 5;
constexpr int kRoundTrips = 500;

/// One thread writes the odd values, the other one the even ones.
void pass_on(std::atomic<int>& turn, int from, int to) {
  for (int value = from; value < to; value += 2) {
    while (turn.load(std::memory_order_acquire) != value) {
    }
    turn.store(value + 1, std::memory_order_release);
  }
}

bool pin(std::jthread& thread, int cpu) {
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(static_cast<std::size_t>(cpu), &only);
  return ::pthread_setaffinity_np(thread.native_handle(), sizeof only, &only) == 0;
}

}  // namespace

std::int64_t cache_line_ns(int cpu, int other_cpu) {
  if (cpu == other_cpu) return 0;
  alignas(64) std::atomic<int> turn = 0;
  std::array<std::int64_t, kBatches> batches_ns{};
  std::jthread other([&] { pass_on(turn, 1, 2 * kRoundTrips * kBatches); });
  std::jthread one([&] {
    for (int batch = 0; batch < kBatches; ++batch) {
      const std::int64_t before = now_ns();
      pass_on(turn, 2 * kRoundTrips * batch, 2 * kRoundTrips * (batch + 1));
      batches_ns[static_cast<std::size_t>(batch)] = now_ns() - before;
    }
  });
  const bool pinned = pin(one, cpu) && pin(other, other_cpu);
  one.join();
  other.join();
  if (!pinned) return 0;
  return *std::min_element(batches_ns.begin(), batches_ns.end()) / (2 * kRoundTrips);
}

}  // namespace sockbench
