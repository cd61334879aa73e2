#pragma once

#include <limits>

namespace sockbench {

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();  ///< not known
inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

}  // namespace sockbench
