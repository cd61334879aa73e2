#include "bench/micro/catalogue.h"

#include <sched.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <utility>

#include "bench/judge/statistics.h"
#include "bench/machine/cpus.h"
#include "common/clock.h"
#include "common/error.h"

namespace sockbench::micro {
namespace {

Cpus chosen_cpus;

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
  // What failed once is not tried again: Google Benchmark 1.7 crashes over repetitions of which
  // only the first failed.
  auto guarded = [body = std::move(body),
                  reason = std::make_shared<std::string>()](benchmark::State& state) {
    try {
      if (reason->empty()) body(state);
    } catch (const std::exception& error) {
      *reason = error.what();
    }
    if (!reason->empty()) state.SkipWithError(reason->c_str());
  };
  benchmark::internal::Benchmark* added =
      benchmark::RegisterBenchmark(name.c_str(), std::move(guarded));
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
