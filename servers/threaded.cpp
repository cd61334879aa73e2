// A thread per connection: the main thread only accepts; each connection gets a detached thread
// that blocks in recv and send until the peer closes. The kernel's scheduler does the multiplexing.
//
// System calls per request: 2 (recv, send), each recv usually one context switch.
// Limits: threads (pid_max, max_map_count with two mappings per thread) and their memory. A
// connection without a thread is closed and logged; the others are served.
// Differs from `pooled`: threads are created per connection, not once; no connection waits for a
// free one.

#include <pthread.h>

#include <memory>
#include <system_error>
#include <utility>

#include "common/error.h"
#include "servers/accept_errors.h"
#include "servers/log.h"
#include "servers/serve_connection.h"
#include "servers/server.h"

namespace sockbench {
namespace {

// The stack contains the receive buffer; frames are several times larger with sanitizers.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kStackKib = 512;
constexpr int kLeastStackKib = 512;
#else
constexpr int kStackKib = 64;
constexpr int kLeastStackKib = 32;
#endif

}  // namespace

const Description kDescription = {
    .name = "threaded",
    .title = "A thread per connection",
    .family = "threads",
    .summary = "The main thread accepts; every connection has its own blocking thread.",
    .syscalls = {{"recvfrom", 1}, {"sendto", 1}},
    .syscalls_formula = "2",
    .limits = "threads: pid_max, max_map_count (two mappings per thread), memory",
    .use_when =
        "Tens to hundreds of connections whose handlers block or compute, and code that "
        "must stay simple.",
    .max_connections = unlimited,
    .model_options = {{"stack-kib", "stack size of a thread in KiB", kStackKib, kLeastStackKib,
                       65536}},
};

namespace {

struct Task {
  Fd connection;
  const Protocol* protocol;
};

void* serve_on_own_thread(void* argument) {
  const std::unique_ptr<Task> task(static_cast<Task*>(argument));
  ReceiveBuffer buffer;
  serve_connection(task->connection.get(), Session(*task->protocol, buffer));
  return nullptr;
}

}  // namespace

void serve(const Fd& listener, const ServerOptions& options) {
  const auto stack_bytes = static_cast<std::size_t>(options.model_options[0]) * 1024;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  SOCKBENCH_ASSERT(pthread_attr_setstacksize(&attributes, stack_bytes) == 0);
  bool refused_logged = false;
  for (;;) {
    Fd connection(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection) {
      wait_after_accept_failure(errno);
      continue;
    }
    auto task = std::make_unique<Task>(Task{std::move(connection), &options.protocol});
    pthread_t thread{};
    const int error = pthread_create(&thread, &attributes, serve_on_own_thread, task.get());
    if (error == 0) {
      (void)task.release();  // the new thread owns it
    } else if (!std::exchange(refused_logged, true)) {
      log_warning("cannot create a thread, closing the new connection: " +
                  std::generic_category().message(error));
    }
  }
}

}  // namespace sockbench
