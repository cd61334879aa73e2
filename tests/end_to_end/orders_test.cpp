// What the harness orders of its generators: warm-up, then slice by slice in rounds, then a report;
// and what it makes of their answers.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "common/clock.h"
#include "common/error.h"
#include "common/file.h"
#include "tests/end_to_end/sandbox.h"

namespace sockbench::test {
namespace {

using nlohmann::ordered_json;

constexpr int kRestarts = 3;
constexpr std::size_t kRounds = 5;
constexpr std::size_t kServers = 4;  // three models and the control
constexpr std::size_t kSlices = kServers * kRestarts * kRounds;

/// One run with a generator that notes its orders; the tests look at them.
class Orders : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    Sandbox sandbox;
    sandbox.use_own_programs({"busy_poll", "epoll", "select"});
    sandbox.use_fake_generator();
    const Outcome outcome = run_to_end(sandbox.run(
        {"--models", "epoll,select,busy_poll", "--restarts", std::to_string(kRestarts)}));
    ASSERT_EQ(outcome.status, kExitOk) << outcome.err;
    run = sandbox.result();
    std::istringstream text(read_file(sandbox.path("bin/orders.txt")));
    for (std::string line; std::getline(text, line);) lines.push_back(ordered_json::parse(line));
  }
  static void TearDownTestSuite() {
    run = nullptr;
    lines.clear();
  }

  /// The orders of each generator, in the order given.
  static std::map<int, std::vector<ordered_json>> by_generator() {
    std::map<int, std::vector<ordered_json>> orders;
    for (const ordered_json& line : lines) {
      if (line.contains("order")) orders[line["generator"]].push_back(line["order"]);
    }
    return orders;
  }

  // NOLINTBEGIN(cppcoreguidelines-avoid-non-const-global-variables): set once by SetUpTestSuite
  static inline ordered_json run;
  static inline std::vector<ordered_json> lines;
  // NOLINTEND(cppcoreguidelines-avoid-non-const-global-variables)
};

bool is_measured(const ordered_json& order) {
  return order["command"] == "slice" && order["window_ns"].get<std::int64_t>() > 0;
}

TEST_F(Orders, EveryRestartOfEveryContestantHasAFreshGenerator) {
  EXPECT_EQ(by_generator().size(), kServers * kRestarts);
}

TEST_F(Orders, WarmUpThenSlicesThenAReport) {
  for (const auto& [generator, orders] : by_generator()) {
    ASSERT_GE(orders.size(), 2 * kRounds + 2) << "slices may be repeated";
    EXPECT_EQ(orders.size() % 2, 0U);
    EXPECT_EQ(orders.front()["command"], "slice");
    EXPECT_EQ(orders.front()["window_ns"], 0) << "the warm-up is not measured";
    EXPECT_GE(orders.front()["lead_in_ns"].get<std::int64_t>(), kNsPerMs);
    for (std::size_t i = 1; i + 1 < orders.size(); i += 2) {
      EXPECT_FALSE(is_measured(orders[i])) << "the lead-in: " << orders[i];
      EXPECT_TRUE(is_measured(orders[i + 1])) << orders[i + 1];
    }
    EXPECT_EQ(orders.back()["command"], "report");
  }
}

TEST_F(Orders, CachesAreWarmBeforeASliceAndItsFirstTurnIsNotRecorded) {
  for (const auto& [generator, orders] : by_generator()) {
    for (std::size_t i = 1; i + 1 < orders.size(); i += 2) {
      EXPECT_GE(orders[i]["lead_in_ns"], 2 * kNsPerMs) << "discard_ms of the workload";
      EXPECT_EQ(orders[i + 1]["window_ns"], 10 * kNsPerMs);
      EXPECT_EQ(orders[i + 1]["lead_in_ns"], 200 * kNsPerUs);
      EXPECT_GT(orders[i + 1]["drain_limit_ns"].get<std::int64_t>(), 0);
    }
  }
}

TEST_F(Orders, EverySliceHasArrivalsOfItsOwn) {
  std::set<std::uint64_t> seeds;
  std::size_t slices = 0;
  for (const ordered_json& line : lines) {
    if (!line.contains("order") || !is_measured(line["order"])) continue;
    ++slices;
    seeds.insert(line["order"]["seed"].get<std::uint64_t>());
  }
  EXPECT_GE(slices, kSlices);
  EXPECT_EQ(seeds.size(), slices);
}

