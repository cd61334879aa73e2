#include "common/socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "common/error.h"
#include "tests/support/test_client.h"

namespace sockbench {
namespace {

struct Address {
  const char* text;
  int family;
  const char* canonical;
};

constexpr Address kAddresses[] = {
    {"127.0.0.1:0", AF_INET, "127.0.0.1:0"},
    {"127.0.0.1:7000", AF_INET, "127.0.0.1:7000"},
    {"127.0.0.1:65535", AF_INET, "127.0.0.1:65535"},
    {"0.0.0.0:80", AF_INET, "0.0.0.0:80"},
    {"[::1]:7000", AF_INET6, "[::1]:7000"},
    {"[::]:0", AF_INET6, "[::]:0"},
    {"[2001:db8:0:0::1]:443", AF_INET6, "[2001:db8::1]:443"},
};

TEST(ParseEndpoint, Table) {
  for (const auto& [text, family, canonical] : kAddresses) {
    const Endpoint endpoint = parse_endpoint(text, "--listen");
    EXPECT_EQ(endpoint.family(), family) << text;
    EXPECT_EQ(endpoint.text(), canonical) << text;
    EXPECT_EQ(endpoint.length, family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
  }
}

TEST(ParseEndpoint, ResolvesNames) {
  const std::string text = parse_endpoint("localhost:7000", "--listen").text();
  EXPECT_TRUE(text == "127.0.0.1:7000" || text == "[::1]:7000") << text;
}

struct Mistake {
  const char* text;
  const char* reason;
};

constexpr Mistake kMistakes[] = {
    {"", "is not HOST:PORT"},
    {"nonsense", "is not HOST:PORT"},
    {"127.0.0.1", "is not HOST:PORT"},
    {":7000", "is not HOST:PORT"},
    {":", "is not HOST:PORT"},
    {"127.0.0.1:", "has no port from 0 to 65535"},
    {"127.0.0.1:http", "has no port from 0 to 65535"},
    {"127.0.0.1:65536", "has no port from 0 to 65535"},
    {"127.0.0.1:99999", "has no port from 0 to 65535"},
    {"127.0.0.1:99999999999999999999", "has no port from 0 to 65535"},
    {"127.0.0.1:-1", "has no port from 0 to 65535"},
    {"127.0.0.1:+1", "has no port from 0 to 65535"},
    {"127.0.0.1:80x", "has no port from 0 to 65535"},
    {"127.0.0.1: 80", "has no port from 0 to 65535"},
    {"[::1]", "has no port from 0 to 65535"},
    {"[]:80", "cannot be resolved"},
    {"[::1:80", "cannot be resolved"},
    {"256.0.0.1:80", "cannot be resolved"},
    {"no.such.host.invalid:80", "cannot be resolved"},
};

TEST(ParseEndpoint, BadInputIsAnsweredInASentence) {
  for (const auto& [text, reason] : kMistakes) {
    try {
      parse_endpoint(text, "--connect");
      ADD_FAILURE() << "'" << text << "' was accepted";
    } catch (const UsageError& error) {
      const std::string sentence = error.what();
      EXPECT_TRUE(sentence.starts_with("--connect '" + std::string(text) + "' ")) << sentence;
      EXPECT_NE(sentence.find(reason), std::string::npos) << sentence;
      EXPECT_TRUE(sentence.ends_with('.')) << sentence;
    }
  }
}

int option_of(int fd, int level, int option) {
  int value = -1;
  socklen_t size = sizeof value;
  check(::getsockopt(fd, level, option, &value, &size), "getsockopt");
  return value;
}

TEST(ListenTcp, AcceptedSocketsInheritNoDelay) {
  const Fd listener = listen_tcp(parse_endpoint("127.0.0.1:0", "--listen"), 16);
  test::TestClient client(local_endpoint(listener.get()));
  const Fd accepted(check(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept4"));
  EXPECT_NE(option_of(accepted.get(), IPPROTO_TCP, TCP_NODELAY), 0);
}

TEST(ListenTcp, ListensCloseOnExecOnAFreePort) {
  const Fd listener = listen_tcp(parse_endpoint("127.0.0.1:0", "--listen"), 16);
  EXPECT_NE(option_of(listener.get(), SOL_SOCKET, SO_ACCEPTCONN), 0);
  EXPECT_NE(option_of(listener.get(), SOL_SOCKET, SO_REUSEADDR), 0);
  EXPECT_NE(::fcntl(listener.get(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_FALSE(local_endpoint(listener.get()).text().ends_with(":0"));
}

TEST(ListenTcp, FailureNamesTheAddress) {
  const Fd taken = listen_tcp(parse_endpoint("127.0.0.1:0", "--listen"), 1);
  const Endpoint address = local_endpoint(taken.get());
  try {
    (void)listen_tcp(address, 1);
    ADD_FAILURE() << "two listeners on one port";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::address_in_use);
    EXPECT_NE(std::string(error.what()).find("listen on " + address.text()), std::string::npos);
  }
}

TEST(SetNonBlocking, KeepsTheOtherFlags) {
  const Fd file(check(::open("/dev/null", O_RDWR | O_APPEND | O_CLOEXEC), "open"));
  set_non_blocking(file.get());
  const int flags = ::fcntl(file.get(), F_GETFL);
  EXPECT_NE(flags & O_NONBLOCK, 0);
  EXPECT_NE(flags & O_APPEND, 0);
  EXPECT_EQ(flags & O_ACCMODE, O_RDWR);
}

TEST(SetNonBlocking, ReportsABadDescriptor) {
  EXPECT_THROW(set_non_blocking(-1), std::system_error);
}

}  // namespace
}  // namespace sockbench
