// Handing the processor from one line of control to another. Every figure is of one switch: the two
// parties take turns, and there and back are two. Threads and processes share one CPU, so that
// each wake-up is a switch and no message between CPUs.

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <boost/context/fiber.hpp>
#include <cerrno>
#include <coroutine>
#include <csignal>
#include <cstdint>
#include <exception>
#include <stdexcept>
#include <thread>
#include <utility>

#include "bench/micro/catalogue.h"
#include "common/error.h"
#include "common/fd.h"

namespace sockbench::micro {
namespace {

constexpr int kThereAndBack = 2;

class Coroutine final {
 public:
  // NOLINTNEXTLINE(readability-identifier-naming): the language asks for this name
  struct promise_type {
    Coroutine get_return_object() {
      return Coroutine(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };

  explicit Coroutine(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  Coroutine(Coroutine&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Coroutine& operator=(Coroutine&&) = delete;
  Coroutine(const Coroutine&) = delete;
  Coroutine& operator=(const Coroutine&) = delete;
  ~Coroutine() {
    if (handle_) handle_.destroy();
  }
  void resume() { handle_.resume(); }

 private:
  std::coroutine_handle<promise_type> handle_;
};

Coroutine count_forever(std::uint64_t& turns) {
  while (true) {
    ++turns;
    co_await std::suspend_always{};
  }
}

void require_turns(const benchmark::State& state, std::uint64_t turns) {
  SOCKBENCH_ASSERT(turns >= static_cast<std::uint64_t>(state.iterations()) / kThereAndBack);
}

/// Timed: resuming a C++20 coroutine, which counts and suspends itself. Not timed: its creation.
void coroutine_resume(benchmark::State& state) {
  std::uint64_t turns = 0;
  Coroutine coroutine = count_forever(turns);
  repeat(
      state, 1000,
      [&] {
        coroutine.resume();
        benchmark::DoNotOptimize(turns);
      },
      kThereAndBack);
  require_turns(state, turns);
}

/// Timed: switching to another stack with Boost.Context and back. Not timed: making the stack.
void boost_context(benchmark::State& state) {
  namespace context = boost::context;
  std::uint64_t turns = 0;
  bool done = false;
  context::fiber other([&](context::fiber&& caller) {
    while (!done) {
      ++turns;
      caller = std::move(caller).resume();
    }
    return std::move(caller);
  });
  repeat(
      state, 1000,
      [&] {
        other = std::move(other).resume();
        benchmark::DoNotOptimize(turns);
      },
      kThereAndBack);
  done = true;
  other = std::move(other).resume();
  require_turns(state, turns);
}

static_assert(sizeof(std::atomic<int>) == sizeof(int) && std::atomic<int>::is_always_lock_free);

void futex(std::atomic<int>& word, int operation, int value) {
  const long told = ::syscall(SYS_futex, &word, operation | FUTEX_PRIVATE_FLAG, value, nullptr);
  // EAGAIN: the other side was quicker; EINTR: the word is looked at again.
  SOCKBENCH_ASSERT(told >= 0 || errno == EAGAIN || errno == EINTR);
}

constexpr int kMine = 0;
constexpr int kTheirs = 1;
constexpr int kOver = 2;

void give(std::atomic<int>& turn, int to) {
  turn.store(to, std::memory_order_release);
  futex(turn, FUTEX_WAKE, 1);
}

int await_change(std::atomic<int>& turn, int from) {
  int now = turn.load(std::memory_order_acquire);
  while (now == from) {
    futex(turn, FUTEX_WAIT, from);
    now = turn.load(std::memory_order_acquire);
  }
  return now;
}

/// Two threads on one CPU that wake each other through a futex and then wait. Timed: a futex wake,
/// a futex wait, and the switch to the other thread. Not timed: making the thread.
void thread_futex(benchmark::State& state) {
  std::atomic<int> turn{kMine};
  std::uint64_t turns = 0;
  const std::jthread other([&] {
    while (await_change(turn, kMine) == kTheirs) {
      ++turns;
      give(turn, kMine);
    }
  });
  repeat(
      state, 100,
      [&] {
        give(turn, kTheirs);
        await_change(turn, kTheirs);
      },
      kThereAndBack);
  give(turn, kOver);
  require_turns(state, turns);
}

struct Pipe {
  Fd out;
  Fd in;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  check(::pipe2(ends.data(), O_CLOEXEC), "pipe2");
  return {Fd(ends[0]), Fd(ends[1])};
}

/// Sends back every byte until the pipe ends; only what is safe after fork.
[[noreturn]] void send_back(int from, int to) {
  for (char byte = 0; ::read(from, &byte, 1) == 1 && ::write(to, &byte, 1) == 1;) {
  }
  ::_exit(0);
}

/// Two processes on one CPU that wake each other by a byte through a pipe. Timed: a write, a read,
/// and the switch to the other process. Not timed: making the process.
void process_pipe(benchmark::State& state) {
  Pipe there = make_pipe();
  Pipe back = make_pipe();
  const pid_t harness = ::getpid();
  const pid_t other = check(::fork(), "fork");
  if (other == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != harness) ::_exit(1);
    there.in.reset();
    back.out.reset();
    send_back(there.out.get(), back.in.get());
  }
  there.out.reset();
  back.in.reset();
  char byte = 'x';
  bool whole = true;
  repeat(
      state, 100,
      [&] {
        whole = whole && ::write(there.in.get(), &byte, 1) == 1 &&
                ::read(back.out.get(), &byte, 1) == 1;
      },
      kThereAndBack);
  there.in.reset();
  int status = 0;
  check(::waitpid(other, &status, 0), "waitpid");
  if (!whole || status != 0) throw std::runtime_error("The other process ended too early.");
}

}  // namespace

void add_switches(Catalogue& catalogue) {
  catalogue.add("switch/coroutine_resume", coroutine_resume);
  catalogue.add("switch/boost_context", boost_context);
  catalogue.add("switch/thread_futex", thread_futex);
  catalogue.add("switch/process_pipe", process_pipe);
}

}  // namespace sockbench::micro
