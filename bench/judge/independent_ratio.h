#pragma once

#include "bench/judge/statistics.h"

namespace sockbench {

/// A ratio with its 95 % interval; all values positive.
struct RatioInterval {
  double ratio = 0;
  Interval ci95;
};

/// head / base of two figures that were measured independently of each other: the distances of the
/// limits from the figures, as logarithms, add in squares (Zou and Donner, "Construction of
/// confidence limits about effect measures", Statistics in Medicine 27, 2008). Wider than a paired
/// ratio, as it must be. Each figure must lie within its interval.
RatioInterval independent_ratio(const RatioInterval& head, const RatioInterval& base);

}  // namespace sockbench
