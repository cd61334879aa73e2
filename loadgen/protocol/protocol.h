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

/// echo: generated messages; every byte of the reply is known. redis: PING. http: GET with
/// keep-alive.
enum class ProtocolKind : std::uint8_t { kEcho, kRedis, kHttp };

const char* to_text(ProtocolKind kind);

/// The requests and the expected replies.
class Protocol final {
 public:
  Protocol(const MessageSizes& sizes, bool upper) : messages_(sizes, upper) {}
  /// redis, or http with requests for `path` of `host`.
  Protocol(ProtocolKind kind, const std::string& host, const std::string& path);

  /// The length of a request.
  std::size_t request_bytes(const Connection& connection, std::uint64_t sequence) const {
    return request_.empty() ? messages_.bytes(connection.id, sequence) : request_.size();
  }
  /// Fills `out` with the request stream, starting at byte `offset` of request `sequence` and
  /// continuing with the next ones.
  void write(const Connection& connection, std::uint64_t sequence, std::size_t offset,
             std::span<char> out) const;

  /// Checks received bytes, of one reply at most, and advances the connection's position in the
  /// replies.
  Taken take(Connection& connection, std::span<const char> bytes) const;

  /// Prepares a connection for the replies of a new stream.
  void start_stream(Connection& connection) const;

 private:
  Messages messages_;
  ProtocolKind kind_ = ProtocolKind::kEcho;
  std::string request_;  // empty: echo
};

}  // namespace sockbench
