#include "loadgen/port_budget.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <limits>
#include <vector>

#include "common/file.h"
#include "loadgen/source_addresses.h"

namespace sockbench {
namespace {

namespace fs = std::filesystem;

struct Reuse {
  int tw_reuse;
  bool timestamps;
  std::int64_t delay_ns;
  bool loopback;
  std::int64_t unusable_ns;
};

// As seen on Linux 6.18 in a network namespace with 1,000 ports.
constexpr Reuse kReuses[] = {
    {0, true, kNsPerSecond, true, kTimeWaitNs},
    {0, true, kNsPerSecond, false, kTimeWaitNs},
    {1, true, kNsPerSecond, true, kNsPerSecond},
    {1, true, kNsPerSecond, false, kNsPerSecond},
    {2, true, kNsPerSecond, true, kNsPerSecond},
    {2, true, kNsPerSecond, false, kTimeWaitNs},
    {1, false, kNsPerSecond, true, kTimeWaitNs},
    {2, false, kNsPerSecond, true, kTimeWaitNs},
    {2, true, 100 * kNsPerMs, true, 100 * kNsPerMs},
    {2, true, 90 * kNsPerSecond, true, kTimeWaitNs},
    {3, true, kNsPerSecond, true, kTimeWaitNs},  // not known: the cautious reading
};

TEST(PortSettings, HowLongAPortStaysUnusable) {
  for (const Reuse& row : kReuses) {
    const PortSettings settings = {
        .tw_reuse = row.tw_reuse, .timestamps = row.timestamps, .reuse_delay_ns = row.delay_ns};
    EXPECT_EQ(settings.unusable_ns(row.loopback), row.unusable_ns)
        << row.tw_reuse << row.timestamps << row.loopback;
  }
}

// A thousand ports, reusable after 1 s, unless a row says otherwise.
constexpr PortSettings kThousand = {.first_port = 40000, .last_port = 40999};
constexpr PortSettings kNoReuse = {.first_port = 40000, .last_port = 40999, .tw_reuse = 0};
constexpr PortSettings kFewBuckets = {
    .first_port = 40000, .last_port = 40999, .tw_reuse = 0, .max_tw_buckets = 100};

struct Budget {
  const char* name;
  PortDemand demand;
  PortSettings settings;
  std::optional<PortRisk> risk;
  std::vector<const char*> said;
};

constexpr std::int64_t kTenSeconds = 10 * kNsPerSecond;
constexpr std::optional<PortRisk> kNone;
constexpr PortRisk kRunsOut = PortRisk::kRunsOut;
constexpr PortRisk kMayRunOut = PortRisk::kMayRunOut;
constexpr PortRisk kSlowsDown = PortRisk::kSlowsDown;

PortDemand held(std::int64_t connections, std::uint64_t sources = 1, bool loopback = true) {
  return {.connections = connections, .sources = sources, .loopback = loopback};
}

PortDemand churn(std::optional<double> rate, std::int64_t duration_ns = kTenSeconds,
                 std::int64_t connections = 100, std::uint64_t sources = 1, bool loopback = true) {
  return {.connections = connections,
          .churn = true,
          .connects_per_second = rate,
          .duration_ns = duration_ns,
          .sources = sources,
          .loopback = loopback};
}

const std::vector<Budget> kBudgets = {
    {"all ports", held(1000), kThousand, kNone, {}},
    {"one more",
     held(1001),
     kThousand,
     kRunsOut,
     {"--connections 1001 ", " 1000 local ports", "40000-40999, 1 source address)",
      "--source 127.0.0.0/8", "fewer connections."}},
    {"all ports of four", held(4000, 4), kThousand, kNone, {}},
    {"one more than four have", held(4001, 4), kThousand, kRunsOut, {"4 source addresses)"}},
    {"a range that leads nowhere is not advised",
     held(2500, 1, false),
     kThousand,
     kRunsOut,
     {"--source over 3 addresses of this machine"}},
    {"a whole /8", held(1'000'000, 16777214), kThousand, kNone, {}},
    {"an IPv6 prefix",
     held(1'000'000, std::numeric_limits<std::uint64_t>::max()),
     kThousand,
     kNone,
     {}},
    {"one port", held(1), {.first_port = 5, .last_port = 5}, kNone, {}},
    {"the run-out comes before churn is looked at",
     churn(1, kTenSeconds, 1001),
     kThousand,
     kRunsOut,
     {"--connections 1001"}},

    {"half of the ports", churn(400), kThousand, kNone, {}},
    {"more than half",
     churn(401),
     kThousand,
     kSlowsDown,
     {"at 401/s", "more than half of the 1000 local ports", "unusable for 1.00 s",
      "--rate below 400 connections/s"}},
    {"all of them", churn(900), kThousand, kSlowsDown, {}},
    {"more than all",
     churn(901),
     kThousand,
     kRunsOut,
     {"at 901/s will run out of local ports after 999 ms", "--source 127.0.0.0/8",
      "--rate below 400 connections/s"}},
    {"two sources", churn(901, kTenSeconds, 100, 2), kThousand, kSlowsDown, {}},
    {"three sources", churn(901, kTenSeconds, 100, 3), kThousand, kNone, {}},

    {"60 s: every connection of the run counts", churn(40), kNoReuse, kNone, {}},
    {"60 s: more than half", churn(41), kNoReuse, kSlowsDown, {"unusable for 60.0 s"}},
    {"60 s: more than all",
     churn(91),
     kNoReuse,
     kRunsOut,
     {"after 9.89 s", "set net.ipv4.tcp_tw_reuse to 1."}},
    {"60 s: a longer run takes no more than 60 s of them",
     churn(7.5, 3600 * kNsPerSecond),
     kNoReuse,
     kSlowsDown,
     {}},
    {"60 s: a longer run, more than all",
     churn(15.1, 3600 * kNsPerSecond),
     kNoReuse,
     kRunsOut,
     {"--rate below 6.67 connections/s"}},
    {"off the loopback 2 is 0",
     churn(91, kTenSeconds, 100, 1, false),
     kThousand,
     kRunsOut,
     {"unusable for 60.0 s", "tcp_tw_reuse to 1", "--source over 3 addresses"}},
    {"too short a run to matter", churn(4000, 100 * kNsPerMs), kThousand, kNone, {}},
    {"beyond its limit TIME_WAIT is not entered", churn(4000), kFewBuckets, kNone, {}},

    {"closed loop",
     churn(std::nullopt),
     kThousand,
     kMayRunOut,
     {"in a closed loop may run out", "enough for 900 connections/s", "slow above 400"}},
    {"closed loop, no reuse",
     churn(std::nullopt),
     kNoReuse,
     kMayRunOut,
     {"enough for 90.0 connections/s", "tcp_tw_reuse to 1"}},
    {"closed loop, one of Linux' defaults",
     churn(std::nullopt),
     {},
     kMayRunOut,
     {"28232 local ports", "enough for 28.1k connections/s", "slow above 14.0k"}},
    {"closed loop, the advice followed",
     churn(std::nullopt, kTenSeconds, 100, 16777214),
     {},
     kNone,
     {}},
    {"no time", churn(std::nullopt, 0), kThousand, kNone, {}},
};

TEST(PortBudget, Table) {
  for (const Budget& row : kBudgets) {
    const auto found = port_warning(row.demand, row.settings);
    const std::string sentence = found ? found->sentence : "(none)";
    ASSERT_EQ(found.has_value(), row.risk.has_value()) << row.name << ": " << sentence;
    if (!found) continue;
    EXPECT_EQ(found->risk, *row.risk) << row.name << ": " << sentence;
    EXPECT_TRUE(sentence.ends_with('.')) << sentence;
    for (const char* part : row.said) {
      EXPECT_NE(sentence.find(part), std::string::npos) << row.name << ": " << sentence;
    }
  }
}

TEST(PortBudget, AdviceIsOnlyWhatHelps) {
  const auto short_delay = port_warning(churn(901), kThousand);
  ASSERT_TRUE(short_delay);
  EXPECT_EQ(short_delay->sentence.find("tcp_tw_reuse"), std::string::npos) << "it is on already";
  PortSettings no_timestamps = kThousand;
  no_timestamps.timestamps = false;
  const auto useless = port_warning(churn(901), no_timestamps);
  ASSERT_TRUE(useless);
  EXPECT_EQ(useless->sentence.find("tcp_tw_reuse"), std::string::npos) << "it would do nothing";
}

class ReadPortSettings : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "sockbench-ports-test-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder = name;
  }
  void TearDown() override { fs::remove_all(folder); }
  void write(const char* file, const char* text) { write_file_atomically(folder / file, text); }

