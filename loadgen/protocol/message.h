#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "loadgen/protocol/message_sizes.h"

namespace sockbench {

/// The bytes of requests and of the replies that must come back. A message carries its sequence
/// number and its connection's number in its first 16 bytes, as letters a-p, and a fixed text
/// without short periods behind: a reply that is wrong, shifted, stale or another connection's
/// differs. Messages shorter than 16 bytes carry the first part of that.
class Messages final {
 public:
  /// `upper`: replies are upper case, otherwise the request itself.
  Messages(MessageSizes sizes, bool upper);
  Messages(std::size_t bytes, bool upper) : Messages(MessageSizes(bytes), upper) {}

  /// Length of one message and of its reply.
  std::size_t bytes(std::uint32_t connection, std::uint64_t sequence) const {
    return sizes_.of(connection, sequence);
  }

  /// Fills `out` with the request stream of `connection`, from byte `offset` of message `sequence`
  /// on, running into the following messages.
  void write(std::uint32_t connection, std::uint64_t sequence, std::size_t offset,
             std::span<char> out) const;

  /// Whether `received` is what must stand at `offset` of the reply to message `sequence`; it must
  /// not reach beyond that reply's end.
  bool matches(std::uint32_t connection, std::uint64_t sequence, std::size_t offset,
               std::span<const char> received) const;

 private:
  MessageSizes sizes_;
  std::vector<char> request_;  // the longest; header bytes are overwritten per message
  std::vector<char> reply_;
  std::uint64_t letter_a_;  // 'a' or 'A' in every byte, for the reply's header
};

}  // namespace sockbench
