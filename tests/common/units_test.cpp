#include "common/units.h"

#include <gtest/gtest.h>

#include <functional>

#include "common/error.h"

namespace sockbench {
namespace {

struct Duration {
  const char* text;
  std::int64_t ns;
};

constexpr Duration kDurations[] = {
    {"10s", 10'000'000'000},
    {"500ms", 500'000'000},
    {"20us", 20'000},
    {"20µs", 20'000},
    {"250ns", 250},
    {"2m", 120'000'000'000},
    {"2min", 120'000'000'000},
    {"1h", 3'600'000'000'000},
    {"3", 3'000'000'000},
    {"1.5s", 1'500'000'000},
    {".5ms", 500'000},
    {"0", 0},
    {"0s", 0},
    {"1e3us", 1'000'000},
    {"0.1s", 100'000'000},
    {"1.4ns", 1},
    {"1000h", 3'600'000'000'000'000},
};

TEST(ParseDuration, Table) {
  for (const auto& [text, ns] : kDurations) EXPECT_EQ(parse_duration_ns(text, "--d"), ns) << text;
}

struct Bytes {
  const char* text;
  std::int64_t bytes;
};

constexpr Bytes kBytes[] = {
    {"64", 64},       {"64B", 64},          {"4KiB", 4096},   {"4K", 4096},      {"2k", 2000},
    {"2kB", 2000},    {"1M", 1000000},      {"1MB", 1000000}, {"1MiB", 1048576}, {"0", 0},
    {"1.5KiB", 1536}, {"1GiB", 1073741824}, {"0.5k", 500},
};

TEST(ParseBytes, Table) {
  for (const auto& [text, bytes] : kBytes) EXPECT_EQ(parse_bytes(text, "--b"), bytes) << text;
}

struct Rate {
  const char* text;
  double per_second;
};

constexpr Rate kRates[] = {
    {"2000", 2000}, {"50k", 50'000}, {"50K", 50'000}, {"1.5M", 1'500'000}, {"0.5", 0.5},
};

TEST(ParseRate, Table) {
  for (const auto& [text, rate] : kRates)
    EXPECT_DOUBLE_EQ(parse_rate(text, "--rate"), rate) << text;
}

/// The sentence with which `parse` rejects `text`.
std::string rejection(const std::function<void(const char*)>& parse, const char* text) {
  try {
    parse(text);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

void expect_sentence(const std::string& sentence, const std::string& flag, const char* text) {
  EXPECT_TRUE(sentence.starts_with(flag + " '" + text + "' ")) << sentence;
  EXPECT_TRUE(sentence.ends_with('.')) << sentence;
}

constexpr const char* kNoNumbers[] = {"",    "s",    "ms",   "ten",  "-1",   "-1s",   "1 s",
                                      "1ss", "1S",   "1x",   "nan",  "inf",  "-inf",  "1e400",
                                      "--5", "1,5s", "1s1s", " 1s ", "0x10", "0x10s", " 1"};

TEST(ParseDuration, BadInput) {
  for (const char* text : kNoNumbers) {
    expect_sentence(rejection([](auto t) { parse_duration_ns(t, "--d"); }, text), "--d", text);
  }
  expect_sentence(rejection([](auto t) { parse_duration_ns(t, "--d"); }, "1e10s"), "--d", "1e10s");
}

TEST(ParseBytes, BadInput) {
  for (const char* text : kNoNumbers) {
    expect_sentence(rejection([](auto t) { parse_bytes(t, "--b"); }, text), "--b", text);
  }
  for (const char* text : {"1ms", "1e16", "4kib", "9999999GiB"}) {
    expect_sentence(rejection([](auto t) { parse_bytes(t, "--b"); }, text), "--b", text);
  }
}

TEST(ParseRate, BadInput) {
  for (const char* text : kNoNumbers) {
    expect_sentence(rejection([](auto t) { parse_rate(t, "--rate"); }, text), "--rate", text);
  }
  for (const char* text : {"0", "0k", "1e10", "5/s"}) {
    expect_sentence(rejection([](auto t) { parse_rate(t, "--rate"); }, text), "--rate", text);
  }
}

struct Format {
  double value;
  const char* text;
};

constexpr Format kFormattedDurations[] = {
    {0, "0 ns"},          {1, "1.00 ns"},      {12.34, "12.3 ns"},  {950, "950 ns"},
    {999.4, "999 ns"},    {999.6, "1.00 µs"},  {1000, "1.00 µs"},   {17'600, "17.6 µs"},
    {999'999, "1.00 ms"}, {1.23e6, "1.23 ms"}, {99'960, "100 µs"},  {9'996, "10.0 µs"},
    {2.5e9, "2.50 s"},    {3.6e12, "3600 s"},  {-1500, "-1.50 µs"},
};

TEST(FormatDuration, Table) {
  for (const auto& [ns, text] : kFormattedDurations) EXPECT_EQ(format_duration_ns(ns), text) << ns;
}

constexpr Format kFormattedCounts[] = {
    {950, "950"},     {183'000, "183k"},  {1.2e6, "1.20M"},  {0, "0"},
    {999.7, "1.00k"}, {999'700, "1.00M"}, {12'340, "12.3k"},
};

TEST(FormatCount, Table) {
  for (const auto& [value, text] : kFormattedCounts) EXPECT_EQ(format_count(value), text) << value;
}

constexpr Format kFormattedBytes[] = {
    {512, "512 B"},
    {1024, "1.00 KiB"},
    {4096, "4.00 KiB"},
    {1572864, "1.50 MiB"},
    {1000 * 1024, "1000 KiB"},
    {1023.9 * 1024, "1.00 MiB"},
    {0, "0 B"},
    {3.0 * 1073741824, "3.00 GiB"},
};

TEST(FormatBytes, Table) {
  for (const auto& [bytes, text] : kFormattedBytes) EXPECT_EQ(format_bytes(bytes), text) << bytes;
}

TEST(RoughTime, Table) {
  EXPECT_EQ(rough_time(0.2), "1 s");
  EXPECT_EQ(rough_time(119), "119 s");
  EXPECT_EQ(rough_time(121), "3 min");
  EXPECT_EQ(rough_time(7200), "2.0 h");
}

}  // namespace
}  // namespace sockbench
