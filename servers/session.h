#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace sockbench {

enum class Reply : std::uint8_t { kUpper, kEcho };

/// Work for complete messages, in the thread that received them.
struct Handler {
  enum class Kind : std::uint8_t { kNone, kSpin, kSleep };
  Kind kind = Kind::kNone;
  std::int64_t ns = 0;
  std::uint32_t every = 1;  ///< messages of a connection per call; at least 1
};

/// The protocol, which is the same in every model.
struct Protocol {
  Reply reply = Reply::kUpper;
  Handler handler;
  std::size_t message_bytes = 64;  ///< up to 1 GiB; used only by the handler
};

/// A receive buffer. An event loop needs one for all connections, which stays in the cache; a
/// coroutine that is suspended while receiving needs its own.
inline constexpr int kReadBytes = 16 * 1024;
using ReceiveBuffer = std::array<char, kReadBytes>;

/// The protocol of a connection, without I/O: the model gets the receive buffer and the reply from
/// it, and reports received and sent bytes. The rest of a partly sent reply is stored (at most one
/// receive buffer), and nothing is received until it is sent (back-pressure).
class Session final {
 public:
  Session(const Protocol& protocol, std::span<char> buffer) : protocol_(&protocol) {
    receive_into(buffer);
  }
  /// For models without a fixed receive buffer, which call received(bytes).
  explicit Session(const Protocol& protocol) : protocol_(&protocol) {}

  /// For threads that share connections but have separate buffers. Not between received() and
  /// sent().
  void receive_into(std::span<char> buffer) {
    buffer_ = buffer.data();
    buffer_bytes_ = static_cast<std::uint32_t>(buffer.size());
  }
  /// The receive buffer. Valid only if no reply is pending.
  std::span<char> space() const { return {buffer_, buffer_bytes_}; }
  /// `count` bytes were received into space(); they are now the reply to send.
  void received(std::size_t count);
  /// `bytes` were received into memory of the model, which must keep the reply until sent().
  void received(std::span<char> bytes);
  /// The unsent part of the reply.
  std::span<const char> reply() const { return reply_; }
  bool pending() const { return !reply_.empty(); }
  /// Whether that part remains from an earlier send, so that the model waits for writability.
  bool waiting() const { return kept_ != nullptr; }
  /// `count` bytes of reply() were sent (possibly 0); the rest is stored.
  void sent(std::size_t count);

 private:
  void handle_messages(std::size_t count);

  const Protocol* protocol_;
  char* buffer_ = nullptr;
  std::uint32_t buffer_bytes_ = 0;
  std::uint32_t message_progress_ = 0;  // bytes of the incomplete message, for the handler
  std::span<const char> reply_;
  std::unique_ptr<char[]> kept_;  // the unsent rest, if any
  std::uint32_t until_work_ = 0;  // messages until the next call of the handler; 0: not set
};

}  // namespace sockbench
