#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

/// Enumerators by the names that they have in documents.
namespace sockbench {

/// Specialized with kNames, a name for each enumerator in order, by each enumeration that has any.
template <typename Enum>
struct Words;

template <typename Enum>
concept Named = requires {
  Words<Enum>::kNames.size();
};

template <Named Enum>
constexpr const char* to_text(Enum value) {
  return Words<Enum>::kNames.at(static_cast<std::size_t>(value));
}

/// nullopt for any other word.
template <Named Enum>
constexpr std::optional<Enum> named(std::string_view word) {
  const auto& names = Words<Enum>::kNames;
  const auto* const found = std::find(names.begin(), names.end(), word);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

}  // namespace sockbench
