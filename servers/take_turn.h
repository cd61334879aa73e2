#pragma once

#include <sys/socket.h>

#include <cerrno>

#include "servers/session.h"

namespace sockbench {

/// When a reply is sent: immediately, or after the kernel reports writability.
enum class Write { kFirst, kWhenWritable };

/// One turn of a non-blocking connection, for models with level-triggered readiness; false if the
/// connection ended. Two system calls for a request: recv and then send. A connection with a
/// pending reply only sends: it waits for writability and receives nothing until its peer has read.
inline bool take_turn(int connection, Session& session, Write write = Write::kFirst) {
  if (!session.pending()) {
    const auto space = session.space();
    const ssize_t received = ::recv(connection, space.data(), space.size(), 0);
    if (received < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (received <= 0) return false;  // end of stream or error
    session.received(static_cast<std::size_t>(received));
    if (write == Write::kWhenWritable) {
      session.sent(0);  // keeps the reply
      return true;
    }
  }
  const auto reply = session.reply();
  const ssize_t sent = ::send(connection, reply.data(), reply.size(), MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN && errno != EINTR) return false;
  session.sent(sent < 0 ? 0 : static_cast<std::size_t>(sent));
  return true;
}

}  // namespace sockbench
