// Signal-driven I/O: every socket reports events (O_ASYNC) by a real-time signal that contains the
// descriptor (F_SETSIG) and is queued for the thread (F_SETOWN_EX). The signals are blocked; the
// thread sleeps in the read of a signalfd, which dequeues them in batches, and drains each reported
// connection. If the queue is full the kernel sends SIGIO without a descriptor instead: then one
// poll over all connections finds the lost events.
//
// System calls per request: 2 + 1/k (recv, send, and a read shared by k signals), if a request
// arrives in one piece; every other piece causes an additional signal.
// Limits: descriptors. RLIMIT_SIGPENDING, for all processes of the user together, limits the queue:
// no event is lost, but each overflow costs a poll over all connections.
// Differs from `epoll_edge`: every event is queued, instead of one state per descriptor; and a
// connection costs three fcntl instead of one epoll_ctl.

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>

#include <array>
#include <csignal>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/error.h"
#include "servers/accept_all.h"
#include "servers/drain.h"
#include "servers/log.h"
#include "servers/server.h"

namespace sockbench {

const Description kDescription = {
    .name = "sigio",
    .title = "Signal-driven I/O",
    .family = "multiplexing",
    .summary =
        "One thread reads real-time signals, each with the descriptor of a socket that has an "
        "event.",
    .syscalls = {{"read", 1}, {"recvfrom", 1}, {"sendto", 1}},
    .syscalls_formula = "2 + 1/k",
    .limits =
        "descriptors; RLIMIT_SIGPENDING limits queued events, each overflow costs a poll "
        "over all connections",
    .use_when = "Historical interest, and sockets whose rare events must interrupt other work.",
    .max_connections = unlimited,
};

namespace {

constexpr std::size_t kSignalsPerRead = 128;

struct Connection {
  Fd fd;
  Session session;
  bool capped = false;  // it is in the list of connections to serve without a new signal
};

class SignalServer final {
 public:
  SignalServer(int listener, const Protocol& protocol);
  [[noreturn]] void run();

 private:
  bool may_read();
  void heed(int fd);
  void sweep();
  void accept_connections();
  void serve_capped();
  void serve(Connection& connection, Until until);
  void announce_news(int fd) const;
  Connection* connection_of(int fd);

