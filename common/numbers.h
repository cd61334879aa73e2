#pragma once

#include <limits>
#include <numeric>

namespace sockbench {

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();  ///< not known
inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// The smallest number above 0 that `accepts` is true of, within one part in 10^9; `accepts` is
/// true of all larger ones.
template <typename Predicate>
double smallest_accepted(const Predicate& accepts) {
  double lo = 0;
  double hi = 1;
  while (!accepts(hi)) hi *= 2;
  while (hi - lo > 1e-9 * hi) {
    const double middle = std::midpoint(lo, hi);
    (accepts(middle) ? hi : lo) = middle;
  }
  return hi;
}

}  // namespace sockbench
