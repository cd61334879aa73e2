// Back-pressure: a client that sends and does not read makes the server stop receiving from it, not
// collect replies; nobody else notices, and nothing is lost when it reads at last.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/conformance/server_under_test.h"
#include "tests/support/bytes.h"
#include "tests/support/patience.h"
#include "tests/support/process_stats.h"

namespace sockbench::test {
namespace {

constexpr std::size_t kBulk = 8 * kMiB;
// The server's buffers grow to tcp_wmem[2] and tcp_rmem[2], usually 4 and 6 MiB, sometimes 32.
constexpr std::size_t kMoreThanTheKernelStores = 64 * kMiB;
constexpr milliseconds kFull{150};

/// How much a server may grow by, in bytes. A completion model may be handed a whole receive window
/// (tcp_rmem, 6 MiB) before it can object. The sanitizers keep up to three quarters of a MiB for
/// each thread, and all 64 of a pool may still be starting; even so, an unbounded server would take
/// more.
std::int64_t memory_bound() { return (model().sanitized ? 56 : 8) * std::int64_t{kMiB}; }

TEST(SlowReader, MemoryStaysBoundedAndEveryByteArrives) {
  const ServerUnderTest server;
  // Where the limit is the model's own, all its threads and processes have started once it is full.
  std::vector<TestClient> others;
  for (std::size_t i = 1; model().max_connections && i < model().at_once(64); ++i) {
    others.emplace_back(server.endpoint());
    ASSERT_TRUE(answers(others.back()));
  }
  TestClient client(server.endpoint(), kSmallBuffers);
  ASSERT_TRUE(answers(client, random_bytes(kMiB, 1)));  // whatever is allocated once is allocated
  const std::int64_t memory_before = private_memory_bytes(server.pid());

  const std::string all = random_bytes(kMoreThanTheKernelStores, 2);
  const std::size_t sent = client.send_until_full(all, kFull);
  EXPECT_LT(sent, all.size()) << "the server went on receiving although its replies were not read";
  const std::int64_t growth = private_memory_bytes(server.pid()) - memory_before;
  EXPECT_LT(growth, memory_bound()) << "after " << sent << " bytes of which no reply was read";

  // From here on it reads while it writes the rest.
  const std::string_view request(all.data(), std::clamp(sent + kMiB, kBulk, all.size()));
  const std::string reply = client.exchange(request.substr(sent), request.size());
  EXPECT_TRUE(same_bytes(reply, upper(request)));
  EXPECT_TRUE(answers(client)) << "the connection is as good as new";
}

TEST(SlowReader, OthersAreServedMeanwhile) {
  if (model().at_once(2) < 2) GTEST_SKIP() << model().name << " serves one connection at a time";
  const ServerUnderTest server;
  const std::string request = random_bytes(kBulk, 3);
  std::vector<TestClient> slow;
  std::vector<std::size_t> sent;
  for (std::size_t i = 0; i < model().at_once(6) - 1; ++i) {
    slow.emplace_back(server.endpoint(), kSmallBuffers);
    sent.push_back(slow.back().send_until_full(request, milliseconds(50)));
  }
  TestClient other(server.endpoint());
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(answers(other));
  // The replies that wait are each connection's own, although all share one receive buffer.
  for (std::size_t i = 0; i < slow.size(); ++i) {
    EXPECT_TRUE(same_bytes(slow[i].receive(sent[i]), upper(request.substr(0, sent[i]))));
    EXPECT_TRUE(answers(other));
  }
}

// Sends fall short on many connections in the same moment, between messages of those that read.
TEST(SlowReader, ManyStallTogether) {
  const ServerUnderTest server;
  const std::string request = random_bytes(kBulk, 6);
  const std::size_t count = model().at_once(12);
  std::vector<TestClient> slow;
  while (slow.size() < count) slow.emplace_back(server.endpoint(), kSmallBuffers);
  std::vector<std::size_t> sent(count);
  for (std::size_t quiet_turns = 0; quiet_turns < 20;) {
    std::size_t progress = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const auto piece = std::string_view(request).substr(sent[i], kMiB / 4);
      const std::size_t more = slow[i].send_until_full(piece, milliseconds(1));
      sent[i] += more;
      progress += more;
    }
    quiet_turns = progress > 0 ? 0 : quiet_turns + 1;
  }
  for (std::size_t i = 0; i < count; ++i) {
    EXPECT_TRUE(same_bytes(slow[i].receive(sent[i]), upper(request.substr(0, sent[i]))));
  }
  for (TestClient& client : slow) EXPECT_TRUE(answers(client));
}

// Waiting for the reader means waiting for writability, not being told again and again of input
// that is not wanted.
REPEATED_TEST(SlowReader, DoesNotSpin) {
  if (model().family == "polling") GTEST_SKIP() << model().name << " spins by definition";
  const ServerUnderTest server;
  TestClient client(server.endpoint(), kSmallBuffers);
  client.send_until_full(random_bytes(kMoreThanTheKernelStores, 5), kFull);
  const std::int64_t before = cpu_time_ns(server.pid());
  ::poll(nullptr, 0, 300);
  const std::int64_t used = cpu_time_ns(server.pid()) - before;
  EXPECT_LT(used, 30'000'000) << "nanoseconds of CPU in 300 ms, which is 10 %";
}

TEST(SlowReader, ServedOnAfterReadingInDrops) {
  const ServerUnderTest server;
  TestClient client(server.endpoint(), kSmallBuffers);
  const std::string request = random_bytes(kBulk, 4);
  const std::size_t sent = client.send_until_full(request, milliseconds(50));
  std::string reply;
  for (std::size_t drop = 1; reply.size() < sent; drop = drop * 3 % 60'000 + 1) {
    reply += client.receive(std::min(drop, sent - reply.size()));
  }
  EXPECT_TRUE(same_bytes(reply, upper(request.substr(0, sent))));
  EXPECT_TRUE(answers(client));
}

}  // namespace
}  // namespace sockbench::test
