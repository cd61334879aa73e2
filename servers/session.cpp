#include "servers/session.h"

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "common/clock.h"
#include "common/error.h"

namespace sockbench {
namespace {

void to_upper(std::span<char> bytes) {
  for (char& byte : bytes) {
    const bool lower = byte >= 'a' && byte <= 'z';
    byte = static_cast<char>(byte - (lower ? 'a' - 'A' : 0));  // no branch: the loop vectorizes
  }
}

void work(const Handler& handler) {
  if (handler.kind == Handler::Kind::kSpin) {
    const std::int64_t end = now_ns() + handler.ns;
    while (now_ns() < end) {
    }
  } else {
    timespec left{handler.ns / kNsPerSecond, handler.ns % kNsPerSecond};
    while (::clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR) {
    }
  }
}

}  // namespace

void Session::received(std::size_t count) {
  SOCKBENCH_ASSERT(count <= buffer_bytes_);
  received(std::span(buffer_, count));
}

void Session::received(std::span<char> bytes) {
  SOCKBENCH_ASSERT(reply_.empty());
  if (protocol_->reply == Reply::kUpper) to_upper(bytes);
  if (protocol_->handler.kind != Handler::Kind::kNone) handle_messages(bytes.size());
  reply_ = bytes;
}

void Session::sent(std::size_t count) {
  SOCKBENCH_ASSERT(count <= reply_.size());
  reply_ = reply_.subspan(count);
  if (reply_.empty()) {
    if (kept_) kept_.reset();
  } else if (!kept_) {  // other connections use the receive buffer meanwhile
    kept_ = std::make_unique_for_overwrite<char[]>(reply_.size());
    std::copy(reply_.begin(), reply_.end(), kept_.get());
    reply_ = {kept_.get(), reply_.size()};
  }
}

void Session::handle_messages(std::size_t count) {
  const Handler& handler = protocol_->handler;
  // Connections start at different messages, also those of forked processes, which share no
  // counter. Otherwise all connections would do the work for 1 % of messages at the same time.
  if (until_work_ == 0) until_work_ = 1 + static_cast<std::uint32_t>(now_ns() % handler.every);
  const auto message_bytes = static_cast<std::uint32_t>(protocol_->message_bytes);
  message_progress_ += static_cast<std::uint32_t>(count);
  for (; message_progress_ >= message_bytes; message_progress_ -= message_bytes) {
    if (--until_work_ > 0) continue;
    work(handler);
    until_work_ = handler.every;
  }
}

}  // namespace sockbench
