#include "common/hdr_log_format.h"

#include <array>
#include <cstdio>

namespace sockbench {
namespace {

/// Letters of other alphabets may stay.
bool may_stand_in_a_tag(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte != 0x7f && c != ',' && c != '%';
}

std::string escaped(std::string_view tag) {
  std::string text;
  for (const char c : tag) {
    if (may_stand_in_a_tag(c)) {
      text += c;
      continue;
    }
    std::array<char, 4> code{};
    std::snprintf(code.data(), code.size(), "%%%02X", unsigned{static_cast<unsigned char>(c)});
    text += code.data();
  }
  return text;
}

}  // namespace

std::string hdr_log_head(std::int64_t start_ms) {
  std::array<char, 40> start{};
  std::snprintf(start.data(), start.size(), "%lld.%03lld", static_cast<long long>(start_ms / 1000),
                static_cast<long long>(start_ms % 1000));
  return std::string("#[Histogram log format version 1.3]\n#[StartTime: ") + start.data() +
         " (seconds since epoch)]\n"
         "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\","
         "\"Interval_Compressed_Histogram\"\n";
}

std::string hdr_log_line(const HdrLogInterval& interval) {
  std::string line;
  if (!interval.tag.empty()) line = "Tag=" + escaped(interval.tag) + ",";
  std::array<char, 128> times{};
  // Interval_Max in milliseconds, as the format's own writers do for nanosecond histograms.
  std::snprintf(times.data(), times.size(), "%.3f,%.3f,%.3f,", interval.start_s, interval.length_s,
                static_cast<double>(interval.max_ns) / 1e6);
  line += times.data();
  line += interval.histogram;
  line += '\n';
  return line;
}

}  // namespace sockbench
