#include "bench/micro/connections.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <string>

#include "common/error.h"
#include "common/socket.h"

namespace sockbench::micro {
namespace {

void require_whole(ssize_t moved, std::size_t bytes, const char* call) {
  if (moved == static_cast<ssize_t>(bytes)) return;
  check(static_cast<int>(moved < 0 ? -1 : 0), call);
  throw std::runtime_error(std::string(call) + " moved " + std::to_string(moved) + " of " +
                           std::to_string(bytes) + " bytes.");
}

}  // namespace

Fd listen_on_loopback() {
  Fd listener = listen_tcp(parse_endpoint("127.0.0.1:0", "listen"), kBacklog);
  set_non_blocking(listener.get());
  return listener;
}

Fd connect_to(int listener) {
  const Endpoint endpoint = local_endpoint(listener);
  Fd client(check(::socket(endpoint.family(), SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
  const int on = 1;
  check(::setsockopt(client.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
  const linger reset{.l_onoff = 1, .l_linger = 0};
  check(::setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset), "SO_LINGER");
  check(::connect(client.get(), endpoint.get(), endpoint.length), "connect over loopback");
  set_non_blocking(client.get());
  return client;
}

std::vector<Connection> connect_pairs(std::size_t count) {
  const Fd listener = listen_on_loopback();
  std::vector<Connection> pairs;
  pairs.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    Connection& pair = pairs.emplace_back();
    pair.client = connect_to(listener.get());
    pair.server = Fd(check(
        ::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC), "accept4"));
  }
  return pairs;
}

void send_whole(int fd, const char* data, std::size_t bytes) {
  require_whole(::send(fd, data, bytes, MSG_NOSIGNAL), bytes, "send");
}

void recv_whole(int fd, char* data, std::size_t bytes) {
  require_whole(::recv(fd, data, bytes, 0), bytes, "recv");
}

void need_descriptors(std::size_t needed) {
  rlimit limit{};
  check(::getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
  if (limit.rlim_cur >= needed) return;
  // Only CAP_SYS_RESOURCE raises the hard limit.
  const rlimit wanted{.rlim_cur = needed, .rlim_max = std::max<rlim_t>(limit.rlim_max, needed)};
  if (::setrlimit(RLIMIT_NOFILE, &wanted) == 0) return;
  throw std::runtime_error("It needs " + std::to_string(needed) + " descriptors and the limit is " +
                           std::to_string(limit.rlim_max) + " (see ulimit -Hn).");
}

}  // namespace sockbench::micro
