// C++20 coroutines on Boost.Asio: each connection is a coroutine that reads like the blocking
// server; `co_await` suspends it while its socket is not ready and one thread resumes whichever is.
// One io_context without locks, a concrete executor instead of the type-erased one, errors as
// values.
//
// System calls per request: 3 + 2/k. Asio tries recv before it waits, so a request that is not
// there yet costs one recv with EAGAIN; epoll_wait, recv; a second epoll_wait that does not wait,
// because the scheduler looks at the reactor between two handlers; send.
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
    .use_when = "Portable C++ with many connections, written top to bottom.",
    .max_connections = unlimited,
};

void serve(const Fd& listener, const ServerOptions& options) {
  asio::io_context context(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE);
  const auto family = options.listen.family() == AF_INET6 ? tcp::v6() : tcp::v4();
  Acceptor acceptor(context, family, listener.get());
  asio::co_spawn(context, accept_connections(std::move(acceptor), options.protocol),
                 asio::detached);
  context.run();
  std::terminate();  // run() returns only when the accepting coroutine ended, which it never does
}

}  // namespace sockbench
