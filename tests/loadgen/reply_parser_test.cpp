#include "loadgen/protocol/reply_parser.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/random.h"
#include "loadgen/protocol/http.h"
#include "loadgen/protocol/redis.h"

namespace sockbench {
namespace {

using MakeParser = std::unique_ptr<ReplyParser> (*)();

constexpr std::size_t kMaxHeaderBytes = 65'536;

/// What a parser made of a stream: until its end, or up to the first wrong reply.
struct Reading {
  std::vector<std::size_t> replies;  // lengths of the right ones
  std::size_t unfinished = 0;        // bytes taken behind them
  bool right = true;

  bool operator==(const Reading&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Reading& reading) {
  out << (reading.right ? "right" : "wrong") << ", " << reading.unfinished << " bytes behind";
  for (const std::size_t bytes : reading.replies) out << " " << bytes;
  return out;
}

class Reader final {
 public:
  explicit Reader(MakeParser make) : parser_(make()) {}

  /// Offers `piece` until the parser has taken all of it, as a connection does.
  void read(std::string_view piece) {
    while (!piece.empty() && reading_.right) {
      const Taken taken = parser_->take(piece);
      ASSERT_LE(taken.bytes, piece.size());
      // A connection whose parser takes nothing would spin.
      ASSERT_TRUE(taken.bytes > 0 || !taken.right);
      ASSERT_TRUE(taken.complete || taken.bytes == piece.size() || !taken.right);
      piece.remove_prefix(taken.bytes);
      reading_.right = taken.right;
      reading_.unfinished += taken.bytes;
      if (taken.complete && taken.right) {
        reading_.replies.push_back(reading_.unfinished);
        reading_.unfinished = 0;
      }
    }
  }
  const Reading& reading() const { return reading_; }

