#pragma once

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

/// Figures that may be missing, as JSON has them.
namespace sockbench {

/// null when it is not finite.
inline nlohmann::ordered_json or_null(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nullptr;
}

/// null when there is none.
template <typename Value>
nlohmann::ordered_json or_null(const std::optional<Value>& value) {
  return value ? nlohmann::ordered_json(*value) : nullptr;
}

}  // namespace sockbench
