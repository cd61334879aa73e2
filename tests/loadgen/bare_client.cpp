// The least that a closed-loop client can do: epoll, recv, send. It verifies nothing and stamps
// nothing, so what loadgen costs above it is the price of measuring (peers.py compares the two).
//
//   bare_client HOST:PORT CONNECTIONS SECONDS MESSAGE_BYTES
//   bare_client --slices HOST:PORT CONNECTIONS MESSAGE_BYTES   obeys lines on standard
//                                              input: run MILLISECONDS [LEAD_IN_MILLISECONDS]
//
// One JSON line per run. "requests" were answered within the "seconds" after the lead-in;
// "answered" and "cpu_ns" are of the whole run, up to the last reply.

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/error.h"
#include "common/fd.h"
#include "common/socket.h"

namespace sockbench::test {
namespace {

constexpr int kEventsPerWait = 512;  // as many as loadgen takes

struct Peer {
  Fd fd;
  std::size_t received = 0;  ///< bytes of the reply that is not complete
};

std::int64_t process_cpu_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return time.tv_sec * kNsPerSecond + time.tv_nsec;
}

class BareClient final {
 public:
  BareClient(const Endpoint& server, std::size_t connections, std::size_t message_bytes);
  void run(std::int64_t length_ns, std::int64_t lead_in_ns = 0);

 private:
  void send(const Peer& peer) const {
    const ssize_t sent = ::send(peer.fd.get(), message_.data(), message_.size(), MSG_NOSIGNAL);
    if (sent == static_cast<ssize_t>(message_.size())) return;
    check(static_cast<int>(sent), "send");
    throw UsageError("MESSAGE_BYTES is more than the socket's buffer takes at once.");
  }

  Fd epoll_;
  std::vector<Peer> peers_;
  std::string message_;
  std::vector<char> buffer_;
  std::array<epoll_event, kEventsPerWait> events_{};
};

BareClient::BareClient(const Endpoint& server, std::size_t connections, std::size_t message_bytes)
    : epoll_(check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      peers_(connections),
      message_(message_bytes, 'a'),
      buffer_(message_bytes) {
  for (Peer& peer : peers_) {
    peer.fd = Fd(check(::socket(server.family(), SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
    check(::connect(peer.fd.get(), server.get(), server.length), "connect");
    set_non_blocking(peer.fd.get());
    const int on = 1;
    check(::setsockopt(peer.fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
    const linger abort{.l_onoff = 1, .l_linger = 0};  // no TIME_WAIT, as loadgen --control
    check(::setsockopt(peer.fd.get(), SOL_SOCKET, SO_LINGER, &abort, sizeof abort), "SO_LINGER");
    epoll_event event{.events = EPOLLIN, .data = {.ptr = &peer}};
    check(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, peer.fd.get(), &event), "epoll_ctl");
  }
}

void BareClient::run(std::int64_t length_ns, std::int64_t lead_in_ns) {
  const std::int64_t cpu_from = process_cpu_ns();
  std::int64_t opens = now_ns() + lead_in_ns;  // when the window was to open, and then when it did
  std::int64_t window_ns = 0;                  // 0 until it is over
  std::uint64_t answered = 0;
  std::uint64_t before_window = 0;
  std::uint64_t in_window = 0;
  bool open = lead_in_ns == 0;
  for (const Peer& peer : peers_) send(peer);
  for (std::size_t in_flight = peers_.size(); in_flight > 0;) {
    const int ready = ::epoll_wait(epoll_.get(), events_.data(), kEventsPerWait, -1);
    if (ready < 0 && errno == EINTR) continue;
    check(ready, "epoll_wait");
    const std::int64_t now = now_ns();
    if (!open && now >= opens) {
      open = true;
      opens = now;
      before_window = answered;
    } else if (open && window_ns == 0 && now - opens >= length_ns) {
      window_ns = now - opens;
      in_window = answered - before_window;
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(ready); ++i) {
      Peer& peer = *static_cast<Peer*>(events_[i].data.ptr);
      const ssize_t count =
          ::recv(peer.fd.get(), buffer_.data(), message_.size() - peer.received, 0);
      if (count < 0 && errno == EAGAIN) continue;
      check(static_cast<int>(count), "recv");
      if (count == 0) throw std::runtime_error("the server closed a connection");
      peer.received += static_cast<std::size_t>(count);
      if (peer.received < message_.size()) continue;
      peer.received = 0;
      ++answered;
      if (window_ns == 0) {
        send(peer);
      } else {
        --in_flight;
      }
    }
  }
  std::printf(R"({"requests":%llu,"seconds":%.9f,"answered":%llu,"cpu_ns":%lld})"
              "\n",
              static_cast<unsigned long long>(in_window), static_cast<double>(window_ns) * 1e-9,
              static_cast<unsigned long long>(answered),
              static_cast<long long>(process_cpu_ns() - cpu_from));
  std::fflush(stdout);
}

std::int64_t number(std::string_view text, const char* name) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1 || value > 1'000'000) {
    throw UsageError(std::string(name) + " must be an integer from 1 to 1000000.");
  }
  return value;
}

std::size_t size(std::string_view text, const char* name) {
  return static_cast<std::size_t>(number(text, name));
}

int bare_client_main(const std::vector<std::string>& arguments) {
  if (arguments.size() != 4) {
    throw UsageError(
        "Usage: bare_client HOST:PORT CONNECTIONS SECONDS MESSAGE_BYTES, or "
        "bare_client --slices HOST:PORT CONNECTIONS MESSAGE_BYTES.");
  }
  const bool slices = arguments[0] == "--slices";
  const std::size_t first = slices ? 1 : 0;
  const std::int64_t seconds = slices ? 0 : number(arguments[2], "SECONDS");
  BareClient client(parse_endpoint(arguments[first], "HOST:PORT"),
                    size(arguments[first + 1], "CONNECTIONS"), size(arguments[3], "MESSAGE_BYTES"));
  if (!slices) {
    client.run(seconds * kNsPerSecond);
    return kExitOk;
  }
  std::puts(R"({"event":"ready"})");
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
    if (!line.starts_with("run ")) throw UsageError("A line must be 'run MILLISECONDS'.");
    const std::string_view times = std::string_view(line).substr(4);
    const std::size_t space = times.find(' ');
    client.run(number(times.substr(0, space), "MILLISECONDS") * kNsPerMs,
               space == std::string_view::npos
                   ? 0
                   : number(times.substr(space + 1), "LEAD_IN_MILLISECONDS") * kNsPerMs);
  }
  return kExitOk;
}

}  // namespace
}  // namespace sockbench::test

int main(int argc, char** argv) {
  return sockbench::run_main("bare_client", [&] {
    return sockbench::test::bare_client_main({argv + 1, argv + argc});
  });
}
