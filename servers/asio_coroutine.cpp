// C++20 coroutines on Boost.Asio: each connection is a coroutine with the same structure as the
// blocking server; `co_await` suspends it while its socket is not ready, and one thread resumes the
// ready ones. One io_context without locks, a concrete executor instead of the type-erased one,
// errors as values.
//
// System calls per request: 3 + 2/k. Asio tries recv before it waits, so a request that has not
// arrived costs one recv with EAGAIN; epoll_wait, recv; a second epoll_wait that does not wait,
// since the scheduler polls the reactor between two handlers; send.
//
// Limits: descriptors. A suspended coroutine keeps its own receive buffer (see ReceiveBuffer).
//
// Differs from `epoll`: the library owns the loop, edge-triggered; the state is the coroutine's
// frame.

#include "servers/asio_coroutine.h"

namespace sockbench {

const Description kDescription = {
    .name = "asio_coroutine",
    .title = "C++20 coroutines on Boost.Asio",
    .family = "coroutines",
    .summary = "Each connection is a coroutine; one io_context resumes the ready ones.",
    .syscalls = {{"epoll_wait", 2}, {"recvfrom", 2}, {"sendto", 1}},
    .syscalls_formula = "3 + 2/k",
    .limits = "descriptors",
    .use_when = "Portable C++ with many connections and sequential code.",
    .max_connections = unlimited,
};

void serve(const Fd& listener, const ServerOptions& options) {
  asio::io_context context(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE);
  const auto family = options.listen.family() == AF_INET6 ? tcp::v6() : tcp::v4();
  Acceptor acceptor(context, family, listener.get());
  asio::co_spawn(context, accept_connections(std::move(acceptor), options.protocol),
                 asio::detached);
  context.run();
  std::terminate();  // run() returns only after the accepting coroutine ends, which never happens
}

}  // namespace sockbench
