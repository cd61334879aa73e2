// Busy polling: every socket is non-blocking, and one thread polls each in turn, with accept and
// then recv on every connection, and never sleeps. Without wake-ups its replies are fast with few
// connections, but it uses a whole core even if all connections are idle.
//
// System calls per request: unbounded; each round costs one accept and one recv per connection, and
// almost all of them return EAGAIN.
// Limits: descriptors; the cost of a round grows with every open connection, idle ones included.
// Differs from `select`: readiness is polled by single calls from user space, without waiting.

#include <vector>

#include "common/clock.h"
#include "servers/accept_all.h"
#include "servers/server.h"
#include "servers/take_turn.h"

namespace sockbench {

const Description kDescription = {
    .name = "busy_poll",
    .title = "Busy polling, non-blocking sockets",
    .family = "polling",
    .summary = "One thread polls every non-blocking socket in turn and never sleeps.",
    .syscalls = {},
    .syscalls_formula = "unbounded",
    .limits = "descriptors; uses a whole core even when idle",
    .use_when = "A dedicated core and few connections, all of them busy.",
    .max_connections = unlimited,
};

namespace {

struct Connection {
  Fd fd;
  Session session;
};

}  // namespace

void serve(const Fd& listener, const ServerOptions& options) {
  set_non_blocking(listener.get());
  ReceiveBuffer buffer;
  std::vector<Connection> connections;
  std::int64_t accept_from_ns = 0;  // later than now at the descriptor limit
  for (;;) {
    if (accept_from_ns == 0 || now_ns() >= accept_from_ns) {
      const bool accepted_all = accept_all(listener.get(), [&](Fd fd) {
        connections.push_back({std::move(fd), Session(options.protocol, buffer)});
      });
      accept_from_ns = accepted_all ? 0 : now_ns() + kAcceptRetryMs * kNsPerMs;
    }
    for (std::size_t i = 0; i < connections.size();) {
      if (take_turn(connections[i].fd.get(), connections[i].session)) {
        ++i;
      } else {
        std::swap(connections[i], connections.back());
        connections.pop_back();
        accept_from_ns = 0;
      }
    }
  }
}

}  // namespace sockbench
