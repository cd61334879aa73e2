#include "loadgen/engine/epoll.h"

// errqueue.h needs struct timespec but does not include <ctime>.
// clang-format off
#include <ctime>
#include <linux/errqueue.h>
// clang-format on

#include <linux/net_tstamp.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "common/clock.h"
#include "common/error.h"

namespace sockbench {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{64} * 1024;
constexpr int kEventsPerWait = 512;
constexpr std::uint32_t kReadable = EPOLLIN | EPOLLERR | EPOLLHUP;
constexpr std::size_t kCacheLine = 64;

void prefetch(const void* connection) {
  for (std::size_t offset = 0; offset < sizeof(Connection); offset += kCacheLine) {
    __builtin_prefetch(static_cast<const char*>(connection) + offset);
  }
}

/// The stamp of a message, or 0.
std::int64_t stamp_of(msghdr& message) {
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_TIMESTAMPING) continue;
    scm_timestamping stamps{};
    std::memcpy(&stamps, CMSG_DATA(header), sizeof stamps);
    return stamps.ts[0].tv_sec * kNsPerSecond + stamps.ts[0].tv_nsec;
  }
  return 0;
}

/// Empties the socket's queue of stamps; returns the last, or 0.
std::int64_t take_stamps(int fd) {
  alignas(cmsghdr) std::array<char, 256> control;
  std::int64_t stamp_ns = 0;
  for (;;) {
    msghdr message{};
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    if (::recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return stamp_ns;
    stamp_ns = stamp_of(message);
  }
}

}  // namespace

EpollEngine::EpollEngine(const EngineOptions& options)
    : options_(options),
      epoll_(check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      events_(kEventsPerWait),
      buffer_(kBufferBytes) {}

int EpollEngine::connect(Connection& connection, const Endpoint& server, const Endpoint& source) {
  if (const int error = open_socket(connection, options_, server.family(), source)) return error;
  const int rc = ::connect(connection.fd.get(), server.get(), server.length);
  if (rc < 0 && errno != EINPROGRESS) return errno;
  watch(connection, EPOLL_CTL_ADD, true);
  return 0;
}

ssize_t EpollEngine::send(Connection& connection, std::span<const char> bytes) {
  ssize_t sent = 0;
  do {
    sent = ::send(connection.fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return after_send(connection, sent, bytes.size());
}

/// On loopback, and without a queue that delays the packet, the stamp is available when sendmsg()
/// returns.
ssize_t EpollEngine::send_stamped(Connection& connection, std::span<const char> bytes,
                                  std::int64_t& stamp_ns) {
  constexpr std::uint32_t kStamped = SOF_TIMESTAMPING_TX_SOFTWARE;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof kStamped)> control{};
  iovec data{const_cast<char*>(bytes.data()), bytes.size()};  // sendmsg(2) only reads it
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SO_TIMESTAMPING;
  header->cmsg_len = CMSG_LEN(sizeof kStamped);
  std::memcpy(CMSG_DATA(header), &kStamped, sizeof kStamped);
  ssize_t sent = 0;
  do {
    sent = ::sendmsg(connection.fd.get(), &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0 && errno == EINVAL) return send(connection, bytes);  // not supported by the kernel
  sent = after_send(connection, sent, bytes.size());
  if (sent > 0) stamp_ns = take_stamps(connection.fd.get());
  return sent;
}

/// The common part after send() and sendmsg().
ssize_t EpollEngine::after_send(Connection& connection, ssize_t rc, std::size_t bytes) {
  if (rc < 0 && errno != EAGAIN) return -errno;
  if (rc < static_cast<ssize_t>(bytes) && !connection.wants_write) {
    watch(connection, EPOLL_CTL_MOD, true);
  }
  return rc < 0 ? 0 : rc;
}

void EpollEngine::close(Connection& connection) {
  // The rest of the current event is about this socket, not about the next one of the connection.
  if (next_ < ready_ && events_[next_].data.ptr == &connection) events_[next_].events = 0;
  connection.wants_write = false;
  connection.fd.reset();
}

bool EpollEngine::wait(std::int64_t timeout_ns) {
  const timespec timeout{timeout_ns / kNsPerSecond, timeout_ns % kNsPerSecond};
  const int ready = ::epoll_pwait2(epoll_.get(), events_.data(), kEventsPerWait, &timeout, nullptr);
  if (ready < 0 && errno != EINTR) check(ready, "epoll_pwait2 (needs Linux 5.11 or later)");
  next_ = 0;
  ready_ = ready > 0 ? static_cast<std::size_t>(ready) : 0;
  return ready != 0;
}

bool EpollEngine::next(EngineEvent& event) {
  while (next_ < ready_) {
    epoll_event& ready = events_[next_];
    auto& connection = *static_cast<Connection*>(ready.data.ptr);
    // Prefetch the state of the next connection.
    if (next_ + 1 < ready_) prefetch(events_[next_ + 1].data.ptr);
    event = {.connection = &connection};
    if (ready.events != 0 && connection.state == Connection::State::kConnecting) {
      ++next_;
      if (finish_connect(connection, event)) return true;
    } else if ((ready.events & kReadable) != 0) {
      // A late stamp would keep the socket ready.
      if ((ready.events & EPOLLERR) != 0) (void)take_stamps(connection.fd.get());
      ready.events &= ~kReadable;
      if (receive(connection, event)) return true;
    } else if ((ready.events & EPOLLOUT) != 0) {
      ready.events = 0;
      watch(connection, EPOLL_CTL_MOD, false);
      event.kind = EngineEvent::Kind::kWritable;
      return true;
    } else {
      ++next_;
    }
  }
  return false;
}

bool EpollEngine::finish_connect(Connection& connection, EngineEvent& event) {
  socklen_t size = sizeof event.error;
  check(::getsockopt(connection.fd.get(), SOL_SOCKET, SO_ERROR, &event.error, &size), "SO_ERROR");
  event.kind = event.error == 0 ? EngineEvent::Kind::kConnected : EngineEvent::Kind::kEnded;
  if (event.error == 0) watch(connection, EPOLL_CTL_MOD, false);
  return true;
}

bool EpollEngine::receive(Connection& connection, EngineEvent& event) {
  const ssize_t received = options_.kernel_timestamps
                               ? receive_stamped(connection.fd.get(), event.stamp_ns)
                               : ::recv(connection.fd.get(), buffer_.data(), buffer_.size(), 0);
  if (received < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (received > 0) {
    event.kind = EngineEvent::Kind::kBytes;
    event.bytes = {buffer_.data(), static_cast<std::size_t>(received)};
  } else {
    event.error = received < 0 ? errno : 0;
  }
  return true;
}

/// recv with the arrival time of the last byte (timestamping.rst, SO_TIMESTAMPING).
ssize_t EpollEngine::receive_stamped(int fd, std::int64_t& stamp_ns) {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(scm_timestamping))> control;
  iovec space{buffer_.data(), buffer_.size()};
  msghdr message{};
  message.msg_iov = &space;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t received = ::recvmsg(fd, &message, 0);
  if (received > 0) stamp_ns = stamp_of(message);
  return received;
}

void EpollEngine::watch(Connection& connection, int operation, bool writable) {
  epoll_event event{};
  event.events = EPOLLIN | (writable ? static_cast<std::uint32_t>(EPOLLOUT) : 0U);
  event.data.ptr = &connection;
  connection.wants_write = writable;
  check(::epoll_ctl(epoll_.get(), operation, connection.fd.get(), &event), "epoll_ctl");
}

}  // namespace sockbench
