#include "loadgen/slow_peers.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <span>
#include <system_error>

#include "common/error.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

// All peers together, per direction and tick; limits the delay of the arrival schedule.
constexpr std::size_t kTickBytes = std::size_t{256} * 1024;
constexpr std::size_t kBufferBytes = std::size_t{16} * 1024;
// With the kernel's defaults for loopback, 7 MB are buffered before a server notices a slow reader.
// With these buffers, and the segment size of Ethernet, from which the kernel derives the server's
// send buffer, it is 0.4 MB. They limit a reader to about 250 kB/s.
constexpr int kReaderReceiveBuffer = 4 * 1024;
constexpr int kReaderSendBuffer = 64 * 1024;
constexpr int kReaderSegment = 1460;
// Different from the numbers of the load's connections, so that exchanged replies are detected.
constexpr std::uint32_t kFirstId = 0xf0000000;

std::string text_of(int error) { return std::generic_category().message(error); }

void set_option(int fd, int level, int option, int value) {
  check(::setsockopt(fd, level, option, &value, sizeof value), "setsockopt of a slow peer");
}

/// Before connect, since the handshake contains window and segment size.
void shrink_buffers(int fd) {
  set_option(fd, SOL_SOCKET, SO_RCVBUF, kReaderReceiveBuffer);
  set_option(fd, SOL_SOCKET, SO_SNDBUF, kReaderSendBuffer);
  set_option(fd, IPPROTO_TCP, TCP_MAXSEG, kReaderSegment);
}

}  // namespace

SlowPeers::SlowPeers(const SlowPeersOptions& options)
    : options_(options), messages_(kMessageBytes, options.upper), buffer_(kBufferBytes) {
  SOCKBENCH_ASSERT(options.readers >= 0 && options.writers >= 0);
  const auto readers = static_cast<std::size_t>(options.readers);
  const std::size_t number = readers + static_cast<std::size_t>(options.writers);
  SOCKBENCH_ASSERT(number == 0 || options.bytes_per_second > 0);
  share_bytes_ = std::max(kTickBytes / std::max<std::size_t>(number, 1), kMessageBytes);
  peers_.resize(number);
  for (std::size_t i = 0; i < number; ++i) {
    Peer& peer = peers_[i];
    peer.kind = i < readers ? Kind::kReader : Kind::kWriter;
    peer.id = kFirstId + static_cast<std::uint32_t>(i);
    // Below one byte per tick the peers are due one after the other, not all at once.
    peer.allowance = static_cast<double>(i) / static_cast<double>(number);
    start_connect(peer);
  }
  const std::int64_t deadline = now_ns() + options.connect_limit_ns;
  for (Peer& peer : peers_) {
    if (peer.fd) finish_connect(peer, deadline);
  }
}