TEST_F(Orders, RoundsHaveEverybodyOnceInChangingOrder) {
  std::vector<int> turns;
  for (const ordered_json& line : lines) {
    if (line.contains("order") && is_measured(line["order"])) turns.push_back(line["generator"]);
  }
  if (turns.size() != kSlices) GTEST_SKIP() << "some slices were disturbed and repeated";
  std::set<std::vector<std::ptrdiff_t>> orders;
  for (std::size_t first = 0; first < turns.size(); first += kServers) {
    const std::vector<int> round(turns.begin() + static_cast<std::ptrdiff_t>(first),
                                 turns.begin() + static_cast<std::ptrdiff_t>(first + kServers));
    std::vector<int> sorted = round;
    std::sort(sorted.begin(), sorted.end());
    EXPECT_EQ(std::set<int>(round.begin(), round.end()).size(), kServers) << "one slice each";
    std::vector<std::ptrdiff_t> ranks;
    ranks.reserve(round.size());
    for (const int who : round) {
      ranks.push_back(std::find(sorted.begin(), sorted.end(), who) - sorted.begin());
    }
    orders.insert(ranks);
  }
  EXPECT_GE(orders.size(), 4U) << "of 24 possible orders, in 15 rounds";
}

TEST_F(Orders, TheGeneratorIsToldTheWorkload) {
  for (const ordered_json& line : lines) {
    if (!line.contains("flags")) continue;
    const auto flags = line["flags"].get<std::vector<std::string>>();
    const auto value_of = [&](const std::string& flag) {
      const auto found = std::find(flags.begin(), flags.end(), flag);
      return found == flags.end() || found + 1 == flags.end() ? "nothing" : *(found + 1);
    };
    EXPECT_EQ(flags.front(), "--control");
    EXPECT_EQ(value_of("--connect").rfind("127.0.0.1:", 0), 0U);
    EXPECT_EQ(value_of("--connections"), "2");
    EXPECT_EQ(value_of("--active"), "2");
    EXPECT_EQ(value_of("--message-bytes"), "64");
    EXPECT_EQ(value_of("--pipeline"), "1");
    EXPECT_EQ(value_of("--rate"), "nothing") << "a closed loop";
  }
}

TEST_F(Orders, WorkCostAndTimeAreOfTheSameStretch) {
  for (const char* model : {"epoll", "select", "busy_poll"}) {
    const ordered_json& cell = cell_of(run, model, "duo");
    for (const ordered_json& rps : cell["achieved_rps"]["per_restart"]) {
      EXPECT_NEAR(rps.get<double>(), 1'000'000 / 0.040, 1e-3);
    }
    const ordered_json& server = cell["server"];
    EXPECT_NEAR(server["cpu_ns_per_request"]["median"].get<double>() * 25e6,
                server["cpu_utilisation"]["median"].get<double>() * 1e9, 1e3);
    EXPECT_EQ(cell["restarts"], kRestarts);
    EXPECT_EQ(cell["generator"]["cpu_utilisation"], 0.25);
    EXPECT_EQ(cell["generator"]["cpu_ns_per_request"], 700);
  }
  // Busy polling uses a whole CPU for the 40 ms, and of that 40 ns for each of a million replies;
  // less where other processes want the CPU as well, but many times what a server that sleeps uses.
  const auto ns_of = [](const char* model) {
    return cell_of(run, model, "duo")["server"]["cpu_ns_per_request"]["median"].get<double>();
  };
  EXPECT_GT(ns_of("busy_poll"), 8);
  EXPECT_GT(ns_of("busy_poll"), 5 * ns_of("epoll"));
  EXPECT_LT(ns_of("busy_poll"), 42);
}

TEST_F(Orders, WhoIsNotSilentIsStoppedBetweenItsSlices) {
  EXPECT_EQ(run["plan"]["paused_between_slices"].back(),
            (ordered_json{{"contestant", "busy_poll"}, {"workload", "duo"}}));
}

}  // namespace
}  // namespace sockbench::test
