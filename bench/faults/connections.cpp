#include "bench/faults/connections.h"

#include <sys/epoll.h>
#include <sys/mman.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <utility>

namespace sockbench::faults {
namespace {

struct Connection {
  bool open;
  bool lost;
  bool watched;  ///< by `epoll`, which reports it as `data`
  int epoll;
  std::uint64_t data;
  void* ballast;  ///< a mapping of its own, so that the kernel gets it back at once
  std::size_t ballast_bytes;
};

// All zero, so pages of it exist only where connections are.
std::array<Connection, kMaxDescriptors> table;
std::atomic<int> highest{-1};  // descriptor with an entry so far
std::atomic<bool> some_lost{false};

bool in_table(int fd) { return fd >= 0 && fd < kMaxDescriptors; }

Connection& at(int fd) { return table[static_cast<std::size_t>(fd)]; }

}  // namespace

void connection_opened(int fd, std::int64_t ballast_bytes) {
  if (!in_table(fd)) return;
  connection_closed(fd);  // it may have been closed in a way that is not seen here
  Connection& connection = at(fd);
  connection.open = true;
  if (ballast_bytes > 0) {
    const auto bytes = static_cast<std::size_t>(ballast_bytes);
    constexpr int kTouched = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
    void* const mapped = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, kTouched, -1, 0);
    if (mapped != MAP_FAILED) {
      connection.ballast = mapped;
      connection.ballast_bytes = bytes;
    }
  }
  int seen = highest.load(std::memory_order_relaxed);
  while (fd > seen && !highest.compare_exchange_weak(seen, fd, std::memory_order_relaxed)) {
  }
}

void connection_closed(int fd) {
  if (!is_connection(fd)) return;
  const Connection ended = std::exchange(at(fd), Connection{});
  if (ended.ballast != nullptr) ::munmap(ended.ballast, ended.ballast_bytes);
}

bool is_connection(int fd) { return in_table(fd) && at(fd).open; }

void watched_by_epoll(int epoll, int fd, const epoll_event& event) {
  if (!is_connection(fd)) return;
  Connection& connection = at(fd);
  connection.watched = true;
  connection.epoll = epoll;
  connection.data = event.data.u64;
}

std::optional<int> connection_of(int epoll, std::uint64_t data) {
  for (int fd = 0; fd <= highest.load(std::memory_order_relaxed); ++fd) {
    const Connection& connection = at(fd);
    if (connection.watched && connection.epoll == epoll && connection.data == data) return fd;
  }
  return std::nullopt;
}

void lose(int fd) {
  if (!is_connection(fd)) return;
  at(fd).lost = true;
  some_lost.store(true, std::memory_order_relaxed);
}

bool is_lost(int fd) { return in_table(fd) && at(fd).lost; }

bool any_lost() { return some_lost.load(std::memory_order_relaxed); }

}  // namespace sockbench::faults
