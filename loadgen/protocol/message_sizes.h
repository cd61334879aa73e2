#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sockbench {

/// The sizes of messages. A size is a pure function of the numbers of connection and message, so
/// that sender and checker need not store it.
class MessageSizes final {
 public:
  /// All messages have `bytes` bytes.
  explicit MessageSizes(std::size_t bytes)
      : entries_{{bytes, bytes, 1}}, text_(std::to_string(bytes)) {}

  /// "64" or "4KiB": fixed. "uniform:64-1024": all sizes in the range, with equal probability.
  /// "64:90,4KiB:9,1MiB:1": sizes with weights > 0. Sizes from 1 to 64 MiB. Throws UsageError with
  /// `flag` in its text.
  static MessageSizes parse(std::string_view text, std::string_view flag);

  std::size_t of(std::uint32_t connection, std::uint64_t sequence) const {
    return fixed() ? entries_[0].low : drawn(connection, sequence);
  }
  bool fixed() const { return entries_.size() == 1 && entries_[0].low == entries_[0].high; }
  std::size_t largest() const;
  double mean() const;
  /// The text of the option, or the fixed size in bytes.
  const std::string& text() const { return text_; }

 private:
  struct Entry {
    std::size_t low;
    std::size_t high;
    double weight;
  };

  MessageSizes(std::vector<Entry> entries, std::string text);
  std::size_t drawn(std::uint32_t connection, std::uint64_t sequence) const;

  std::vector<Entry> entries_;
  std::string text_;
};

}  // namespace sockbench
