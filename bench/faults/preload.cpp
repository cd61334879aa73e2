// libsockbench_fault.so: the functions of the C library through which a server speaks to its
// sockets, replaced by LD_PRELOAD. Each calls the real one; what SOCKBENCH_FAULT names is injected
// beside it (docs/faults.md). Without a fault the same is done but for the fault itself, so that a
// server with one can be compared with a server that has none.

#include <dlfcn.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "bench/faults/connections.h"
#include "bench/faults/injector.h"

namespace sockbench::faults {
namespace {

/// The function that this library stands in front of.
template <typename Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

using Parts = std::span<const iovec>;

/// All parts in one piece, with another first byte.
std::vector<char> spoiled(Parts parts) {
  std::vector<char> bytes;
  for (const iovec& part : parts) {
    const char* const begin = static_cast<const char*>(part.iov_base);
    bytes.insert(bytes.end(), begin, begin + part.iov_len);
  }
  if (!bytes.empty()) bytes.front() = static_cast<char>(bytes.front() ^ 1);
  return bytes;
}

/// What every way of sending has in common; `send` takes the parts and returns what the real
/// function returns.
template <typename Send>
ssize_t reply(int fd, Parts parts, Send send) {
  if (!is_connection(fd)) return send(parts);
  Injector& injector = Injector::instance();
  const std::uint64_t number = injector.begin_reply();
  injector.before(number);
  ssize_t sent = 0;
  if (injector.spoils(number)) {
    std::vector<char> bytes = spoiled(parts);
    const iovec whole{bytes.data(), bytes.size()};
    sent = send(Parts(&whole, 1));
  } else {
    sent = send(parts);
  }
  if (sent > 0) {
    injector.after(number, fd);
  } else {
    injector.withdraw_reply();
  }
  return sent;
}

/// For functions that take one part. They only read it.
iovec part_of(const void* data, std::size_t size) { return {const_cast<void*>(data), size}; }

int accepted(int fd) {
  if (fd >= 0) connection_opened(fd, Injector::instance().ballast_bytes());
  return fd;
}

/// Takes those events out that shall be lost; returns how many are left. The connection stays in
/// the interest list with nothing to be told of, until the server asks for something again.
int epoll_without_lost(int epoll, std::span<epoll_event> events) {
  static auto* const control = real<decltype(::epoll_ctl)>("epoll_ctl");
  const auto is_lost_now = [epoll](const epoll_event& event) {
    if (!Injector::instance().swallows_event()) return false;
    const auto fd = connection_of(epoll, event.data.u64);
    if (!fd) return false;
    epoll_event nothing{.events = 0, .data = event.data};
    return control(epoll, EPOLL_CTL_MOD, *fd, &nothing) == 0;
  };
  const auto end = std::remove_if(events.begin(), events.end(), is_lost_now);
  return static_cast<int>(end - events.begin());
}

/// For poll and select: whether this event of a connection is to be lost; then so are all later
/// ones.
bool loses_connection(int fd) {
  if (!Injector::instance().swallows_event() || !is_connection(fd)) return false;
  lose(fd);
  return true;
}

/// poll(2) ignores negative descriptors. Done twice, all is as before.
void hide_or_show_lost(std::span<pollfd> polled) {
  if (!any_lost()) return;
  for (pollfd& entry : polled) {
    if (is_lost(entry.fd < 0 ? ~entry.fd : entry.fd)) entry.fd = ~entry.fd;
  }
}

int poll_without_lost(std::span<pollfd> polled, int ready) {
  for (pollfd& entry : polled) {
    if (entry.revents == 0 || !loses_connection(entry.fd)) continue;
    entry.revents = 0;
    --ready;
  }
  return ready;
}

using Sets = std::array<fd_set*, 3>;  // to be read, to be written, with exceptions; null: not asked

void clear_lost(int count, const Sets& sets) {
  if (!any_lost()) return;
  for (int fd = 0; fd < count; ++fd) {
    if (!is_lost(fd)) continue;
    for (fd_set* set : sets) {
      if (set != nullptr) FD_CLR(fd, set);
    }
  }
}

int select_without_lost(int count, const Sets& sets, int ready) {
  for (int fd = 0; fd < count; ++fd) {
    const auto is_in = [fd](fd_set* set) { return set != nullptr && FD_ISSET(fd, set); };
    const auto times = std::count_if(sets.begin(), sets.end(), is_in);
    if (times == 0 || !loses_connection(fd)) continue;
    ready -= static_cast<int>(times);
  }
  clear_lost(count, sets);
  return ready;
}

bool can_lose() { return Injector::instance().fault().kind == Fault::Kind::kLostWakeup; }

/// A wrong SOCKBENCH_FAULT shall be told of before the server begins, and a neighbour move in.
__attribute__((constructor)) void load() { Injector::instance(); }

}  // namespace
}  // namespace sockbench::faults

