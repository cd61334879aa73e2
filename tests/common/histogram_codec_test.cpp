// The histogram's encoding: round trips, what another implementation wrote, and nonsense.

#include <gtest/gtest.h>
#include <zlib.h>

#include <bit>
#include <nlohmann/json.hpp>
#include <random>

#include "common/error.h"
#include "common/histogram.h"
#include "tests/support/bytes.h"

namespace sockbench {
namespace {

constexpr double kPercents[] = {0.1, 1, 10, 50, 90, 99, 99.9, 99.99, 100};

void expect_round_trip(const Histogram& histogram) {
  const std::string text = histogram.encode();
  const Histogram back = Histogram::decode(text);
  EXPECT_EQ(back.encode(), text);
  EXPECT_EQ(back.count(), histogram.count());
  const auto same = [](double got, double wanted) {
    EXPECT_NEAR(got, wanted, wanted / 1024) << "bucket precision";
  };
  same(static_cast<double>(back.min()), static_cast<double>(histogram.min()));
  same(static_cast<double>(back.max()), static_cast<double>(histogram.max()));
  same(back.mean(), histogram.mean());
  for (const double percent : kPercents) {
    const auto value = histogram.percentile(percent);
    ASSERT_EQ(back.percentile(percent).has_value(), value.has_value());
    if (value) same(static_cast<double>(*back.percentile(percent)), static_cast<double>(*value));
  }
}

TEST(HistogramRoundTrip, Empty) { expect_round_trip(Histogram()); }

TEST(HistogramRoundTrip, OneValueAfterALongRunOfZeros) {
  for (const std::int64_t value :
       {std::int64_t{0}, std::int64_t{1}, std::int64_t{2047}, std::int64_t{2048},
        std::int64_t{1} << 41, Histogram::kMaxValue}) {
    Histogram histogram;
    histogram.record(value);
    expect_round_trip(histogram);
  }
}

TEST(HistogramRoundTrip, ZerosBetweenTheEnds) {
  Histogram histogram;
  histogram.record_n(0, 5);
  histogram.record(Histogram::kMaxValue);
  expect_round_trip(histogram);
}

// Every length of a count's variable-length form, to the ninth byte.
TEST(HistogramRoundTrip, CountsOf64Bits) {
  for (int bit = 0; bit < 63; ++bit) {
    Histogram histogram;
    histogram.record_n(1000, std::uint64_t{1} << bit);
    histogram.record_n(2000, (std::uint64_t{1} << bit) - 1);
    expect_round_trip(histogram);
  }
  Histogram largest;
  largest.record_n(1'000'000, std::uint64_t{std::numeric_limits<std::int64_t>::max()});
  largest.record_n(5, 1);
  expect_round_trip(largest);
}

TEST(HistogramRoundTrip, RandomValuesOfEveryMagnitude) {
  std::mt19937_64 random(1);
  Histogram histogram;
  for (int i = 0; i < 50'000; ++i) {
    histogram.record(static_cast<std::int64_t>(random() >> (22 + random() % 42)));
  }
  expect_round_trip(histogram);
}

// Written by hdr-histogram-js 3.0.1: 1000, 2000, … 10,000,000, three times 5, and 250,000,000,000,
// with a highest trackable value of one hour in nanoseconds, which is not ours.
constexpr const char* kForeign =
    "HISTFAAAAON4nJNpmSzMwCDyhYGBgZGBgYGZAQIYGRiY3Qx2LGCA8TnZDvMzneVnmsrB9JSdaSEL00dmKFrOxPSdEQta"
    "ychUzVSJB2czWTNZM9mCSfJoXSZpJlkmWSSS/nx+Jl4mbiZeKESwsIsOV3l2JlYwZIbSqJB40VH9Q18/MxMDGsQQwAWJV"
    "kgLM0ctH7V81HIqmIkOWDBEcAEaqBy1fNTyUcvpaTkLOmDDEKGNIL3sGbV81PJRy3EKckAAFwcHBgurIAFp2ho0avmo5a"
    "OWU9UgAQEhAQHsBNVkaG0FT+MrRiYAh/iEWA==";

TEST(HistogramDecode, ReadsAnotherImplementation) {
  const Histogram histogram = Histogram::decode(kForeign);
  EXPECT_EQ(histogram.count(), 10'004U);
  EXPECT_EQ(histogram.min(), 5);
  EXPECT_NEAR(static_cast<double>(histogram.max()), 250e9, 250e9 / 1024);
  // The figures of that implementation for the same percentiles.
  EXPECT_EQ(histogram.percentile(0.01), 5);
  EXPECT_EQ(histogram.percentile(50), 5'001'215);
  EXPECT_EQ(histogram.percentile(90), 9'003'007);
  EXPECT_EQ(histogram.percentile(99), 9'904'127);
  EXPECT_EQ(histogram.percentile(99.9), 9'994'239);
}

std::string base64(std::string_view in) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned group = 0;
  int bits = 0;
  for (const char byte : in) {
    group = group << 8 | static_cast<unsigned char>(byte);
    for (bits += 8; bits >= 6; bits -= 6) out.push_back(kDigits[group >> (bits - 6) & 63]);
  }
  if (bits > 0) out.push_back(kDigits[group << (6 - bits) & 63]);
  while (out.size() % 4 != 0) out.push_back('=');
  return out;
}

std::string big_endian(std::uint64_t value, int bytes) {
  std::string out;
  while (bytes-- > 0) out.push_back(static_cast<char>(value >> 8 * bytes & 0xff));
  return out;
}

/// An encoding with a right envelope around whatever stands in these parts.
struct Forgery {
  std::uint64_t cookie = 0x1c849313;
  std::uint64_t digits = 3;
  std::uint64_t lowest = 1;
  std::string counts = "\x02";  // one value of 0

