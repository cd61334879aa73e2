#include "bench/machine/jitter.h"

#include <algorithm>
#include <exception>
#include <functional>
#include <nlohmann/json.hpp>
#include <numeric>
#include <thread>

#include "common/error.h"
#include "common/histogram.h"
#include "common/process_limits.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

// No allocation while the clock is watched: more gaps than this take a CPU that is hardly ever
// ours.
constexpr std::size_t kMaxGaps = 100'000;

std::int64_t total(std::span<const std::int64_t> gaps_ns) {
  return std::accumulate(gaps_ns.begin(), gaps_ns.end(), std::int64_t{0});
}

void watch(CpuJitter& jitter, std::int64_t time_ns) {
  pin_this_thread({jitter.cpu});
  jitter.gaps_ns.reserve(kMaxGaps);
  const std::int64_t start = now_ns();
  std::int64_t before = start;
  while (before - start < time_ns && jitter.gaps_ns.size() < kMaxGaps) {
    const std::int64_t now = now_ns();
    if (now - before > kShortestGapNs) jitter.gaps_ns.push_back(now - before);
    before = now;
  }
  jitter.watched_ns = before - start;
}

}  // namespace

std::int64_t delay_at(double percent, std::span<const std::int64_t> gaps_ns,
                      std::int64_t watched_ns) {
  const double allowed = (100 - percent) / 100 * static_cast<double>(watched_ns);
  std::vector<std::int64_t> gaps(gaps_ns.begin(), gaps_ns.end());
  std::sort(gaps.begin(), gaps.end(), std::greater<>());
  // With the n longest gaps above d the waiting moments sum to (their sum) - n d.
  double sum = 0;
  for (std::size_t n = 1; n <= gaps.size(); ++n) {
    sum += static_cast<double>(gaps[n - 1]);
    const double next = n < gaps.size() ? static_cast<double>(gaps[n]) : 0;
    const double delay = (sum - allowed) / static_cast<double>(n);
    if (delay >= next) return static_cast<std::int64_t>(delay);
  }
  return 0;
}

Floor floor_of(const CpuJitter& jitter) {
  const auto at = [&](double percent) {
    return delay_at(percent, jitter.gaps_ns, jitter.watched_ns);
  };
  return {at(50), at(90), at(99), at(99.9)};
}

double lost_share(const CpuJitter& jitter) {
  if (jitter.watched_ns == 0) return 0;
  return static_cast<double>(total(jitter.gaps_ns)) / static_cast<double>(jitter.watched_ns);
}

ordered_json to_json(const CpuJitter& jitter) {
  Histogram gaps;
  for (const std::int64_t gap : jitter.gaps_ns) gaps.record(gap);
  const double seconds = static_cast<double>(jitter.watched_ns) / kNsPerSecond;
  const Floor floor = floor_of(jitter);
  return {{"cpu", jitter.cpu},
          {"watched_ns", jitter.watched_ns},
          {"interruptions_per_second",
           seconds > 0 ? static_cast<double>(jitter.gaps_ns.size()) / seconds : 0},
          {"lost_share", lost_share(jitter)},
          {"interruption_ns", time_block(gaps)},
          {"floor_ns",
           {{"p50", floor.p50}, {"p90", floor.p90}, {"p99", floor.p99}, {"p99_9", floor.p99_9}}}};
}

std::vector<CpuJitter> watch_jitter(const std::vector<int>& cpus, std::chrono::nanoseconds time) {
  std::vector<CpuJitter> jitters(cpus.size());
  std::vector<std::exception_ptr> errors(cpus.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < cpus.size(); ++i) {
    jitters[i].cpu = cpus[i];
    threads.emplace_back([&, i] {
      try {
        watch(jitters[i], time.count());
      } catch (...) {
        errors[i] = std::current_exception();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::exception_ptr& error : errors) {
    if (error) std::rethrow_exception(error);
  }
  return jitters;
}

}  // namespace sockbench
