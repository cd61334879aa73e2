// Making threads and processes, and stopping servers as a run does between slices.

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "bench/micro/catalogue.h"
#include "bench/micro/helper.h"
#include "bench/plan/contestant.h"
#include "common/child.h"
#include "common/clock.h"
#include "common/error.h"

namespace sockbench::micro {
namespace {

/// Timed: making a thread that does nothing, and joining it; the C library keeps its stack for the
/// next one. Not timed: nothing else is in the loop.
void create_join(benchmark::State& state) {
  repeat(state, 10, [] {
    std::thread thread([] {});
    thread.join();
  });
}

/// Nanoseconds that `count` times fork, exit and waitpid take, or a negative errno.
std::int64_t time_forks(std::int64_t count) {
  const std::int64_t start = now_ns();
  for (std::int64_t i = 0; i < count; ++i) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    int status = 0;
    if (child < 0 || ::waitpid(child, &status, 0) != child) return -errno;
    if (status != 0) return -ECHILD;
  }
  return now_ns() - start;
}

/// Timed: fork, the child's end at once, waitpid. They are made in a process as large as this one
/// at its start, as fork copies the table of descriptors, and this program has thousands of them
/// later. Not timed: the demand and the answer through pipes.
void fork_wait(benchmark::State& state, const Helper& forker) {
  constexpr std::int64_t kBatch = 8;
  while (state.KeepRunningBatch(kBatch)) {
    const std::int64_t taken_ns = forker.ask({.first = 0, .last = kBatch}, "fork and wait");
    state.SetIterationTime(static_cast<double>(taken_ns) / static_cast<double>(kNsPerSecond));
  }
}

void await_state(pid_t pid, int options, bool (*reached)(int), const char* what) {
  int status = 0;
  check(::waitpid(pid, &status, options), "waitpid");
  if (!reached(status)) {
    throw std::runtime_error(std::string("The server ended instead of ") + what + ".");
  }
}

/// An idle server whose threads all wait in epoll_wait, on the other CPU where there is one.
/// Timed: SIGSTOP, until all its threads are stopped; SIGCONT, until the kernel tells that it
/// continues. Not timed: starting the server, and what its threads do when they continue, which is
/// to make their waiting call again: they get 2 ms for that before the next stop.
void stop_continue(benchmark::State& state, const std::string& model, int threads) {
  constexpr std::chrono::seconds kPatience{10};
  constexpr int kRestMs = 2;
  ChildOptions options{
      .command = {(program_directory() / ("server-" + model)).string(), "--listen", "127.0.0.1:0"},
      .cpus = {},
      .stderr_path = {}};
  if (threads > 1) {
    options.command.insert(options.command.end(), {"--threads", std::to_string(threads)});
  }
  if (cpus().other >= 0) options.cpus = {cpus().other};
  Child server(options);
  if (!server.read_line(kPatience)) {
    throw std::runtime_error("server-" + model + " did not start.");
  }
  for ([[maybe_unused]] auto each : state) {
    ::poll(nullptr, 0, kRestMs);
    Stopwatch time(state);
    server.pause();
    await_state(
        server.pid(), WUNTRACED, [](int status) { return WIFSTOPPED(status); }, "stopping");
    server.resume();
    await_state(
        server.pid(), WCONTINUED, [](int status) { return WIFCONTINUED(status); }, "continuing");
    time.stop();
  }
}

}  // namespace

void add_processes(Catalogue& catalogue) {
  constexpr int kManyThreads = 64;
  constexpr double kBesideResting = 0.03;
  catalogue.add("thread/create_join", create_join);
  const auto forker = std::make_shared<Helper>(
      [](Helper::Demand demand) { return time_forks(demand.last - demand.first); });
  catalogue.add("process/fork_wait", Timed::kPart, 1,
                [=](benchmark::State& state) { fork_wait(state, *forker); });
  catalogue.add("pause/stop_continue/threads:1", Timed::kPart, kBesideResting,
                [](benchmark::State& state) { stop_continue(state, "epoll", 1); });
  catalogue.add(
      "pause/stop_continue/threads:64", Timed::kPart, kBesideResting,
      [](benchmark::State& state) { stop_continue(state, "multi_reactor", kManyThreads); });
}

}  // namespace sockbench::micro
