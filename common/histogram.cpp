#include "common/histogram.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <new>
#include <nlohmann/json.hpp>

#include "common/error.h"

namespace sockbench {
namespace {

// Cookies of the V2 encoding: 0x1c849303 plain, 0x1c849304 compressed, | 0x10 for 64-bit fields.
constexpr std::uint32_t kPlainCookie = 0x1c849313;
constexpr std::uint32_t kCompressedCookie = 0x1c849314;
constexpr std::size_t kHeaderBytes = 40;

void put_be(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(value >> shift & 0xff));
  }
}

std::uint64_t get_be(std::string_view in, std::size_t at, std::size_t bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i) {
    value = value << 8 | static_cast<std::uint8_t>(in[at + i]);
  }
  return value;
}

/// ZigZag LEB128-64b9B: seven bits a byte, at most nine bytes, the ninth with all eight bits.
void put_zigzag(std::string& out, std::int64_t value) {
  auto bits = static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63);
  for (int i = 0; i < 8 && bits >= 0x80; ++i) {
    out.push_back(static_cast<char>(bits | 0x80));
    bits >>= 7;
  }
  out.push_back(static_cast<char>(bits));
}

std::int64_t get_zigzag(std::string_view in, std::size_t& at) {
  std::uint64_t bits = 0;
  for (int i = 0; i < 9; ++i) {
    if (at >= in.size()) throw UsageError("The histogram ends in the middle of a count.");
    const auto byte = static_cast<std::uint8_t>(in[at++]);
    if (i == 8) {
      bits |= static_cast<std::uint64_t>(byte) << 56;
      break;
    }
    bits |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
    if ((byte & 0x80) == 0) break;
  }
  return static_cast<std::int64_t>(bits >> 1 ^ (~(bits & 1) + 1));
}

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string base64(std::string_view in) {
  std::string out;
  for (std::size_t i = 0; i < in.size(); i += 3) {
    const std::size_t n = std::min<std::size_t>(3, in.size() - i);
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = group << 8 | (j < n ? static_cast<std::uint8_t>(in[i + j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      out.push_back(j <= n ? kBase64[group >> (18 - 6 * j) & 63] : '=');
    }
  }
  return out;
}

std::string unbase64(std::string_view in) {
  std::string out;
  std::uint32_t group = 0;
  int bits = 0;
  for (const char c : in) {
    if (c == '=') break;
    const std::size_t digit = kBase64.find(c);
    if (digit == std::string_view::npos) throw UsageError("The histogram is not base64.");
    group = group << 6 | static_cast<std::uint32_t>(digit);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<char>(group >> bits & 0xff));
    }
  }
  return out;
}

}  // namespace

Histogram::Counts Histogram::zeroed() {
  auto* const memory = static_cast<std::uint64_t*>(std::calloc(kSlots, sizeof(std::uint64_t)));
  if (memory == nullptr) throw std::bad_alloc();
  return Counts(memory);
}

Histogram::Histogram() : counts_(zeroed()) {}

Histogram::Histogram(const Histogram& other) : Histogram() { merge(other); }

Histogram& Histogram::operator=(const Histogram& other) {
  if (this == &other) return *this;
  reset();
  merge(other);
  return *this;
}

