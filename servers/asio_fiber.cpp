// Stackful coroutines on Boost.Asio and Boost.Context, similar to greenlets in Python: each
// connection is a fiber with code like a thread; an operation that would wait switches to another
// stack. One thread runs all fibers. Stacks are small, guarded, and reused.
// System calls per request: 3 + 2/k, as in `asio_callback`: recv with EAGAIN, epoll_wait, recv,
// send, epoll_wait.
//
// Limits: descriptors, and vm.max_map_count with two mappings per stack: 32,000 connections by
// default. Others wait in the backlog.
//
// Differs from `asio_coroutine`: any function called by a fiber may wait, and a call allocates
// nothing; but each connection needs a stack of whole pages.

#if defined(__SANITIZE_THREAD__)
#pragma GCC diagnostic ignored "-Wtsan"  // Asio's fences are not needed with one thread
#endif

#include <sys/mman.h>
#include <unistd.h>

#include <boost/asio.hpp>
#include <boost/asio/spawn.hpp>
#include <boost/context/stack_context.hpp>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

#include "common/error.h"
#include "servers/accept_errors.h"
#include "servers/server.h"

namespace sockbench {

const Description kDescription = {
    .name = "asio_fiber",
    .title = "Stackful coroutines on Boost.Asio",
    .family = "coroutines",
    .summary =
        "Each connection is a fiber with a small stack; one io_context resumes the ready ones.",
    .syscalls = {{"epoll_wait", 2}, {"recvfrom", 2}, {"sendto", 1}},
    .syscalls_formula = "3 + 2/k",
    .limits = "descriptors; vm.max_map_count with two mappings per stack",
    .use_when =
        "Code that waits inside ordinary functions, as with greenlets; needs a "
        "stack per connection.",
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
using Yield = asio::basic_yield_context<Executor>;

// The stack contains the receive buffer, and signal handlers run on it; frames are several times
// larger with sanitizers.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t kStackBytes = std::size_t{512} * 1024;
#else
constexpr std::size_t kStackBytes = std::size_t{64} * 1024;
#endif

/// Stacks with a guard page below, so that an overflow crashes. They are not returned to the
/// kernel.
class StackPool final {
 public:
  /// Ensures that the next take() succeeds; false: no memory, or too many mappings.
  bool prepare();
  boost::context::stack_context take();
  void give_back(const boost::context::stack_context& stack) { free_.push_back(stack); }

 private:
  std::vector<boost::context::stack_context> free_;
};

/// The pool as a stack allocator of Boost.Context.
struct StackAllocator {
  StackPool* pool;
  boost::context::stack_context allocate() const { return pool->take(); }
  void deallocate(const boost::context::stack_context& stack) const { pool->give_back(stack); }
};

void serve_connection(Socket socket, const Protocol& protocol, const Yield& yield) {
  ReceiveBuffer buffer;
  Session session(protocol, buffer);
  error_code error;
  for (;;) {
    const auto space = session.space();
    const std::size_t received =
        socket.async_receive(asio::buffer(space.data(), space.size()), yield[error]);
    if (error) return;  // end of stream or error
    session.received(received);
    while (session.pending()) {
      const auto reply = session.reply();
      const std::size_t sent =
          socket.async_send(asio::buffer(reply.data(), reply.size()), yield[error]);
      if (error) return;
      session.sent(sent);
    }
  }
}

void accept_connections(Acceptor& acceptor, const Protocol& protocol, StackPool& stacks,
                        const Yield& yield) {
  Timer retry(acceptor.get_executor());
  for (;;) {
    error_code error;
    const bool has_stack = stacks.prepare();
    Socket socket(acceptor.get_executor());
    if (has_stack) acceptor.async_accept(socket, yield[error]);
    if (!has_stack || (error && accept_failure(error.value()) == AcceptFailure::kExhausted)) {
      retry.expires_after(std::chrono::milliseconds(kAcceptRetryMs));
      retry.async_wait(yield[error]);
    } else if (!error) {
      asio::spawn(
          acceptor.get_executor(), std::allocator_arg, StackAllocator{&stacks},
          [connection = std::move(socket), &protocol](const Yield& its_yield) mutable {
            serve_connection(std::move(connection), protocol, its_yield);
          },
          asio::detached);
    }
  }
}

bool StackPool::prepare() {
  if (!free_.empty()) return true;
  const auto guard_bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t bytes = guard_bytes + kStackBytes;
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED || ::mprotect(memory, guard_bytes, PROT_NONE) != 0) {
    if (memory != MAP_FAILED) ::munmap(memory, bytes);
    (void)accept_failure(ENOMEM);  // logs the failure
    return false;
  }
  boost::context::stack_context stack;
  stack.size = kStackBytes;
  stack.sp = static_cast<char*>(memory) + bytes;  // the stack grows downwards
  free_.push_back(stack);
  return true;
}

boost::context::stack_context StackPool::take() {
  SOCKBENCH_ASSERT(prepare());
  const boost::context::stack_context stack = free_.back();
  free_.pop_back();
#if defined(__SANITIZE_ADDRESS__)
  // A fiber ends without returning from its first frames, which stay poisoned.
  __asan_unpoison_memory_region(static_cast<char*>(stack.sp) - stack.size, stack.size);
#endif
  return stack;
}

}  // namespace

void serve(const Fd& listener, const ServerOptions& options) {
  StackPool stacks;
  asio::io_context context(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE);
  const auto family = options.listen.family() == AF_INET6 ? tcp::v6() : tcp::v4();
  Acceptor acceptor(context, family, listener.get());
  asio::spawn(
      acceptor.get_executor(), std::allocator_arg, StackAllocator{&stacks},
      [&](const Yield& yield) { accept_connections(acceptor, options.protocol, stacks, yield); },
      asio::detached);
  context.run();
  std::terminate();  // run() returns only after the accepting fiber ends, which never happens
}

}  // namespace sockbench
