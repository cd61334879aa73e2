// epoll, level-triggered: the kernel stores the interest set; one thread sleeps in epoll_wait,
// which returns only ready connections. Each gets one recv and then one send; the server waits for
// writability only after a partial send.
//
// System calls per request: 2 + 1/k (recv, send, and an epoll_wait shared by k ready connections).
// Limits: descriptors.
// Differs from `select`: the cost of a wait grows with the ready connections, not with all of them.

#include <sys/epoll.h>

#include <array>
#include <memory>
#include <vector>

#include "common/error.h"
#include "servers/accept_all.h"
#include "servers/server.h"
#include "servers/take_turn.h"

namespace sockbench {
namespace {

/// Options for comparisons (docs/comparisons.md), in the order of the description.
struct Options {
  Write write;
  std::size_t read_bytes;
  int accept_batch;

  explicit Options(const ServerOptions& options)
      : write(options.model_options[0] == 1 ? Write::kFirst : Write::kWhenWritable),
        read_bytes(static_cast<std::size_t>(options.model_options[1])),
        accept_batch(options.model_options[2]) {}
};

}  // namespace

const Description kDescription = {
    .name = "epoll",
    .title = "epoll, level-triggered",
    .family = "multiplexing",
    .summary = "One thread waits with epoll_wait and serves the connections it returns.",
    .syscalls = {{"epoll_wait", 1}, {"recvfrom", 1}, {"sendto", 1}},
    .syscalls_formula = "2 + 1/k",
    .limits = "descriptors",
    .use_when = "The default on Linux for many connections and handlers that do not block.",
    .max_connections = unlimited,
    .syscalls_with = [](const ServerOptions& options) -> std::vector<SyscallCount> {
      if (Options(options).write == Write::kFirst) return kDescription.syscalls;
      return {{"epoll_wait", 2}, {"epoll_ctl", 2}, {"recvfrom", 1}, {"sendto", 1}};
    },
    .model_options = {{"write-first", "1: send at once; 0: wait for writability first", 1, 0, 1},
                      {"read-buffer", "maximum bytes received per call", kReadBytes, 64, 1 << 20},
                      {"accept-batch", "maximum connections accepted per wake-up", 4096, 1, 4096}},
};

namespace {

constexpr int kEventsPerWait = 512;

struct Connection {
  Fd fd;
  Session session;
};

class EpollServer final {
 public:
  EpollServer(int listener, const ServerOptions& options);
  [[noreturn]] void run();

 private:
  void accept_connections();
  void serve_ready(Connection& connection);
  void close_connection(Connection& connection);
  void resume_accepting();
  /// Watches for `events` on behalf of `connection`; the listener is the null connection.
  void watch(int operation, int fd, std::uint32_t events, Connection* connection);

  int listener_;
  const Protocol& protocol_;
  const Options options_;
  Fd epoll_;
  std::vector<char> buffer_;
  bool accepting_ = true;  // false at the descriptor limit, until a connection ends
};

EpollServer::EpollServer(int listener, const ServerOptions& options)
    : listener_(listener),
      protocol_(options.protocol),
      options_(options),
      epoll_(check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      buffer_(options_.read_bytes) {
  watch(EPOLL_CTL_ADD, listener_, EPOLLIN, nullptr);
}

void EpollServer::run() {
  std::array<epoll_event, kEventsPerWait> events{};
  for (;;) {
    const int ready =
        ::epoll_wait(epoll_.get(), events.data(), kEventsPerWait, accepting_ ? -1 : kAcceptRetryMs);
    if (ready < 0 && errno == EINTR) continue;
    check(ready, "epoll_wait");
    if (ready == 0) resume_accepting();  // after kAcceptRetryMs
    for (int i = 0; i < ready; ++i) {
      auto* connection = static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (connection == nullptr) {
        accept_connections();
      } else {
        serve_ready(*connection);
      }
    }
  }
}

void EpollServer::accept_connections() {
  const auto take_over = [this](Fd fd) {
    const int borrowed = fd.get();
    auto* connection = new Connection{std::move(fd), Session(protocol_, buffer_)};
    watch(EPOLL_CTL_ADD, borrowed, EPOLLIN, connection);  // close_connection deletes it
  };
  accepting_ = accept_all(listener_, take_over, options_.accept_batch);
  if (!accepting_) watch(EPOLL_CTL_MOD, listener_, 0, nullptr);
}

void EpollServer::serve_ready(Connection& connection) {
  const bool was_waiting = connection.session.waiting();
  if (!take_turn(connection.fd.get(), connection.session, options_.write)) {
    return close_connection(connection);
  }
  if (connection.session.pending() != was_waiting) {  // only then does the interest change
    watch(EPOLL_CTL_MOD, connection.fd.get(), was_waiting ? EPOLLIN : EPOLLOUT, &connection);
  }
}

void EpollServer::close_connection(Connection& connection) {
  delete &connection;  // closing the descriptor also removes it from the interest set
  if (!accepting_) resume_accepting();
}

void EpollServer::resume_accepting() {
  watch(EPOLL_CTL_MOD, listener_, EPOLLIN, nullptr);
  accepting_ = true;
}

void EpollServer::watch(int operation, int fd, std::uint32_t events, Connection* connection) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = connection;
  check(::epoll_ctl(epoll_.get(), operation, fd, &event), "epoll_ctl");
}

}  // namespace

void serve(const Fd& listener, const ServerOptions& options) {
  set_non_blocking(listener.get());
  EpollServer(listener.get(), options).run();
}

}  // namespace sockbench
