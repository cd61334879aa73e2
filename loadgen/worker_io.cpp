// The worker's system calls: connecting, the epoll loop, receiving and sending.

// errqueue.h needs struct timespec and does not ask for it.
// clang-format off
#include <ctime>
#include <linux/errqueue.h>
// clang-format on

#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "common/clock.h"
#include "common/error.h"
#include "loadgen/worker.h"

namespace sockbench {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{64} * 1024;
constexpr int kEventsPerWait = 512;
// Connections on their way at the same time: below every sensible backlog, so that none is dropped.
constexpr int kConnectingLimit = 256;
constexpr int kUnverifiedLimit = 1024;
constexpr std::int64_t kNoProgressNs = 50 * kNsPerMs;

std::string text_of(int error) { return std::generic_category().message(error); }

}  // namespace

Worker::Worker(const LoadOptions& options, int first, int stride)
    : options_(options),
      messages_(options.message_bytes, options.upper),
      epoll_(check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      events_(kEventsPerWait),
      receive_buffer_(kBufferBytes),
      send_buffer_(kBufferBytes) {
  const auto share = [&](std::int64_t all) {
    return all / stride + (first < all % stride ? 1 : 0);
  };
  const std::int64_t own = share(options.connections);
  const std::int64_t active = share(options.active);
  for (std::int64_t i = 0; i < own; ++i) {
    Connection& connection = connections_.emplace_back();
    connection.id = static_cast<std::uint32_t>(first + i * stride);
    // Active ones are spread evenly among the idle ones.
    connection.active = (i + 1) * active / own > i * active / own;
  }
  rate_ = options.rate * static_cast<double>(active) / options.active;
  for (Connection& connection : connections_) {
    if (!connection.active) continue;
    connection.times = std::make_unique<CoarseHistogram>();
    active_.push_back(&connection);
  }
  live_active_ = active_.size();
}

Worker::~Worker() = default;

int Worker::connect_and_verify() {
  phase_ = Phase::kVerify;
  const std::int64_t deadline = now_ns() + options_.setup_timeout_ns;
  std::int64_t last_progress = now_ns();
  int verified_then = 0;
  std::size_t next = 0;
  for (;;) {
    const std::int64_t now = now_ns();
    if (verified_ != verified_then) last_progress = now;
    verified_then = verified_;
    const bool stuck = now - last_progress > kNoProgressNs;
    const bool hopeless = now - last_progress > options_.setup_patience_ns;
    connect_next(next);
    const bool all_started = next == connections_.size();
    const int open_ones = static_cast<int>(std::count_if(
        connections_.begin(), connections_.begin() + static_cast<std::ptrdiff_t>(next),
        [](const Connection& c) { return c.state == Connection::State::kOpen && !c.verified; }));
    if (all_started && connecting_ == 0 && open_ones == 0) break;
    if (all_started && connecting_ == 0 && hopeless) break;
    if (now >= deadline || interrupted.load()) break;
    const bool wait =
        all_started || connecting_ >= kConnectingLimit || (open_ones >= kUnverifiedLimit && !stuck);
    poll_once(wait ? 10 * kNsPerMs : 0);
  }
  for (Connection& connection : connections_) {
    if (connection.state == Connection::State::kConnecting) {
      fail(connection, &Ledger::refused, "not established in time");
    }
  }
  return verified_;
}

/// Starts a few further connections, as many as may be on their way at the same time.
void Worker::connect_next(std::size_t& next) {
  for (int i = 0; i < 32 && next < connections_.size() && connecting_ < kConnectingLimit; ++i) {
    start_connect(connections_[next++]);
  }
}

void Worker::start_connect(Connection& connection) {
  ++connecting_;
  connection.connect_start_ns = now_ns();
  connection.fd =
      Fd(::socket(options_.server.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!connection.fd) return fail(connection, &Ledger::refused, "socket: " + text_of(errno));
  set_options(connection.fd.get());
  const int rc = ::connect(connection.fd.get(), options_.server.get(), options_.server.length);
  if (rc < 0 && errno != EINPROGRESS) {
    return fail(connection, &Ledger::refused, "connect: " + text_of(errno));
  }
  watch(connection, EPOLL_CTL_ADD, rc < 0);
  if (rc == 0) established(connection);
}

void Worker::set_options(int fd) const {
  const int on = 1;
  check(::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "setsockopt TCP_NODELAY");
  if (options_.kernel_timestamps) {
    const unsigned flags = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
    check(::setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof flags),
          "--timestamps kernel: setsockopt SO_TIMESTAMPING");
  }
  if (options_.control) {
    // Thousands of connections end at every restart: a reset leaves no TIME_WAIT behind.
    const linger abort{.l_onoff = 1, .l_linger = 0};
    check(::setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort, sizeof abort), "setsockopt SO_LINGER");
  }
}

void Worker::established(Connection& connection) {
  --connecting_;
  connection.state = Connection::State::kOpen;
  const std::int64_t now = now_ns();
  tally_.connect.record(now - connection.connect_start_ns);
  if (connection.wants_write) watch(connection, EPOLL_CTL_MOD, false);
  commit(connection, now, now);
  flush(connection);
}

void Worker::poll_once(std::int64_t timeout_ns) {
  const timespec timeout{timeout_ns / kNsPerSecond, timeout_ns % kNsPerSecond};
  const int ready = ::epoll_pwait2(epoll_.get(), events_.data(), kEventsPerWait, &timeout, nullptr);
  spinning_ = ready == 0 && timeout_ns == 0;
  if (ready < 0 && errno == EINTR) return;
  check(ready, "epoll_pwait2 (needs Linux 5.11 or later)");
  for (int i = 0; i < ready; ++i) {
    const epoll_event& event = events_[static_cast<std::size_t>(i)];
    on_event(*static_cast<Connection*>(event.data.ptr), event.events);
  }
}