void Histogram::merge(const Histogram& other) {
  for (std::size_t i = other.first_used(); i < other.end_used(); ++i) {
    counts_[i] += other.counts_[i];
  }
  count_ += other.count_;
  clipped_ += other.clipped_;
  sum_ += other.sum_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

Histogram Histogram::since(const Histogram& earlier) const {
  Histogram added;
  for (std::size_t i = first_used(); i < end_used(); ++i) {
    const std::uint64_t more = counts_[i] - earlier.counts_[i];
    if (more == 0) continue;
    added.counts_[i] = more;
    added.min_ = std::min(added.min_, lowest_at(i));
    added.max_ = highest_at(i);
  }
  added.count_ = count_ - earlier.count_;
  added.clipped_ = clipped_ - earlier.clipped_;
  added.sum_ = sum_ - earlier.sum_;
  return added;
}

void Histogram::reset() {
  std::fill(counts_.get() + first_used(), counts_.get() + end_used(), 0);
  count_ = clipped_ = 0;
  sum_ = 0;
  min_ = std::numeric_limits<std::int64_t>::max();
  max_ = 0;
}

std::int64_t Histogram::lowest_at(std::size_t index) {
  if (index < kSubBuckets) return static_cast<std::int64_t>(index);
  const std::size_t shift = index / kHalf - 1;
  return static_cast<std::int64_t>(index - shift * kHalf) << shift;
}

std::optional<std::int64_t> Histogram::percentile(double percent, std::uint64_t beyond) const {
  const auto all = static_cast<double>(count_ + beyond);
  if (count_ == 0) return std::nullopt;
  const auto rank = std::max(1.0, std::ceil(percent / 100 * all - 1e-9));
  double seen = 0;
  for (std::size_t i = first_used(); i < end_used(); ++i) {
    seen += static_cast<double>(counts_[i]);
    if (seen >= rank) return std::clamp(highest_at(i), min_, max_);
  }
  return std::nullopt;
}

void Histogram::restore_exact(std::int64_t min, std::int64_t max, double mean) {
  if (count_ == 0) return;
  min_ = std::clamp(min, lowest_at(index_of(min_)), highest_at(index_of(min_)));
  max_ = std::clamp(max, lowest_at(index_of(max_)), highest_at(index_of(max_)));
  sum_ = mean * static_cast<double>(count_);
}

std::uint64_t Histogram::count_above(std::int64_t value) const {
  std::uint64_t above = 0;
  for (std::size_t i = end_used(); i-- > 0 && highest_at(i) > value;) above += counts_[i];
  return above;
}

std::string Histogram::encode() const {
  std::string counts;
  const std::size_t used = end_used();
  for (std::size_t i = 0; i < used;) {
    if (counts_[i] != 0) {
      put_zigzag(counts, static_cast<std::int64_t>(counts_[i++]));
      continue;
    }
    const std::size_t first = i;
    while (i < used && counts_[i] == 0) ++i;
    put_zigzag(counts, -static_cast<std::int64_t>(i - first));  // a run of zeros
  }
  std::string plain;
  put_be(plain, kPlainCookie, 4);
  put_be(plain, counts.size(), 4);
  put_be(plain, 0, 4);  // normalizing index offset
  put_be(plain, 3, 4);  // significant digits
  put_be(plain, 1, 8);  // lowest discernible value
  put_be(plain, static_cast<std::uint64_t>(kMaxValue), 8);
  put_be(plain, std::bit_cast<std::uint64_t>(1.0), 8);  // integer-to-double conversion ratio
  plain += counts;

  uLongf size = ::compressBound(plain.size());
  std::string compressed(size, '\0');
  const int rc = ::compress2(reinterpret_cast<Bytef*>(compressed.data()), &size,
                             reinterpret_cast<const Bytef*>(plain.data()), plain.size(), 9);
  SOCKBENCH_ASSERT(rc == Z_OK);
  std::string out;
  put_be(out, kCompressedCookie, 4);
  put_be(out, size, 4);
  out.append(compressed, 0, size);
  return base64(out);
}

Histogram Histogram::decode(std::string_view text) {
  const std::string packed = unbase64(text);
  if (packed.size() < 8 || get_be(packed, 0, 4) != kCompressedCookie) {
    throw UsageError("The histogram is not in HdrHistogram's compressed V2 form.");
  }
  uLongf size = kHeaderBytes + kSlots * 9;
  std::string plain(size, '\0');
  if (::uncompress(reinterpret_cast<Bytef*>(plain.data()), &size,
                   reinterpret_cast<const Bytef*>(packed.data() + 8), packed.size() - 8) != Z_OK) {
    throw UsageError("The histogram's compressed data is damaged.");
  }
  plain.resize(size);
  if (size < kHeaderBytes || get_be(plain, 0, 4) != kPlainCookie || get_be(plain, 12, 4) != 3 ||
      get_be(plain, 16, 8) != 1) {
    throw UsageError("The histogram does not have three significant digits of units of 1.");
  }
  Histogram histogram;
  std::size_t index = 0;
  for (std::size_t at = kHeaderBytes; at < plain.size();) {
    const std::int64_t value = get_zigzag(plain, at);
    const auto slots_left = static_cast<std::int64_t>(kSlots - index);
    if (slots_left < 1 || value < -slots_left) {
      throw UsageError("The histogram has values beyond its range.");
    }
    if (value < 0) {
      index += static_cast<std::size_t>(-value);
      continue;
    }
    if (value > 0) {
      const std::int64_t low = lowest_at(index);
      const std::int64_t high = highest_at(index);
      histogram.record_n(low + (high - low) / 2, static_cast<std::uint64_t>(value));
    }
    ++index;
  }
  return histogram;
}

nlohmann::ordered_json time_block(const Histogram& histogram, std::uint64_t beyond) {
  if (histogram.count() == 0) return nullptr;
  const auto percentile = [&](double percent) -> nlohmann::ordered_json {
    const auto all = static_cast<double>(histogram.count() + beyond);
    const bool enough = all * (1 - percent / 100) >= kSamplesBeyondPercentile - 1e-6;
    if (!enough && percent > 50) return nullptr;
    const auto value = histogram.percentile(percent, beyond);
    return value ? nlohmann::ordered_json(*value) : nullptr;
  };
  return {{"count", histogram.count()}, {"mean", histogram.mean()},  {"min", histogram.min()},
          {"max", histogram.max()},     {"p50", percentile(50)},     {"p90", percentile(90)},
          {"p99", percentile(99)},      {"p99_9", percentile(99.9)}, {"hdr", histogram.encode()}};
}

Histogram histogram_of_block(const nlohmann::ordered_json& block) {
  if (!block.is_object()) return {};
  Histogram histogram = Histogram::decode(block.at("hdr").get<std::string>());
  histogram.restore_exact(block.at("min"), block.at("max"), block.at("mean"));
  return histogram;
}

}  // namespace sockbench