void SlowPeers::start_connect(Peer& peer) {
  peer.fd = Fd(::socket(options_.server.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!peer.fd) return give_up(peer, &SlowPeerCounts::refused, "socket: " + text_of(errno));
  const int fd = peer.fd.get();
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  if (peer.kind == Kind::kReader) shrink_buffers(fd);
  if (::connect(fd, options_.server.get(), options_.server.length) < 0 && errno != EINPROGRESS) {
    give_up(peer, &SlowPeerCounts::refused, "connect: " + text_of(errno));
  }
}

void SlowPeers::finish_connect(Peer& peer, std::int64_t deadline_ns) {
  pollfd writable{peer.fd.get(), POLLOUT, 0};
  int ready = 0;
  do {
    const std::int64_t left_ms = (deadline_ns - now_ns()) / kNsPerMs;
    ready = ::poll(&writable, 1, static_cast<int>(std::max<std::int64_t>(left_ms, 0)));
  } while (ready < 0 && errno == EINTR);
  check(ready, "poll");
  if (ready == 0) return give_up(peer, &SlowPeerCounts::refused, "not established in time");
  int error = 0;
  socklen_t size = sizeof error;
  check(::getsockopt(peer.fd.get(), SOL_SOCKET, SO_ERROR, &error, &size), "SO_ERROR");
  if (error != 0) return give_up(peer, &SlowPeerCounts::refused, "connect: " + text_of(error));
  ++counts(peer).connected;
}

void SlowPeers::tick(std::int64_t now_ns) {
  const std::int64_t elapsed = std::max<std::int64_t>(now_ns - last_tick_ns_.value_or(now_ns), 0);
  last_tick_ns_ = now_ns;
  const double granted = options_.bytes_per_second * static_cast<double>(elapsed) * 1e-9;
  // Unused allowance is limited to one second, so that a stall is not followed by a burst.
  const double most = std::max(options_.bytes_per_second, 1.0);
  for (Peer& peer : peers_) {
    if (!peer.fd) continue;
    peer.allowance = std::min(peer.allowance + granted, most);
    peer.kind == Kind::kReader ? read_slowly(peer) : write_slowly(peer);
  }
}

void SlowPeers::read_slowly(Peer& peer) {
  const auto due = static_cast<std::size_t>(peer.allowance);
  if (due > 0) {
    peer.allowance -= static_cast<double>(receive_up_to(peer, std::min(due, share_bytes_)));
    peer.full = false;  // the server may now accept more
  }
  if (peer.fd && !peer.full) send_up_to(peer, share_bytes_);
}

void SlowPeers::write_slowly(Peer& peer) {
  const auto due = static_cast<std::size_t>(peer.allowance);
  if (peer.received < peer.sent) receive_up_to(peer, share_bytes_);
  if (peer.fd && due > 0) {
    peer.allowance -= static_cast<double>(send_up_to(peer, std::min(due, share_bytes_)));
  }
}

/// Sends up to `limit` bytes of the peer's stream; returns the number sent.
std::size_t SlowPeers::send_up_to(Peer& peer, std::size_t limit) {
  std::size_t done = 0;
  while (done < limit) {
    const std::size_t count = std::min(limit - done, buffer_.size());
    messages_.write(peer.id, peer.sent / kMessageBytes, peer.sent % kMessageBytes,
                    {buffer_.data(), count});
    const ssize_t sent = ::send(peer.fd.get(), buffer_.data(), count, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno != EAGAIN) {
      give_up(peer, &SlowPeerCounts::lost, "send: " + text_of(errno));
      break;
    }
    const auto went = static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
    peer.sent += went;
    counts(peer).bytes_sent += went;
    done += went;
    peer.full = went < count;
    if (peer.full) break;
  }
  return done;
}

/// Receives up to `limit` bytes and verifies them; returns the number received.
std::size_t SlowPeers::receive_up_to(Peer& peer, std::size_t limit) {
  std::size_t done = 0;
  while (done < limit) {
    const std::size_t count = std::min(limit - done, buffer_.size());
    const ssize_t received = ::recv(peer.fd.get(), buffer_.data(), count, 0);
    if (received < 0 && errno == EINTR) continue;
    if (received < 0 && errno == EAGAIN) break;
    if (received <= 0) {
      give_up(peer, &SlowPeerCounts::lost,
              received == 0 ? "closed by the server" : "recv: " + text_of(errno));
      break;
    }
    const auto came = static_cast<std::size_t>(received);
    done += came;
    if (!accept_bytes(peer, came) || came < count) break;
  }
  return done;
}

/// Verifies the first `count` bytes of the buffer; false if the peer was given up.
bool SlowPeers::accept_bytes(Peer& peer, std::size_t count) {
  if (peer.received + count > peer.sent) {
    give_up(peer, &SlowPeerCounts::wrong, "unexpected data");
    return false;
  }
  for (std::span<const char> rest(buffer_.data(), count); !rest.empty();) {
    const std::uint64_t sequence = peer.received / kMessageBytes;
    const std::size_t offset = peer.received % kMessageBytes;
    const std::size_t length = std::min(rest.size(), kMessageBytes - offset);
    if (!messages_.matches(peer.id, sequence, offset, rest.first(length))) {
      give_up(peer, &SlowPeerCounts::wrong, "wrong bytes in reply " + std::to_string(sequence));
      return false;
    }
    peer.received += length;
    counts(peer).bytes_received += length;
    rest = rest.subspan(length);
  }
  return true;
}

void SlowPeers::give_up(Peer& peer, int SlowPeerCounts::*kind, const std::string& why) {
  peer.fd.reset();
  ++(counts(peer).*kind);
  if (!first_failure_.empty()) return;
  first_failure_ = (peer.kind == Kind::kReader ? "slow reader: " : "slow writer: ") + why;
}

std::optional<SlowPeers> start_slow_peers(const LoadOptions& options) {
  if (options.slow_peers() == 0) return std::nullopt;
  return SlowPeers({.server = options.server,
                    .readers = options.slow_readers,
                    .writers = options.slow_writers,
                    .bytes_per_second = options.slow_bytes_per_second,
                    .upper = options.upper});
}

ordered_json to_json(const SlowPeerCounts& counts) {
  return {{"connected", counts.connected},
          {"refused", counts.refused},
          {"lost", counts.lost},
          {"wrong", counts.wrong},
          {"bytes_sent", counts.bytes_sent},
          {"bytes_received", counts.bytes_received}};
}

ordered_json to_json(const SlowPeersResult& result) {
  return {{"readers", to_json(result.readers)}, {"writers", to_json(result.writers)}};
}

}  // namespace sockbench
