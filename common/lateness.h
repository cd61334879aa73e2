#pragma once

#include <cstdint>

#include "common/histogram.h"

namespace sockbench {

/// Whether an open-loop generator was too late for its response times to count: the p99 take-up
/// delay is above `tolerated_ns` and above a tenth of the p99 response time. `not_taken_up` and
/// `unanswered` requests lie beyond every percentile; an unanswered one was given up after
/// `given_up_ns`, which stands for the p99 response time where unanswered ones reach it.
bool generator_is_late(const Histogram& take_up_delay, std::uint64_t not_taken_up,
                       const Histogram& response_time, std::uint64_t unanswered,
                       std::int64_t given_up_ns, std::int64_t tolerated_ns);

}  // namespace sockbench
