// Socket options read back from another process.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

#include "bench/measure/sockets.h"
#include "common/error.h"
#include "common/socket.h"
#include "tests/bench/forked.h"

namespace sockbench {
namespace {

/// A process with these connections, on each of which TCP_NODELAY is on or off, besides a listener,
/// a pipe and a socket that is not connected.
test::Forked process_with(const std::vector<int>& nodelay) {
  return test::Forked([nodelay](const test::Meeting& meeting) {
    const Fd listener = listen_tcp(parse_endpoint("127.0.0.1:0", "test"), 16);
    const Endpoint address = local_endpoint(listener.get());
    const Fd unconnected(::socket(AF_INET, SOCK_STREAM, 0));
    std::vector<Fd> clients;
    for (const int on : nodelay) {
      Fd client(::socket(AF_INET, SOCK_STREAM, 0));
      check(::connect(client.get(), address.get(), address.length), "connect");
      check(::setsockopt(client.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "setsockopt");
      clients.push_back(std::move(client));
    }
    meeting.report(0);
  });
}

TEST(SocketOptions, NagleIsCountedPerConnection) {
  const test::Forked process = process_with({1, 0, 1, 0, 0});
  process.hear();
  const auto count = nagle_of(process.pid());
  ASSERT_TRUE(count.has_value());
  EXPECT_EQ(count->sampled, 5) << "neither the listener nor what is not connected";
  EXPECT_EQ(count->on, 3);
}

TEST(SocketOptions, NoMoreAreLookedAtThanAsked) {
  const test::Forked process = process_with({1, 1, 1, 1, 1});
  process.hear();
  EXPECT_EQ(nagle_of(process.pid(), 2)->sampled, 2);
}

TEST(SocketOptions, NothingToSeeIsNotZero) {
  const test::Forked process = process_with({});
  process.hear();
  EXPECT_FALSE(nagle_of(process.pid()).has_value());
}

}  // namespace
}  // namespace sockbench
