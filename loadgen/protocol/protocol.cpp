#include "loadgen/protocol/protocol.h"

#include <algorithm>
#include <cstring>

#include "common/error.h"
#include "loadgen/protocol/http.h"
#include "loadgen/protocol/redis.h"

namespace sockbench {

const char* to_text(ProtocolKind kind) {
  switch (kind) {
    case ProtocolKind::kEcho:
      return "echo";
    case ProtocolKind::kRedis:
      return "redis";
    case ProtocolKind::kHttp:
      return "http";
  }
  return "echo";
}

Protocol::Protocol(ProtocolKind kind, const std::string& host, const std::string& path)
    : messages_(1, false),
      kind_(kind),
      request_(kind == ProtocolKind::kRedis ? redis_request() : http_request(host, path)) {}

void Protocol::write(const Connection& connection, std::uint64_t sequence, std::size_t offset,
                     std::span<char> out) const {
  if (request_.empty()) return messages_.write(connection.id, sequence, offset, out);
  while (!out.empty()) {
    const std::size_t count = std::min(out.size(), request_.size() - offset);
    std::memcpy(out.data(), request_.data() + offset, count);
    out = out.subspan(count);
    offset = 0;
  }
}

Taken Protocol::take(Connection& connection, std::span<const char> bytes) const {
  Taken taken;
  if (connection.parser) {
    taken = connection.parser->take(bytes);
  } else {
    const std::size_t length = messages_.bytes(connection.id, connection.reply_sequence);
    taken.bytes = std::min(bytes.size(), length - connection.reply_offset);
    taken.right = messages_.matches(connection.id, connection.reply_sequence,
                                    connection.reply_offset, bytes.first(taken.bytes));
    taken.complete = connection.reply_offset + taken.bytes == length;
  }
  if (!taken.right) return taken;
  connection.reply_offset = taken.complete ? 0 : connection.reply_offset + taken.bytes;
  if (taken.complete) ++connection.reply_sequence;
  return taken;
}

void Protocol::start_stream(Connection& connection) const {
  // Requests of the last stream get no reply in this one.
  connection.send_sequence = connection.reply_sequence = connection.next_sequence;
  connection.send_offset = connection.reply_offset = 0;
  switch (kind_) {
    case ProtocolKind::kEcho:
      return;
    case ProtocolKind::kRedis:
      connection.parser = redis_reply_parser();
      return;
    case ProtocolKind::kHttp:
      connection.parser = http_reply_parser();
      return;
  }
}

}  // namespace sockbench
