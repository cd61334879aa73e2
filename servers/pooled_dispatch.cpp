// A loop and a pool: one thread waits in epoll_wait for all connections and puts the ready ones
// into a queue; a fixed number of threads takes them from it, with one recv and one send each. An
// event disables its connection (EPOLLONESHOT) until the thread that served it enables it again, so
// two threads never serve the same connection.
//
// System calls per request: 5 + 1/k (recv, send, the epoll_ctl that enables the connection again,
// two futex calls to wake a thread and to sleep, and an epoll_wait shared by k ready connections);
// without futex calls if the queue is not empty.
// Limits: descriptors; as many simultaneous requests as threads (--threads).
// Differs from `pooled`: a thread serves a request, not a connection, so idle connections need
// none; differs from `epoll`: a handler that blocks delays one thread, not all connections.

#include <semaphore.h>
#include <sys/epoll.h>

#include <array>
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "common/error.h"
#include "servers/accept_all.h"
#include "servers/server.h"
#include "servers/take_turn.h"

namespace sockbench {

const Description kDescription = {
    .name = "pooled_dispatch",
    .title = "epoll with a pool of threads",
    .family = "threads",
    .summary =
        "One thread waits with epoll_wait; N threads serve the connections that it puts into a "
        "queue.",
    .syscalls = {{"epoll_wait", 1}, {"futex", 2}, {"recvfrom", 1}, {"sendto", 1}, {"epoll_ctl", 1}},
    .syscalls_formula = "5 + 1/k",
    .limits = "descriptors; as many requests at a time as threads",
    .use_when =
        "Many connections whose handlers block or compute for longer than a thread switch "
        "takes.",
    .max_connections = unlimited,
    .has_threads_option = true,
};

namespace {

constexpr int kEventsPerWait = 512;

struct Connection {
  Fd fd;
  Session session;
  Connection* next = nullptr;  // next in the queue
  // False while a thread serves the connection, until its epoll_ctl has returned. Another thread
  // may already have the next event by then; it waits, since it might close the descriptor.
  std::atomic<bool> turn_is_over = true;
};

/// A FIFO. A connection is in it at most once, so that it can link them without allocation.
class Queue final {
 public:
  Queue() { check(::sem_init(&filled_, 0, 0), "sem_init"); }
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;
  Queue(Queue&&) = delete;
  Queue& operator=(Queue&&) = delete;
  ~Queue() { ::sem_destroy(&filled_); }

  void put(Connection& connection) {
    {
      const std::lock_guard lock(mutex_);
      connection.next = nullptr;
      (first_ == nullptr ? first_ : last_->next) = &connection;
      last_ = &connection;
    }
    ::sem_post(&filled_);  // futex, if a thread sleeps
  }

  Connection& take() {
    while (::sem_wait(&filled_) != 0) {  // futex, if the queue is empty; EINTR
    }
    const std::lock_guard lock(mutex_);
    Connection& connection = *first_;
    first_ = connection.next;
    return connection;
  }

 private:
  sem_t filled_{};
  std::mutex mutex_;
  Connection* first_ = nullptr;
  Connection* last_ = nullptr;
};

class DispatchServer final {
 public:
  DispatchServer(int listener, const Protocol& protocol);
  [[noreturn]] void dispatch();
  [[noreturn]] void serve_dispatched();

 private:
  void accept_connections();
  void resume_accepting();
  void watch(int operation, int fd, std::uint32_t events, Connection* connection);

  int listener_;
  const Protocol& protocol_;
  Fd epoll_;
  ReceiveBuffer unused_{};  // the initial buffer of sessions; the serving thread uses its own
  Queue queue_;
  std::atomic<bool> accepting_ = true;  // false at the descriptor limit, until a connection ends
};

DispatchServer::DispatchServer(int listener, const Protocol& protocol)
    : listener_(listener),
      protocol_(protocol),
      epoll_(check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {
  watch(EPOLL_CTL_ADD, listener_, EPOLLIN, nullptr);
}

void DispatchServer::dispatch() {
  std::array<epoll_event, kEventsPerWait> events{};
  for (;;) {
    const int timeout_ms = accepting_ ? -1 : kAcceptRetryMs;
    const int ready = ::epoll_wait(epoll_.get(), events.data(), kEventsPerWait, timeout_ms);
    if (ready < 0 && errno == EINTR) continue;
    check(ready, "epoll_wait");
    if (ready == 0) resume_accepting();  // after kAcceptRetryMs
    for (int i = 0; i < ready; ++i) {
      auto* connection = static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (connection == nullptr) {
        accept_connections();
      } else {
        queue_.put(*connection);
      }
    }
  }
}

void DispatchServer::serve_dispatched() {
  ReceiveBuffer buffer;
  for (;;) {
    Connection& connection = queue_.take();
    while (!connection.turn_is_over.load(std::memory_order_acquire)) std::this_thread::yield();
    connection.turn_is_over.store(false, std::memory_order_relaxed);
    connection.session.receive_into(buffer);
    if (take_turn(connection.fd.get(), connection.session)) {
      const std::uint32_t events = connection.session.pending() ? EPOLLOUT : EPOLLIN;
      watch(EPOLL_CTL_MOD, connection.fd.get(), events | EPOLLONESHOT, &connection);
      connection.turn_is_over.store(true, std::memory_order_release);
    } else {
      delete &connection;  // closing the descriptor also removes it from the interest set
      resume_accepting();
    }
  }
}

void DispatchServer::accept_connections() {
  const bool accepting = accept_all(listener_, [this](Fd fd) {
    const int borrowed = fd.get();
    auto* connection = new Connection{std::move(fd), Session(protocol_, unused_)};
    // serve_dispatched deletes it
    watch(EPOLL_CTL_ADD, borrowed, EPOLLIN | EPOLLONESHOT, connection);
  });
  if (accepting) return;
  watch(EPOLL_CTL_MOD, listener_, 0, nullptr);
  accepting_ = false;  // a connection that ended before this line is noticed after kAcceptRetryMs
}

void DispatchServer::resume_accepting() {
  if (accepting_.load() || accepting_.exchange(true)) return;
  watch(EPOLL_CTL_MOD, listener_, EPOLLIN, nullptr);
}

void DispatchServer::watch(int operation, int fd, std::uint32_t events, Connection* connection) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = connection;
  check(::epoll_ctl(epoll_.get(), operation, fd, &event), "epoll_ctl");
}

}  // namespace

void serve(const Fd& listener, const ServerOptions& options) {
  set_non_blocking(listener.get());
  DispatchServer server(listener.get(), options.protocol);
  std::vector<std::jthread> pool;
  pool.reserve(static_cast<std::size_t>(options.threads));
  for (int i = 0; i < options.threads; ++i) {
    pool.emplace_back([&] { server.serve_dispatched(); });
  }
  server.dispatch();
}

}  // namespace sockbench