using namespace sockbench::faults;

// Only these are visible from outside. Their declarations are the C library's own.
extern "C" {
#pragma GCC visibility push(default)

ssize_t send(int fd, const void* data, size_t size, int flags) {
  static auto* const next = real<decltype(::send)>("send");
  const iovec part = part_of(data, size);
  return reply(fd, Parts(&part, 1), [&](Parts parts) {
    return next(fd, parts.front().iov_base, parts.front().iov_len, flags);
  });
}

ssize_t write(int fd, const void* data, size_t size) {
  static auto* const next = real<decltype(::write)>("write");
  const iovec part = part_of(data, size);
  return reply(fd, Parts(&part, 1), [&](Parts parts) {
    return next(fd, parts.front().iov_base, parts.front().iov_len);
  });
}

ssize_t writev(int fd, const iovec* data, int count) {
  static auto* const next = real<decltype(::writev)>("writev");
  return reply(fd, Parts(data, static_cast<std::size_t>(std::max(count, 0))),
               [&](Parts parts) { return next(fd, parts.data(), static_cast<int>(parts.size())); });
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  static auto* const next = real<decltype(::sendmsg)>("sendmsg");
  return reply(fd, Parts(message->msg_iov, message->msg_iovlen), [&](Parts parts) {
    msghdr sent = *message;
    sent.msg_iov = const_cast<iovec*>(parts.data());
    sent.msg_iovlen = parts.size();
    return next(fd, &sent, flags);
  });
}

int accept(int fd, sockaddr* address, socklen_t* length) {
  static auto* const next = real<decltype(::accept)>("accept");
  return accepted(next(fd, address, length));
}

int accept4(int fd, sockaddr* address, socklen_t* length, int flags) {
  static auto* const next = real<decltype(::accept4)>("accept4");
  return accepted(next(fd, address, length, flags));
}

int close(int fd) {
  static auto* const next = real<decltype(::close)>("close");
  connection_closed(fd);  // before another thread can be given the descriptor
  return next(fd);
}

int epoll_ctl(int epoll, int operation, int fd, epoll_event* event) noexcept {
  static auto* const next = real<decltype(::epoll_ctl)>("epoll_ctl");
  if (operation != EPOLL_CTL_DEL && event != nullptr) watched_by_epoll(epoll, fd, *event);
  return next(epoll, operation, fd, event);
}

int epoll_wait(int epoll, epoll_event* events, int capacity, int timeout_ms) {
  static auto* const next = real<decltype(::epoll_wait)>("epoll_wait");
  for (;;) {
    const int ready = next(epoll, events, capacity, timeout_ms);
    if (ready <= 0 || !can_lose()) return ready;
    const int left = epoll_without_lost(epoll, {events, static_cast<std::size_t>(ready)});
    if (left > 0) return left;  // else the server never learns that it was woken
  }
}

int poll(pollfd* polled, nfds_t count, int timeout_ms) {
  static auto* const next = real<decltype(::poll)>("poll");
  const std::span all(polled, count);
  for (;;) {
    hide_or_show_lost(all);
    const int ready = next(polled, count, timeout_ms);
    hide_or_show_lost(all);
    if (ready <= 0 || !can_lose()) return ready;
    const int left = poll_without_lost(all, ready);
    if (left > 0) return left;
  }
}

int select(int count, fd_set* readable, fd_set* writable, fd_set* exceptional, timeval* timeout) {
  static auto* const next = real<decltype(::select)>("select");
  const Sets sets = {readable, writable, exceptional};
  std::array<fd_set, 3> asked{};
  for (std::size_t i = 0; i < sets.size(); ++i) {
    if (sets[i] != nullptr) asked[i] = *sets[i];
  }
  for (;;) {
    clear_lost(count, sets);
    const int ready = next(count, readable, writable, exceptional, timeout);
    if (ready <= 0 || !can_lose()) return ready;
    const int left = select_without_lost(count, sets, ready);
    if (left > 0) return left;
    for (std::size_t i = 0; i < sets.size(); ++i) {
      if (sets[i] != nullptr) *sets[i] = asked[i];
    }
  }
}

#pragma GCC visibility pop
}
