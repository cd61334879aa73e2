// What it costs to ask which of many connections are ready. The answer is always there: nothing
// sleeps.

#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "bench/micro/catalogue.h"
#include "bench/micro/connections.h"
#include "bench/micro/helper.h"
#include "common/error.h"

namespace sockbench::micro {
namespace {

constexpr std::size_t kMost = 10'000;
constexpr std::size_t kSpareDescriptors = 100;

/// The clients' ends, in a process of their own: both ends together would take twice as many
/// descriptors, and select can only watch those with low numbers.
class Clients final {
 public:
  explicit Clients(int listener) : listener_(listener) {}

  /// Connects until there are `last` clients, then sends a byte from each beginning with number
  /// `first`.
  std::int64_t answer(Helper::Demand demand) {
    try {
      const auto last = static_cast<std::size_t>(demand.last);
      if (clients_.size() < last) need_descriptors(last + kSpareDescriptors);
      while (clients_.size() < last) clients_.push_back(connect_to(listener_));
      for (auto i = static_cast<std::size_t>(demand.first); i < last; ++i) {
        send_whole(clients_[i].get(), "x", 1);
      }
    } catch (const std::system_error& error) {
      return -error.code().value();
    } catch (const std::exception&) {
      return -EMFILE;
    }
    return 0;
  }

 private:
  int listener_;
  std::vector<Fd> clients_;
};

/// The connections that all benchmarks here share, made when they are first needed; making them
/// takes longer than measuring. How many of them are ready changes from benchmark to benchmark.
class Pool final {
 public:
  /// Descriptors of the servers' ends of `count` connections, the first `ready` of which have a
  /// byte to receive until the next call.
  std::vector<int> take(std::size_t count, std::size_t ready) {
    while (servers_.size() < count) grow_to(std::min(count, servers_.size() + kBacklog));
    for (char byte = 0; ready_ > ready;) recv_whole(servers_[--ready_].get(), &byte, 1);
    if (ready_ < ready) make_ready(ready);
    std::vector<int> descriptors(count);
    std::transform(servers_.begin(), servers_.begin() + static_cast<std::ptrdiff_t>(count),
                   descriptors.begin(), [](const Fd& server) { return server.get(); });
    return descriptors;
  }

 private:
  void grow_to(std::size_t count) {
    need_descriptors(count + kSpareDescriptors);
    const auto last = static_cast<std::int64_t>(count);
    helper_.ask({.first = last, .last = last}, "connect clients");
    while (servers_.size() < count) {
      servers_.emplace_back(check(
          ::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC), "accept4"));
    }
  }

  void make_ready(std::size_t ready) {
    helper_.ask(
        {.first = static_cast<std::int64_t>(ready_), .last = static_cast<std::int64_t>(ready)},
        "send from clients");
    for (; ready_ < ready; ++ready_) {
      pollfd readable{servers_[ready_].get(), POLLIN, 0};
      check(::poll(&readable, 1, -1), "poll");
    }
  }

  Fd listener_ = listen_on_loopback();
  Helper helper_{[clients = std::make_shared<Clients>(listener_.get())](Helper::Demand demand) {
    return clients->answer(demand);
  }};
  std::vector<Fd> servers_;
  std::size_t ready_ = 0;
};

/// About as long for few descriptors as for many.
std::int64_t at_least(std::size_t count) {
  return std::max<std::int64_t>(10, 10'000 / static_cast<std::int64_t>(count));
}

void require_ready(int told, std::size_t ready, const char* call) {
  if (check(told, call) == static_cast<int>(ready)) return;
  throw std::runtime_error(std::string(call) + " returned " + std::to_string(told) +
                           " instead of " + std::to_string(ready) + " ready descriptors.");
}

/// Timed: copying the set, as every user of select must, and select without a timeout's wait.
/// Not timed: looking through the answer.
void measure_select(benchmark::State& state, Pool& pool, std::size_t count, std::size_t ready) {
  const std::vector<int> descriptors = pool.take(count, ready);
  const int highest = *std::max_element(descriptors.begin(), descriptors.end());
  if (highest >= FD_SETSIZE) {
    throw std::runtime_error("Descriptor " + std::to_string(highest) +
                             " is beyond what select can watch.");
  }
  fd_set watched;
  FD_ZERO(&watched);
  for (const int fd : descriptors) FD_SET(fd, &watched);
  repeat(state, at_least(count), [&] {
    fd_set answer = watched;
    timeval none{};
    require_ready(::select(highest + 1, &answer, nullptr, nullptr, &none), ready, "select");
  });
}

/// Timed: poll. Not timed: looking through the answer.
void measure_poll(benchmark::State& state, Pool& pool, std::size_t count, std::size_t ready) {
  std::vector<pollfd> watched;
  for (const int fd : pool.take(count, ready)) watched.push_back({fd, POLLIN, 0});
  repeat(state, at_least(count),
         [&] { require_ready(::poll(watched.data(), watched.size(), 0), ready, "poll"); });
}

/// Timed: epoll_wait, level-triggered, with room for all ready descriptors. Not timed: adding the
/// descriptors, looking through the answer.
void measure_epoll(benchmark::State& state, Pool& pool, std::size_t count, std::size_t ready) {
  const Fd epoll(check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1"));
  for (const int fd : pool.take(count, ready)) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    check(::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
  }
  std::vector<epoll_event> events(ready);
  const int room = static_cast<int>(ready);
  repeat(state, at_least(count), [&] {
    require_ready(::epoll_wait(epoll.get(), events.data(), room, 0), ready, "epoll_wait");
  });
}

using Measure = void (*)(benchmark::State&, Pool&, std::size_t, std::size_t);

void add(Catalogue& catalogue, const std::shared_ptr<Pool>& pool, const std::string& call,
         Measure measure, std::size_t most) {
  for (const std::size_t count : {1, 64, 512, 1000, 4000, 10'000}) {
    if (count > most) break;
    std::vector<std::size_t> choices = {1, 64, count};
    std::erase_if(choices, [&](std::size_t ready) { return ready > count; });
    choices.erase(std::unique(choices.begin(), choices.end()), choices.end());
    if (count == 1) choices.resize(1);
    for (const std::size_t ready : choices) {
      catalogue.add(
          call + "/descriptors:" + std::to_string(count) + "/ready:" + std::to_string(ready),
          [=](benchmark::State& state) { measure(state, *pool, count, ready); });
    }
  }
}

}  // namespace

void add_multiplexers(Catalogue& catalogue) {
  constexpr std::size_t kMaxOfSelect = 1000;
  const auto pool = std::make_shared<Pool>();
  add(catalogue, pool, "select", measure_select, kMaxOfSelect);
  add(catalogue, pool, "poll", measure_poll, kMost);
  add(catalogue, pool, "epoll_wait", measure_epoll, kMost);
}

}  // namespace sockbench::micro
