#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sockbench {

/// How long messages are. The size of a message is a pure function of its connection's and its own
/// number, so that sender and checker agree without keeping it.
class MessageSizes final {
 public:
  /// Every message `bytes` long.
  explicit MessageSizes(std::size_t bytes)
      : entries_{{bytes, bytes, 1}}, text_(std::to_string(bytes)) {}

  /// "64" or "4KiB": fixed. "uniform:64-1024": every size between the two is as likely.
  /// "64:90,4KiB:9,1MiB:1": sizes with weights > 0. Sizes from 1 to 64 MiB. Throws UsageError that
  /// names `flag`.
  static MessageSizes parse(std::string_view text, std::string_view flag);

  std::size_t of(std::uint32_t connection, std::uint64_t sequence) const {
    return fixed() ? entries_[0].low : drawn(connection, sequence);
  }
  bool fixed() const { return entries_.size() == 1 && entries_[0].low == entries_[0].high; }
  std::size_t largest() const;
  double mean() const;
  /// As it was typed, or the one size in bytes.
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
