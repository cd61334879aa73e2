// Several epoll loops, each a thread with its own connections, interest set, buffer and listening
// socket: nothing is shared, so there are no locks. The listeners have the same port
// (SO_REUSEPORT), and the kernel assigns each new connection to one of them by a hash of its
// addresses. With enough CPUs each loop is pinned to one.
//
// System calls per request: 2 + 1/k (recv, send, and an epoll_wait shared by k ready connections).
// Limits: descriptors. The hash ignores load: with few connections some loops have more of them
// than others, and connections are never moved; the number of each loop is logged at the end.
// Differs from `epoll`: it can use more than one CPU; differs from `pooled_dispatch`: no request
// changes its thread.

#include <pthread.h>
#include <sys/epoll.h>

#include <array>
#include <atomic>
#include <charconv>
#include <memory>
#include <thread>
#include <vector>

#include "common/error.h"
#include "common/process_limits.h"
#include "servers/accept_all.h"
#include "servers/server.h"
#include "servers/take_turn.h"

namespace sockbench {
namespace {

void log_accept_spread();

}  // namespace

const Description kDescription = {
    .name = "multi_reactor",
    .title = "Several epoll loops",
    .family = "multiplexing",
    .summary = "N threads, each with an epoll loop and a listener on the shared port.",
    .syscalls = {{"epoll_wait", 1}, {"recvfrom", 1}, {"sendto", 1}},
    .syscalls_formula = "2 + 1/k",
    .limits = "descriptors; connections never change loops",
    .use_when = "Several free cores and many connections: epoll on each core.",
    .max_connections = unlimited,
    .has_threads_option = true,
    .threads_are = "epoll loops, one thread each",
    .default_threads = static_cast<int>(allowed_cpus().size()),
    .at_exit = log_accept_spread,
};

namespace {

constexpr int kEventsPerWait = 512;

struct Connection {
  Fd fd;
  Session session;
};

class Reactor final {
 public:
  Reactor(int listener, const Protocol& protocol);
  [[noreturn]] void run();
  std::uint64_t accepted() const { return accepted_.load(std::memory_order_relaxed); }

 private:
  void accept_connections();
  void serve_ready(Connection& connection);
  void resume_accepting();
  void watch(int operation, int fd, std::uint32_t events, Connection* connection);

  int listener_;
  const Protocol& protocol_;
  Fd epoll_;
  ReceiveBuffer buffer_{};
  bool accepting_ = true;  // false at the descriptor limit, until a connection ends
  std::atomic<std::uint64_t> accepted_ = 0;  // written only by its thread
};

using Reactors = std::vector<std::unique_ptr<Reactor>>;
// For the signal handler that exits; null until all loops exist.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
std::atomic<const Reactors*> all_reactors = nullptr;

Reactor::Reactor(int listener, const Protocol& protocol)
    : listener_(listener),
      protocol_(protocol),
      epoll_(check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {
  set_non_blocking(listener_);
  watch(EPOLL_CTL_ADD, listener_, EPOLLIN, nullptr);
}

void Reactor::run() {
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

void Reactor::accept_connections() {
  accepting_ = accept_all(listener_, [this](Fd fd) {
    const int borrowed = fd.get();
    auto* connection = new Connection{std::move(fd), Session(protocol_, buffer_)};
    watch(EPOLL_CTL_ADD, borrowed, EPOLLIN, connection);  // serve_ready deletes it
    accepted_.store(accepted() + 1, std::memory_order_relaxed);
  });
  if (!accepting_) watch(EPOLL_CTL_MOD, listener_, 0, nullptr);
}

void Reactor::serve_ready(Connection& connection) {
  const bool was_waiting = connection.session.waiting();
  if (!take_turn(connection.fd.get(), connection.session)) {
    delete &connection;  // closing the descriptor also removes it from the interest set
    if (!accepting_) resume_accepting();
  } else if (connection.session.pending() != was_waiting) {
    watch(EPOLL_CTL_MOD, connection.fd.get(), was_waiting ? EPOLLIN : EPOLLOUT, &connection);
  }
}

void Reactor::resume_accepting() {
  watch(EPOLL_CTL_MOD, listener_, EPOLLIN, nullptr);
  accepting_ = true;
}

void Reactor::watch(int operation, int fd, std::uint32_t events, Connection* connection) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = connection;
  check(::epoll_ctl(epoll_.get(), operation, fd, &event), "epoll_ctl");
}

/// Runs in a signal handler, where log_warning must not be used.
void log_accept_spread() {
  const Reactors* reactors = all_reactors.load();
  if (reactors == nullptr) return;
  constexpr std::string_view kStart = "server-multi_reactor: connections accepted by each loop:";
  (void)!::write(STDERR_FILENO, kStart.data(), kStart.size());
  for (const auto& reactor : *reactors) {
    std::array<char, 24> text{' '};
    const auto end =
        std::to_chars(text.data() + 1, text.data() + text.size(), reactor->accepted()).ptr;
    (void)!::write(STDERR_FILENO, text.data(), static_cast<std::size_t>(end - text.data()));
  }
  (void)!::write(STDERR_FILENO, "\n", 1);
}

}  // namespace

void serve(const Fd& listener, const ServerOptions& options) {
  const Endpoint address = local_endpoint(listener.get());
  share_port(listener.get());
  std::vector<Fd> listeners;  // of all loops but the first, which uses the listener of main
  Reactors reactors;
  reactors.push_back(std::make_unique<Reactor>(listener.get(), options.protocol));
  for (int i = 1; i < options.threads; ++i) {
    listeners.push_back(listen_tcp(address, options.backlog, options.tcp_nodelay, Port::kShared));
    reactors.push_back(std::make_unique<Reactor>(listeners.back().get(), options.protocol));
  }
  all_reactors = &reactors;
  const std::vector<int> cpus = allowed_cpus();
  const bool pinned = cpus.size() >= reactors.size();
  std::vector<std::jthread> threads;
  for (std::size_t i = 1; i < reactors.size(); ++i) {
    threads.emplace_back([&, i] {
      if (pinned) pin_this_thread({cpus[i]});
      reactors[i]->run();
    });
  }
  if (pinned) pin_this_thread({cpus[0]});
  reactors[0]->run();  // on the main thread
}

}  // namespace sockbench
