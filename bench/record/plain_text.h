#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace sockbench {

/// Text of a file that somebody else may have written: control characters would move the cursor.
inline std::string plain(const nlohmann::ordered_json& value) {
  std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return text;
}

}  // namespace sockbench
