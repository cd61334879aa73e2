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

/// Far more than a right reply has in any spelling; what is longer need not be read to its end.
constexpr std::size_t kMaxReplyBytes = 1024;

class RedisReplyParser final : public ReplyParser {
 public:
  RedisReplyParser();
  Taken take(std::span<const char> bytes) override;

 private:
  struct FreeReader {
    void operator()(redisReader* reader) const { redisReaderFree(reader); }
  };

  /// hiredis calls it for every status, error and bulk string; the other values are not of
  /// interest.
  static void* on_string(const redisReadTask* task, char* text, std::size_t size);
  /// Feeds `bytes`, which must not reach into the next reply, and asks for the reply.
  Taken feed(std::span<const char> bytes);

  redisReplyObjectFunctions functions_{};  // the reader keeps a pointer to it
  std::unique_ptr<redisReader, FreeReader> reader_;
  std::size_t reply_bytes_ = 0;  // of the present reply, in the reader
  bool right_ = false;           // the present reply's text is what it must be
};

RedisReplyParser::RedisReplyParser() {
  functions_.createString = on_string;
  reader_.reset(redisReaderCreateWithFunctions(&functions_));
  if (!reader_) throw std::bad_alloc();
  reader_->privdata = this;
}

// Its result stands for the object that hiredis would keep: anything but a null pointer.
void* RedisReplyParser::on_string(const redisReadTask* task, char* text, std::size_t size) {
  // `text` lies in the reader's buffer with two bytes behind it, which hiredis (0.14) takes for the
  // line's end without a look when it knows a length.
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
  if (reply_bytes_ == 0) {  // nearly always a whole reply is there, and has one spelling
    const std::string_view text(bytes.data(), bytes.size());
    for (const std::string_view right : {kPong, kPing}) {
      if (text.starts_with(right)) return {.bytes = right.size(), .complete = true};
    }
  }
  // Every right reply ends with a line feed. Line by line the reader never holds bytes of the next
  // one, so what it was given is what the reply used.
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
    throw std::bad_alloc();  // its only cause, since nothing follows a malformed reply
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
