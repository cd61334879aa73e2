#include "bench/report/format.h"

#include <cmath>

#include "common/text.h"
#include "common/units.h"

namespace sockbench {

std::string plain(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return text;
}

std::string safe(const std::string& text) {
  std::size_t end = 200;
  if (text.size() <= end) return safe_whole(text);
  while (end > 0 && !begins_character(text[end])) --end;
  return safe_whole(text.substr(0, end) + "…");
}

std::string safe_whole(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '|' || c == '\\')
      out += std::string("\\") + c;
    else if (static_cast<unsigned char>(c) < 0x20)
      out += ' ';
    else
      out += c;
  }
  return out;
}

std::vector<std::string> safe_list(const std::vector<std::string>& texts) {
  std::vector<std::string> list;
  list.reserve(texts.size());
  for (const std::string& text : texts) list.push_back(safe(text));
  return list;
}

std::string format_percent(double share) {
  return fixed(share * 100, share < 0.001 ? 3 : share < 0.1 ? 2 : 1) + " %";
}

std::string format_ratio(double ratio, const std::optional<Interval>& ci95) {
  if (std::isnan(ratio)) return kDash;
  std::string text = fixed(ratio, 3);
  if (ci95) text += " [" + fixed(ci95->lo, 3) + ", " + fixed(ci95->hi, 3) + "]";
  return text;
}

}  // namespace sockbench
