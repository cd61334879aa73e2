#include "bench/machine/latency.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

#include "common/clock.h"
#include "common/error.h"
#include "common/fd.h"

namespace sockbench {
namespace {

constexpr std::size_t kWakeUps = 21;
constexpr timespec kSleep{0, 300'000};
constexpr int kBatches = 5;
constexpr int kRoundTrips = 500;  // of a batch

bool pin(std::jthread& thread, int cpu) {
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(static_cast<std::size_t>(cpu), &only);
  return ::pthread_setaffinity_np(thread.native_handle(), sizeof only, &only) == 0;
}

/// One thread writes the odd values, the other one the even ones.
void pass_on(std::atomic<int>& turn, int from, int to) {
  for (int value = from; value < to; value += 2) {
    while (turn.load(std::memory_order_acquire) != value) {
    }
    turn.store(value + 1, std::memory_order_release);
  }
}

}  // namespace

std::int64_t wake_up_ns(int cpu) {
  const Fd bell(check(::eventfd(0, EFD_CLOEXEC), "eventfd"));
  std::array<std::atomic<std::int64_t>, kWakeUps> woken{};
  std::jthread sleeper([&] {
    for (std::atomic<std::int64_t>& stamp : woken) {
      std::uint64_t count = 0;
      while (::read(bell.get(), &count, sizeof count) != sizeof count) {  // EINTR
      }
      stamp = now_ns();
    }
  });
  const bool pinned = pin(sleeper, cpu);
  std::array<std::int64_t, kWakeUps> delays{};
  for (std::size_t i = 0; i < kWakeUps; ++i) {
    ::ppoll(nullptr, 0, &kSleep, nullptr);
    const std::int64_t rung = now_ns();
    const std::uint64_t one = 1;
    check(static_cast<int>(::write(bell.get(), &one, sizeof one)), "write to an eventfd");
    while (woken[i] == 0) ::sched_yield();
    delays[i] = woken[i] - rung;
  }
  std::sort(delays.begin(), delays.end());
  return pinned ? delays[kWakeUps / 2] : 0;
}

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
  const std::int64_t best_ns = *std::min_element(batches_ns.begin(), batches_ns.end());
  return best_ns / (std::int64_t{2} * kRoundTrips);
}

}  // namespace sockbench
