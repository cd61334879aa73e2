#pragma once

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace sockbench {

/// A histogram of times in nanoseconds with the bucket layout of HdrHistogram at three significant
/// digits (http://hdrhistogram.org): 2,048 linear sub-buckets, the upper half of which repeats at
/// every doubling. A value is reported with a relative error of at most 1/1024 of itself; minimum
/// and maximum are exact. Merging is addition, so histograms may cross threads, processes and
/// hosts, which percentiles may not.
class Histogram final {
 public:
  /// Largest recordable value, about 73 minutes; larger ones are recorded as this and counted in
  /// clipped().
  static constexpr std::int64_t kMaxValue = (std::int64_t{1} << 42) - 1;

  Histogram();
  Histogram(const Histogram& other);
  Histogram& operator=(const Histogram& other);
  Histogram(Histogram&&) noexcept = default;
  Histogram& operator=(Histogram&&) noexcept = default;
  ~Histogram() = default;

  /// Adds one value; negative ones (a clock that ran backwards) count as 0.
  void record(std::int64_t value) { record_n(value, 1); }
  void record_n(std::int64_t value, std::uint64_t count) {
    if (count == 0) return;
    if (value < 0) value = 0;
    if (value > kMaxValue) {
      value = kMaxValue;
      clipped_ += count;
    }
    counts_[index_of(value)] += count;
    count_ += count;
    sum_ += static_cast<double>(value) * static_cast<double>(count);
    if (value < min_) min_ = value;
    if (value > max_) max_ = value;
  }
  void merge(const Histogram& other);
  /// What was recorded since `earlier`, a copy of this one; minimum and maximum are those of their
  /// buckets.
  Histogram since(const Histogram& earlier) const;
  void reset();

  std::uint64_t count() const { return count_; }
  std::uint64_t clipped() const { return clipped_; }
  /// Exact; 0 when empty.
  std::int64_t min() const { return count_ == 0 ? 0 : min_; }
  std::int64_t max() const { return max_; }
  /// Exact (of the recorded values, not of the buckets); 0 when empty.
  double mean() const { return count_ == 0 ? 0 : sum_ / static_cast<double>(count_); }
  double sum() const { return sum_; }

  /// The smallest value that at least `percent` (0…100] of all samples do not exceed, as the
  /// highest value equivalent to its bucket, within [min, max]. `beyond` samples without a value
  /// (unanswered, never sent) count as larger than every recorded one. nullopt when the rank falls
  /// among those or when there are no samples.
  std::optional<std::int64_t> percentile(double percent, std::uint64_t beyond = 0) const;

  /// Number of recorded values in buckets wholly or partly above `value`.
  std::uint64_t count_above(std::int64_t value) const;

  /// Puts exact figures in the place of those that decode() could only estimate; each stays in its
  /// bucket.
  void restore_exact(std::int64_t min, std::int64_t max, double mean);

  /// HdrHistogram V2, zlib-compressed, base64: what the .hlog viewers read.
  std::string encode() const;
  /// The inverse of encode(). Throws UsageError when `text` is no such histogram. Minimum, maximum
  /// and mean come back at bucket precision.
  static Histogram decode(std::string_view text);

 private:
  static constexpr int kSubBucketBits = 11;  // 2,048 >= 2 * 10^3
  static constexpr std::size_t kSubBuckets = std::size_t{1} << kSubBucketBits;
  static constexpr std::size_t kHalf = kSubBuckets / 2;
  static constexpr std::size_t kSlots = (42 - kSubBucketBits + 2) * kHalf;

  static std::size_t index_of(std::int64_t value) {
    const auto bits = static_cast<std::uint64_t>(value);
    const int shift = static_cast<int>(std::bit_width(bits | (kSubBuckets - 1))) - kSubBucketBits;
    return static_cast<std::size_t>(shift) * kHalf + static_cast<std::size_t>(bits >> shift);
  }
  static std::int64_t lowest_at(std::size_t index);
  static std::int64_t highest_at(std::size_t index) { return lowest_at(index + 1) - 1; }

  struct Free {
    void operator()(std::uint64_t* memory) const { std::free(memory); }
  };
  using Counts = std::unique_ptr<std::uint64_t[], Free>;

  static Counts zeroed();
  /// Slots outside [first_used(), end_used()) are 0.
  std::size_t first_used() const { return count_ == 0 ? 0 : index_of(min_); }
  std::size_t end_used() const { return count_ == 0 ? 0 : index_of(max_) + 1; }

  // Fresh zero pages, which are not there before they are written: most of the range never is.
  Counts counts_;
  std::uint64_t count_ = 0;
  std::uint64_t clipped_ = 0;
  double sum_ = 0;
  std::int64_t min_ = std::numeric_limits<std::int64_t>::max();
  std::int64_t max_ = 0;
};

/// Samples that must stand beyond a percentile before it is reported.
inline constexpr std::uint64_t kSamplesBeyondPercentile = 100;

/// The block `{count, mean, min, max, p50, p90, p99, p99_9, hdr}` of the contract, in nanoseconds,
/// or null when there is no sample. A percentile with fewer than kSamplesBeyondPercentile samples
/// beyond it is null; p50 is always given. `beyond` as in Histogram::percentile.
nlohmann::ordered_json time_block(const Histogram& histogram, std::uint64_t beyond = 0);

/// The histogram of such a block, with its exact minimum, maximum and mean; empty for null.
Histogram histogram_of_block(const nlohmann::ordered_json& block);

}  // namespace sockbench
