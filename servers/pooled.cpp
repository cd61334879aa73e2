// A fixed pool of threads, each an iterative blocking server: it blocks in accept on the shared
// listening socket, serves a connection until it ends, and accepts the next. The kernel wakes one
// thread per connection, so the pool needs neither a queue nor a lock.
//
// System calls per request: 2 (recv, send).
// Limits: as many connections as threads (--threads); others wait in the backlog, starved, until
// one ends.
// Differs from `threaded`: the number of threads is fixed; none is created or ended while serving.

#include <thread>
#include <vector>

#include "servers/accept_errors.h"
#include "servers/serve_connection.h"
#include "servers/server.h"

namespace sockbench {

const Description kDescription = {
    .name = "pooled",
    .title = "A fixed pool of blocking threads",
    .family = "threads",
    .summary = "Each of N threads accepts a connection and serves it until it ends.",
    .syscalls = {{"recvfrom", 1}, {"sendto", 1}},
    .syscalls_formula = "2",
    .limits = "as many connections as threads; the others wait",
    .use_when =
        "Few long or many short connections with limited concurrency; not for more "
        "long connections than threads.",
    .max_connections = [](const ServerOptions& options) -> std::optional<int> {
      return options.threads;
    },
    .has_threads_option = true,
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
  std::vector<std::jthread> pool;
  for (int i = 1; i < options.threads; ++i) {
    pool.emplace_back([&] { accept_and_serve(listener.get(), options.protocol); });
  }
  accept_and_serve(listener.get(), options.protocol);  // the main thread is one of them
}

}  // namespace sockbench
