#include "loadgen/source_addresses.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <limits>
#include <map>

#include "common/error.h"
#include "tests/support/test_client.h"

namespace sockbench {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

struct Range {
  const char* text;
  const char* canonical;
  std::uint64_t count;
  std::uint32_t connection;
  const char* address;
};

constexpr Range kRanges[] = {
    {"127.0.0.1", "127.0.0.1/32", 1, 0, "127.0.0.1:0"},
    {"127.0.0.1", "127.0.0.1/32", 1, 12345, "127.0.0.1:0"},
    {"10.1.2.3/32", "10.1.2.3/32", 1, 7, "10.1.2.3:0"},
    {"10.1.2.2/31", "10.1.2.2/31", 2, 0, "10.1.2.2:0"},  // RFC 3021: both are hosts
    {"10.1.2.2/31", "10.1.2.2/31", 2, 1, "10.1.2.3:0"},
    {"10.1.2.2/31", "10.1.2.2/31", 2, 2, "10.1.2.2:0"},
    {"10.1.2.3/31", "10.1.2.2/31", 2, 0, "10.1.2.2:0"},
    {"10.1.2.4/30", "10.1.2.4/30", 2, 0, "10.1.2.5:0"},
    {"10.1.2.4/30", "10.1.2.4/30", 2, 1, "10.1.2.6:0"},
    {"10.1.2.4/30", "10.1.2.4/30", 2, 2, "10.1.2.5:0"},
    {"192.168.1.0/24", "192.168.1.0/24", 254, 253, "192.168.1.254:0"},
    {"192.168.1.0/24", "192.168.1.0/24", 254, 254, "192.168.1.1:0"},
    {"127.0.0.0/8", "127.0.0.0/8", 16777214, 0, "127.0.0.1:0"},
    {"127.0.0.0/8", "127.0.0.0/8", 16777214, 254, "127.0.0.255:0"},
    {"127.0.0.0/8", "127.0.0.0/8", 16777214, 255, "127.0.1.0:0"},
    {"127.0.0.0/8", "127.0.0.0/8", 16777214, 16777213, "127.255.255.254:0"},
    {"127.0.0.0/8", "127.0.0.0/8", 16777214, 16777214, "127.0.0.1:0"},
    {"127.1.2.3/8", "127.0.0.0/8", 16777214, 0, "127.0.0.1:0"},  // host bits are masked
    {"10.255.255.255/9", "10.128.0.0/9", 8388606, 0, "10.128.0.1:0"},
    {"10.20.30.200/26", "10.20.30.192/26", 62, 0, "10.20.30.193:0"},
    {"0.0.0.0/0", "0.0.0.0/0", 4294967294, 4294967293, "255.255.255.254:0"},
    {"::1", "::1/128", 1, 3, "[::1]:0"},
    {"::1/128", "::1/128", 1, 0, "[::1]:0"},
    {"2001:db8::/126", "2001:db8::/126", 4, 0, "[2001:db8::]:0"},
    {"2001:db8::/126", "2001:db8::/126", 4, 3, "[2001:db8::3]:0"},
    {"2001:db8::/126", "2001:db8::/126", 4, 4, "[2001:db8::]:0"},
    {"2001:db8::ffff/112", "2001:db8::/112", 65536, 65535, "[2001:db8::ffff]:0"},
    {"2001:db8::/64", "2001:db8::/64", kMost, 4294967295, "[2001:db8::ffff:ffff]:0"},
    {"2001:db8::/65", "2001:db8::/65", std::uint64_t{1} << 63, 1, "[2001:db8::1]:0"},
    {"ffff::/0", "::/0", kMost, 256, "[::100]:0"},
};

TEST(SourceAddresses, Table) {
  for (const auto& [text, canonical, count, connection, address] : kRanges) {
    const SourceAddresses sources = SourceAddresses::parse(text, "--source");
    EXPECT_FALSE(sources.empty()) << text;
    EXPECT_EQ(sources.text(), canonical) << text;
    EXPECT_EQ(sources.count(), count) << text;
    EXPECT_EQ(sources.at(connection).text(), address) << text << " " << connection;
    EXPECT_EQ(sources.at(connection).family(), sources.family()) << text;
  }
}

TEST(SourceAddresses, NoneLeavesTheChoiceToTheKernel) {
  const SourceAddresses none;
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(none.count(), 1U);
  EXPECT_EQ(none.text(), "");
  EXPECT_EQ(none.at(5).length, 0U);
  EXPECT_EQ(bind_source(-1, none.at(5)), 0) << "nothing is called";
}

TEST(SourceAddresses, SpreadsEvenlyAndLeavesOutNetworkAndBroadcast) {
  const SourceAddresses sources = SourceAddresses::parse("10.0.0.0/28", "--source");
  std::map<std::string, int> uses;
  for (std::uint32_t connection = 0; connection < 100; ++connection) {
    ++uses[sources.at(connection).text()];
  }
  EXPECT_EQ(uses.size(), 14U);
  EXPECT_EQ(uses.count("10.0.0.0:0"), 0U);
  EXPECT_EQ(uses.count("10.0.0.15:0"), 0U);
  for (const auto& [address, times] : uses) {
    EXPECT_TRUE(times == 7 || times == 8) << address << " " << times;  // 100 / 14 = 7.1
  }
}

constexpr const char* kNoAddress = "is not an address or a prefix";
struct Mistake {
  std::string_view text;
  const char* reason;
};

constexpr Mistake kMistakes[] = {
    {"", kNoAddress},
    {"/", kNoAddress},
    {"/8", kNoAddress},
    {"localhost", kNoAddress},
    {"127.0.0.1:80", kNoAddress},
    {"127.1", kNoAddress},
    {"127.0.0.256", kNoAddress},
    {"127.0.0.1 ", kNoAddress},
    {" 127.0.0.1", kNoAddress},
    {"[::1]", kNoAddress},
    {"::1%lo", kNoAddress},
    {":::1/64", kNoAddress},
    {"127.0.0.1-127.0.0.9", kNoAddress},
    {"127.0.0.0/", "has no prefix length from 0 to 32"},
    {"127.0.0.0/33", "has no prefix length from 0 to 32"},
    {"127.0.0.0/-1", "has no prefix length from 0 to 32"},
    {"127.0.0.0/+8", "has no prefix length from 0 to 32"},
    {"127.0.0.0/8 ", "has no prefix length from 0 to 32"},
    {"127.0.0.0/8/8", "has no prefix length from 0 to 32"},
    {"127.0.0.0/255.0.0.0", "has no prefix length from 0 to 32"},
    {"127.0.0.0/99999999999999999999", "has no prefix length from 0 to 32"},
    {"::1/129", "has no prefix length from 0 to 128"},
    {"::1/", "has no prefix length from 0 to 128"},
};

TEST(SourceAddresses, BadInputIsAnsweredInASentence) {
  for (const auto& [text, reason] : kMistakes) {
    try {
      SourceAddresses::parse(text, "--source");
      ADD_FAILURE() << "'" << text << "' was accepted";
    } catch (const UsageError& error) {
      const std::string sentence = error.what();
      EXPECT_TRUE(sentence.starts_with("--source '" + std::string(text) + "' ")) << sentence;
      EXPECT_NE(sentence.find(reason), std::string::npos) << sentence;
      EXPECT_TRUE(sentence.ends_with('.')) << sentence;
    }
  }
}

TEST(SourceAddresses, NothingIsCutOffAtANul) {
  EXPECT_THROW(SourceAddresses::parse({"127.0.0.1\0x", 11}, "--source"), UsageError);
}

Fd tcp_socket(int family) {
  return Fd(check(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
}

TEST(BindSource, TakesTheAddressAndLeavesThePort) {
  const Fd listener = listen_tcp(parse_endpoint("127.0.0.1:0", "--listen"), 16);
  const Fd socket = tcp_socket(AF_INET);
  const auto sources = SourceAddresses::parse("127.0.0.0/8", "--source");
  ASSERT_EQ(bind_source(socket.get(), sources.at(1000)), 0);
  EXPECT_EQ(local_endpoint(socket.get()).text(), "127.0.3.233:0") << "no port is taken yet";
  const Endpoint server = local_endpoint(listener.get());
  ASSERT_EQ(::connect(socket.get(), server.get(), server.length), 0);
  const std::string bound = local_endpoint(socket.get()).text();
  EXPECT_TRUE(bound.starts_with("127.0.3.233:") && !bound.ends_with(":0")) << bound;
}

TEST(BindSource, LeavesThePortOfIpv6Too) {
  const Fd socket = tcp_socket(AF_INET6);
  const int error = bind_source(socket.get(), SourceAddresses::parse("::1", "--source").at(0));
  if (error == EADDRNOTAVAIL) GTEST_SKIP() << "this machine has no ::1";
  ASSERT_EQ(error, 0);
  EXPECT_EQ(local_endpoint(socket.get()).text(), "[::1]:0");
}

TEST(BindSource, ReturnsErrno) {
  const Fd socket = tcp_socket(AF_INET);
  const auto foreign = SourceAddresses::parse("192.0.2.1", "--source");  // RFC 5737
  EXPECT_EQ(bind_source(socket.get(), foreign.at(0)), EADDRNOTAVAIL);
  const auto v6 = SourceAddresses::parse("::1", "--source");
  EXPECT_NE(bind_source(socket.get(), v6.at(0)), 0) << "an IPv6 address on an IPv4 socket";
  EXPECT_EQ(bind_source(-1, foreign.at(0)), EBADF);
}

}  // namespace
}  // namespace sockbench
