// The coroutines of `asio_coroutine` (the same source) with Asio's io_uring backend instead of its
// epoll reactor: an operation is submitted to the kernel and its completion resumes the coroutine.
// The backend of the library uses neither multishot operations nor provided buffers.
//
// System calls per request: 3/k. The wait does not submit: on a single connection the receive and
// the send are each submitted by a separate io_uring_enter, and a third one waits. With k
// connections ready, their operations are submitted together.
//
// Limits: descriptors. A suspended coroutine keeps its own receive buffer (see ReceiveBuffer).
// Differs from `io_uring`: only single-shot operations, through a library that was designed for
// epoll.

#define BOOST_ASIO_HAS_IO_URING 1
#define BOOST_ASIO_DISABLE_EPOLL 1

#include "servers/asio_coroutine.h"
#include "servers/require_io_uring.h"

namespace sockbench {

const Description kDescription = {
    .name = "asio_io_uring",
    .title = "C++20 coroutines on Boost.Asio's io_uring backend",
    .family = "coroutines",
    .summary = "The coroutines of asio_coroutine; Asio submits their operations to an io_uring.",
    .syscalls = {{"io_uring_enter", 3}},
    .syscalls_formula = "3/k",
    .limits = "descriptors; Linux 6.1, and a sandbox that permits io_uring",
    .use_when =
        "Asio code whose system calls cost more than its CPU time; compare it with "
        "asio_coroutine first.",
    .max_connections = unlimited,
    .require = [](const ServerOptions& /*options*/) { require_io_uring(); },
    .listener_outlives_process = true,
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