 private:
  std::unique_ptr<ReplyParser> parser_;
  Reading reading_;
};

Reading read_pieces(MakeParser make, std::string_view stream, std::size_t piece_bytes) {
  Reader reader(make);
  for (; !stream.empty(); stream.remove_prefix(std::min(piece_bytes, stream.size()))) {
    reader.read(stream.substr(0, piece_bytes));
  }
  return reader.reading();
}

Reading read_split(MakeParser make, std::string_view stream, std::size_t split) {
  Reader reader(make);
  reader.read(stream.substr(0, split));
  reader.read(stream.substr(split));
  return reader.reading();
}

/// Mostly small pieces, some that hold several replies.
Reading read_at_random(MakeParser make, std::string_view stream, Random& random) {
  Reader reader(make);
  while (!stream.empty()) {
    const std::uint64_t limit = random.below(2) == 0 ? 4 : 700;
    const std::size_t bytes = std::min<std::size_t>(1 + random.below(limit), stream.size());
    reader.read(stream.substr(0, bytes));
    stream.remove_prefix(bytes);
  }
  return reader.reading();
}

struct Case {
  std::string what;
  std::string text;
};

/// A protocol with replies of every kind.
struct Protocol {
  std::string name;
  MakeParser make = nullptr;
  std::vector<Case> right;
  std::vector<Case> wrong;
};

std::ostream& operator<<(std::ostream& out, const Protocol& protocol) {
  return out << protocol.name;
}

Protocol redis() {
  return {.name = "redis",
          .make = redis_reply_parser,
          .right = {{"status", "+PONG\r\n"}, {"echo", "*1\r\n$4\r\nPING\r\n"}},
          .wrong = {{"error", "-ERR unknown command 'PING', with args beginning with: \r\n"},
                    {"error PONG", "-PONG\r\n"},
                    {"status OK", "+OK\r\n"},
                    {"status in lower case", "+pong\r\n"},
                    {"longer status", "+PONG!\r\n"},
                    {"shorter status", "+PON\r\n"},
                    {"status with a line feed", "+PO\nNG\r\n"},
                    {"status PING", "+PING\r\n"},
                    {"bulk string PONG", "$4\r\nPONG\r\n"},
                    {"bulk string PING", "$4\r\nPING\r\n"},
                    {"array of PONG", "*1\r\n$4\r\nPONG\r\n"},
                    {"array of a status", "*1\r\n+PONG\r\n"},
                    {"array of a status PING", "*1\r\n+PING\r\n"},
                    {"array of two", "*2\r\n$4\r\nPING\r\n$4\r\nPING\r\n"},
                    {"string without a line's end", "*1\r\n$4\r\nPING+PONG\r\n"},
                    {"string with a wrong line's end", "*1\r\n$4\r\nPING.\n"},
                    {"length with a leading zero", "*1\r\n$04\r\nPING\r\n"},
                    {"array in an array", "*1\r\n*1\r\n$4\r\nPING\r\n"},
                    {"empty array", "*0\r\n"},
                    {"null", "$-1\r\n"},
                    {"null array", "*-1\r\n"},
                    {"integer", ":1\r\n"},
                    {"binary string of several lines", "$6\r\n\r\n\r\n\n\n\r\n"},
                    {"nonsense", "hello\r\n"},
                    {"HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n"},
                    {"endless status", "+" + std::string(100'000, 'a')},
                    {"endless string", "$1000000\r\n" + std::string(100'000, 'a')},
                    {"endless lines", "$1000000\r\n" + std::string(100'000, '\n')}}};
}

std::string ok(const std::string& fields, const std::string& body) {
  return "HTTP/1.1 200 OK\r\n" + fields + "\r\n" + body;
}

/// What nginx 1.22.1 sends, to the byte, for "200 OK" and "keep-alive"; others are made from it.
std::string nginx(const std::string& status, const std::string& connection) {
  return "HTTP/1.1 " + status +
         "\r\nServer: nginx/1.22.1\r\nDate: Sat, 21 Nov 2026 06:50:57 GMT\r\nContent-Type: "
         "text/html\r\nContent-Length: 13\r\nLast-Modified: Sat, 21 Nov 2026 06:50:56 "
         "GMT\r\nConnection: " +
         connection + "\r\nETag: \"6b013f50-d\"\r\nAccept-Ranges: bytes\r\n\r\nHello, world\n";
}

// These two are nginx's own as well.
constexpr std::string_view kNginxChunked =
    "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Sat, 21 Nov 2026 06:50:58 "
    "GMT\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\nConnection: "
    "keep-alive\r\n\r\n6\r\nhi hi \r\n1\r\n\n\r\n0\r\n\r\n";

constexpr std::string_view kNginxNotFound =
    "HTTP/1.1 404 Not Found\r\nServer: nginx/1.22.1\r\nDate: Sat, 21 Nov 2026 06:50:58 "
    "GMT\r\nContent-Type: text/html\r\nContent-Length: 153\r\nConnection: "
    "keep-alive\r\n\r\n<html>\r\n<head><title>404 Not "
    "Found</title></head>\r\n<body>\r\n<center><h1>404 Not "
    "Found</h1></center>\r\n<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n";

Protocol http() {
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  const std::string two = "Content-Length: 2\r\n";
  return {.name = "http",
          .make = http_reply_parser,
          .right = {{"nginx", nginx("200 OK", "keep-alive")},
                    {"nginx, about to close", nginx("200 OK", "close")},
                    {"HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"},
                    {"nginx, chunked", std::string(kNginxChunked)},
                    {"no body", ok("Content-Length: 0\r\n", "")},
                    {"short", ok(two, "ok")},
                    {"no reason", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n"},
                    {"body like a header", ok("Content-Length: 8\r\n", "\r\n\r\n\r\n\r\n")},
                    {"no chunk", ok(chunked, "0\r\n\r\n")},
                    {"chunks, one like a last chunk",
                     ok(chunked, "5\r\n0\r\n\r\n\r\n1;name=value\r\nx\r\n0\r\n\r\n")},
                    {"chunk, trailer", ok(chunked, "1\r\nx\r\n0\r\nDigest: 1\r\nMore: 2\r\n\r\n")},
                    {"HTTP/1.0 kept alive",
                     "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok"}},
          .wrong = {{"nginx, not found", std::string(kNginxNotFound)},
                    {"moved", nginx("301 Moved Permanently", "keep-alive")},
                    {"created", nginx("201 Created", "keep-alive")},
                    {"unavailable", nginx("503 Service Unavailable", "keep-alive")},
                    {"no content", "HTTP/1.1 204 No Content\r\n\r\n"},
                    {"not modified", "HTTP/1.1 304 Not Modified\r\n\r\n"},
                    {"continue", "HTTP/1.1 100 Continue\r\n\r\n"},
                    {"body of unknown length", ok("", "")},
                    {"body that ends with the connection", ok("Connection: close\r\n", "")},
                    {"negative length", ok("Content-Length: -1\r\n", "")},
                    {"two lengths", ok(two + "Content-Length: 3\r\n", "")},
                    {"length and chunks", ok(two + chunked, "0\r\n\r\n")},
                    {"chunk of no size", ok(chunked, "x\r\n0\r\n\r\n")},
                    {"chunk longer than its size", ok(chunked, "1\r\nxxxx\r\n0\r\n\r\n")},
                    {"field without a colon", ok("Content-Length 0\r\n", "")},
                    {"nonsense", "hello, hello, hello\r\n\r\n"},
                    {"Redis error", "-ERR wrong number of arguments for 'get' command\r\n\r\n"},
                    {"the request", http_request("127.0.0.1", "/")},
                    {"endless status", "HTTP/1.1 200 " + std::string(100'000, 'a')},
                    {"endless field", ok("Field: " + std::string(100'000, 'a'), "")},
                    {"endless chunk extension", ok(chunked, "1;" + std::string(100'000, 'a'))},
                    {"endless trailer", ok(chunked, "0\r\na: " + std::string(100'000, 'a'))}}};
}

class ReplyParsers : public testing::TestWithParam<Protocol> {};
INSTANTIATE_TEST_SUITE_P(Protocol, ReplyParsers, testing::Values(redis(), http()),
                         [](const auto& protocol) { return protocol.param.name; });

TEST_P(ReplyParsers, TakeAWholeReply) {
  const auto& [name, make, right, wrong] = GetParam();
  for (const auto& [what, text] : right) {
    EXPECT_EQ(read_pieces(make, text, text.size()), (Reading{.replies = {text.size()}})) << what;
  }
}

TEST_P(ReplyParsers, LeaveWhatFollows) {
  const auto& [name, make, right, wrong] = GetParam();
  for (const auto& [what, text] : right) {
    for (const std::string_view next : {"\r\n", "nonsense\r\n\r\n"}) {
      const std::unique_ptr<ReplyParser> parser = make();
      const Taken taken = parser->take(text + std::string(next));
      EXPECT_TRUE(taken.complete && taken.right) << what;
      EXPECT_EQ(taken.bytes, text.size()) << what;
    }
  }
}

// Not one byte early, either.
TEST_P(ReplyParsers, TakeAReplyByteByByte) {
  const auto& [name, make, right, wrong] = GetParam();
  for (const auto& [what, text] : right) {
    const std::unique_ptr<ReplyParser> parser = make();
    for (std::size_t i = 0; i < text.size(); ++i) {
      const Taken taken = parser->take(std::span(text).subspan(i, 1));
      ASSERT_TRUE(taken.right) << what << ": byte " << i;
      ASSERT_EQ(taken.bytes, 1U) << what << ": byte " << i;
      ASSERT_EQ(taken.complete, i + 1 == text.size()) << what << ": byte " << i;
    }
  }
}

TEST_P(ReplyParsers, TakeTwoRepliesSplitAnywhere) {
  const auto& [name, make, right, wrong] = GetParam();
  for (const auto& [first_what, first] : right) {
    for (const auto& [second_what, second] : right) {
      const std::string stream = first + second;
      for (std::size_t split = 0; split <= stream.size(); ++split) {
        ASSERT_EQ(read_split(make, stream, split),
                  (Reading{.replies = {first.size(), second.size()}}))
            << first_what << ", " << second_what << ": split at " << split;
      }
    }
  }
}

TEST_P(ReplyParsers, RejectWrongReplies) {
  const auto& [name, make, right, wrong] = GetParam();
  for (const auto& [what, text] : wrong) {
    EXPECT_FALSE(read_pieces(make, text, text.size()).right) << what;
    for (const std::size_t piece_bytes : {1, 2, 7, 1000}) {
      const Reading reading = read_pieces(make, text, piece_bytes);
      EXPECT_FALSE(reading.right) << what << " in pieces of " << piece_bytes;
      EXPECT_TRUE(reading.replies.empty()) << what << " in pieces of " << piece_bytes;
    }
  }
}

TEST_P(ReplyParsers, RejectAWrongReplyBehindARightOne) {
  const auto& [name, make, right, wrong] = GetParam();
  const std::string& first = right.front().text;
  for (const auto& [what, text] : wrong) {
    const std::string stream = first + text;
    for (std::size_t split = 0; split <= std::min<std::size_t>(stream.size(), 400); ++split) {
      const Reading reading = read_split(make, stream, split);
      ASSERT_FALSE(reading.right) << what << ": split at " << split;
      ASSERT_EQ(reading.replies, std::vector{first.size()}) << what << ": split at " << split;
    }
  }
}

TEST_P(ReplyParsers, CountPipelinedRepliesInRandomPieces) {
  const auto& [name, make, right, wrong] = GetParam();
  Random random(1);
  for (int round = 0; round < 200; ++round) {
    std::string stream;
    Reading wanted;
    while (wanted.replies.size() < 50) {
      stream += right[random.below(right.size())].text;
      wanted.replies.push_back(stream.size());
    }
    for (std::size_t i = wanted.replies.size() - 1; i > 0; --i) {
      wanted.replies[i] -= wanted.replies[i - 1];
    }
    ASSERT_EQ(read_at_random(make, stream, random), wanted) << round;
  }
}

// Their limits are for one reply.
TEST_P(ReplyParsers, DoNotTireOfBrokenReplies) {
  const auto& [name, make, right, wrong] = GetParam();
  for (const auto& [what, text] : right) {
    constexpr std::size_t kReplies = 10'000;
    std::string stream;
    for (std::size_t i = 0; i < kReplies; ++i) stream += text;
    for (const std::size_t piece_bytes : {5, 40}) {
      EXPECT_EQ(read_pieces(make, stream, piece_bytes).replies, std::vector(kReplies, text.size()))
          << what << " in pieces of " << piece_bytes;
    }
  }
}

// Bytes that were damaged must not be judged by how they arrive. They may leave a reply that is
// still awaited in small pieces, and is found wrong in large ones only; the right ones are the
// same.
TEST_P(ReplyParsers, FindTheSameRepliesInADamagedStreamHoweverItArrives) {
  const auto& [name, make, right, wrong] = GetParam();
  constexpr std::string_view kLikely = "\r\n:0123456789+-$*; ,aX\n\r";
  Random random(2);
  for (int round = 0; round < 3000; ++round) {
    std::string stream;
    for (int i = 0; i < 4; ++i) stream += right[random.below(right.size())].text;
    for (std::uint64_t damages = 1 + random.below(3); damages > 0; --damages) {
      const auto at = static_cast<std::size_t>(random.below(stream.size()));
      const char byte = kLikely[random.below(kLikely.size())];
      switch (random.below(3)) {
        case 0:
          stream[at] = byte;
          break;
        case 1:
          stream.insert(at, 1, byte);
          break;
        default:
          stream.erase(at, 1);
      }
    }
    const Reading whole = read_pieces(make, stream, stream.size());
    ASSERT_EQ(read_pieces(make, stream, 1).replies, whole.replies) << stream;
    ASSERT_EQ(read_at_random(make, stream, random).replies, whole.replies) << stream;
  }
}

TEST(RedisProtocol, AsksForAPong) { EXPECT_EQ(redis_request(), "*1\r\n$4\r\nPING\r\n"); }

// They would otherwise be told from right ones at the end of their line only.
TEST(RedisProtocol, RejectsNonsenseAtItsFirstByte) {
  for (const std::string_view text : {"P", "\r", "HTTP/1.1"}) {
    EXPECT_FALSE(redis_reply_parser()->take(text).right) << text;
  }
}

TEST(HttpProtocol, AsksForAPage) {
  EXPECT_EQ(http_request("127.0.0.1:8080", "/index.html"),
            "GET /index.html HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: sockbench\r\n\r\n");
}

TEST(HttpProtocol, RejectsNonsenseBeforeTheHeaderEnds) {
  EXPECT_FALSE(read_pieces(http_reply_parser, "+PONG\r\n+PONG\r\n", 1).right);
}

TEST(HttpProtocol, TakesHeadersOf64KiB) {
  const auto with_header = [](std::size_t bytes, const std::string& field) {
    std::string fields = "Content-Length: 2\r\n";
    const std::size_t rest = bytes - ok(fields, "").size();
    while (fields.size() + field.size() + 2 <= rest) fields += field + "\r\n";
    const std::string last = "Last: ";
    const std::size_t filled = ok(fields, "").size() + last.size() + 2;
    return ok(fields + last + std::string(bytes - filled, 'a') + "\r\n", "ok");
  };
  // One long line, or many short ones.
  for (const std::string& field : {std::string(kMaxHeaderBytes, 'a'), std::string("Name: value")}) {
    const std::string longest = with_header(kMaxHeaderBytes, field);
    const std::string too_long = with_header(kMaxHeaderBytes + 1, field);
    for (const std::size_t piece_bytes : {std::size_t{1}, std::size_t{1000}, too_long.size()}) {
      EXPECT_EQ(read_pieces(http_reply_parser, longest, piece_bytes),
                (Reading{.replies = {kMaxHeaderBytes + 2}}))
          << "pieces of " << piece_bytes;
      EXPECT_FALSE(read_pieces(http_reply_parser, too_long, piece_bytes).right)
          << "pieces of " << piece_bytes;
    }
  }
}

TEST(HttpProtocol, TakesBodiesOfAnyLength) {
  constexpr std::size_t kBodyBytes = 20'971'520;  // Beast's own limit is 8 MiB
  const std::string body(kBodyBytes, '\n');
  for (const std::string& reply :
       {ok("Content-Length: 20971520\r\n", body),
        ok("Transfer-Encoding: chunked\r\n", "1400000\r\n" + body + "\r\n0\r\n\r\n")}) {
    for (const std::size_t piece_bytes : {std::size_t{1460}, std::size_t{65536}, reply.size()}) {
      EXPECT_EQ(read_pieces(http_reply_parser, reply + reply, piece_bytes),
                (Reading{.replies = {reply.size(), reply.size()}}))
          << "pieces of " << piece_bytes;
    }
  }
}

}  // namespace
}  // namespace sockbench
