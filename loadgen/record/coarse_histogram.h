#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <numeric>
#include <optional>

namespace sockbench {

/// The times of one connection, in under 1 KiB: eight sub-buckets per power of two from 1 us to 67
/// s, so that a percentile is at most 12.5 % too high.
class CoarseHistogram final {
 public:
  void record(std::int64_t ns) {
    const auto us = static_cast<std::uint64_t>(std::clamp<std::int64_t>(ns / 1000, 0, kMaxUs));
    ++counts_[index_of(us)];
  }

  /// As Histogram::percentile: nullopt with fewer than `samples_beyond` samples beyond it.
  /// Nanoseconds.
  std::optional<std::int64_t> percentile(double percent, double samples_beyond) const {
    const auto count =
        static_cast<double>(std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0}));
    if (count * (1 - percent / 100) < samples_beyond - 1e-6) {
      return std::nullopt;
    }
    const double rank = count * percent / 100;
    double seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (seen >= rank) return static_cast<std::int64_t>(lowest_at(i + 1)) * 1000;
    }
    return std::nullopt;
  }

  /// Whether a sample was `ns` or longer; samples up to 12.5 % shorter may count as well.
  bool reached(std::int64_t ns) const {
    const auto first = static_cast<std::ptrdiff_t>(index_of(static_cast<std::uint64_t>(ns / 1000)));
    return std::any_of(counts_.begin() + first, counts_.end(),
                       [](std::uint32_t count) { return count > 0; });
  }

 private:
  static constexpr int kSubBits = 3;
  static constexpr std::int64_t kMaxUs = (std::int64_t{1} << 26) - 1;
  static constexpr std::size_t kHalf = std::size_t{1} << kSubBits;
  static constexpr std::size_t kSlots = (26 - kSubBits + 1) * kHalf;

  static std::size_t index_of(std::uint64_t us) {
    const int shift = static_cast<int>(std::bit_width(us | (2 * kHalf - 1))) - kSubBits - 1;
    return static_cast<std::size_t>(shift) * kHalf + static_cast<std::size_t>(us >> shift);
  }
  static std::uint64_t lowest_at(std::size_t index) {
    if (index < 2 * kHalf) return index;
    const std::size_t shift = index / kHalf - 1;
    return static_cast<std::uint64_t>(index - shift * kHalf) << shift;
  }

  // The sum is not stored: with a thousand connections every additional cache line is a cache miss.
  std::array<std::uint32_t, kSlots> counts_{};
};

}  // namespace sockbench