  fs::path folder;
};

TEST_F(ReadPortSettings, Everything) {
  write("ip_local_port_range", "1024\t65535\n");
  write("tcp_tw_reuse", "1\n");
  write("tcp_timestamps", "0\n");
  write("tcp_tw_reuse_delay", "250\n");
  write("tcp_max_tw_buckets", "8192\n");
  const auto settings = read_port_settings(folder);
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->first_port, 1024);
  EXPECT_EQ(settings->last_port, 65535);
  EXPECT_EQ(settings->ports(), 64512);
  EXPECT_EQ(settings->tw_reuse, 1);
  EXPECT_FALSE(settings->timestamps);
  EXPECT_EQ(settings->reuse_delay_ns, 250 * kNsPerMs);
  EXPECT_EQ(settings->max_tw_buckets, 8192);
}

TEST_F(ReadPortSettings, OfAnOlderKernel) {
  write("ip_local_port_range", "32768 60999\n");
  const auto settings = read_port_settings(folder);
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->tw_reuse, 0) << "not known: no reuse";
  EXPECT_TRUE(settings->timestamps);
  EXPECT_EQ(settings->reuse_delay_ns, kNsPerSecond);
}

TEST_F(ReadPortSettings, NothingWithoutARange) {
  EXPECT_FALSE(read_port_settings(folder));
  for (const char* text : {"", "32768", "many ports", "5 4", "-3 7"}) {
    write("ip_local_port_range", text);
    EXPECT_FALSE(read_port_settings(folder)) << text;
  }
}

