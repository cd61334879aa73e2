// poll: one thread passes an array of descriptors to the kernel, sleeps until some can be read or
// written, and then makes one recv and one send per ready connection. The array has no gaps: the
// last connection moves to the index of one that ends, and the search stops after the last ready
// one.
//
// System calls per request: 2 + 1/k (recv, send, and a poll shared by k ready connections).
// Limits: descriptors; every call scans all of them, ready or not.
// Differs from `select`: an array entry per connection instead of a bit per descriptor number, so
// there is no FD_SETSIZE; differs from `epoll`: the array is passed at every call.

#include <poll.h>

#include <vector>

#include "common/error.h"
#include "servers/accept_all.h"
#include "servers/server.h"
#include "servers/take_turn.h"

namespace sockbench {

const Description kDescription = {
    .name = "poll",
    .title = "poll",
    .family = "multiplexing",
    .summary = "One thread waits with poll and serves the descriptors it reports.",
    .syscalls = {{"poll", 1}, {"recvfrom", 1}, {"sendto", 1}},
    .syscalls_formula = "2 + 1/k",
    .limits = "descriptors; every call scans all of them",
    .use_when = "Portable code with some hundred connections that are mostly busy.",
    .max_connections = unlimited,
};

namespace {

class PollServer final {
 public:
  PollServer(int listener, const Protocol& protocol)
      : protocol_(protocol), watched_{{listener, POLLIN, 0}} {}
  [[noreturn]] void run();

 private:
  struct Connection {
    Fd fd;
    Session session;
  };

  void accept_connections();
  void close_connection(std::size_t place);
  pollfd& listener() { return watched_.front(); }

  const Protocol& protocol_;
  ReceiveBuffer buffer_{};
  std::vector<pollfd> watched_;          // the listener, then the connections
  std::vector<Connection> connections_;  // connections_[i] is watched_[i + 1]
};

void PollServer::run() {
  for (;;) {
    const bool accepting = listener().events != 0;
    int ready = ::poll(watched_.data(), watched_.size(), accepting ? -1 : kAcceptRetryMs);
    if (ready < 0 && errno == EINTR) continue;
    check(ready, "poll");
    if (ready == 0) listener().events = POLLIN;  // try accepting again
    const bool arrivals = listener().revents != 0;
    if (arrivals) --ready;
    for (std::size_t i = 0; ready > 0 && i < connections_.size();) {
      pollfd& watched = watched_[i + 1];
      if (watched.revents == 0) {
        ++i;
        continue;
      }
      --ready;
      Session& session = connections_[i].session;
      if (!take_turn(watched.fd, session)) {
        close_connection(i);  // another connection has this index now: check it next
        continue;
      }
      watched.events = session.pending() ? POLLOUT : POLLIN;
      ++i;
    }
    if (arrivals) accept_connections();
  }
}

void PollServer::accept_connections() {
  const bool accepting = accept_all(listener().fd, [this](Fd fd) {
    watched_.push_back({fd.get(), POLLIN, 0});
    connections_.push_back({std::move(fd), Session(protocol_, buffer_)});
  });
  if (!accepting) listener().events = 0;
}

void PollServer::close_connection(std::size_t place) {
  std::swap(connections_[place], connections_.back());
  connections_.pop_back();
  watched_[place + 1] = watched_.back();
  watched_.pop_back();
  listener().events = POLLIN;  // in case accepting was paused at the descriptor limit
}

}  // namespace

void serve(const Fd& listener, const ServerOptions& options) {
  set_non_blocking(listener.get());
  PollServer(listener.get(), options.protocol).run();
}

}  // namespace sockbench
