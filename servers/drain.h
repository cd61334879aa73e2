#pragma once

#include <sys/socket.h>

#include <cerrno>

#include "servers/session.h"

namespace sockbench {

/// When a connection counts as drained. A read that does not fill the buffer emptied the socket, so
/// later data causes a new event, and another read is not needed (epoll(7), "Do I need to
/// continuously read"). This holds only if all earlier events are about this read: an end of stream
/// that was reported together with the data is not reported again.
enum class Until { kShortRead, kNothingLeft };

enum class Drained {
  kYes,      ///< wait for an input event
  kBlocked,  ///< the peer is slow: wait for writability; receive nothing until then
  kCapped,   ///< there may be more data without a new event: needs another turn
  kOver,     ///< end of stream or error
};

/// The limit of received bytes per turn, while other connections wait.
inline constexpr std::size_t kBytesPerTurn = 4 * std::tuple_size_v<ReceiveBuffer>;

/// One turn of a non-blocking connection, for models with edge-triggered events, which must read
/// everything. Two system calls for one request: recv and then send.
inline Drained drain(int connection, Session& session, Until until) {
  // Events while it was blocked were ignored.
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
