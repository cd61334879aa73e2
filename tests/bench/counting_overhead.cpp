// counting_overhead: what open counters cost the process that is counted. Runs the same work in
// fresh processes, with and without Counters, in random order, and prints the paired ratios; see
// docs/precision.md.
//
// usage: counting_overhead [ROUNDS]

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "bench/judge/statistics.h"
#include "bench/measure/counters.h"
#include "common/child.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/random.h"

namespace sockbench {
namespace {

struct Work {
  const char* name;
  int times;
  void (*once)();
};

void one_byte_through_a_pipe() {
  static const auto ends = [] {
    std::array<int, 2> pair{};
    check(::pipe(pair.data()), "pipe");
    return pair;
  }();
  char byte = 'x';
  if (::write(ends[1], &byte, 1) != 1 || ::read(ends[0], &byte, 1) != 1) std::abort();
}

void fork_and_wait() {
  const pid_t child = check(::fork(), "fork");
  if (child == 0) ::_exit(0);
  check(::waitpid(child, nullptr, 0), "waitpid");
}

const std::array kWorks = {Work{"write+read", 400'000, one_byte_through_a_pipe},
                           Work{"fork+wait", 1'500, fork_and_wait},
                           Work{"thread create+join", 5'000, [] { std::thread([] {}).join(); }}};

/// In the process that is counted or not: prints nanoseconds per time.
void do_work(const Work& work) {
  for (int i = 0; i < work.times / 10; ++i) work.once();
  const std::int64_t start = now_ns();
  for (int i = 0; i < work.times; ++i) work.once();
  std::printf("%g\n", static_cast<double>(now_ns() - start) / work.times);
}

double measure(const Work& work, bool counted) {
  std::optional<Counters> counters;
  ChildOptions options{
      .command = {"/proc/self/exe", "--work", work.name}, .cpus = {0}, .stderr_path = {}};
  if (counted) {
    // The calls that servers are counted by.
    options.before_exec = [&](pid_t pid) { counters.emplace(pid, std::vector<std::string>{}); };
  }
  Child child(options);
  const auto line = child.read_line(std::chrono::minutes(1));
  if (!line) throw std::runtime_error(std::string("no result for ") + work.name);
  if (counted && !counters->read().by_event.contains(kSyscalls)) {
    throw std::runtime_error(reason_for(counters->read(), kSyscalls));
  }
  return std::stod(*line);
}

int overhead_main(int argc, char** argv) {
  if (argc == 3 && std::string(argv[1]) == "--work") {
    for (const Work& work : kWorks) {
      if (std::string(argv[2]) == work.name) do_work(work);
    }
    return 0;
  }
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 20;
  Random random(1);
  for (const Work& work : kWorks) {
    std::vector<double> logs;
    std::vector<double> plain_ns;
    std::vector<double> counted_ns;
    for (int round = 0; round < rounds; ++round) {
      const bool counted_first = random.below(2) == 0;
      const double first = measure(work, counted_first);
      const double second = measure(work, !counted_first);
      plain_ns.push_back(counted_first ? second : first);
      counted_ns.push_back(counted_first ? first : second);
      logs.push_back(log_ratio(plain_ns.back(), counted_ns.back()));
    }
    const Effect effect = restart_effect(logs);
    const Interval interval = effect.ci95.value_or(Interval{0, 0});
    std::printf("%-20s %8.0f ns  counted %8.0f ns  ratio %.3f [%.3f, %.3f]\n", work.name,
                median(plain_ns), median(counted_ns), effect.ratio, interval.lo, interval.hi);
  }
  return 0;
}

}  // namespace
}  // namespace sockbench

int main(int argc, char** argv) {
  return sockbench::run_main("counting_overhead",
                             [&] { return sockbench::overhead_main(argc, argv); });
}
