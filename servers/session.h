#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace sockbench {

enum class Reply : std::uint8_t { kUpper, kEcho };

/// Work done for complete messages, on the thread that received them.
struct Handler {
  enum class Kind : std::uint8_t { kNone, kSpin, kSleep };
  Kind kind = Kind::kNone;
  std::int64_t ns = 0;
  std::uint32_t every = 1;  ///< of how many messages of a connection one is worked for; at least 1
};

/// What the bytes mean; the same in every model.
struct Protocol {
  Reply reply = Reply::kUpper;
  Handler handler;
  std::size_t message_bytes = 64;  ///< up to 1 GiB; only the handler needs to know where one ends
};

/// Where a thread receives. One is enough for all connections of an event loop, which keeps it in
/// the cache and idle connections small; a coroutine that is suspended while receiving needs its
/// own.
inline constexpr int kReadBytes = 16 * 1024;
using ReceiveBuffer = std::array<char, kReadBytes>;

/// One connection's protocol, without I/O: the model asks where to receive and what to send, and
/// says what came and what went. A reply that could not be sent whole is kept (at most one receive
/// buffer of it) and nothing more is received until it is gone: that is the back-pressure.
class Session final {
 public:
  Session(const Protocol& protocol, std::span<char> buffer) : protocol_(&protocol) {
    receive_into(buffer);
  }
  /// For a model that does not choose where to receive: it calls received(bytes).
  explicit Session(const Protocol& protocol) : protocol_(&protocol) {}

  /// For threads that share connections, each with a buffer of its own. Not between received() and
  /// sent().
  void receive_into(std::span<char> buffer) {
    buffer_ = buffer.data();
    buffer_bytes_ = static_cast<std::uint32_t>(buffer.size());
  }
  /// Where to receive. Ask only when nothing is pending.
  std::span<char> space() const { return {buffer_, buffer_bytes_}; }
  /// `count` bytes were received into space(); they are now the reply to send.
  void received(std::size_t count);
  /// `bytes` were received into memory of the model's own, which holds the reply until sent().
  void received(std::span<char> bytes);
  /// The part of the reply that is still to be sent.
  std::span<const char> reply() const { return reply_; }
  bool pending() const { return !reply_.empty(); }
  /// Whether that part is kept from an earlier send, so that the model waits for writability.
  bool waiting() const { return kept_ != nullptr; }
  /// `count` bytes of reply() were sent (0 when the socket took none); the rest is kept.
  void sent(std::size_t count);

 private:
  void handle_messages(std::size_t count);

  const Protocol* protocol_;
  char* buffer_ = nullptr;
  std::uint32_t buffer_bytes_ = 0;
  std::uint32_t message_progress_ = 0;  // bytes of the unfinished message, for the handler
  std::span<const char> reply_;
  std::unique_ptr<char[]> kept_;  // the unsent rest, only while there is one
  std::uint32_t until_work_ = 0;  // messages to the next one that is worked for; 0: not chosen
};

}  // namespace sockbench
