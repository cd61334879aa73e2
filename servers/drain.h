#pragma once

#include <sys/socket.h>

#include <cerrno>

#include "servers/session.h"

namespace sockbench {

/// When a connection counts as drained. A read that does not fill the buffer emptied the socket, so
/// news of anything later is still to come, and asking again would be a call for nothing (epoll(7),
/// "Do I need to continuously read"). That holds only if all news up to then was of this read: an
/// end of stream that was announced together with the data is not announced again.
enum class Until { kShortRead, kNothingLeft };

enum class Drained {
  kYes,      ///< wait for news of input
  kBlocked,  ///< the peer is slow: wait for news of room; nothing is received until then
  kCapped,   ///< there may be more, of which there will be no news: give it another turn
  kOver,     ///< end of stream, or the peer is gone
};

/// What one connection may receive while the others wait.
inline constexpr std::size_t kBytesPerTurn = 4 * std::tuple_size_v<ReceiveBuffer>;

/// One turn of a non-blocking connection: the shared half of every model that is told once of news,
/// edge-triggered, and must take all there is. Two system calls when one request is there, recv
/// and, at once, send.
inline Drained drain(int connection, Session& session, Until until) {
  // Whatever was announced while it was blocked has been passed over.
  if (session.pending()) until = Until::kNothingLeft;
  bool emptied = false;
  for (std::size_t total = 0;;) {
    if (session.pending()) {
      const auto reply = session.reply();
      const ssize_t sent = ::send(connection, reply.data(), reply.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent < 0 && errno != EAGAIN) return Drained::kOver;
      session.sent(sent < 0 ? 0 : static_cast<std::size_t>(sent));
      if (session.pending()) return Drained::kBlocked;
    }
    if (emptied) return Drained::kYes;
    if (total >= kBytesPerTurn) return Drained::kCapped;
    const auto space = session.space();
    const ssize_t received = ::recv(connection, space.data(), space.size(), 0);
    if (received < 0 && errno == EINTR) continue;
    if (received < 0 && errno == EAGAIN) return Drained::kYes;
    if (received <= 0) return Drained::kOver;
    const auto count = static_cast<std::size_t>(received);
    session.received(count);
    total += count;
    emptied = until == Until::kShortRead && count < space.size();
  }
}

}  // namespace sockbench
