// select: one thread sleeps until the kernel reports, in bit sets, which descriptors can be read or
// written, and then makes one recv and one send per ready connection. Every call copies the sets to
// and from the kernel and scans them up to the highest descriptor.
//
// System calls per request: 2 + 1/k (recv, send, and a select shared by k ready connections).
// Limits: descriptors below FD_SETSIZE (1024). A connection with a higher descriptor is closed
// immediately and logged, since select cannot watch it; the others are served.
// Differs from `epoll`: the interest set is passed in every call instead of being stored in the
// kernel.

#include <sys/select.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>

#include "common/error.h"
#include "servers/accept_errors.h"
#include "servers/log.h"
#include "servers/server.h"
#include "servers/take_turn.h"

namespace sockbench {

const Description kDescription = {
    .name = "select",
    .title = "select",
    .family = "multiplexing",
    .summary = "One thread waits with select and serves the descriptors it reports.",
    .syscalls = {{"pselect6", 1}, {"recvfrom", 1}, {"sendto", 1}},
    .syscalls_formula = "2 + 1/k",
    .limits = "descriptor numbers below 1024; every call scans up to the highest",
    .use_when = "Portable code for systems without a better mechanism, with few connections.",
    // Standard input, output, error and the listener take four of the descriptors.
    .max_connections = [](const ServerOptions&) -> std::optional<int> { return FD_SETSIZE - 4; },
};

namespace {

class SelectServer final {
 public:
  SelectServer(int listener, const Protocol& protocol) : listener_(listener), protocol_(protocol) {
    SOCKBENCH_ASSERT(listener < FD_SETSIZE);
    FD_ZERO(&wanted_read_);
    FD_ZERO(&wanted_write_);
    FD_SET(listener, &wanted_read_);
  }
  [[noreturn]] void run();

 private:
  struct Connection {
    Fd fd;
    Session session;
  };

  void accept_one();
  void serve_ready(int fd);
  void close_connection(int fd);

  int listener_;
  const Protocol& protocol_;
  ReceiveBuffer buffer_{};
  fd_set wanted_read_{};
  fd_set wanted_write_{};
  int highest_ = listener_;
  std::array<std::unique_ptr<Connection>, FD_SETSIZE> connections_;  // by descriptor
};

void SelectServer::run() {
  for (;;) {
    fd_set readable = wanted_read_;
    fd_set writable = wanted_write_;
    const bool accepting = FD_ISSET(listener_, &wanted_read_);
    timeval retry{0, kAcceptRetryMs * 1000L};
    int ready = ::select(highest_ + 1, &readable, &writable, nullptr, accepting ? nullptr : &retry);
    if (ready < 0 && errno == EINTR) continue;
    check(ready, "select");
    if (ready == 0) FD_SET(listener_, &wanted_read_);  // try accepting again
    for (int fd = 0; ready > 0 && fd <= highest_; ++fd) {
      if (!FD_ISSET(fd, &readable) && !FD_ISSET(fd, &writable)) continue;
      --ready;
      if (fd == listener_) {
        accept_one();
      } else {
        serve_ready(fd);
      }
    }
  }
}

void SelectServer::accept_one() {
  Fd fd(::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!fd) {
    if (accept_failure(errno) == AcceptFailure::kExhausted) FD_CLR(listener_, &wanted_read_);
    return;
  }
  if (fd.get() >= FD_SETSIZE) {
    static bool logged = false;
    if (!std::exchange(logged, true)) {
      log_warning("connection refused: descriptor " + std::to_string(fd.get()) +
                  " is above select's limit of " + std::to_string(FD_SETSIZE));
    }
    return;
  }
  const int index = fd.get();
  FD_SET(index, &wanted_read_);
  highest_ = std::max(highest_, index);
  connections_.at(static_cast<std::size_t>(index)) =
      std::unique_ptr<Connection>(new Connection{std::move(fd), Session(protocol_, buffer_)});
}

void SelectServer::serve_ready(int fd) {
  Session& session = connections_[static_cast<std::size_t>(fd)]->session;
  if (!take_turn(fd, session)) return close_connection(fd);
  if (session.pending()) {
    FD_CLR(fd, &wanted_read_);
    FD_SET(fd, &wanted_write_);
  } else {
    FD_SET(fd, &wanted_read_);
    FD_CLR(fd, &wanted_write_);
  }
}

void SelectServer::close_connection(int fd) {
  FD_CLR(fd, &wanted_read_);
  FD_CLR(fd, &wanted_write_);
  FD_SET(listener_, &wanted_read_);  // in case accepting was paused at the descriptor limit
  connections_[static_cast<std::size_t>(fd)].reset();
  while (highest_ > listener_ && !connections_[static_cast<std::size_t>(highest_)]) --highest_;
}

}  // namespace

void serve(const Fd& listener, const ServerOptions& options) {
  set_non_blocking(listener.get());
  SelectServer(listener.get(), options.protocol).run();
}

}  // namespace sockbench
