#include "bench/micro/catalogue.h"

#include <sched.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "bench/judge/statistics.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/process_limits.h"

namespace sockbench::micro {
namespace {

Cpus chosen_cpus;

/// Turns an exception into the reason why a benchmark was skipped. What failed once is not tried
/// again: Google Benchmark 1.7 crashes over repetitions of which only the first failed.
class Guarded final : public benchmark::internal::Benchmark {
 public:
  Guarded(const std::string& name, Catalogue::Body body)
      : Benchmark(name.c_str()), body_(std::move(body)) {}

  void Run(benchmark::State& state) override {
    try {
      if (reason_.empty()) body_(state);
    } catch (const std::exception& error) {
      reason_ = error.what();
    }
    if (!reason_.empty()) state.SkipWithError(reason_.c_str());
  }

 private:
  Catalogue::Body body_;
  std::string reason_;
};

}  // namespace

Catalogue::Catalogue(const Preset& preset, const std::string& filter) : preset_(preset) {
  try {
    filter_ = std::regex(filter);
  } catch (const std::regex_error&) {
    throw UsageError("--filter '" + filter + "' is not a regular expression.");
  }
}

void Catalogue::add(const std::string& name, Timed timed, double share, Body body) {
  SOCKBENCH_ASSERT(share > 0 && share <= 1);
  if (!std::regex_search(name, filter_)) return;
  names_.push_back(name);
  // NOLINTNEXTLINE(clang-analyzer-cplusplus.NewDeleteLeaks): Google Benchmark deletes it
  auto* const added =
      benchmark::internal::RegisterBenchmarkInternal(new Guarded(name, std::move(body)));
  added->MinTime(preset_.seconds * share)->Repetitions(preset_.repetitions);
  added->ComputeStatistics("q1", [](const auto& values) { return quantile(values, 0.25); });
  added->ComputeStatistics("q3", [](const auto& values) { return quantile(values, 0.75); });
  if (timed == Timed::kPart) {
    added->UseManualTime();
  } else {
    added->UseRealTime();
  }
}

Stopwatch::Stopwatch(benchmark::State& state) : state_(&state), start_ns_(now_ns()) {}

void Stopwatch::stop() {
  const std::int64_t taken_ns = now_ns() - start_ns_;
  state_->SetIterationTime(static_cast<double>(taken_ns) / static_cast<double>(kNsPerSecond));
}

void choose_cpu(int cpu) {
  const std::vector<int> allowed = allowed_cpus();
  if (std::find(allowed.begin(), allowed.end(), cpu) == allowed.end()) {
    throw UsageError("--cpu " + std::to_string(cpu) +
                     " is not a CPU that this process may use (see taskset -p).");
  }
  chosen_cpus.cpu = cpu;
  const auto other =
      std::find_if(allowed.begin(), allowed.end(), [&](int each) { return each != cpu; });
  chosen_cpus.other = other == allowed.end() ? -1 : *other;
}

const Cpus& cpus() { return chosen_cpus; }

void pin_to(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(cpu), &set);
  check(::sched_setaffinity(0, sizeof set, &set), "pin to CPU " + std::to_string(cpu));
}

}  // namespace sockbench::micro
