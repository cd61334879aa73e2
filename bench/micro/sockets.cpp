// The calls of a server on TCP connections over loopback, and what tells it of them. Both ends
// belong to this thread, so what the kernel does for the other end within a call is in that call's
// time, as on a machine where server and clients share the CPUs.

#include <netinet/in.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "bench/micro/catalogue.h"
#include "bench/micro/connections.h"
#include "common/error.h"

namespace sockbench::micro {
namespace {

constexpr std::size_t kMessage = 64;
constexpr std::size_t kBatch = 64;

enum class Step { kRecv, kSend };

/// Requests and replies of 64 bytes on 64 connections, in turn: 64 requests are sent, received,
/// answered, and their replies received. Timed are the server's 64 calls of one step. Not timed:
/// the other steps, and making the connections. As each request is answered, acknowledgements
/// travel with the data, as they do for a server; a recv alone would be charged with sending one.
void request_step(benchmark::State& state, Step timed) {
  const std::vector<Connection> connections = connect_pairs(kBatch);
  std::array<char, kMessage> data{};
  const auto all = [&](auto&& call) {
    for (const Connection& connection : connections) call(connection);
  };
  while (state.KeepRunningBatch(kBatch)) {
    all([&](const Connection& c) { send_whole(c.client.get(), data.data(), kMessage); });
    Stopwatch recv_time(state);
    all([&](const Connection& c) { recv_whole(c.server.get(), data.data(), kMessage); });
    if (timed == Step::kRecv) recv_time.stop();
    Stopwatch send_time(state);
    all([&](const Connection& c) { send_whole(c.server.get(), data.data(), kMessage); });
    if (timed == Step::kSend) send_time.stop();
    all([&](const Connection& c) { recv_whole(c.client.get(), data.data(), kMessage); });
  }
}

/// Timed: recv on a connection that has nothing to receive. Not timed: nothing else is in the loop.
void recv_eagain(benchmark::State& state) {
  const Connection connection = std::move(connect_pairs(1).front());
  std::array<char, kMessage> data{};
  repeat(state, 1000, [&] {
    if (::recv(connection.server.get(), data.data(), kMessage, 0) != -1 || errno != EAGAIN) {
      throw std::runtime_error("recv did not fail with EAGAIN on an idle connection.");
    }
  });
}

/// Timed: accept4 of a waiting connection, and close of what it gave, 64 times. Not timed: the
/// clients' connect, and their close, which resets the connection.
void accept_close(benchmark::State& state) {
  const Fd listener = listen_on_loopback();
  std::vector<Fd> clients(kBatch);
  while (state.KeepRunningBatch(kBatch)) {
    for (Fd& client : clients) client = connect_to(listener.get());
    Stopwatch time(state);
    for (std::size_t i = 0; i < kBatch; ++i) {
      const int accepted = check(
          ::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC), "accept4");
      check(::close(accepted), "close");
    }
    time.stop();
    for (Fd& client : clients) client.reset();
  }
}

/// Timed: accept4 on a listener without a waiting connection. Not timed: nothing else is in the
/// loop.
void accept_eagain(benchmark::State& state) {
  const Fd listener = listen_on_loopback();
  repeat(state, 1000, [&] {
    if (::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC) != -1 ||
        errno != EAGAIN) {
      throw std::runtime_error("accept4 did not fail with EAGAIN without a waiting connection.");
    }
  });
}

/// Timed: telling an epoll that watches 64 idle connections, each for one event (EPOLLONESHOT), to
/// watch them again, in turn. Not timed: nothing else is in the loop.
void rearm(benchmark::State& state) {
  const std::vector<Connection> connections = connect_pairs(kBatch);
  const Fd epoll(check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1"));
  epoll_event once{};
  once.events = EPOLLIN | EPOLLONESHOT;
  const auto watch = [&](int operation, const Connection& connection) {
    check(::epoll_ctl(epoll.get(), operation, connection.server.get(), &once), "epoll_ctl");
  };
  for (const Connection& connection : connections) watch(EPOLL_CTL_ADD, connection);
  std::size_t next = 0;
  repeat(state, 1000, [&] { watch(EPOLL_CTL_MOD, connections[next++ % kBatch]); });
}

/// Timed: reading a queued real-time signal from a signalfd, 64 times one. Not timed: queueing
/// them.
void read_signal(benchmark::State& state) {
  sigset_t signals{};
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGRTMIN);
  if (::pthread_sigmask(SIG_BLOCK, &signals, nullptr) != 0) {
    throw std::runtime_error("The signal that is to be queued cannot be blocked.");
  }
  const Fd source(check(::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC), "signalfd"));
  signalfd_siginfo info{};
  while (state.KeepRunningBatch(kBatch)) {
    for (std::size_t i = 0; i < kBatch; ++i) {
      if (const int error = ::pthread_sigqueue(::pthread_self(), SIGRTMIN, {}); error != 0) {
        throw std::system_error(error, std::generic_category(), "pthread_sigqueue");
      }
    }
    Stopwatch time(state);
    for (std::size_t i = 0; i < kBatch; ++i) {
      if (::read(source.get(), &info, sizeof info) != sizeof info) {
        throw std::runtime_error("A queued signal could not be read from its signalfd.");
      }
    }
    time.stop();
  }
}

}  // namespace

void add_sockets(Catalogue& catalogue) {
  constexpr double kOneStepOfFour = 0.2;
  constexpr double kBesideConnecting = 0.2;
  constexpr double kHalf = 0.5;
  catalogue.add("recv/data/64", Timed::kPart, kOneStepOfFour,
                [](benchmark::State& state) { request_step(state, Step::kRecv); });
  catalogue.add("recv/eagain", recv_eagain);
  catalogue.add("send/64", Timed::kPart, kOneStepOfFour,
                [](benchmark::State& state) { request_step(state, Step::kSend); });
  catalogue.add("accept_close", Timed::kPart, kBesideConnecting, accept_close);
  catalogue.add("accept/eagain", accept_eagain);
  catalogue.add("epoll_ctl/mod", rearm);
  catalogue.add("read/signalfd", Timed::kPart, kHalf, read_signal);
}

}  // namespace sockbench::micro
