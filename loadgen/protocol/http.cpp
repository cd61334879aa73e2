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

/// For a header as a whole, and likewise for what surrounds a chunk.
constexpr std::uint32_t kMaxHeaderBytes = 64 * 1024;
/// What completes a usual header; what is behind it shall be parsed where it is.
constexpr std::size_t kPieceBytes = 1024;
/// "HTTP/1.1 200": with fewer bytes Beast would wait for a header's end even if they are nonsense.
constexpr std::size_t kStatusBytes = 12;
/// "0\r\n\r\n": the least that follows a chunk. Beast asserts so many when it is called again.
constexpr std::size_t kLastChunkBytes = 5;

/// Beast's parser of one reply. Keeps nothing of it.
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
    // A server may close after any reply; that reply is right. Its end must be seen without that.
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
  /// Gives `input` to Beast; what that leaves over must come again, with more behind it.
  Taken put(std::span<const char> input);
  /// How many bytes must be there before Beast is asked.
  std::size_t wanted() const;
  /// How many bytes Beast may leave over, exclusive.
  std::size_t room() const {
    return reply_->is_header_done() ? kMaxHeaderBytes : kMaxHeaderBytes - header_bytes_;
  }

  std::optional<HttpReply> reply_;  // always there; a new one for each reply
  std::size_t header_bytes_ = 0;    // that Beast took; it sees to no limit over several fields
  std::vector<char> pending_;       // taken, left over by Beast: an unfinished line or header
};

std::size_t HttpReplyParser::wanted() const {
  if (!reply_->got_some()) return kStatusBytes;
  // Beast leaves nothing of a body over.
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
