// epoll, edge-triggered: epoll_wait reports a change once, not as long as the socket is ready. So
// each reported connection is served until nothing is left, up to a limit of bytes per turn, so
// that others do not wait; the rest is served after the others, without a new event. Every
// connection is registered once, for input and output, and never modified.
//
// System calls per request: 2 + 1/k (recv, send, and an epoll_wait shared by k ready connections);
// a read that does not fill the buffer needs no second one to detect that nothing is left.
// Limits: descriptors.
// Differs from `epoll`: several recv per event if more than one buffer has arrived, and no
// epoll_ctl when a slow reader blocks or unblocks a connection.

#include <sys/epoll.h>

#include <array>
#include <vector>

#include "common/error.h"
#include "servers/accept_all.h"
#include "servers/drain.h"
#include "servers/server.h"

namespace sockbench {

const Description kDescription = {
    .name = "epoll_edge",
    .title = "epoll, edge-triggered",
    .family = "multiplexing",
    .summary = "One thread waits with epoll_wait for changes and drains the changed connections.",
    .syscalls = {{"epoll_wait", 1}, {"recvfrom", 1}, {"sendto", 1}},
    .syscalls_formula = "2 + 1/k",
    .limits = "descriptors",
    .use_when =
        "As epoll, if the program tracks readiness itself; little gain for requests that fit "
        "one read.",
    .max_connections = unlimited,
};

namespace {

constexpr int kEventsPerWait = 512;
constexpr std::uint32_t kEnd = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

struct Connection {
  Fd fd;
  Session session;
  bool capped = false;  // it is in the list of connections to serve without a new event
};

class EdgeServer final {
 public:
  EdgeServer(int listener, const Protocol& protocol);
  [[noreturn]] void run();

 private:
  int timeout_ms() const;
  void accept_connections();
  void serve_ready(Connection& connection, std::uint32_t events);
  void serve_capped();
  void serve(Connection& connection, Until until);
  void watch(int fd, std::uint32_t events, Connection* connection);

  int listener_;
  const Protocol& protocol_;
  Fd epoll_;
  ReceiveBuffer buffer_{};
  std::vector<Connection*> capped_;
  std::vector<Connection*> turns_;  // the capped connections of this round
  bool accept_now_ = false;
  bool accepting_ = true;  // false at the descriptor limit, until a connection ends
};

EdgeServer::EdgeServer(int listener, const Protocol& protocol)
    : listener_(listener),
      protocol_(protocol),
      epoll_(check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {
  watch(listener_, EPOLLIN | EPOLLET, nullptr);
}

void EdgeServer::run() {
  std::array<epoll_event, kEventsPerWait> events{};
  for (;;) {
    const int ready = ::epoll_wait(epoll_.get(), events.data(), kEventsPerWait, timeout_ms());
    if (ready < 0 && errno == EINTR) continue;
    check(ready, "epoll_wait");
    if (ready == 0 && !accepting_) accept_now_ = true;  // after kAcceptRetryMs
    for (int i = 0; i < ready; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      if (event.data.ptr == nullptr) {
        accept_now_ = true;
      } else {
        serve_ready(*static_cast<Connection*>(event.data.ptr), event.events);
      }
    }
    serve_capped();
    if (accept_now_) accept_connections();
  }
}

int EdgeServer::timeout_ms() const {
  if (!capped_.empty()) return 0;
  return accepting_ ? -1 : kAcceptRetryMs;
}

void EdgeServer::accept_connections() {
  accept_now_ = false;
  accepting_ = accept_all(listener_, [this](Fd fd) {
    const int borrowed = fd.get();
    auto* connection = new Connection{std::move(fd), Session(protocol_, buffer_)};
    // serve deletes it
    watch(borrowed, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, connection);
  });
}

void EdgeServer::serve_ready(Connection& connection, std::uint32_t events) {
  if (connection.capped) return;  // its next turn serves everything
  if (events == EPOLLOUT && !connection.session.pending())
    return;  // writable, but nothing is pending
  serve(connection, (events & kEnd) != 0 ? Until::kNothingLeft : Until::kShortRead);
}

void EdgeServer::serve_capped() {
  std::swap(turns_, capped_);
  for (Connection* connection : turns_) {
    connection->capped = false;
    serve(*connection, Until::kNothingLeft);  // events meanwhile were ignored
  }
  turns_.clear();
}

void EdgeServer::serve(Connection& connection, Until until) {
  const Drained drained = drain(connection.fd.get(), connection.session, until);
  if (drained == Drained::kCapped) {
    connection.capped = true;
    capped_.push_back(&connection);
  } else if (drained == Drained::kOver) {
    delete &connection;  // closing the descriptor also removes it from the interest set
    if (!accepting_) accept_now_ = true;
  }
}

void EdgeServer::watch(int fd, std::uint32_t events, Connection* connection) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = connection;
  check(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

}  // namespace

void serve(const Fd& listener, const ServerOptions& options) {
  set_non_blocking(listener.get());
  EdgeServer(listener.get(), options.protocol).run();
}

}  // namespace sockbench
