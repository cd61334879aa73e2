#pragma once

#include <cstdlib>
#include <string_view>

namespace sockbench {

/// Whether the user or the terminal wants text without colours and cursor movements: NO_COLOR
/// (no-color.org), or a TERM that is "dumb" or missing.
inline bool wants_plain_text() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string_view(value == nullptr ? "" : value);
  };
  const std::string_view terminal = variable("TERM");
  return !variable("NO_COLOR").empty() || terminal.empty() || terminal == "dumb";
}

}  // namespace sockbench