void Worker::on_event(Connection& connection, std::uint32_t events) {
  if (connection.state == Connection::State::kDead) return;
  if (connection.state == Connection::State::kConnecting) {
    int error = 0;
    socklen_t size = sizeof error;
    check(::getsockopt(connection.fd.get(), SOL_SOCKET, SO_ERROR, &error, &size), "SO_ERROR");
    if (error != 0) return fail(connection, &Ledger::refused, "connect: " + text_of(error));
    if ((events & EPOLLOUT) != 0) established(connection);
    return;
  }
  if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0) on_readable(connection);
  if ((events & EPOLLOUT) != 0 && connection.state == Connection::State::kOpen) {
    flush(connection);
    if (phase_ != Phase::kVerify) take_turns(connection, now_ns());
  }
}

void Worker::on_readable(Connection& connection) {
  std::int64_t arrived_ns = 0;
  const ssize_t received = receive(connection, arrived_ns);
  if (received < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (received < 0) return fail(connection, &Ledger::reset, "recv: " + text_of(errno));
  if (received == 0) return fail(connection, &Ledger::reset, "closed by the server");
  const std::int64_t now = now_ns();
  // A stamp from the future would be a step of the real-time clock between two ticks.
  if (arrived_ns == 0 || arrived_ns > now) arrived_ns = now;
  if (!accept_reply_bytes(connection, static_cast<std::size_t>(received), now, arrived_ns)) return;
  if (connection.active && phase_ != Phase::kVerify) take_turns(connection, now);
}

/// recv; with kernel time stamps also when the last of the bytes arrived (timestamping.rst,
/// SO_TIMESTAMPING), in CLOCK_MONOTONIC; 0 when there is no stamp.
ssize_t Worker::receive(const Connection& connection, std::int64_t& arrived_ns) {
  if (!options_.kernel_timestamps) {
    return ::recv(connection.fd.get(), receive_buffer_.data(), receive_buffer_.size(), 0);
  }
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(scm_timestamping))> control;
  iovec space{receive_buffer_.data(), receive_buffer_.size()};
  msghdr message{};
  message.msg_iov = &space;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t received = ::recvmsg(connection.fd.get(), &message, 0);
  const cmsghdr* header = received > 0 ? CMSG_FIRSTHDR(&message) : nullptr;
  if (header != nullptr && header->cmsg_level == SOL_SOCKET &&
      header->cmsg_type == SCM_TIMESTAMPING) {
    scm_timestamping stamps{};
    std::memcpy(&stamps, CMSG_DATA(header), sizeof stamps);
    const auto& software = stamps.ts[0];
    arrived_ns = software.tv_sec * kNsPerSecond + software.tv_nsec - realtime_offset_ns_;
  }
  return received;
}

/// Verifies every byte and completes the replies it completes; false when the connection failed.
bool Worker::accept_reply_bytes(Connection& connection, std::size_t count, std::int64_t now,
                                std::int64_t arrived_ns) {
  for (std::span<const char> rest(receive_buffer_.data(), count); !rest.empty();) {
    if (connection.in_flight.empty()) {
      ++tally_.ledger.extra_replies;
      fail(connection, &Ledger::mismatched, "bytes that nobody asked for");
      return false;
    }
    const std::size_t length = std::min(rest.size(), messages_.bytes() - connection.reply_offset);
    if (!messages_.matches(connection.id, connection.reply_sequence, connection.reply_offset,
                           rest.first(length))) {
      fail(connection, &Ledger::mismatched,
           "wrong bytes in reply " + std::to_string(connection.reply_sequence));
      return false;
    }
    rest = rest.subspan(length);
    connection.reply_offset += length;
    if (connection.reply_offset == messages_.bytes()) {
      connection.reply_offset = 0;
      ++connection.reply_sequence;
      on_reply(connection, now, arrived_ns);
    }
  }
  return true;
}

void Worker::flush(Connection& connection) {
  const std::size_t bytes = messages_.bytes();
  while (connection.unsent()) {
    const std::size_t left =
        (connection.next_sequence - connection.send_sequence) * bytes - connection.send_offset;
    const std::size_t count = std::min(left, send_buffer_.size());
    messages_.write(connection.id, connection.send_sequence, connection.send_offset,
                    {send_buffer_.data(), count});
    const ssize_t sent = ::send(connection.fd.get(), send_buffer_.data(), count, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) {
      if (!connection.wants_write) watch(connection, EPOLL_CTL_MOD, true);
      return;
    }
    if (sent < 0) return fail(connection, &Ledger::reset, "send: " + text_of(errno));
    const std::size_t position = connection.send_offset + static_cast<std::size_t>(sent);
    connection.send_sequence += position / bytes;
    connection.send_offset = position % bytes;
  }
  if (connection.wants_write) watch(connection, EPOLL_CTL_MOD, false);
}

void Worker::watch(Connection& connection, int operation, bool writable) {
  epoll_event event{};
  event.events = EPOLLIN | (writable ? static_cast<std::uint32_t>(EPOLLOUT) : 0U);
  event.data.ptr = &connection;
  connection.wants_write = writable;
  check(::epoll_ctl(epoll_.get(), operation, connection.fd.get(), &event), "epoll_ctl");
}

}  // namespace sockbench
