#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <functional>
#include <regex>
#include <string>
#include <vector>

namespace sockbench::micro {

/// How long one repetition lasts and how many there are.
struct Preset {
  double seconds = 0.04;  ///< that the timed part of one repetition takes at least
  int repetitions = 15;
};

/// Which clock tells a benchmark's time.
enum class Timed {
  kLoop,  ///< the real time of the whole loop
  kPart,  ///< what the body hands to State::SetIterationTime; the rest of the loop is not in it
};

/// The benchmarks under the names of docs/micro.md.
class Catalogue final {
 public:
  /// Throws std::exception with a sentence where the machine forbids what is to be measured; that
  /// becomes the reason in the result.
  using Body = std::function<void(benchmark::State&)>;

  /// Only benchmarks whose name has a match of `filter` (ECMAScript; empty: all) are run. Throws
  /// UsageError when it is no regular expression.
  Catalogue(const Preset& preset, const std::string& filter);

  /// `share` of the loop's time is about what the timed part takes (0…1), so that a benchmark whose
  /// preparation is long does not last longer than the others.
  void add(const std::string& name, Timed timed, double share, Body body);
  void add(const std::string& name, Body body) { add(name, Timed::kLoop, 1, std::move(body)); }

  /// Those that will run.
  const std::vector<std::string>& names() const { return names_; }

 private:
  Preset preset_;
  std::regex filter_;
  std::vector<std::string> names_;
};

/// One for each file of this folder.
void add_sockets(Catalogue& catalogue);
void add_multiplexers(Catalogue& catalogue);
void add_io_uring(Catalogue& catalogue);
void add_switches(Catalogue& catalogue);
void add_processes(Catalogue& catalogue);
void add_copies(Catalogue& catalogue);
void add_own_parts(Catalogue& catalogue);

/// Runs `operation` so often as the benchmark asks for, and `at_least` times: when the machine
/// holds up the first trial, Google Benchmark takes a single operation for enough, and starting and
/// stopping its clock (1 µs) would then be all that is measured. `each` operations are made by one
/// call of it.
template <typename Operation>
void repeat(benchmark::State& state, std::int64_t at_least, Operation&& operation,
            std::int64_t each = 1) {
  const std::int64_t calls = (at_least + each - 1) / each;
  while (state.KeepRunningBatch(calls * each)) {
    for (std::int64_t i = 0; i < calls; ++i) operation();
  }
}

/// Hands the time from construction to stop() to the benchmark as that of its current iteration
/// or batch.
class Stopwatch final {
 public:
  explicit Stopwatch(benchmark::State& state);
  void stop();

 private:
  benchmark::State* state_;
  std::int64_t start_ns_;
};

/// What is pinned where: everything runs on `cpu`, a second party that must run at the same time on
/// `other` (-1 where only one CPU is allowed).
struct Cpus {
  int cpu = 0;
  int other = -1;
};
/// Set once by main.
void choose_cpu(int cpu);
const Cpus& cpus();
/// Binds the calling thread; throws std::system_error.
void pin_to(int cpu);

}  // namespace sockbench::micro
