// What is counted of a member, and what memory it holds: never in a restart that is timed.

#include "bench/run/member.h"
#include "common/error.h"

namespace sockbench {

std::optional<CountedSlice> Member::run_counted_slice(const SliceOrder& order) {
  if (failed()) return std::nullopt;
  // strace's switches are no server's. It lags behind, so that threads begin to wait only after the
  // last reply: what a slice misses so, the next one must see, without a gap between the readings.
  const auto switches = [this] {
    return trace_ ? std::map<pid_t, Switches>() : context_switches(server_->pid());
  };
  const auto switches_before = switches();
  const Counts before = read_counts();
  const auto slice = run_loaded(order);
  if (!slice) return std::nullopt;
  const Counts after = read_counts();
  return CountedSlice{*slice, difference(after, before),
                      switches_between(switches_before, switches())};
}

Counts Member::read_counts() {
  if (trace_) return trace_->read();
  SOCKBENCH_ASSERT(counters_.has_value());
  return counters_->read();
}

void Member::load(std::int64_t ns) {
  if (!failed() && !generators_.empty()) run_loaded({.lead_in_ns = ns, .seed = 1});
}

MemoryPoint Member::memory() {
  // A server that polls makes and frees a socket with each accept that finds no connection.
  server_->pause();
  const MemoryPoint point = {
      .connections = connections_,
      .user_bytes = anonymous_memory_bytes(server_->pid()),
      .kernel_bytes = memory_group_ ? memory_group_->settled_kernel_bytes() : std::nullopt};
  server_->resume();
  return point;
}

std::string Member::no_kernel_memory() const {
  return memory_group_ ? memory_group_->absent() : "it was not requested";
}

}  // namespace sockbench
