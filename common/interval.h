#pragma once

namespace sockbench {

/// From the lower to the upper limit of an interval.
struct Interval {
  double lo = 0;
  double hi = 0;
};

}  // namespace sockbench
