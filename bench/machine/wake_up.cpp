#include "bench/machine/wake_up.h"

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
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(static_cast<std::size_t>(cpu), &only);
  const bool pinned = ::pthread_setaffinity_np(sleeper.native_handle(), sizeof only, &only) == 0;
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

}  // namespace sockbench
