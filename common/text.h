#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

/// Text of UTF-8 for terminals and pages; widths are in characters.
namespace sockbench {

/// Of a terminal that text is wrapped for.
inline constexpr std::size_t kColumns = 100;

/// Whether a byte of UTF-8 is the first of its character.
constexpr bool begins_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0) != 0x80;
}

/// Characters, not bytes, of UTF-8.
std::size_t text_width(const std::string& text);

/// `text` with blanks behind it, at least `width` characters wide.
std::string padded(const std::string& text, std::size_t width);

/// At most `width` characters; what is longer ends with "…".
std::string clipped(const std::string& text, std::size_t width);

/// "a, b and c" of {a, b, c}, ", " and " and ".
std::string joined(const std::vector<std::string>& texts, const std::string& between,
                   const std::string& before_last);
std::string joined(const std::vector<std::string>& texts, const std::string& between);

/// "a, b and c".
std::string listed(const std::vector<std::string>& names);

/// Lines of at most kColumns, the first one behind `label`, all indented as far as it reaches.
void write_wrapped(std::ostream& out, const std::string& label, const std::string& text);

}  // namespace sockbench
