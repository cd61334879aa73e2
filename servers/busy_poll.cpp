// Busy polling: every socket is non-blocking and one thread asks each in turn, accept and then recv
// on every connection, round after round, without ever sleeping. Nothing wakes it, so it answers
// soonest when few connections exist and burns a whole core when nobody talks.
//
// System calls per request: unbounded; each round costs one accept and one recv per connection, and
// almost all of them return EAGAIN.
// Limits: descriptors; the cost of a round grows with every open connection, idle ones included.
// Differs from `select`: the asking is done call by call from user space, and never waits.

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
    .summary = "One thread asks every non-blocking socket in turn and never sleeps.",
    .syscalls = {},
    .syscalls_formula = "unbounded",
    .limits = "descriptors; a core is burnt even when idle",
    .use_when = "A core to spare, few connections, all of them busy.",
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