  std::string text() const {
    const std::string plain = big_endian(cookie, 4) + big_endian(counts.size(), 4) +
                              big_endian(0, 4) + big_endian(digits, 4) + big_endian(lowest, 8) +
                              big_endian(std::uint64_t{1} << 40, 8) +
                              big_endian(std::bit_cast<std::uint64_t>(1.0), 8) + counts;
    uLongf size = ::compressBound(plain.size());
    std::string packed(size, '\0');
    ::compress(reinterpret_cast<Bytef*>(packed.data()), &size,
               reinterpret_cast<const Bytef*>(plain.data()), plain.size());
    packed.resize(size);
    return base64(big_endian(0x1c849314, 4) + big_endian(size, 4) + packed);
  }
};

TEST(HistogramDecode, AcceptsTheForgeriesThatAreRight) {
  EXPECT_EQ(Histogram::decode(Forgery{}.text()).count(), 1U);
  EXPECT_EQ(Histogram::decode(Forgery{.counts = ""}.text()).count(), 0U);
  const Histogram last = Histogram::decode(Forgery{.counts = "\xfd\x8f\x04\x02"}.text());
  EXPECT_EQ(last.count(), 1U);
  EXPECT_NEAR(static_cast<double>(last.max()), Histogram::kMaxValue, 4e9) << "the last bucket";
}

TEST(HistogramDecode, RejectsNonsense) {
  const std::string nine(9, '\xff');
  const std::string nonsense[] = {
      "",
      "x",
      "====",
      "not base64!",
      "AAAAAAAAAAAAAAAA",
      "HISTFAAAA",
      "HISTEwAAAAMAAAAAAAAAAwAAAAAAAAAB",  // the uncompressed form
      base64("\x1c\x84\x93\x14 and then no zlib stream"),
      Forgery{.cookie = 0x1c849301}.text(),
      Forgery{.digits = 2}.text(),
      Forgery{.lowest = 1000}.text(),    // values in another unit
      Forgery{.counts = "\x80"}.text(),  // ends in the middle of a count
      Forgery{.counts = std::string(8, '\xff')}.text(),
      Forgery{.counts = nine}.text(),                  // a run of 2^63 zeros
      Forgery{.counts = nine + nine + "\x02"}.text(),  // two of them wrap around to the start
      Forgery{.counts = std::string("\xff\xff\xff\x7f\x02", 5)}.text(),  // a run past the range
      Forgery{.counts = "\xff\x8f\x04\x02"}.text(),           // a count right after the last bucket
      Forgery{.counts = std::string(40'000, '\x02')}.text(),  // counts past the range
      Forgery{.counts = std::string(1'000'000, '\x02')}.text(),
  };
  for (const std::string& text : nonsense) {
    EXPECT_THROW(Histogram::decode(text), UsageError) << text.substr(0, 60);
  }
}

TEST(HistogramDecode, RejectsEveryTruncation) {
  Histogram histogram;
  for (std::int64_t i = 0; i < 1000; ++i) histogram.record(i * 1000);
  std::string text = histogram.encode();
  while (text.ends_with('=')) text.pop_back();  // padding carries nothing
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_THROW(Histogram::decode(text.substr(0, size)), UsageError) << size;
  }
}

/// Decodes what may be nonsense: a histogram or a UsageError, nothing else.
void decode_anything(const std::string& text) {
  try {
    const Histogram histogram = Histogram::decode(text);
    (void)histogram.percentile(50);
    (void)histogram.encode();
  } catch (const UsageError&) {
  }
}

TEST(HistogramDecode, SurvivesRandomDamage) {
  std::mt19937_64 random(2);
  const std::string text = kForeign;
  for (int i = 0; i < 4000; ++i) {
    std::string damaged = text;
    for (std::uint64_t hits = 1 + random() % 3; hits > 0; --hits) {
      damaged[random() % damaged.size()] = text[random() % text.size()];
    }
    decode_anything(damaged.substr(0, random() % 4 == 0 ? random() % damaged.size() : text.size()));
  }
}

TEST(HistogramDecode, SurvivesRandomCounts) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 1000; ++i) {
    decode_anything(Forgery{.counts = test::random_bytes(random() % 200, random())}.text());
  }
}

}  // namespace
}  // namespace sockbench
