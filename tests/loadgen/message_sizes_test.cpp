#include "loadgen/protocol/message_sizes.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "common/error.h"
#include "loadgen/protocol/message.h"
#include "tests/support/bytes.h"

namespace sockbench {
namespace {

MessageSizes parse(const std::string& text) { return MessageSizes::parse(text, "--message-bytes"); }

std::map<std::size_t, int> drawn(const MessageSizes& sizes, int count) {
  std::map<std::size_t, int> of_size;
  for (int i = 0; i < count; ++i) {
    ++of_size[sizes.of(static_cast<std::uint32_t>(i % 7), static_cast<std::uint64_t>(i / 7))];
  }
  return of_size;
}

TEST(MessageSizes, AreFixed) {
  struct Row {
    const char* text;
    std::size_t bytes;
  };
  for (const auto& [text, bytes] :
       {Row{"64", 64}, Row{"1", 1}, Row{"4KiB", 4096}, Row{"64MiB", 64 << 20}}) {
    const MessageSizes sizes = parse(text);
    EXPECT_TRUE(sizes.fixed());
    EXPECT_EQ(sizes.of(3, 5), bytes);
    EXPECT_EQ(sizes.largest(), bytes);
    EXPECT_EQ(sizes.mean(), static_cast<double>(bytes));
  }
}

TEST(MessageSizes, AreUniform) {
  const MessageSizes sizes = parse("uniform:10-19");
  EXPECT_FALSE(sizes.fixed());
  EXPECT_EQ(sizes.largest(), 19U);
  EXPECT_EQ(sizes.mean(), 14.5);
  EXPECT_EQ(sizes.text(), "uniform:10-19");
  const auto of_size = drawn(sizes, 100'000);
  EXPECT_EQ(of_size.begin()->first, 10U);
  EXPECT_EQ(of_size.rbegin()->first, 19U);
  for (const auto& [bytes, count] : of_size) EXPECT_NEAR(count, 10'000, 500) << bytes;
}

TEST(MessageSizes, HaveWeights) {
  const MessageSizes sizes = parse("64:90,4KiB:9,1MiB:1");
  EXPECT_EQ(sizes.largest(), 1U << 20);
  EXPECT_NEAR(sizes.mean(), 0.9 * 64 + 0.09 * 4096 + 0.01 * (1 << 20), 1e-6);
  const auto of_size = drawn(sizes, 100'000);
  ASSERT_EQ(of_size.size(), 3U);
  EXPECT_NEAR(of_size.at(64), 90'000, 600);
  EXPECT_NEAR(of_size.at(4096), 9'000, 500);
  EXPECT_NEAR(of_size.at(1 << 20), 1'000, 160);
}

// Sender and checker ask separately.
TEST(MessageSizes, AreTheSameWheneverAsked) {
  const MessageSizes sizes = parse("uniform:1-1000");
  const MessageSizes again = parse("uniform:1-1000");
  for (std::uint64_t i = 0; i < 1000; ++i) EXPECT_EQ(sizes.of(3, i), again.of(3, i));
  EXPECT_NE(sizes.of(3, 1), sizes.of(4, 1)) << "connections do not march in step";
}

TEST(MessageSizes, NonsenseIsRefusedByName) {
  for (const char* text :
       {"",         "0",         "-1",          "65MiB",       "nonsense",
        "uniform:", "uniform:5", "uniform:9-5", "uniform:0-5", "uniform:1-65MiB",
        "64:0",     "64:-1",     "64:x",        "64:",         ":5",
        "64:1,",    "64:1,128",  "64:inf",      "64:nan",      "uniform:1-2,64:1"}) {
    try {
      parse(text);
      ADD_FAILURE() << "'" << text << "' was taken";
    } catch (const UsageError& error) {
      EXPECT_NE(std::string(error.what()).find("--message-bytes"), std::string::npos) << text;
    }
  }
}

// The stream of messages of changing length is what its single messages are.
TEST(MessagesOfManySizes, FollowEachOther) {
  const Messages messages(parse("uniform:1-300"), true);
  std::string stream;
  for (std::uint64_t i = 0; i < 50; ++i) {
    std::string one(messages.bytes(9, i), '?');
    messages.write(9, i, 0, one);
    EXPECT_TRUE(messages.matches(9, i, 0, test::upper(one)));
    stream += one;
  }
  std::string written(stream.size(), '?');
  messages.write(9, 0, 0, written);
  EXPECT_EQ(written, stream);
}

}  // namespace
}  // namespace sockbench
