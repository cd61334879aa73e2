#include "common/units.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <span>

#include "common/error.h"

namespace sockbench {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

constexpr std::array kDurationUnits = {Unit{"", 1e9},   Unit{"s", 1e9},    Unit{"ms", 1e6},
                                       Unit{"us", 1e3}, Unit{"µs", 1e3},   Unit{"ns", 1},
                                       Unit{"m", 60e9}, Unit{"min", 60e9}, Unit{"h", 3600e9}};
constexpr std::array kByteUnits = {Unit{"", 1},     Unit{"B", 1},    Unit{"k", 1e3},
                                   Unit{"kB", 1e3}, Unit{"K", 1024}, Unit{"KiB", 1024},
                                   Unit{"M", 1e6},  Unit{"MB", 1e6}, Unit{"MiB", 1048576},
                                   Unit{"G", 1e9},  Unit{"GB", 1e9}, Unit{"GiB", 1073741824}};
constexpr std::array kPercentUnits = {Unit{"%", 0.01}, Unit{" %", 0.01}};
constexpr std::array kRateUnits = {Unit{"", 1}, Unit{"k", 1e3}, Unit{"K", 1e3}, Unit{"M", 1e6}};

/// The number times its unit; NaN when `text` is not a finite number followed by a known unit.
double parse_with_unit(std::string_view text, std::span<const Unit> units) {
  const char* const end = text.data() + text.size();
  double value = 0;  // from_chars takes no leading blanks, no hexadecimals and no locale's comma
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || !std::isfinite(value)) return NAN;
  for (const Unit& unit : units) {
    if (unit.name == std::string_view(rest, end)) return value * unit.factor;
  }
  return NAN;
}

[[noreturn]] void reject(std::string_view flag, std::string_view text, const char* wanted) {
  throw UsageError(std::string(flag) + " '" + std::string(text) + "' is not " + wanted + ".");
}

std::string format_scaled(double value, std::span<const Unit> descending) {
  for (const Unit& unit : descending) {
    // 999.5 of the smaller unit would be rounded to four digits.
    if (std::fabs(value) < unit.factor * 0.9995 && unit.factor > 1) continue;
    const double scaled = value / unit.factor;
    const double magnitude = std::fabs(scaled);
    int decimals = 2;
    if (magnitude >= 99.95 || scaled == 0)
      decimals = 0;
    else if (magnitude >= 9.995)
      decimals = 1;
    std::array<char, 48> out{};
    std::snprintf(out.data(), out.size(), "%.*f%.*s", decimals, scaled,
                  static_cast<int>(unit.name.size()), unit.name.data());
    return out.data();
  }
  return "0";
}

}  // namespace

std::int64_t parse_duration_ns(std::string_view text, std::string_view flag) {
  const double ns = parse_with_unit(text, kDurationUnits);
  if (!(ns >= 0 && ns < 9e18)) reject(flag, text, "a duration such as 10s, 500ms or 20us");
  return static_cast<std::int64_t>(std::llround(ns));
}

std::int64_t parse_bytes(std::string_view text, std::string_view flag) {
  const double bytes = parse_with_unit(text, kByteUnits);
  if (!(bytes >= 0 && bytes < 9e15)) reject(flag, text, "a size such as 64, 4KiB or 1MiB");
  return static_cast<std::int64_t>(std::llround(bytes));
}

double parse_percent(std::string_view text, std::string_view flag) {
  const double share = parse_with_unit(text, kPercentUnits);
  if (!(share >= 0 && share < 1)) reject(flag, text, "a percentage below 100 such as 1% or 0.5%");
  return share;
}

double parse_rate(std::string_view text, std::string_view flag) {
  const double rate = parse_with_unit(text, kRateUnits);
  if (!(rate > 0 && rate <= 1e9)) {
    reject(flag, text, "a rate above 0 per second, such as 2000, 50k or 1.5M");
  }
  return rate;
}

std::string fixed(double value, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

std::string format_duration_ns(double ns) {
  static constexpr std::array kUnits = {Unit{" s", 1e9}, Unit{" ms", 1e6}, Unit{" µs", 1e3},
                                        Unit{" ns", 1}};
  return format_scaled(ns, kUnits);
}

std::string rough_time(double seconds) {
  constexpr double kMinute = 60;
  constexpr double kHour = 3600;
  if (seconds < 2 * kMinute) return fixed(std::ceil(seconds), 0) + " s";
  if (seconds < 2 * kHour) return fixed(std::ceil(seconds / kMinute), 0) + " min";
  return fixed(seconds / kHour, 1) + " h";
}

std::string format_count(double value) {
  static constexpr std::array kUnits = {Unit{"M", 1e6}, Unit{"k", 1e3}, Unit{"", 1}};
  return format_scaled(value, kUnits);
}

std::string format_bytes(double bytes) {
  static constexpr std::array kUnits = {Unit{" GiB", 1073741824}, Unit{" MiB", 1048576},
                                        Unit{" KiB", 1024}, Unit{" B", 1}};
  return format_scaled(bytes, kUnits);
}

}  // namespace sockbench
