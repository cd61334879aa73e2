#pragma once

#include <nlohmann/json.hpp>
#include <string>

/// Figures and texts as the documents and pages write them.
namespace sockbench {

/// A figure with as many significant digits; a whole one as an integer; null when not finite. For
/// long columns, where digits beyond the noise would only make the file large.
nlohmann::ordered_json rounded(double value, int digits = 4);

/// Text of a file that somebody else may have written: control characters would move the cursor.
inline std::string plain(const nlohmann::ordered_json& value) {
  std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return text;
}

/// Text that cannot break a table or smuggle in markup; at most 200 characters.
std::string safe(const nlohmann::ordered_json& value);
/// The same, however long.
std::string safe_whole(const nlohmann::ordered_json& value);
/// 0.0123 as "1.23 %".
std::string format_percent(double share);
/// The comparison of a cell with its reference; null when there is none.
const nlohmann::ordered_json* comparison_of(const nlohmann::ordered_json& run,
                                            const nlohmann::ordered_json& cell,
                                            const std::string& metric);

}  // namespace sockbench
