#include "common/text.h"

#include <algorithm>

namespace sockbench {

std::size_t text_width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

std::string padded(const std::string& text, std::size_t width) {
  const std::size_t used = text_width(text);
  return text + std::string(used < width ? width - used : 0, ' ');
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

}  // namespace sockbench
