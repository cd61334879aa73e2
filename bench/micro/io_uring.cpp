// io_uring with the set-up of the io_uring server (one issuer, deferred completions): what a batch
// of operations costs that one io_uring_enter hands in and waits for.

#include <liburing.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "bench/micro/catalogue.h"
#include "bench/micro/connections.h"
#include "common/error.h"
#include "servers/require_io_uring.h"

namespace sockbench::micro {
namespace {

constexpr std::size_t kMessage = 64;

class Ring final {
 public:
  explicit Ring(unsigned entries) {
    require_io_uring();
    require_done(::io_uring_queue_init(entries, &ring_,
                                       IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN),
                 "io_uring_queue_init");
  }
  Ring(Ring&&) = delete;
  Ring& operator=(Ring&&) = delete;
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;
  ~Ring() { ::io_uring_queue_exit(&ring_); }

  /// Batches never have more operations than the ring has entries.
  io_uring_sqe* next() {
    io_uring_sqe* const entry = ::io_uring_get_sqe(&ring_);
    SOCKBENCH_ASSERT(entry != nullptr);
    return entry;
  }
  /// One io_uring_enter for `count` prepared operations; each must complete with `result`.
  void run(unsigned count, int result, const char* operation) {
    const int submitted = ::io_uring_submit_and_wait(&ring_, count);
    require_done(submitted, "io_uring_enter");
    unsigned seen = 0;
    unsigned head = 0;
    io_uring_cqe* completion = nullptr;
    io_uring_for_each_cqe(&ring_, head, completion) {
      if (completion->res != result) refuse(completion->res, operation);
      ++seen;
    }
    if (static_cast<unsigned>(submitted) != count || seen != count) {
      throw std::runtime_error("One io_uring_enter completed " + std::to_string(seen) + " of " +
                               std::to_string(count) + " operations.");
    }
    ::io_uring_cq_advance(&ring_, seen);
  }

 private:
  static void require_done(int result, const char* call) {
    if (result >= 0) return;
    throw std::system_error(-result, std::generic_category(), call);
  }
  [[noreturn]] static void refuse(int result, const char* operation) {
    require_done(result, operation);
    throw std::runtime_error(std::string(operation) + " through io_uring moved " +
                             std::to_string(result) + " bytes.");
  }

  io_uring ring_{};
};

/// Real time per io_uring_enter with its whole batch.
void count_calls(benchmark::State& state, std::size_t calls) {
  constexpr double kNs = 1e-9;
  state.counters["ns_per_call"] = benchmark::Counter(
      static_cast<double>(calls) * kNs, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

/// Timed: preparing `batch` operations that do nothing, one io_uring_enter, reading the
/// completions. Not timed: nothing else is in the loop.
void nop(benchmark::State& state, unsigned batch) {
  Ring ring(batch);
  std::size_t calls = 0;
  repeat(
      state, 1000,
      [&] {
        for (unsigned i = 0; i < batch; ++i) ::io_uring_prep_nop(ring.next());
        ring.run(batch, 0, "nop");
        ++calls;
      },
      batch);
  count_calls(state, calls);
}

enum class Step { kRecv, kSend };

/// The exchange of recv/data and send (sockets.cpp) on `batch` connections, with the server's calls
/// through io_uring. Timed: preparing `batch` recvs with data waiting, or sends, one
/// io_uring_enter, reading the completions. Not timed: the server's other step, the clients' calls.
void request_step(benchmark::State& state, unsigned batch, Step timed) {
  Ring ring(batch);
  const std::vector<Connection> connections = connect_pairs(batch);
  std::array<char, kMessage> data{};
  std::size_t calls = 0;
  while (state.KeepRunningBatch(batch)) {
    for (const Connection& c : connections) send_whole(c.client.get(), data.data(), kMessage);
    Stopwatch recv_time(state);
    for (const Connection& c : connections) {
      ::io_uring_prep_recv(ring.next(), c.server.get(), data.data(), kMessage, 0);
    }
    ring.run(batch, kMessage, "recv");
    if (timed == Step::kRecv) recv_time.stop();
    Stopwatch send_time(state);
    for (const Connection& c : connections) {
      ::io_uring_prep_send(ring.next(), c.server.get(), data.data(), kMessage, MSG_NOSIGNAL);
    }
    ring.run(batch, kMessage, "send");
    if (timed == Step::kSend) send_time.stop();
    for (const Connection& c : connections) recv_whole(c.client.get(), data.data(), kMessage);
    ++calls;
  }
  count_calls(state, calls);
}

}  // namespace

void add_io_uring(Catalogue& catalogue) {
  constexpr double kOneStepOfFour = 0.2;
  for (const unsigned batch : {1U, 4U, 16U, 64U}) {
    const std::string suffix = "/batch:" + std::to_string(batch);
    catalogue.add("io_uring_enter/nop" + suffix,
                  [=](benchmark::State& state) { nop(state, batch); });
    catalogue.add("io_uring_enter/recv" + suffix, Timed::kPart, kOneStepOfFour,
                  [=](benchmark::State& state) { request_step(state, batch, Step::kRecv); });
    catalogue.add("io_uring_enter/send" + suffix, Timed::kPart, kOneStepOfFour,
                  [=](benchmark::State& state) { request_step(state, batch, Step::kSend); });
  }
}

}  // namespace sockbench::micro
