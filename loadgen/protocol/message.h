#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "loadgen/protocol/message_sizes.h"

namespace sockbench {

/// The bytes of requests and of the expected replies. The first 16 bytes of a message are its
/// sequence number and the number of its connection, as letters a-p; the rest is a fixed text
/// without short periods. This detects replies that are wrong, shifted, stale or of another
/// connection. Messages shorter than 16 bytes have the first part only.
class Messages final {
 public:
  /// `upper`: replies are upper case, otherwise the request itself.
  Messages(MessageSizes sizes, bool upper);
  Messages(std::size_t bytes, bool upper) : Messages(MessageSizes(bytes), upper) {}

  /// The length of a message and of its reply.
  std::size_t bytes(std::uint32_t connection, std::uint64_t sequence) const {
    return sizes_.of(connection, sequence);
  }

  /// Fills `out` with the request stream of `connection`, starting at byte `offset` of message
  /// `sequence` and continuing with the next messages.
  void write(std::uint32_t connection, std::uint64_t sequence, std::size_t offset,
             std::span<char> out) const;

  /// Whether `received` is correct at `offset` of the reply to message `sequence`; it must not
  /// exceed that reply.
  bool matches(std::uint32_t connection, std::uint64_t sequence, std::size_t offset,
               std::span<const char> received) const;

 private:
  MessageSizes sizes_;
  std::vector<char> request_;  // the longest; header bytes are overwritten per message
  std::vector<char> reply_;
  std::uint64_t letter_a_;  // 'a' or 'A' in every byte, for the reply's header
};

}  // namespace sockbench
