#include "bench/record/rounded.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace sockbench {

nlohmann::ordered_json rounded(double value, int digits) {
  if (!std::isfinite(value)) return nullptr;
  char text[40];
  std::snprintf(text, sizeof text, "%.*e", digits - 1, value);
  const double figure = std::strtod(text, nullptr);
  constexpr double kExactly = 1e15;  // whole doubles up to here are what they look like
  if (figure == std::floor(figure) && std::fabs(figure) < kExactly) return std::llround(figure);
  return figure;
}

}  // namespace sockbench
