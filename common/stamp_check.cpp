#include "common/stamp_check.h"

#include <algorithm>
#include <cstdio>

#include "common/clock.h"
#include "common/units.h"

namespace sockbench {
namespace {

constexpr std::uint64_t kMinSamples = 20;
constexpr std::uint64_t kMinForP99 = 1000;
constexpr double kWrongShare = 0.01;  // of the samples: a step of the real-time clock hits a few

/// How much earlier than the kernel's the generator's stamps of sends may be.
struct Limit {
  double percent;
  std::uint64_t fewest_samples;
  std::int64_t least_ns;
  double share;  // of the median response time
};
constexpr Limit kLimits[] = {{50, kMinSamples, 25 * kNsPerUs, 0.05},
                             {99, kMinForP99, 100 * kNsPerUs, 0.2}};

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %%", share * 100);
  return text;
}

std::optional<double> too_many(std::uint64_t wrong, std::uint64_t all) {
  if (all < kMinSamples) return std::nullopt;
  const double share = static_cast<double>(wrong) / static_cast<double>(all);
  return share > kWrongShare ? std::optional(share) : std::nullopt;
}

}  // namespace

void StampErrors::record_send(std::int64_t error_ns) {
  send.record(error_ns);
  if (error_ns < -kClockErrorNs) ++after_send;
}

void StampErrors::record_arrival(std::int64_t delay_ns) {
  ++arrivals;
  if (delay_ns < -kClockErrorNs) ++before_arrival;
}

void StampErrors::merge(const StampErrors& other) {
  send.merge(other.send);
  after_send += other.after_send;
  arrivals += other.arrivals;
  before_arrival += other.before_arrival;
}

std::optional<std::string> stamp_problem(const StampErrors& errors,
                                         std::optional<std::int64_t> response_p50_ns) {
  if (const auto share = too_many(errors.after_send, errors.send.count())) {
    return "the stamps are wrong: " + percent(*share) +
           " of the sampled sends were stamped after the kernel had sent them";
  }
  if (const auto share = too_many(errors.before_arrival, errors.arrivals)) {
    return "the stamps are wrong: " + percent(*share) +
           " of the replies were stamped as read before they arrived in the kernel";
  }
  const auto response_ns = static_cast<double>(response_p50_ns.value_or(0));
  for (const Limit& limit : kLimits) {
    if (errors.send.count() < limit.fewest_samples) continue;
    const auto error_ns = static_cast<double>(errors.send.percentile(limit.percent).value_or(0));
    const double limit_ns =
        std::max(static_cast<double>(limit.least_ns), limit.share * response_ns);
    if (error_ns <= limit_ns) continue;
    return "the stamps are wrong: sends are stamped " + format_duration_ns(error_ns) +
           " before the kernel sends them (p" + std::to_string(static_cast<int>(limit.percent)) +
           " of the samples; the limit is " + format_duration_ns(limit_ns) + ")";
  }
  return std::nullopt;
}

}  // namespace sockbench