TEST_F(ReadPortSettings, OfThisMachine) {
  const auto settings = read_port_settings();
  if (!settings) GTEST_SKIP() << "no /proc/sys/net/ipv4 here";
  EXPECT_GT(settings->ports(), 0);
  EXPECT_LE(settings->last_port, 65535);
}

TEST(IsLoopback, Table) {
  for (const char* address : {"127.0.0.1", "127.255.1.2", "::1", "::ffff:127.3.2.1"}) {
    EXPECT_TRUE(is_loopback(SourceAddresses::parse(address, "--source").at(0))) << address;
  }
  for (const char* address : {"126.0.0.1", "128.0.0.1", "10.9.9.1", "0.0.0.0", "::", "::2",
                              "::ffff:128.0.0.1", "::127.0.0.1", "2001:db8::1"}) {
    EXPECT_FALSE(is_loopback(SourceAddresses::parse(address, "--source").at(0))) << address;
  }
  EXPECT_FALSE(is_loopback(Endpoint{}));
}

TEST(DescriptorLimit, TheReserveCounts) {
  EXPECT_FALSE(descriptor_warning(1000, 24, 1024));
  EXPECT_FALSE(descriptor_warning(0, 0, 0));
  const auto sentence = descriptor_warning(1001, 24, 1024);
  ASSERT_TRUE(sentence);
  for (const char* part : {"--connections 1001 needs 1025 descriptors", "at most 1024",
                           "'ulimit -n 1025'", "fewer connections."}) {
    EXPECT_NE(sentence->find(part), std::string::npos) << *sentence;
  }
}

}  // namespace
}  // namespace sockbench
