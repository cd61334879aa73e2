#include "bench/record/format.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "common/units.h"

namespace sockbench {

nlohmann::ordered_json rounded(double value, int digits) {
  if (!std::isfinite(value)) return nullptr;
  char text[40];
  std::snprintf(text, sizeof text, "%.*e", digits - 1, value);
  const double figure = std::strtod(text, nullptr);
  constexpr double kExactly = 1e15;  // whole doubles up to here are what they look like
  if (figure == std::floor(figure) && std::fabs(figure) < kExactly) return std::llround(figure);
  return figure;
}

using nlohmann::ordered_json;

std::string safe(const ordered_json& value) {
  std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  if (std::size_t end = 200; text.size() > end) {
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
      --end;  // inside a character
    text = text.substr(0, end) + "…";
  }
  return safe_whole(text);
}

std::string safe_whole(const ordered_json& value) {
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
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

std::string format_percent(double share) {
  return fixed(share * 100, share < 0.001 ? 3 : share < 0.1 ? 2 : 1) + " %";
}

const ordered_json* comparison_of(const ordered_json& run, const ordered_json& cell,
                                  const std::string& metric) {
  for (const ordered_json& comparison : run["comparisons"]) {
    if (comparison["workload"] == cell["workload"] && comparison["head"] == cell["contestant"] &&
        comparison["metric"] == metric) {
      return &comparison;
    }
  }
  return nullptr;
}

}  // namespace sockbench
