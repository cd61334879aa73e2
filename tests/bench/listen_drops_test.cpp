// Connection attempts that a full listen queue dropped, asked of the kernel.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <vector>

#include "bench/measure/sockets.h"
#include "common/error.h"
#include "common/socket.h"

namespace sockbench {
namespace {

std::uint16_t port_of(const Fd& listener) {
  const Endpoint endpoint = local_endpoint(listener.get());
  return ntohs(reinterpret_cast<const sockaddr_in*>(&endpoint.address)->sin_port);
}

/// Starts `count` connections, which nobody accepts.
std::vector<Fd> knock(const Fd& listener, int count) {
  std::vector<Fd> knocking;
  const Endpoint endpoint = local_endpoint(listener.get());
  for (int i = 0; i < count; ++i) {
    Fd& fd = knocking.emplace_back(
        check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket"));
    (void)::connect(fd.get(), endpoint.get(), endpoint.length);  // in progress
  }
  return knocking;
}

Fd listener_with(int backlog) {
  return listen_tcp(parse_endpoint("127.0.0.1:0", "--listen"), backlog);
}

TEST(ListenDrops, NoneWhereTheQueueHasRoom) {
  const Fd listener = listener_with(64);
  EXPECT_EQ(listen_drops(port_of(listener)), 0U);
  const auto knocking = knock(listener, 20);
  for (const Fd& fd : knocking) {
    pollfd connected{fd.get(), POLLOUT, 0};
    ASSERT_EQ(::poll(&connected, 1, 10'000), 1);
  }
  EXPECT_EQ(listen_drops(port_of(listener)), 0U);
}

TEST(ListenDrops, AFullQueueDrops) {
  const Fd full = listener_with(1);
  const Fd other = listener_with(1);
  const auto knocking = knock(full, 20);
  EXPECT_GT(listen_drops(port_of(full)).value_or(0), 0U);
  EXPECT_EQ(listen_drops(port_of(other)), 0U) << "another program's queue is not this one's";
}

TEST(ListenDrops, NobodyListens) {
  std::uint16_t port = 0;
  {
    const Fd listener = listener_with(1);
    port = port_of(listener);
  }
  EXPECT_EQ(listen_drops(port), std::nullopt);
}

}  // namespace
}  // namespace sockbench
