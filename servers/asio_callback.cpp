// Callbacks on Boost.Asio: each connection has one asynchronous operation in flight, whose
// completion handler starts the next; one thread runs the io_context. A handler's memory is part of
// its connection, so that no operation allocates.
//
// System calls per request: 3 + 2/k. Asio tries recv before it waits, so a request that has not
// arrived costs one recv with EAGAIN; epoll_wait, recv, send, and an epoll_wait before the handler
// of the send runs. With many connections the next request has arrived by then, and the first recv
// succeeds: therefore the send is an asynchronous operation.
//
// Limits: descriptors. A connection keeps its own receive buffer (see ReceiveBuffer).
//
// Differs from `asio_coroutine`: the state is an object and not a coroutine's frame.

#if defined(__SANITIZE_THREAD__)
#pragma GCC diagnostic ignored "-Wtsan"  // Asio's fences are not needed with one thread
#endif

#include <array>
#include <boost/asio.hpp>
#include <cstddef>

#include "common/error.h"
#include "servers/accept_errors.h"
#include "servers/server.h"

namespace sockbench {

const Description kDescription = {
    .name = "asio_callback",
    .title = "Callbacks on Boost.Asio",
    .family = "multiplexing",
    .summary = "Each completion handler starts its connection's next operation.",
    .syscalls = {{"epoll_wait", 2}, {"recvfrom", 2}, {"sendto", 1}},
    .syscalls_formula = "3 + 2/k",
    .limits = "descriptors",
    .use_when = "Portable C++ with many connections, if coroutine frames are too large.",
    .max_connections = unlimited,
};

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

/// Memory for the single operation of a connection.
class OperationMemory final {
 public:
  void* allocate(std::size_t bytes) {
    SOCKBENCH_ASSERT(!taken_ && bytes <= room_.size());
    taken_ = true;
    return room_.data();
  }
  void deallocate() { taken_ = false; }

 private:
  alignas(std::max_align_t) std::array<std::byte, 256> room_;
  bool taken_ = false;
};

/// OperationMemory as the associated_allocator of a handler.
template <typename T>
struct OperationAllocator {
  using value_type = T;
  explicit OperationAllocator(OperationMemory& its_memory) : memory(&its_memory) {}
  template <typename U>
  OperationAllocator(const OperationAllocator<U>& other) : memory(other.memory) {}
  T* allocate(std::size_t count) { return static_cast<T*>(memory->allocate(count * sizeof(T))); }
  void deallocate(T* /*place*/, std::size_t /*count*/) { memory->deallocate(); }
  bool operator==(const OperationAllocator&) const = default;

  OperationMemory* memory;
};

/// Owns itself: deleted by the handler that starts no other operation.
class Connection final {
 public:
  Connection(Socket socket, const Protocol& protocol)
      : socket_(std::move(socket)), session_(protocol, buffer_) {}
  void receive();

 private:
  void reply();
  auto in_own_memory(auto handler) {
    return asio::bind_allocator(OperationAllocator<std::byte>(memory_), std::move(handler));
  }

  Socket socket_;
  Session session_;
  OperationMemory memory_;
  ReceiveBuffer buffer_;
};

void Connection::receive() {
  const auto space = session_.space();
  socket_.async_receive(asio::buffer(space.data(), space.size()),
                        in_own_memory([this](error_code error, std::size_t received) {
                          if (error) {  // end of stream or error
                            delete this;
                            return;
                          }
                          session_.received(received);
                          reply();
                        }));
}

void Connection::reply() {
  const auto reply = session_.reply();
  socket_.async_send(asio::buffer(reply.data(), reply.size()),  // with MSG_NOSIGNAL
                     in_own_memory([this](error_code error, std::size_t sent) {
                       if (error) {
                         delete this;
                         return;
                       }
                       session_.sent(sent);
                       session_.pending() ? this->reply() : receive();
                     }));
}

/// Accepts all connections.
class Listener final {
 public:
  Listener(Acceptor acceptor, const Protocol& protocol)
      : acceptor_(std::move(acceptor)), retry_(acceptor_.get_executor()), protocol_(protocol) {}

  void accept() {
    acceptor_.async_accept([this](error_code error, Socket socket) {
      if (!error) {
        (new Connection(std::move(socket), protocol_))->receive();
      } else if (accept_failure(error.value()) == AcceptFailure::kExhausted) {
        return accept_later();
      }
      accept();
    });
  }

 private:
  void accept_later() {
    retry_.expires_after(std::chrono::milliseconds(kAcceptRetryMs));
    retry_.async_wait([this](error_code) { accept(); });
  }

  Acceptor acceptor_;
  Timer retry_;
  const Protocol& protocol_;
};

}  // namespace

void serve(const Fd& listener, const ServerOptions& options) {
  asio::io_context context(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE);
  const auto family = options.listen.family() == AF_INET6 ? tcp::v6() : tcp::v4();
  Listener acceptor(Acceptor(context, family, listener.get()), options.protocol);
  acceptor.accept();
  context.run();
  std::terminate();  // run() returns only after accepting ends, which never happens
}

}  // namespace sockbench
