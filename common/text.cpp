#include "common/text.h"

#include <algorithm>
#include <sstream>

namespace sockbench {
namespace {

/// The bytes of the first `width` characters.
std::size_t bytes_of(const std::string& text, std::size_t width) {
  std::size_t end = 0;
  for (std::size_t characters = 0; end < text.size(); ++end) {
    if (begins_character(text[end]) && characters++ == width) break;
  }
  return end;
}

}  // namespace

std::size_t text_width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

std::string padded(const std::string& text, std::size_t width) {
  const std::size_t used = text_width(text);
  return text + std::string(used < width ? width - used : 0, ' ');
}

std::string clipped(const std::string& text, std::size_t width) {
  if (text_width(text) <= width) return text;
  return width == 0 ? "" : text.substr(0, bytes_of(text, width - 1)) + "…";
}

std::string joined(const std::vector<std::string>& texts, const std::string& between,
                   const std::string& before_last) {
  std::string all;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) all += i + 1 == texts.size() ? before_last : between;
    all += texts[i];
  }
  return all;
}

std::string joined(const std::vector<std::string>& texts, const std::string& between) {
  return joined(texts, between, between);
}

std::string listed(const std::vector<std::string>& names) { return joined(names, ", ", " and "); }

void write_wrapped(std::ostream& out, const std::string& label, const std::string& text) {
  const std::size_t indent = std::min(text_width(label), kColumns / 2);
  std::istringstream words(text);
  std::string line = label;
  bool empty = true;
  const auto end_line = [&] {
    out << line << '\n';
    line = std::string(indent, ' ');
    empty = true;
  };
  for (std::string word; words >> word;) {
    if (!empty && text_width(line) + 1 + text_width(word) > kColumns) end_line();
    while (empty && text_width(line) + text_width(word) > kColumns) {  // too long for any line
      const std::size_t room = kColumns - std::min(text_width(line), kColumns - 1);
      const std::size_t bytes = bytes_of(word, room);
      line += word.substr(0, bytes);
      word.erase(0, bytes);
      end_line();
    }
    line += (empty ? "" : " ") + word;
    empty = false;
  }
  out << line << '\n';
}

}  // namespace sockbench
