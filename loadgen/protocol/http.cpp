#include "loadgen/protocol/http.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/error.h"

namespace sockbench {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

/// The limit of a header, and of the framing of a chunk.
constexpr std::uint32_t kMaxHeaderBytes = 64 * 1024;
/// Completes a usual header; the bytes behind it are parsed in place.
constexpr std::size_t kPieceBytes = 1024;
/// "HTTP/1.1 200": with fewer bytes Beast waits for the end of a header even if they are invalid.
constexpr std::size_t kStatusBytes = 12;
/// "0\r\n\r\n": the minimum after a chunk. Beast asserts this number of bytes in the next call.
constexpr std::size_t kLastChunkBytes = 5;

/// Beast's parser of one reply; stores nothing.
class HttpReply final : public http::basic_parser<false> {
 public:
  HttpReply() {
    eager(true);
    header_limit(kMaxHeaderBytes);
    body_limit(boost::none);
  }

 private:
  void on_request_impl(http::verb, string_view, string_view, int, error_code&) override {}
  void on_response_impl(int status, string_view, int, error_code&) override { status_ = status; }
  void on_field_impl(http::field, string_view, string_view, error_code&) override {}
  void on_header_impl(error_code& error) override {
    // A server may close after any reply, which is correct. But the end of the reply must be known
    // without the close.
    if (status_ != 200 || need_eof()) error = http::error::bad_status;
  }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(string_view body, error_code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code&) override {
    return body.size();
  }
  void on_finish_impl(error_code&) override {}

  int status_ = 0;
};

class HttpReplyParser final : public ReplyParser {
 public:
  HttpReplyParser() { reply_.emplace(); }
  Taken take(std::span<const char> bytes) override;

 private:
  /// One step; takes at least one byte.
  Taken take_some(std::span<const char> bytes);
  /// Passes `input` to Beast; unused bytes must be passed again, followed by more.
  Taken put(std::span<const char> input);
  /// The number of bytes needed before a call of Beast.
  std::size_t wanted() const;
  /// The limit of bytes that Beast may leave unused, exclusive.
  std::size_t room() const {
    return reply_->is_header_done() ? kMaxHeaderBytes : kMaxHeaderBytes - header_bytes_;
  }

  std::optional<HttpReply> reply_;  // never empty; a new one for each reply
  std::size_t header_bytes_ = 0;    // used by Beast, which has no limit over several fields
  std::vector<char> pending_;       // received but unused by Beast: an incomplete line or header
};

std::size_t HttpReplyParser::wanted() const {
  if (!reply_->got_some()) return kStatusBytes;
  // Beast always uses all bytes of a body.
  return reply_->is_header_done() && !pending_.empty() ? kLastChunkBytes : 1;
}

Taken HttpReplyParser::take(std::span<const char> bytes) {
  Taken taken;
  while (taken.bytes < bytes.size() && !taken.complete && taken.right) {
    const Taken next = take_some(bytes.subspan(taken.bytes));
    taken = {.bytes = taken.bytes + next.bytes, .complete = next.complete, .right = next.right};
  }
  return taken;
}

Taken HttpReplyParser::take_some(std::span<const char> bytes) {
  const std::size_t before = pending_.size();
  const std::size_t wanted_bytes = wanted();
  std::span<const char> piece = bytes.first(std::min(bytes.size(), room() - before));
  std::span<const char> input = piece;
  if (before > 0) {
    piece = piece.first(std::min(piece.size(), kPieceBytes));
    pending_.insert(pending_.end(), piece.begin(), piece.end());
    input = pending_;
  }
  Taken taken;
  if (input.size() >= wanted_bytes) taken = put(input);
  if (taken.complete) {
    // Without the new bytes the reply was not complete.
    SOCKBENCH_ASSERT(taken.bytes > before);
    taken.bytes -= before;
    pending_.clear();
    return taken;
  }
  if (before > 0) {
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(taken.bytes));
  } else {
    const std::span<const char> left = input.subspan(taken.bytes);
    pending_.assign(left.begin(), left.end());
  }
  taken.bytes = piece.size();
  return taken;
}

Taken HttpReplyParser::put(std::span<const char> input) {
  error_code error;
  Taken taken;
  taken.bytes = reply_->put({input.data(), input.size()}, error);
  if (error && error != http::error::need_more) {
    taken.right = false;
  } else if (reply_->is_done()) {
    taken.complete = true;
    reply_.emplace();
    header_bytes_ = 0;
  } else {
    if (!reply_->is_header_done()) header_bytes_ += taken.bytes;
    taken.right = input.size() - taken.bytes < room();
  }
  return taken;
}

}  // namespace

std::string http_request(const std::string& host, const std::string& path) {
  return "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: sockbench\r\n\r\n";
}

std::unique_ptr<ReplyParser> http_reply_parser() { return std::make_unique<HttpReplyParser>(); }

}  // namespace sockbench
