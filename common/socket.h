#pragma once

#include <sys/socket.h>

#include <string>
#include <string_view>

#include "common/fd.h"

namespace sockbench {

/// A resolved TCP address, IPv4 or IPv6.
struct Endpoint {
  sockaddr_storage address{};
  socklen_t length = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address); }
  int family() const { return address.ss_family; }
  /// "127.0.0.1:40123" or "[::1]:40123".
  std::string text() const;
};

/// Parses "HOST:PORT" or "[V6]:PORT" (port 0…65535) and resolves HOST. Throws UsageError with one
/// sentence that names `flag` when the form is wrong or the host is unknown.
Endpoint parse_endpoint(std::string_view text, std::string_view flag);

/// Whether a port is one socket's or several may listen on it (SO_REUSEPORT): then the kernel deals
/// the connections out among them.
enum class Port { kOwn, kShared };

/// A listening TCP socket, SO_REUSEADDR, close-on-exec. `nodelay`, TCP_NODELAY, is set here once:
/// on Linux an accepted socket inherits it, so no server spends a call per connection on it. Throws
/// std::system_error ("listen on 127.0.0.1:80: Permission denied").
Fd listen_tcp(const Endpoint& endpoint, int backlog, bool nodelay = true, Port port = Port::kOwn);

/// Lets listeners made with Port::kShared join one that has its port for itself so far.
void share_port(int listener);

/// The address a socket is bound to.
Endpoint local_endpoint(int fd);

void set_non_blocking(int fd);

}  // namespace sockbench
