#include "loadgen/protocol/message.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "common/random.h"
#include "tests/support/bytes.h"

namespace sockbench {
namespace {

// On both sides of the header's end, of its two halves, and of a size that needs several segments.
constexpr std::size_t kSizes[] = {1, 2, 8, 15, 16, 17, 64, 5000};
constexpr std::size_t kHeaderBytes = 16;

// Numbers whose letters are all alike, all different, or about to carry.
constexpr std::uint32_t kConnections[] = {0, 1, 15, 16, 0x11111111, 0x76543210, 0xffffffff};
constexpr std::uint64_t kSequences[] = {0, 1, 15, 16, 255, 65'535, 0x11111111, 0xfffffffe};

std::string request(const Messages& messages, std::uint32_t connection, std::uint64_t sequence) {
  std::string out(messages.bytes(0, 0), '?');
  messages.write(connection, sequence, 0, out);
  return out;
}

std::string reply(const Messages& messages, std::uint32_t connection, std::uint64_t sequence) {
  return test::upper(request(messages, connection, sequence));
}

/// What the header must be, one letter at a time.
std::string header(std::uint32_t connection, std::uint64_t sequence) {
  std::string out;
  for (int nibble = 0; nibble < 8; ++nibble) {
    out.push_back(static_cast<char>('a' + (sequence >> (4 * nibble) & 15)));
  }
  for (int nibble = 0; nibble < 8; ++nibble) {
    out.push_back(static_cast<char>('a' + (connection >> (4 * nibble) & 15)));
  }
  return out;
}

TEST(Messages, CarryTheirNumbersInLetters) {
  for (const std::size_t bytes : kSizes) {
    const Messages messages(bytes, true);
    ASSERT_EQ(messages.bytes(0, 0), bytes);
    for (const std::uint32_t connection : kConnections) {
      for (const std::uint64_t sequence : kSequences) {
        EXPECT_EQ(request(messages, connection, sequence).substr(0, kHeaderBytes),
                  header(connection, sequence).substr(0, bytes));
      }
    }
  }
}

// A server may only change lower case to upper, so nothing else may be sent.
TEST(Messages, ConsistOfLowerCaseLetters) {
  const std::string text = request(Messages(5000, true), 0xffffffff, 0xffffffff);
  EXPECT_TRUE(std::all_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; }));
}

TEST(Messages, WriteAcrossBordersIsTheConcatenation) {
  for (const std::size_t bytes : kSizes) {
    const Messages messages(bytes, true);
    constexpr std::uint64_t kFirst = 14;  // the next ones carry into the second letter
    std::string stream;
    while (stream.size() < 3 * bytes + 40) {
      stream += request(messages, 7, kFirst + stream.size() / bytes);
    }
    for (std::size_t offset = 0; offset < bytes; ++offset) {
      const std::size_t rest = bytes - offset;
      for (const std::size_t length :
           {std::size_t{0}, std::size_t{1}, rest, rest + 1, rest + bytes, rest + bytes + 17}) {
        std::string out(length, '?');
        messages.write(7, kFirst, offset, out);
        ASSERT_EQ(out, stream.substr(offset, length))
            << bytes << ": " << length << " at " << offset;
      }
    }
  }
}

TEST(Messages, MatchEveryPieceOfTheRightReply) {
  Random random(1);
  for (const std::size_t bytes : kSizes) {
    for (const bool upper : {true, false}) {
      const Messages messages(bytes, upper);
      const std::string right = upper ? reply(messages, 3, 99) : request(messages, 3, 99);
      EXPECT_TRUE(messages.matches(3, 99, 0, right));
      for (int i = 0; i < 200; ++i) {
        const auto from = static_cast<std::size_t>(random.below(bytes));
        const auto length = static_cast<std::size_t>(random.below(bytes - from + 1));
        EXPECT_TRUE(messages.matches(3, 99, from, std::string_view(right).substr(from, length)));
      }
    }
  }
}

TEST(Messages, RejectTheWrongCase) {
  for (const std::size_t bytes : kSizes) {
    const Messages upper(bytes, true);
    const Messages echo(bytes, false);
    EXPECT_FALSE(upper.matches(0, 0, 0, request(upper, 0, 0)));
    EXPECT_FALSE(echo.matches(0, 0, 0, reply(echo, 0, 0)));
  }
}

TEST(Messages, RejectEveryWrongByte) {
  for (const std::size_t bytes : kSizes) {
    const Messages messages(bytes, true);
    const std::string right = reply(messages, 5, 77);
    std::string received = right;
    for (std::size_t i = 0; i < bytes; ++i) {
      for (int flip = 1; flip < 256; ++flip) {
        received[i] = static_cast<char>(right[i] ^ flip);
        ASSERT_FALSE(messages.matches(5, 77, 0, received)) << bytes << ": byte " << i;
      }
      // Likewise when it arrives alone.
      ASSERT_FALSE(messages.matches(5, 77, i, std::string_view(received).substr(i, 1)));
      received[i] = right[i];
    }
  }
}

// A byte that was lost or doubled on the way shifts everything behind it. Lost ones are found in
// the same reply; doubled ones at the end of the next at the latest, since 16 bytes of equal
// letters look the same after a step.
TEST(Messages, RejectAShiftedStream) {
  for (const std::size_t bytes : {16, 17, 64, 5000}) {
    const Messages messages(bytes, true);
    for (const std::uint32_t connection : kConnections) {
      for (const std::uint64_t sequence : kSequences) {
        std::string stream;
        for (std::uint64_t i = 0; i < 4; ++i)
          stream += reply(messages, connection, sequence - 1 + i);
        const auto matches = [&](std::uint64_t number, std::size_t from) {
          return messages.matches(connection, number, 0,
                                  std::string_view(stream).substr(from, bytes));
        };
        ASSERT_TRUE(matches(sequence, bytes) && matches(sequence + 1, 2 * bytes));
        for (std::size_t shift = 1; shift < bytes; shift = shift < 40 ? shift + 1 : shift * 2) {
          ASSERT_FALSE(matches(sequence, bytes + shift)) << bytes << ": " << shift << " lost";
          ASSERT_FALSE(matches(sequence, bytes - shift) && matches(sequence + 1, 2 * bytes - shift))
              << bytes << ": " << shift << " too many";
        }
      }
    }
  }
}

// n bytes of header hold n hexadecimal digits of the sequence number.
TEST(Messages, RejectStaleReplies) {
  for (const std::size_t bytes : kSizes) {
    const Messages messages(bytes, true);
    const std::uint64_t told_apart = bytes >= 8 ? 70'000 : std::uint64_t{1} << (4 * bytes);
    for (const std::uint64_t sequence : {std::uint64_t{100'000}, std::uint64_t{0xffffffff}}) {
      for (std::uint64_t age = 1; age < told_apart; age = age < 300 ? age + 1 : age * 3) {
        ASSERT_FALSE(messages.matches(9, sequence, 0, reply(messages, 9, sequence - age)))
            << bytes << ": " << age << " old";
        ASSERT_FALSE(messages.matches(9, sequence, 0, reply(messages, 9, sequence + age)))
            << bytes << ": " << age << " early";
      }
    }
  }
}

// The digits of the connection's number begin at the ninth byte.
TEST(Messages, RejectRepliesOfOtherConnections) {
  for (const std::size_t bytes :
       {std::size_t{9}, std::size_t{15}, std::size_t{16}, std::size_t{64}, std::size_t{5000}}) {
    const Messages messages(bytes, true);
    const int digits = static_cast<int>(std::min(bytes, kHeaderBytes)) - 8;
    for (const std::uint32_t connection : kConnections) {
      for (int bit = 0; bit < 4 * digits; ++bit) {
        const std::uint32_t other = connection ^ (std::uint32_t{1} << bit);
        ASSERT_FALSE(messages.matches(connection, 4, 0, reply(messages, other, 4)))
            << bytes << ": " << other << " for " << connection;
      }
    }
  }
}

TEST(MessagesDeathTest, APieceBeyondTheReplyIsAProgrammerError) {
  const Messages messages(64, true);
  EXPECT_DEATH((void)messages.matches(0, 0, 60, std::string(5, 'A')), "assertion failed");
}

}  // namespace
}  // namespace sockbench
