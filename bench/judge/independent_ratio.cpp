#include "bench/judge/independent_ratio.h"

#include <cmath>

namespace sockbench {

RatioInterval independent_ratio(const RatioInterval& head, const RatioInterval& base) {
  const double centre = std::log(head.ratio) - std::log(base.ratio);
  const double below =
      std::hypot(std::log(head.ratio / head.ci95.lo), std::log(base.ci95.hi / base.ratio));
  const double above =
      std::hypot(std::log(head.ci95.hi / head.ratio), std::log(base.ratio / base.ci95.lo));
  return {std::exp(centre), {std::exp(centre - below), std::exp(centre + above)}};
}

}  // namespace sockbench
