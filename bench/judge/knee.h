#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/judge/comparison.h"

namespace sockbench {

/// What a contestant did at one offered rate.
struct RatePoint {
  double offered_rps = 0;
  std::optional<std::int64_t> p99_ns;  ///< of the response time; nullopt: too few samples
  double schedule_adherence = 0;       ///< share of the requests that were taken up on time
  int starved_connections = 0;
  Validity validity = Validity::kValid;
  std::string unusable = {};  ///< why its figures do not count, see eligible(); empty: they do
};

/// The highest rate at which a contestant still answers in time.
struct Knee {
  std::optional<double> offered_rps;  ///< nullopt: at none of the rates
  std::string reason;                 ///< why the next higher rate, or each, is too high
};

inline constexpr std::int64_t kKneeBoundNs = 1'000'000;

/// The highest of the `points` at which the p99 of the response time is within `bound_ns`, at least
/// 99.9 % of the requests were taken up on schedule, nothing starved, failed or was saturated, and
/// whose figures count. In any order; pure.
Knee find_knee(std::span<const RatePoint> points, std::int64_t bound_ns);

/// For each contestant and each sweep of offered rates that was run whole or in part: its knee.
std::vector<SweepKnee> find_knees(const RunPlan& plan, const std::vector<JudgedCell>& cells);

}  // namespace sockbench
