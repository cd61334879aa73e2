#pragma once

#include <sys/socket.h>

#include <cerrno>

#include "servers/session.h"

namespace sockbench {

/// Serves one blocking socket until it ends, for models in which a thread or process serves one
/// connection at a time. Two system calls per request: recv and send.
inline void serve_connection(int connection, Session session) {
  for (;;) {
    const auto space = session.space();
    const ssize_t received = ::recv(connection, space.data(), space.size(), 0);
    if (received < 0 && errno == EINTR) continue;
    if (received <= 0) return;  // end of stream or error
    session.received(static_cast<std::size_t>(received));
    while (session.pending()) {
      const auto reply = session.reply();
      const ssize_t sent = ::send(connection, reply.data(), reply.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent < 0) return;
      session.sent(static_cast<std::size_t>(sent));
    }
  }
}

}  // namespace sockbench
