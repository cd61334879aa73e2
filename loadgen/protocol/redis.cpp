#include "loadgen/protocol/redis.h"

#include <hiredis/read.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>

namespace sockbench {
namespace {

constexpr std::string_view kPing = "*1\r\n$4\r\nPING\r\n";
constexpr std::string_view kPong = "+PONG\r\n";

/// Longer than any correct reply; longer replies are rejected.
constexpr std::size_t kMaxReplyBytes = 1024;

class RedisReplyParser final : public ReplyParser {
 public:
  RedisReplyParser();
  Taken take(std::span<const char> bytes) override;

 private:
  struct FreeReader {
    void operator()(redisReader* reader) const { redisReaderFree(reader); }
  };

  /// Called by hiredis for every status, error and bulk string; other values are not needed.
  static void* on_string(const redisReadTask* task, char* text, std::size_t size);
  /// Passes `bytes`, which must not contain bytes of the next reply, and gets the reply.
  Taken feed(std::span<const char> bytes);

  redisReplyObjectFunctions functions_{};  // the reader keeps a pointer to it
  std::unique_ptr<redisReader, FreeReader> reader_;
  std::size_t reply_bytes_ = 0;  // bytes of the current reply in the reader
  bool right_ = false;           // the text of the current reply is correct
};

RedisReplyParser::RedisReplyParser() {
  functions_.createString = on_string;
  reader_.reset(redisReaderCreateWithFunctions(&functions_));
  if (!reader_) throw std::bad_alloc();
  reader_->privdata = this;
}

// The result represents the object that hiredis stores; it must not be null.
void* RedisReplyParser::on_string(const redisReadTask* task, char* text, std::size_t size) {
  // `text` is in the reader's buffer, followed by two bytes that hiredis (0.14) assumes to be the
  // end of the line without a check if the length is known.
  constexpr std::string_view kStatus = "PONG\r\n";
  constexpr std::string_view kBulk = "PING\r\n";
  const std::string_view value(text, size + 2);
  const redisReadTask* parent = task->parent;
  const bool pong = parent == nullptr && task->type == REDIS_REPLY_STATUS && value == kStatus;
  const bool ping = parent != nullptr && parent->parent == nullptr &&
                    parent->type == REDIS_REPLY_ARRAY && parent->elements == 1 &&
                    task->type == REDIS_REPLY_STRING && value == kBulk;
  if (pong || ping) static_cast<RedisReplyParser*>(task->privdata)->right_ = true;
  return task->privdata;
}

Taken RedisReplyParser::take(std::span<const char> bytes) {
  if (reply_bytes_ == 0) {  // the usual case: a complete reply in its normal form
    const std::string_view text(bytes.data(), bytes.size());
    for (const std::string_view right : {kPong, kPing}) {
      if (text.starts_with(right)) return {.bytes = right.size(), .complete = true};
    }
  }
  // Every correct reply ends with a line feed. Passed line by line, the reader never has bytes of
  // the next reply, so that all passed bytes belong to this one.
  Taken taken;
  while (taken.bytes < bytes.size() && !taken.complete && taken.right) {
    const std::span<const char> rest = bytes.subspan(taken.bytes);
    const auto line_feed = std::find(rest.begin(), rest.end(), '\n');
    const auto line = static_cast<std::size_t>(line_feed - rest.begin()) + 1;
    const Taken next = feed(rest.first(std::min({line, rest.size(), kMaxReplyBytes})));
    taken = {.bytes = taken.bytes + next.bytes, .complete = next.complete, .right = next.right};
  }
  return taken;
}

Taken RedisReplyParser::feed(std::span<const char> bytes) {
  if (redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) != REDIS_OK) {
    throw std::bad_alloc();  // the only cause, since nothing is passed after a malformed reply
  }
  reply_bytes_ += bytes.size();
  void* reply = nullptr;
  Taken taken{.bytes = bytes.size()};
  if (redisReaderGetReply(reader_.get(), &reply) != REDIS_OK) {
    taken.right = false;
  } else if (reply != nullptr) {
    taken.complete = true;
    taken.right = right_;
    reply_bytes_ = 0;
    right_ = false;
  } else {
    taken.right = reply_bytes_ < kMaxReplyBytes;
  }
  return taken;
}

}  // namespace

std::string redis_request() { return std::string(kPing); }

std::unique_ptr<ReplyParser> redis_reply_parser() { return std::make_unique<RedisReplyParser>(); }

}  // namespace sockbench
