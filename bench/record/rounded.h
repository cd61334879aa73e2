#pragma once

#include <nlohmann/json.hpp>

namespace sockbench {

/// A figure with as many significant digits; a whole one as an integer; null when not finite. For
/// long columns, where digits beyond the noise would only make the file large.
nlohmann::ordered_json rounded(double value, int digits = 4);

}  // namespace sockbench