  int listener_;
  const Protocol& protocol_;
  int news_signal_ = SIGRTMIN;
  Fd signals_;
  ReceiveBuffer buffer_{};
  std::vector<std::unique_ptr<Connection>> connections_;  // by descriptor
  std::vector<int> capped_;
  std::vector<int> turns_;       // the capped connections of this round
  std::vector<pollfd> watched_;  // for sweep()
  bool accept_now_ = true;       // connections before the first signal of the listener
  bool accepting_ = true;        // false at the descriptor limit, until a connection ends
};

SignalServer::SignalServer(int listener, const Protocol& protocol)
    : listener_(listener), protocol_(protocol) {
  sigset_t signals{};
  ::sigemptyset(&signals);
  ::sigaddset(&signals, news_signal_);
  ::sigaddset(&signals, SIGIO);
  SOCKBENCH_ASSERT(::pthread_sigmask(SIG_BLOCK, &signals, nullptr) == 0);
  signals_ = Fd(check(::signalfd(-1, &signals, SFD_CLOEXEC), "signalfd"));
  announce_news(listener_);
}

void SignalServer::run() {
  std::array<signalfd_siginfo, kSignalsPerRead> signals{};
  for (;;) {
    if (accept_now_) accept_connections();
    if (!may_read()) continue;
    const ssize_t bytes = ::read(signals_.get(), signals.data(), sizeof signals);
    if (bytes < 0 && errno == EINTR) continue;
    check(static_cast<int>(bytes), "read signalfd");
    const std::size_t count = static_cast<std::size_t>(bytes) / sizeof signals[0];
    for (std::size_t i = 0; i < count; ++i) {
      if (signals[i].ssi_signo == SIGIO) {
        sweep();
        break;  // the sweep covers the other signals
      }
      heed(signals[i].ssi_fd);
    }
    serve_capped();
  }
}

/// Whether to call read, which sleeps; with other work only if a signal is pending.
bool SignalServer::may_read() {
  if (capped_.empty() && accepting_) return true;
  pollfd signals{signals_.get(), POLLIN, 0};
  const int ready = ::poll(&signals, 1, capped_.empty() ? kAcceptRetryMs : 0);
  if (ready < 0 && errno != EINTR) check(ready, "poll");
  if (ready == 0 && capped_.empty()) accept_now_ = true;
  if (ready <= 0) serve_capped();
  return ready > 0;
}

/// Handles the signal of a descriptor. If the descriptor was closed and reused meanwhile, the read
/// has no effect.
void SignalServer::heed(int fd) {
  if (fd == listener_) {
    accept_now_ = true;
  } else if (Connection* connection = connection_of(fd);
             connection != nullptr && !connection->capped) {
    serve(*connection, Until::kShortRead);
  }
}

/// Polls every descriptor after signals were lost. First it empties the queue: ignoring a signal
/// discards pending ones (sigaction(2)), and poll detects events until then.
void SignalServer::sweep() {
  static bool logged = false;
  if (!std::exchange(logged, true)) {
    rlimit limit{};
    check(::getrlimit(RLIMIT_SIGPENDING, &limit), "getrlimit");
    log_warning("the queue of " + std::to_string(limit.rlim_cur) +
                " signals (RLIMIT_SIGPENDING) is full; all connections are polled");
  }
  (void)std::signal(news_signal_, SIG_IGN);
  (void)std::signal(news_signal_, SIG_DFL);
  watched_.clear();
  for (const auto& connection : connections_) {
    if (!connection || connection->capped) continue;
    const short events = connection->session.pending() ? POLLOUT : POLLIN;
    watched_.push_back({connection->fd.get(), events, 0});
  }
  int ready = 0;
  while ((ready = ::poll(watched_.data(), watched_.size(), 0)) < 0 && errno == EINTR) {
  }
  check(ready, "poll");
  for (const pollfd& watched : watched_) {
    if (watched.revents != 0) serve(*connection_of(watched.fd), Until::kNothingLeft);
  }
  accept_now_ = true;
}

void SignalServer::accept_connections() {
  accept_now_ = false;
  accepting_ = accept_all(listener_, [this](Fd fd) {
    const auto place = static_cast<std::size_t>(fd.get());
    if (place >= connections_.size()) connections_.resize(place + 1);
    announce_news(fd.get());
    connections_[place] =
        // NOLINTNEXTLINE(modernize-make-unique): it cannot make an aggregate
        std::unique_ptr<Connection>(new Connection{std::move(fd), Session(protocol_, buffer_)});
    serve(*connections_[place], Until::kNothingLeft);  // data before the first signal
  });
}

void SignalServer::serve_capped() {
  std::swap(turns_, capped_);
  for (const int fd : turns_) {
    connection_of(fd)->capped = false;
    serve(*connection_of(fd), Until::kNothingLeft);  // signals meanwhile were ignored
  }
  turns_.clear();
}

void SignalServer::serve(Connection& connection, Until until) {
  const int fd = connection.fd.get();
  const Drained drained = drain(fd, connection.session, until);
  if (drained == Drained::kCapped) {
    connection.capped = true;
    capped_.push_back(fd);
  } else if (drained == Drained::kOver) {
    connections_[static_cast<std::size_t>(fd)].reset();
    if (!accepting_) accept_now_ = true;
  }
}

Connection* SignalServer::connection_of(int fd) {
  const auto place = static_cast<std::size_t>(fd);
  return place < connections_.size() ? connections_[place].get() : nullptr;
}

void SignalServer::announce_news(int fd) const {
  const f_owner_ex owner{F_OWNER_TID, ::gettid()};
  check(::fcntl(fd, F_SETOWN_EX, &owner), "fcntl F_SETOWN_EX");
  check(::fcntl(fd, F_SETSIG, news_signal_), "fcntl F_SETSIG");
  check(::fcntl(fd, F_SETFL, O_ASYNC | O_NONBLOCK), "fcntl O_ASYNC");
}

}  // namespace

void serve(const Fd& listener, const ServerOptions& options) {
  SignalServer(listener.get(), options.protocol).run();
}

}  // namespace sockbench
