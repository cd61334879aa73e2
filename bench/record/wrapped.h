#pragma once

#include <cstddef>
#include <ostream>
#include <string>

/// Text for terminals of 100 columns.
namespace sockbench {

inline constexpr std::size_t kColumns = 100;

/// At most `width` >= 1 characters; what is longer ends with "…".
std::string clipped(const std::string& text, std::size_t width);

/// Lines of at most kColumns, the first one behind `label`, all indented as far as it reaches.
void write_wrapped(std::ostream& out, const std::string& label, const std::string& text);

}  // namespace sockbench
