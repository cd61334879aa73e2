#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace sockbench {

/// Whether a byte of UTF-8 is the first of its character.
constexpr bool begins_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0) != 0x80;
}

/// Characters, not bytes, of UTF-8.
std::size_t text_width(const std::string& text);

/// `text` with blanks behind it, at least `width` characters wide.
std::string padded(const std::string& text, std::size_t width);

/// "a, b and c" of {a, b, c}, ", " and " and ".
std::string joined(const std::vector<std::string>& texts, const std::string& between,
                   const std::string& before_last);
std::string joined(const std::vector<std::string>& texts, const std::string& between);

}  // namespace sockbench
