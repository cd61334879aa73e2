#include "servers/session.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "common/clock.h"
#include "tests/support/bytes.h"

namespace sockbench {
namespace {

std::string text_of(std::span<const char> bytes) { return {bytes.begin(), bytes.end()}; }

/// What a model does after recv.
void receive(Session& session, std::string_view bytes) {
  const auto space = session.space();
  ASSERT_LE(bytes.size(), space.size());
  std::copy(bytes.begin(), bytes.end(), space.begin());
  session.received(bytes.size());
}

class SessionTest : public testing::Test {
 protected:
  Protocol protocol;
  ReceiveBuffer buffer{};
  Session session{protocol, buffer};
};

TEST_F(SessionTest, StartsWithNothingToSend) {
  EXPECT_FALSE(session.pending());
  EXPECT_FALSE(session.waiting());
  EXPECT_EQ(session.space().size(), std::size_t{16} * 1024);
}

TEST_F(SessionTest, AnswersInUpperCase) {
  receive(session, test::every_byte());
  EXPECT_TRUE(test::same_bytes(text_of(session.reply()), test::upper(test::every_byte())));
}

TEST_F(SessionTest, Echoes) {
  protocol.reply = Reply::kEcho;
  receive(session, test::every_byte());
  EXPECT_TRUE(test::same_bytes(text_of(session.reply()), test::every_byte()));
}

TEST_F(SessionTest, AnswersAFullBuffer) {
  const std::string bytes = test::random_bytes(buffer.size(), 1);
  receive(session, bytes);
  EXPECT_TRUE(test::same_bytes(text_of(session.reply()), test::upper(bytes)));
}

TEST_F(SessionTest, AnswersWhatTheModelReceivedElsewhere) {
  Session without_buffer(protocol);
  std::string elsewhere = "abc";
  without_buffer.received(elsewhere);
  EXPECT_EQ(without_buffer.reply().data(), elsewhere.data()) << "in place";
  without_buffer.sent(1);
  elsewhere = "xyz";  // the memory serves another connection
  EXPECT_EQ(text_of(without_buffer.reply()), "BC");
}

struct Sends {
  const char* request;
  std::vector<std::size_t> sent;  ///< by one send call each; 0 is EAGAIN
  std::vector<const char*> left;  ///< after each
};

const Sends kSends[] = {
    {"abcdef", {6}, {""}},
    {"abcdef", {0, 6}, {"ABCDEF", ""}},
    {"abcdef", {0, 0, 0, 6}, {"ABCDEF", "ABCDEF", "ABCDEF", ""}},
    {"abcdef", {1, 5}, {"BCDEF", ""}},
    {"abcdef", {5, 1}, {"F", ""}},
    {"abcdef", {1, 1, 1, 1, 1, 1}, {"BCDEF", "CDEF", "DEF", "EF", "F", ""}},
    {"abcdef", {2, 0, 3, 0, 1}, {"CDEF", "CDEF", "F", "F", ""}},
    {"a", {0, 1}, {"A", ""}},
};

TEST_F(SessionTest, PartialSends) {
  for (const Sends& row : kSends) {
    receive(session, row.request);
    EXPECT_FALSE(session.waiting());
    for (std::size_t i = 0; i < row.sent.size(); ++i) {
      session.sent(row.sent[i]);
      EXPECT_EQ(text_of(session.reply()), row.left[i]);
      EXPECT_EQ(session.pending(), *row.left[i] != '\0');
      EXPECT_EQ(session.waiting(), session.pending());
    }
  }
}

TEST_F(SessionTest, TheKeptRestIsItsOwn) {
  Session other(protocol, buffer);
  receive(session, "one of two sessions ");
  session.sent(4);
  std::fill(buffer.begin(), buffer.end(), '!');
  receive(other, "that share a buffer");
  EXPECT_EQ(text_of(session.reply()), "OF TWO SESSIONS ");
  other.sent(0);
  session.sent(3);
  std::fill(buffer.begin(), buffer.end(), '?');
  EXPECT_EQ(text_of(session.reply()), "TWO SESSIONS ");
  EXPECT_EQ(text_of(other.reply()), "THAT SHARE A BUFFER");
}

TEST_F(SessionTest, TheKeptRestMovesAlong) {
  receive(session, "moved");
  session.sent(2);
  Session moved(std::move(session));
  std::fill(buffer.begin(), buffer.end(), '!');
  EXPECT_TRUE(moved.waiting());
  EXPECT_EQ(text_of(moved.reply()), "VED");
  moved.sent(3);
  EXPECT_FALSE(moved.pending());
  receive(moved, "again");
  EXPECT_EQ(text_of(moved.reply()), "AGAIN");
}

TEST_F(SessionTest, SwapsAsConnectionListsDo) {
  Session other(protocol, buffer);
  receive(session, "first");
  session.sent(1);
  receive(other, "second");
  other.sent(1);
  std::swap(session, other);
  EXPECT_EQ(text_of(session.reply()), "ECOND");
  EXPECT_EQ(text_of(other.reply()), "IRST");
}

using SessionDeathTest = SessionTest;

TEST_F(SessionDeathTest, MisuseIsAProgrammerError) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  receive(session, "abc");
  EXPECT_DEATH(session.received(1), "assertion failed") << "a reply is pending";
  EXPECT_DEATH(session.sent(4), "assertion failed") << "more than there was";
  session.sent(3);
  EXPECT_DEATH(session.received(buffer.size() + 1), "assertion failed");
}

constexpr std::int64_t kWorkNs = kNsPerMs;

/// How many messages the handler worked for, told from the time that receiving took. A lower bound:
/// a busy machine only adds to the time, so callers demand at least so many.
std::int64_t messages_worked_for(Session& session, std::size_t bytes) {
  const std::int64_t start = now_ns();
  receive(session, std::string(bytes, 'x'));
  const std::int64_t worked = (now_ns() - start) / kWorkNs;
  session.sent(bytes);
  return worked;
}

struct Fragments {
  std::vector<std::size_t> bytes;   ///< received at a time
  std::vector<int> messages_ended;  ///< by each
};

const Fragments kFragments[] = {
    {{10}, {1}},
    {{30}, {3}},
    {{9, 1}, {0, 1}},
    {{1, 9}, {0, 1}},
    {{15, 5}, {1, 1}},
    {{5, 5, 5, 5}, {0, 1, 0, 1}},
    {{9, 12, 9}, {0, 2, 1}},
    {{99, 1}, {9, 1}},
};

TEST_F(SessionTest, HandlerWorksForEveryCompleteMessage) {
  protocol.message_bytes = 10;
  for (const Handler::Kind kind : {Handler::Kind::kSpin, Handler::Kind::kSleep}) {
    protocol.handler = {kind, kWorkNs};
    for (const Fragments& row : kFragments) {
      Session fresh(protocol, buffer);
      for (std::size_t i = 0; i < row.bytes.size(); ++i) {
        EXPECT_GE(messages_worked_for(fresh, row.bytes[i]), row.messages_ended[i]);
      }
    }
  }
}

TEST_F(SessionTest, HandlerWorksForOneMessageInSoMany) {
  protocol.message_bytes = 10;
  protocol.handler = {Handler::Kind::kSleep, kWorkNs, 4};
  EXPECT_GE(messages_worked_for(session, 400), 10) << "one of four, wherever the count begins";
  constexpr std::int64_t kLongNs = 300 * kNsPerMs;
  protocol.handler = {Handler::Kind::kSleep, kLongNs, 100};
  Session fresh(protocol, buffer);
  EXPECT_LT(messages_worked_for(fresh, 1000), 5 * kLongNs / kWorkNs) << "one of these hundred";
}

// With so much work for each message, doing it for an incomplete one could not go unnoticed.
TEST_F(SessionTest, HandlerDoesNothingForAnIncompleteMessage) {
  protocol.message_bytes = 10;
  protocol.handler = {Handler::Kind::kSleep, 5 * kNsPerSecond};
  EXPECT_LT(messages_worked_for(session, 9), 5 * kNsPerSecond / kWorkNs);
}

}  // namespace
}  // namespace sockbench
