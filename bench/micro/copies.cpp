// What moving bytes costs by their number: within a process, into the kernel, and out of it again.
// The buffers are used over and over, so they are in the caches as far as these are large enough.

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "bench/micro/catalogue.h"
#include "bench/micro/connections.h"
#include "common/clock.h"
#include "common/error.h"

namespace sockbench::micro {
namespace {

/// Timed: memcpy. Not timed: nothing else is in the loop.
void measure_memcpy(benchmark::State& state, std::size_t bytes) {
  const std::vector<char> source(bytes, 'x');
  std::vector<char> target(bytes);
  repeat(state, 100, [&] {
    std::memcpy(target.data(), source.data(), bytes);
    benchmark::DoNotOptimize(target.data());
    benchmark::ClobberMemory();
  });
}

/// A connection whose client can hand over `bytes` in one call, however slowly they are read.
Connection roomy_connection(std::size_t bytes) {
  Connection connection = std::move(connect_pairs(1).front());
  const int wanted = static_cast<int>(std::max<std::size_t>(2 * bytes, 65'536));
  for (const int end : {connection.client.get(), connection.server.get()}) {
    // The first of each needs CAP_NET_ADMIN, the second is cut at net.core.wmem_max and rmem_max.
    for (const int option : {SO_SNDBUF, SO_SNDBUFFORCE, SO_RCVBUF, SO_RCVBUFFORCE}) {
      const int rc = ::setsockopt(end, SOL_SOCKET, option, &wanted, sizeof wanted);
      if (rc < 0 && errno != EPERM) check(rc, "set the buffer of a socket");
    }
  }
  int room = 0;
  socklen_t length = sizeof room;
  check(::getsockopt(connection.client.get(), SOL_SOCKET, SO_SNDBUF, &room, &length), "SO_SNDBUF");
  if (static_cast<std::size_t>(room) < 2 * bytes) {
    throw std::runtime_error("The send buffer cannot hold " + std::to_string(bytes) +
                             " bytes here (see net.core.wmem_max).");
  }
  return connection;
}

void recv_all(int fd, std::vector<char>& target) {
  for (std::size_t received = 0; received < target.size();) {
    const ssize_t count = ::recv(fd, target.data(), target.size() - received, 0);
    if (count == 0) throw std::runtime_error("The connection ended before all bytes had come.");
    if (count > 0) {
      received += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN) {
      pollfd readable{fd, POLLIN, 0};
      check(::poll(&readable, 1, -1), "poll");
    } else {
      check(-1, "recv");
    }
  }
}

/// Timed: one send of `bytes` bytes, which an empty buffer takes whole. Not timed: the peer's
/// receiving of them.
void measure_send(benchmark::State& state, std::size_t bytes) {
  const Connection connection = roomy_connection(bytes);
  const std::vector<char> source(bytes, 'x');
  std::vector<char> target(bytes);
  for ([[maybe_unused]] auto each : state) {
    Stopwatch time(state);
    send_whole(connection.client.get(), source.data(), bytes);
    time.stop();
    recv_all(connection.server.get(), target);
  }
}

/// Timed: one send of `bytes` bytes and the recv calls, by the same thread, until all have come.
/// Not timed: nothing else is in the loop.
void measure_send_recv(benchmark::State& state, std::size_t bytes) {
  const Connection connection = roomy_connection(bytes);
  const std::vector<char> source(bytes, 'x');
  std::vector<char> target(bytes);
  repeat(state, 10, [&] {
    send_whole(connection.client.get(), source.data(), bytes);
    recv_all(connection.server.get(), target);
  });
}

/// A reader on another CPU that asks without pause whether its connection is readable.
class Watcher final {
 public:
  Watcher(const Connection& connection, std::size_t bytes)
      : connection_(&connection), target_(bytes), thread_([this] { watch(); }) {}
  Watcher(Watcher&&) = delete;
  Watcher& operator=(Watcher&&) = delete;
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;
  ~Watcher() {
    ::shutdown(connection_->client.get(), SHUT_WR);
    proceed();
  }

  /// When the connection became readable in this round. Call after the send; the bytes are then
  /// received, so that the next round begins with empty buffers. Throws std::runtime_error.
  std::int64_t finish_round() {
    proceed();
    done_.wait(round_ - 1);
    if (done_ == kBroken) throw std::runtime_error("The reader on the other CPU failed.");
    return seen_ns_;
  }

 private:
  static constexpr int kBroken = -1;

  void proceed() {
    sent_ = ++round_;
    sent_.notify_one();
  }

  void watch() {
    try {
      pin_to(cpus().other);
      for (int round = 1; look(); ++round) {
        sent_.wait(round - 1);  // receiving meanwhile would hold up the send
        recv_all(connection_->server.get(), target_);
        done_ = round;
        done_.notify_one();
      }
    } catch (const std::exception&) {
      done_ = kBroken;
      done_.notify_one();
    }
  }

  /// False at the connection's end.
  bool look() {
    pollfd readable{connection_->server.get(), POLLIN | POLLRDHUP, 0};
    while (check(::poll(&readable, 1, 0), "poll") == 0) {
    }
    seen_ns_ = now_ns();
    return (readable.revents & POLLRDHUP) == 0;
  }

  const Connection* connection_;
  std::vector<char> target_;
  int round_ = 0;
  std::atomic<int> sent_{0};
  std::atomic<int> done_{0};
  std::int64_t seen_ns_ = 0;  // handed over by done_
  std::jthread thread_;
};

/// Timed: from the start of a send of `bytes` bytes until a thread on another CPU sees by poll that
/// its connection is readable, which is when the first of them are there. Not timed: receiving
/// them. Counters: `send_ns`, the time of the same sends until they return, and
/// `seen_before_return`, the share of sends whose bytes were seen before that.
void measure_readable(benchmark::State& state, std::size_t bytes) {
  if (cpus().other < 0) {
    throw std::runtime_error("It needs a second CPU, where the reader looks for the bytes.");
  }
  const Connection connection = roomy_connection(bytes);
  const std::vector<char> source(bytes, 'x');
  Watcher watcher(connection, bytes);
  std::int64_t send_ns = 0;
  std::int64_t seen_before_return = 0;
  for ([[maybe_unused]] auto each : state) {
    const std::int64_t start = now_ns();
    send_whole(connection.client.get(), source.data(), bytes);
    const std::int64_t returned = now_ns();
    const std::int64_t seen = watcher.finish_round();
    send_ns += returned - start;
    seen_before_return += seen < returned ? 1 : 0;
    state.SetIterationTime(static_cast<double>(seen - start) / static_cast<double>(kNsPerSecond));
  }
  const auto mean = [](std::int64_t sum) {
    return benchmark::Counter(static_cast<double>(sum), benchmark::Counter::kAvgIterations);
  };
  state.counters["send_ns"] = mean(send_ns);
  state.counters["seen_before_return"] = mean(seen_before_return);
}

/// Timed: send of one byte on a connection whose buffers are full, which fails with EAGAIN. Not
/// timed: filling them. A late acknowledgement may let a byte in; more than one in a hundred is a
/// mistake.
void send_full_buffer(benchmark::State& state) {
  constexpr int kQuietMs = 500;
  constexpr std::int64_t kMaxTaken = 100;
  static const std::vector<char> block(65'536, 'x');
  // Buffers of a size that was set do not grow.
  static const Connection connection = roomy_connection(block.size());
  const auto refused = [&](std::size_t bytes) {
    const ssize_t taken = ::send(connection.client.get(), block.data(), bytes, MSG_NOSIGNAL);
    if (taken < 0 && errno != EAGAIN) check(-1, "send");
    return taken < 0;
  };
  while (!refused(1)) {
    while (!refused(block.size())) {
    }
    // A last rest of the window is used by the persist timer, 200 ms later.
    check(::poll(nullptr, 0, kQuietMs), "poll");
  }
  std::int64_t taken = 0;
  repeat(state, 1000, [&] { taken += refused(1) ? 0 : 1; });
  if (taken > 1 + state.iterations() / kMaxTaken) {
    throw std::runtime_error("The full buffer took " + std::to_string(taken) + " more bytes.");
  }
}

}  // namespace

void add_copies(Catalogue& catalogue) {
  constexpr double kBesideReceiving = 0.4;
  constexpr double kBesideWaking = 0.2;
  for (const std::size_t bytes : {64, 1024, 16'384, 65'536, 131'072, 1'048'576}) {
    const std::string size = std::to_string(bytes);
    catalogue.add("copy/memcpy/" + size,
                  [=](benchmark::State& state) { measure_memcpy(state, bytes); });
    catalogue.add("copy/send/" + size, Timed::kPart, kBesideReceiving,
                  [=](benchmark::State& state) { measure_send(state, bytes); });
    catalogue.add("copy/send_recv/" + size,
                  [=](benchmark::State& state) { measure_send_recv(state, bytes); });
    catalogue.add("copy/readable/" + size, Timed::kPart, kBesideWaking,
                  [=](benchmark::State& state) { measure_readable(state, bytes); });
  }
  catalogue.add("copy/send_full_buffer", send_full_buffer);
}

}  // namespace sockbench::micro
