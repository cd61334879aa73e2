#pragma once

// Frames and handlers are recycled per thread; the default of two slots per size suits a few
// operations in flight, not a thousand connections.
#define BOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE 64

// A false positive of GCC 12 with sanitizers, which inlines only one of Asio's operator new and
// operator delete of a frame.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
#if defined(__SANITIZE_THREAD__)
#pragma GCC diagnostic ignored "-Wtsan"  // Asio's fences are not needed with one thread
#endif

#include <boost/asio.hpp>
#include <memory>

#include "servers/accept_errors.h"
#include "servers/server.h"

/// The coroutines of the models on Asio. Macros defined before the include select how Asio waits.
namespace sockbench {

namespace asio = boost::asio;
using asio::ip::tcp;
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;
using Coroutine = asio::awaitable<void, Executor>;
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable_t<Executor>());

inline Coroutine serve_connection(Socket socket, const Protocol& protocol) {
  ReceiveBuffer buffer;
  Session session(protocol, buffer);
  for (;;) {
    const auto space = session.space();
    const auto [receive_error, received] =
        co_await socket.async_receive(asio::buffer(space.data(), space.size()), kAwait);
    if (receive_error) co_return;  // end of stream or error
    session.received(received);
    while (session.pending()) {
      const auto reply = session.reply();
      const auto [send_error, sent] =
          co_await socket.async_send(asio::buffer(reply.data(), reply.size()), kAwait);
      if (send_error) co_return;
      session.sent(sent);
    }
  }
}

inline Coroutine accept_connections(Acceptor acceptor, const Protocol& protocol) {
  Timer retry(acceptor.get_executor());
  for (;;) {
    auto [error, socket] = co_await acceptor.async_accept(kAwait);
    if (!error) {
      asio::co_spawn(acceptor.get_executor(), serve_connection(std::move(socket), protocol),
                     asio::detached);
    } else if (accept_failure(error.value()) == AcceptFailure::kExhausted) {
      retry.expires_after(std::chrono::milliseconds(kAcceptRetryMs));
      co_await retry.async_wait(kAwait);
    }
  }
}

}  // namespace sockbench
