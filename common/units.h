#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sockbench {

/// "10s", "500ms", "20us", "2m", "1h", "250ns" or a bare number of seconds; fractions are allowed
/// ("1.5s"). Returns nanoseconds >= 0; throws UsageError naming `flag`.
std::int64_t parse_duration_ns(std::string_view text, std::string_view flag);

/// "64", "4KiB", "1MiB", "2k" (1000), "1M". Returns bytes >= 0; throws UsageError naming `flag`.
std::int64_t parse_bytes(std::string_view text, std::string_view flag);

/// "1%", "0.5%": returns the share, 0.01, in [0, 1); throws UsageError naming `flag`.
double parse_percent(std::string_view text, std::string_view flag);

/// "50k", "1.5M", "2000": a count per second > 0; throws UsageError naming `flag`.
double parse_rate(std::string_view text, std::string_view flag);

/// `value` with so many decimals.
std::string fixed(double value, int decimals);

/// Three significant digits and a unit that fits: "17.6 µs", "1.23 ms", "0 ns".
std::string format_duration_ns(double ns);
/// Rounded up: "45 s", "12 min", "3.5 h".
std::string rough_time(double seconds);
/// "183k", "1.20M", "950".
std::string format_count(double value);
/// "4.00 KiB", "1.50 MiB", "512 B".
std::string format_bytes(double bytes);

}  // namespace sockbench
