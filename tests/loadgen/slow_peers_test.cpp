// Slow peers against real servers. Time is what the test says it is, so rates are exact; only what
// the server does meanwhile is waited for.

#include "loadgen/slow_peers.h"

#include <gtest/gtest.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "common/error.h"
#include "tests/loadgen/programs.h"
#include "tests/support/bytes.h"
#include "tests/support/test_client.h"

namespace sockbench::test {
namespace {

constexpr std::int64_t kTickNs = 10 * kNsPerMs;

/// Slow peers with a clock of their own.
class Slow final {
 public:
  explicit Slow(const SlowPeersOptions& options) : peers_(options) { peers_.tick(now_); }

  /// Lets `ns` of the peers' time pass, tick by tick.
  void pass(std::int64_t ns) {
    for (const std::int64_t end = now_ + ns; now_ < end;) peers_.tick(now_ += kTickNs);
  }
  /// Ticks on without letting time pass until `holds` of the result; false when it never does.
  template <typename Holds>
  bool settles(Holds holds) {
    return eventually([&] {
      peers_.tick(now_);
      return holds(peers_.result());
    });
  }
  /// The same with time passing.
  template <typename Holds>
  bool comes_to(Holds holds) {
    return eventually([&] {
      pass(kTickNs);
      return holds(peers_.result());
    });
  }
  /// Until every slow reader's send side has long been full.
  void fill() {
    std::uint64_t before = 0;
    for (int still = 0; still < 20;) {
      let_pass(milliseconds(5));
      peers_.tick(now_);
      const std::uint64_t sent = result().readers.bytes_sent;
      still = sent == before ? still + 1 : 0;
      before = sent;
    }
  }
  const SlowPeersResult& result() const { return peers_.result(); }
  const std::string& failure() const { return peers_.first_failure(); }

