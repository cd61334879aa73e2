#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "common/histogram.h"

namespace sockbench {

/// The times of bursts, in which all connections send at once: until the first and the last reply.
struct BurstTimes {
  Histogram first;
  Histogram last;
  std::uint64_t incomplete = 0;       ///< bursts with missing replies
  std::int64_t length_ns = 0;         ///< of the others, until the last reply was read
  std::int64_t generator_cpu_ns = 0;  ///< CPU time of the generator in this time

  void merge(const BurstTimes& other) {
    first.merge(other.first);
    last.merge(other.last);
    incomplete += other.incomplete;
    length_ns += other.length_ns;
    generator_cpu_ns += other.generator_cpu_ns;
  }
};

/// Tracks the bursts with outstanding replies.
class Bursts final {
 public:
  /// Adds a burst of `requests` with this intended start; repeated calls have no effect.
  /// `cpu_ns()`: CPU time of the generator's thread so far.
  template <typename CpuClock>
  void begin(std::int64_t intended_ns, std::uint64_t requests, CpuClock cpu_ns) {
    if (!open_.empty() && open_.back().intended_ns == intended_ns) return;
    open_.push_back({.intended_ns = intended_ns, .requests = requests, .cpu_before_ns = cpu_ns()});
  }
  /// Adds a reply that arrived at `at_ns` and was read at `read_ns`.
  template <typename CpuClock>
  void answered(std::int64_t intended_ns, std::int64_t at_ns, std::int64_t read_ns,
                CpuClock cpu_ns) {
    const auto burst = std::find_if(open_.begin(), open_.end(), [&](const Burst& candidate) {
      return candidate.intended_ns == intended_ns;
    });
    if (burst == open_.end()) return;
    burst->first_ns = burst->answered++ == 0 ? at_ns : std::min(burst->first_ns, at_ns);
    burst->last_ns = std::max(burst->last_ns, at_ns);
    if (burst->answered < burst->requests) return;
    times_.first.record(burst->first_ns - intended_ns);
    times_.last.record(burst->last_ns - intended_ns);
    times_.length_ns += read_ns - intended_ns;
    times_.generator_cpu_ns += cpu_ns() - burst->cpu_before_ns;
    open_.erase(burst);
  }
  /// Ends all bursts; there are no further replies.
  void end() {
    times_.incomplete += open_.size();
    open_.clear();
  }
  const BurstTimes& times() const { return times_; }

 private:
  struct Burst {
    std::int64_t intended_ns;
    std::uint64_t requests = 0;
    std::uint64_t answered = 0;
    std::int64_t first_ns = 0;
    std::int64_t last_ns = 0;
    std::int64_t cpu_before_ns = 0;
  };

  std::vector<Burst> open_;  // oldest first; usually one
  BurstTimes times_;
};

}  // namespace sockbench
