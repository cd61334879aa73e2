#include "common/socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <array>
#include <charconv>
#include <memory>

#include "common/error.h"

namespace sockbench {

std::string Endpoint::text() const {
  std::array<char, INET6_ADDRSTRLEN> host{};
  if (family() == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&address);
    ::inet_ntop(AF_INET6, &v6->sin6_addr, host.data(), host.size());
    return "[" + std::string(host.data()) + "]:" + std::to_string(ntohs(v6->sin6_port));
  }
  const auto* v4 = reinterpret_cast<const sockaddr_in*>(&address);
  ::inet_ntop(AF_INET, &v4->sin_addr, host.data(), host.size());
  return std::string(host.data()) + ":" + std::to_string(ntohs(v4->sin_port));
}

Endpoint parse_endpoint(std::string_view text, std::string_view flag) {
  const auto reject = [&](const std::string& why) {
    throw UsageError(std::string(flag) + " '" + std::string(text) + "' " + why);
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) {
    reject("is not HOST:PORT, such as 127.0.0.1:7000.");
  }
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  int number = -1;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc() || end != port.data() + port.size() || number < 0 || number > 65535) {
    reject("has no port from 0 to 65535 after the colon.");
  }
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int rc =
      ::getaddrinfo(std::string(host).c_str(), std::string(port).c_str(), &hints, &found);
  if (rc != 0) {
    reject("names a host that cannot be resolved (" + std::string(::gai_strerror(rc)) + ").");
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  Endpoint endpoint;
  std::copy_n(reinterpret_cast<const char*>(found->ai_addr), found->ai_addrlen,
              reinterpret_cast<char*>(&endpoint.address));
  endpoint.length = found->ai_addrlen;
  return endpoint;
}

Fd listen_tcp(const Endpoint& endpoint, int backlog, bool nodelay, Port port) {
  const std::string what = "listen on " + endpoint.text();
  Fd listener(check(::socket(endpoint.family(), SOCK_STREAM | SOCK_CLOEXEC, 0), what));
  const int on = 1;
  check(::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), what);
  if (nodelay) check(::setsockopt(listener.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), what);
  if (port == Port::kShared) share_port(listener.get());
  check(::bind(listener.get(), endpoint.get(), endpoint.length), what);
  check(::listen(listener.get(), backlog), what);
  return listener;
}

void share_port(int listener) {
  const int on = 1;
  check(::setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on), "SO_REUSEPORT");
}

Endpoint local_endpoint(int fd) {
  Endpoint endpoint;
  endpoint.length = sizeof endpoint.address;
  check(::getsockname(fd, reinterpret_cast<sockaddr*>(&endpoint.address), &endpoint.length),
        "getsockname");
  return endpoint;
}

void set_non_blocking(int fd) {
  const int flags = check(::fcntl(fd, F_GETFL), "fcntl F_GETFL");
  check(::fcntl(fd, F_SETFL, flags | O_NONBLOCK), "fcntl O_NONBLOCK");
}

}  // namespace sockbench