 private:
  SlowPeers peers_;
  std::int64_t now_ = 1'000'000 * kTickNs;
};

SlowPeersOptions options(const Endpoint& server, int readers, int writers, double rate) {
  return {.server = server, .readers = readers, .writers = writers, .bytes_per_second = rate};
}

bool replied(const SlowPeersResult& result) {
  return result.writers.bytes_received == result.writers.bytes_sent;
}

TEST(SlowWriters, SendAtTheirRateAndVerifyEveryReply) {
  for (const bool upper : {true, false}) {
    const Server server("epoll", {"--reply", upper ? "upper" : "echo"});
    SlowPeersOptions wanted = options(server.endpoint(), 0, 3, 5000);
    wanted.upper = upper;
    Slow slow(wanted);
    EXPECT_EQ(slow.result().writers.connected, 3);
    slow.pass(2 * kNsPerSecond);
    EXPECT_NEAR(static_cast<double>(slow.result().writers.bytes_sent), 3 * 2 * 5000, 3);
    EXPECT_TRUE(slow.settles(replied)) << to_json(slow.result()).dump();
    EXPECT_EQ(slow.result().writers.wrong + slow.result().writers.lost, 0) << slow.failure();
  }
}

TEST(SlowWriters, SendAByteNowAndThenAndNeverMoreThanTheyOwe) {
  const Server server("epoll");
  Slow slow(options(server.endpoint(), 0, 4, 0.5));
  for (std::uint64_t seconds = 2; seconds <= 20; seconds += 2) {
    slow.pass(2 * kNsPerSecond);
    EXPECT_LE(slow.result().writers.bytes_sent, 4 * seconds / 2 + 3);
    EXPECT_GE(slow.result().writers.bytes_sent, 4 * (seconds / 2 - 1));
  }
  EXPECT_TRUE(slow.settles(replied));
}

TEST(SlowWriters, DoNotCatchUpInABurstAfterAStall) {
  const Server server("epoll");
  SlowPeers peers(options(server.endpoint(), 0, 1, 1000));
  peers.tick(0);
  peers.tick(60 * kNsPerSecond);
  EXPECT_EQ(peers.result().writers.bytes_sent, 1000);
}

TEST(SlowReaders, KeepTheServerFullAndReceiveAtTheirRate) {
  const Server server("epoll");
  Slow slow(options(server.endpoint(), 4, 0, 2000));
  EXPECT_EQ(slow.result().readers.connected, 4);
  EXPECT_EQ(slow.result().readers.bytes_received, 0);
  slow.fill();
  EXPECT_GT(slow.result().readers.bytes_sent, 4 * 64 * 1024) << "their replies wait in the server";
  for (std::uint64_t second = 1; second <= 5; ++second) {
    slow.pass(kNsPerSecond);
    EXPECT_LE(slow.result().readers.bytes_received, 4 * second * 2000 + 3);
    // Ticks of the same instant take what the server had no time to deliver.
    const std::uint64_t least = 4 * (second * 2000 - 1);
    EXPECT_TRUE(slow.settles([&](const auto& r) { return r.readers.bytes_received >= least; }))
        << to_json(slow.result()).dump();
    EXPECT_LE(slow.result().readers.bytes_received, 4 * second * 2000 + 3);
  }
  EXPECT_EQ(slow.result().readers.wrong + slow.result().readers.lost, 0) << slow.failure();
}

TEST(SlowReaders, SendABoundedAmountPerTickAndAreBoundedByTheServer) {
  const Server server("epoll");
  SlowPeers one_tick(options(server.endpoint(), 8, 0, 1));
  one_tick.tick(0);
  EXPECT_GT(one_tick.result().readers.bytes_sent, 0);
  EXPECT_LE(one_tick.result().readers.bytes_sent, 256 * 1024);
  Slow slow(options(server.endpoint(), 2, 0, 1));
  slow.fill();
  EXPECT_LT(slow.result().readers.bytes_sent, 2 * 8 * 1024 * 1024);
  EXPECT_EQ(slow.result().readers.bytes_received, 0);
}

TEST(SlowReaders, DoNotHarmOthersOfAServerThatIsNotBlocked) {
  const Server server("epoll");
  Slow slow(options(server.endpoint(), 20, 0, 100));
  ASSERT_EQ(slow.result().readers.connected, 20);
  slow.fill();
  TestClient other(server.endpoint());
  for (int i = 0; i < 100; ++i) {
    const std::string request = random_bytes(1000, static_cast<std::uint64_t>(i));
    ASSERT_TRUE(same_bytes(other.exchange(request), upper(request)));
    slow.pass(kTickNs);
  }
  EXPECT_EQ(slow.result().readers.lost, 0) << slow.failure();
}

TEST(SlowReaders, StopAServerThatServesOneAfterTheOther) {
  const Server server("blocking");
  Slow slow(options(server.endpoint(), 1, 0, 100));
  slow.fill();
  TestClient other(server.endpoint());
  other.send("served?");
  EXPECT_FALSE(other.anything_within(milliseconds(300)));
}

class WrongServers : public testing::TestWithParam<const char*> {};

TEST_P(WrongServers, AreCaughtByReadersAndWriters) {
  const Server server("fault", {"--fault", GetParam(), "--at", "2", "--message-bytes",
                                std::to_string(SlowPeers::kMessageBytes)});
  // At least three messages a second: the second goes wrong, the third follows one that is lost.
  Slow slow(options(server.endpoint(), 0, 1, 10'000));
  EXPECT_TRUE(slow.comes_to([](const auto& r) { return r.writers.wrong == 1; }))
      << to_json(slow.result()).dump();
  EXPECT_LT(slow.result().writers.bytes_received, 2 * SlowPeers::kMessageBytes + 1);
  EXPECT_EQ(slow.result().writers.lost, 0);
  EXPECT_TRUE(slow.failure().starts_with("slow writer: wrong bytes in reply")) << slow.failure();

  const Server another("fault", {"--fault", GetParam(), "--at", "2", "--message-bytes",
                                 std::to_string(SlowPeers::kMessageBytes)});
  Slow reading(options(another.endpoint(), 1, 0, 10'000));
  EXPECT_TRUE(reading.comes_to([](const auto& r) { return r.readers.wrong == 1; }))
      << to_json(reading.result()).dump();
  EXPECT_EQ(reading.result().readers.lost, 0);
  EXPECT_TRUE(reading.failure().starts_with("slow reader: wrong bytes")) << reading.failure();
}

INSTANTIATE_TEST_SUITE_P(OfAKind, WrongServers,
                         testing::Values("wrong_byte", "extra_byte", "stale", "loses"),
                         [](const auto& kind) { return std::string(kind.param); });

TEST(SlowPeers, CatchAReplyThatIsTooLong) {
  const Server server("fault", {"--fault", "extra_byte", "--message-bytes", "1"});
  Slow slow(options(server.endpoint(), 0, 1, 1));
  EXPECT_TRUE(slow.comes_to([](const auto& r) { return r.writers.wrong == 1; }));
  EXPECT_EQ(slow.failure(), "slow writer: unexpected data");
}

TEST(SlowPeers, CatchTheReplyOfAnotherConnection) {
  const Server server("fault", {"--fault", "other_connection", "--at", "2", "--message-bytes",
                                std::to_string(SlowPeers::kMessageBytes)});
  Slow slow(options(server.endpoint(), 0, 2, 10'000));
  EXPECT_TRUE(slow.comes_to([](const auto& r) { return r.writers.wrong == 2; }));
}

TEST(SlowPeers, CountARefusingServer) {
  Slow slow(options(parse_endpoint(refusing_address(), "address"), 2, 3, 100));
  slow.pass(kNsPerSecond);
  EXPECT_EQ(slow.result().readers.refused, 2);
  EXPECT_EQ(slow.result().writers.refused, 3);
  EXPECT_EQ(slow.result().readers.connected + slow.result().writers.connected, 0);
  EXPECT_EQ(slow.result().readers.lost + slow.result().writers.lost, 0);
  EXPECT_NE(slow.failure().find("refused"), std::string::npos) << slow.failure();
}

TEST(SlowPeers, GiveUpWaitingForAServerThatDoesNotAccept) {
  // A queue of one entry, taken: Linux drops further requests for a connection.
  const Fd listener = listen_tcp(parse_endpoint("127.0.0.1:0", "address"), 0);
  const Endpoint server = local_endpoint(listener.get());
  const TestClient first(server);
  SlowPeersOptions wanted = options(server, 1, 1, 100);
  wanted.connect_limit_ns = 50 * kNsPerMs;
  const SlowPeers peers(wanted);
  EXPECT_EQ(peers.result().readers.refused + peers.result().writers.refused, 2);
  EXPECT_EQ(peers.first_failure(), "slow reader: not established in time");
}

TEST(SlowPeers, CountThoseThatAKilledServerLoses) {
  Server server("epoll");
  Slow slow(options(server.endpoint(), 2, 2, 1000));
  slow.fill();
  ASSERT_TRUE(slow.settles(replied));
  server.process().signal(SIGKILL);
  ASSERT_TRUE(server.process().wait_for_exit());
  // Any system call on the connections would now fail; none is made until something is due.
  slow.settles([](const auto&) { return true; });
  EXPECT_EQ(slow.result().readers.lost + slow.result().writers.lost, 0) << slow.failure();
  EXPECT_TRUE(slow.comes_to([](const auto& r) { return r.readers.lost + r.writers.lost == 4; }));
  EXPECT_EQ(slow.result().readers.connected, 2);
  const SlowPeersResult at_the_end = slow.result();
  slow.pass(kNsPerSecond);
  EXPECT_EQ(to_json(slow.result()), to_json(at_the_end));
}

TEST(SlowPeers, CountThoseThatAServerCloses) {
  for (const char* fault : {"closes", "resets"}) {
    const Server server("fault", {"--fault", fault, "--at", "2", "--message-bytes",
                                  std::to_string(SlowPeers::kMessageBytes)});
    Slow slow(options(server.endpoint(), 1, 1, 10'000));
    EXPECT_TRUE(slow.comes_to([](const auto& r) { return r.readers.lost + r.writers.lost == 2; }))
        << fault << to_json(slow.result()).dump();
    EXPECT_EQ(slow.result().readers.wrong + slow.result().writers.wrong, 0) << slow.failure();
  }
}

TEST(SlowPeers, NoneCostsNothing) {
  Slow slow(options(parse_endpoint(refusing_address(), "address"), 0, 0, 0));
  slow.pass(kNsPerSecond);
  const nlohmann::ordered_json nothing = {{"connected", 0},  {"refused", 0},
                                          {"lost", 0},       {"wrong", 0},
                                          {"bytes_sent", 0}, {"bytes_received", 0}};
  EXPECT_EQ(to_json(slow.result()),
            nlohmann::ordered_json({{"readers", nothing}, {"writers", nothing}}));
}

}  // namespace
}  // namespace sockbench::test
