#include "common/lateness.h"

namespace sockbench {
namespace {

constexpr double kShareOfResponse = 0.1;

}  // namespace

bool generator_is_late(const Histogram& take_up_delay, std::uint64_t not_taken_up,
                       const Histogram& response_time, std::uint64_t unanswered,
                       std::int64_t given_up_ns, std::int64_t tolerated_ns) {
  if (take_up_delay.count() + not_taken_up == 0) return false;
  const auto late = take_up_delay.percentile(99, not_taken_up);
  if (!late) return true;
  if (*late <= tolerated_ns || response_time.count() + unanswered == 0) return false;
  const auto slow = response_time.percentile(99, unanswered);
  return static_cast<double>(*late) >
         kShareOfResponse * static_cast<double>(slow.value_or(given_up_ns));
}

}  // namespace sockbench
