// Iterative blocking server: accepts a connection, serves it until it ends, accepts the next. The
// thread sleeps in either accept or recv, so all other connections wait in the backlog.
//
// System calls per request: 2 (recv, send).
// Limits: one connection served at a time.
// Differs from `threaded` in one line: there, a new thread calls serve_connection.

#include "servers/accept_errors.h"
#include "servers/serve_connection.h"
#include "servers/server.h"

namespace sockbench {

const Description kDescription = {
    .name = "blocking",
    .title = "Blocking, one connection at a time",
    .family = "blocking",
    .summary = "One thread accepts a connection and serves it until it ends, then the next.",
    .syscalls = {{"recvfrom", 1}, {"sendto", 1}},
    .syscalls_formula = "2",
    .limits = "one connection at a time; all others wait in the backlog",
    .use_when =
        "One client at a time by design: a tool, a test, a device; never for a service "
        "with several clients.",
    .max_connections = [](const ServerOptions&) -> std::optional<int> { return 1; },
};

void serve(const Fd& listener, const ServerOptions& options) {
  ReceiveBuffer buffer;
  for (;;) {
    const Fd connection(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection) {
      wait_after_accept_failure(errno);
      continue;
    }
    serve_connection(connection.get(), Session(options.protocol, buffer));
  }
}

}  // namespace sockbench
