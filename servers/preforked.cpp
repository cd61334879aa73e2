// A fixed number of processes, forked before the first connection, each an iterative blocking
// server: it blocks in accept on the shared listening socket, serves a connection until it ends,
// and accepts the next. The parent serves no connection; it sleeps in waitpid and replaces a
// process that ended.
//
// System calls per request: 2 (recv, send).
// Limits: as many connections as processes (--threads); others wait in the backlog, starved, until
// one ends.
// Differs from `pooled`: processes instead of threads, so a crash ends one connection and the
// kernel switches address spaces; differs from `forked`: no process is created per connection.

#include <sys/wait.h>

#include "servers/accept_errors.h"
#include "servers/child_process.h"
#include "servers/serve_connection.h"
#include "servers/server.h"

namespace sockbench {

const Description kDescription = {
    .name = "preforked",
    .title = "A fixed number of blocking processes",
    .family = "processes",
    .summary = "Each of N processes accepts a connection and serves it until it ends.",
    .syscalls = {{"recvfrom", 1}, {"sendto", 1}},
    .syscalls_formula = "2",
    .limits = "as many connections as processes; the others wait",
    .use_when = "Short connections to code that is not thread-safe.",
    .max_connections = [](const ServerOptions& options) -> std::optional<int> {
      return options.threads;
    },
    .has_threads_option = true,
    .threads_are = "processes",
};

namespace {

[[noreturn]] void accept_and_serve(int listener, const Protocol& protocol) {
  ReceiveBuffer buffer;
  for (;;) {
    const Fd connection(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection) {
      wait_after_accept_failure(errno);
      continue;
    }
    serve_connection(connection.get(), Session(protocol, buffer));
  }
}

}  // namespace

void serve(const Fd& listener, const ServerOptions& options) {
  int running = 0;
  for (;;) {
    while (running < options.threads) {
      const std::optional<pid_t> child = fork_child();
      if (child == 0) accept_and_serve(listener.get(), options.protocol);
      if (!child) break;
      ++running;
    }
    if (running == options.threads && ::waitpid(-1, nullptr, 0) > 0) --running;
    while (::waitpid(-1, nullptr, WNOHANG) > 0) --running;
    pause_before_retry();  // avoids a fork loop if processes end immediately
  }
}

}  // namespace sockbench
