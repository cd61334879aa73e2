#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "loadgen/connection.h"
#include "loadgen/protocol/message.h"
#include "loadgen/protocol/reply_parser.h"

namespace sockbench {

/// echo: our own messages, every byte of the reply is known. redis: PING. http: GET with
/// keep-alive.
enum class ProtocolKind : std::uint8_t { kEcho, kRedis, kHttp };

const char* to_text(ProtocolKind kind);

/// What requests look like and what the replies must be.
class Protocol final {
 public:
  Protocol(const MessageSizes& sizes, bool upper) : messages_(sizes, upper) {}
  /// redis or http, where `path` of `host` is asked for.
  Protocol(ProtocolKind kind, const std::string& host, const std::string& path);

  /// Length of one request.
  std::size_t request_bytes(const Connection& connection, std::uint64_t sequence) const {
    return request_.empty() ? messages_.bytes(connection.id, sequence) : request_.size();
  }
  /// Fills `out` with the request stream from byte `offset` of request `sequence` on, running into
  /// the following ones.
  void write(const Connection& connection, std::uint64_t sequence, std::size_t offset,
             std::span<char> out) const;

  /// Checks received bytes, of one reply at most, and moves the connection's place in the replies.
  Taken take(Connection& connection, std::span<const char> bytes) const;

  /// Gets a connection ready for the replies of a new stream.
  void start_stream(Connection& connection) const;

 private:
  Messages messages_;
  ProtocolKind kind_ = ProtocolKind::kEcho;
  std::string request_;  // empty: messages
};

}  // namespace sockbench
