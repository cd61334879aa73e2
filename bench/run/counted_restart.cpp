#include "bench/run/counted_restart.h"

#include <algorithm>

#include "bench/machine/tracing.h"
#include "common/clock.h"

namespace sockbench {
namespace {

// Six: from there on an interval needs no assumption about the distribution, see summarize().
constexpr int kCountedSlices = 6;
constexpr std::int64_t kShortestWindowNs = 20 * kNsPerMs;
constexpr std::int64_t kLongestWindowNs = kNsPerSecond;
// So that every connection is served in a window, and so that edges are some per cent of it.
constexpr double kRepliesPerConnection = 4;
constexpr double kMinReplies = 200;
// Slices of seconds are for tails and growth, which are not counted: an eighth shows the calls.
constexpr std::int64_t kShareOfLongSlice = 8;

/// Why counting would tell nothing, or empty.
std::string no_use_counting(const Contestant& contestant, const Workload& workload) {
  if (workload.mode == Mode::kIdle) return "an idle workload has no requests";
  if (contestant.serves(workload.at_once())) return "";
  return "the model serves " + std::to_string(*contestant.max_connections()) + " of " +
         std::to_string(workload.connections) + " connections";
}

/// The slices of a fresh server and generator, and why there are no more of them, or empty.
struct Counting {
  std::vector<CountedSlice> slices;
  std::string failure;
};

Counting count_slices(const Bench& bench, const Contestant& contestant, const Workload& workload,
                      Purpose purpose) {
  Counting counting;
  ServerProcess server(bench, contestant, workload, purpose);
  const auto warm_up =
      server.run_counted_slice({.lead_in_ns = workload.warm_up_ms * kNsPerMs, .seed = 1});
  const std::int64_t window_ns =
      warm_up ? counted_window_ns(workload, warm_up->slice.answered, warm_up->slice.wall_ns) : 0;
  for (int i = 0; i < kCountedSlices && !server.failed() && !interrupted(); ++i) {
    auto slice = server.run_counted_slice({.round = i,
                                           .ramp_ns = workload.discard_ms * kNsPerMs,
                                           .window_ns = window_ns,
                                           .seed = static_cast<std::uint64_t>(i) + 2});
    if (slice) counting.slices.push_back(std::move(*slice));
  }
  if (server.failed()) counting.failure = server.failure();
  return counting;
}

/// Counts below strace what the kernel's counter could not.
void trace_calls(const Bench& bench, const Contestant& contestant, const Workload& workload,
                 CountedResult& sum) {
  if (!sum.not_traced.empty()) return;
  sum.not_traced = why_no_strace();
  if (!sum.not_traced.empty()) return;
  Counting counting = count_slices(bench, contestant, workload, Purpose::kTraced);
  if (!counting.failure.empty()) {
    sum.not_traced = "the restart below strace failed: " + counting.failure;
    sum.traced.clear();
    return;
  }
  for (CountedSlice& slice : counting.slices) sum.traced.push_back(std::move(slice));
}

}  // namespace

std::int64_t counted_window_ns(const Workload& workload, std::uint64_t answered,
                               std::int64_t wall_ns) {
  const std::int64_t slice_ns = workload.slice_ms * kNsPerMs;
  if (workload.burst) return slice_ns;  // one burst, and time to answer it
  std::int64_t window_ns = std::max(kShortestWindowNs, slice_ns / kShareOfLongSlice);
  if (answered > 0) {
    const double needed = std::max(kRepliesPerConnection * workload.active, kMinReplies);
    const double each_ns = static_cast<double>(wall_ns) / static_cast<double>(answered);
    window_ns = std::max(window_ns, static_cast<std::int64_t>(needed * each_ns));
  }
  return std::min(window_ns, std::max(kLongestWindowNs, slice_ns));
}

void add(CountedResult& sum, const CountedSlice& slice) {
  const bool first = sum.slices.empty();
  sum.slices.push_back(slice);
  sum.answered += slice.slice.answered;
  add(sum.counts, slice.counts);
  if (first) {
    sum.switches = slice.switches;
  } else if (sum.switches && slice.switches) {
    sum.switches->voluntary += slice.switches->voluntary;
    sum.switches->involuntary += slice.switches->involuntary;
  } else {
    sum.switches.reset();
  }
}

std::string count_restart(const Bench& bench, const Contestant& contestant,
                          const Workload& workload, CountedResult& sum) {
  if (std::string why = no_use_counting(contestant, workload); !why.empty()) return why;
  if (interrupted()) return "";
  const Counting counting = count_slices(bench, contestant, workload, Purpose::kCounted);
  if (!counting.failure.empty()) return "the counted restart failed: " + counting.failure;
  ++sum.restarts;
  for (const CountedSlice& slice : counting.slices) add(sum, slice);
  if (sum.counts.absent.contains(kSyscalls) && !interrupted()) {
    trace_calls(bench, contestant, workload, sum);
  }
  return "";
}

}  // namespace sockbench
