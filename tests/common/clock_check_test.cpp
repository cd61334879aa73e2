#include "common/clock_check.h"

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

namespace sockbench {
namespace {

/// A clock that shows `time_of(n)` when it is read for the n-th time, from 0.
ClockCheck check_fake(const std::function<std::int64_t(std::int64_t)>& time_of,
                      int samples = kClockSamples) {
  std::int64_t reading = 0;
  return check_clock([&] { return time_of(reading++); }, samples);
}

struct Fake {
  const char* name;
  std::int64_t (*time_of)(std::int64_t reading);
  double cost_ns;
  std::int64_t resolution_ns;  // 0: none
  std::int64_t largest_step_ns;
  std::int64_t largest_step_back_ns;
  const char* warning;  // nullptr: none
};

constexpr std::int64_t kHour = 3600 * kNsPerSecond;

constexpr Fake kFakes[] = {
    {"good", [](auto n) { return kHour + 25 * n; }, 25, 25, 25, 0, nullptr},
    {"starts below zero", [](auto n) { return 25 * n - 5000; }, 25, 25, 25, 0, nullptr},
    {"dear at the bound", [](auto n) { return 1000 * n; }, 1000, 1000, 1000, 0, nullptr},
    {"dear beyond it", [](auto n) { return 1001 * n; }, 1001, 1001, 1001, 0,
     "Reading the clock costs 1.00 µs"},
    {"coarse at the bound", [](auto n) { return n / 50 * 1000; }, 20, 1000, 1000, 0, nullptr},
    {"coarse beyond it", [](auto n) { return n / 50 * 1001; }, 20.02, 1001, 1001, 0,
     "The clock advances in steps of 1.00 µs"},
    {"jiffies", [](auto n) { return n / 4000 * 4'000'000; }, 0, 4'000'000, 4'000'000, 0,
     "The clock advances in steps of 4.00 ms"},
    {"stands still", [](auto) { return kHour; }, 0, 0, 0, 0, "The clock stood still"},
    {"goes back by 1 ns, once", [](auto n) { return 25 * n - (n >= 777 ? 26 : 0); }, 25, 25, 25, 1,
     "The clock went back by 1.00 ns"},
    {"goes back at the edge of a batch", [](auto n) { return 25 * n - (n >= 101 ? 525 : 0); }, 25,
     25, 25, 500, "The clock went back by 500 ns"},
    {"goes only back", [](auto n) { return kHour - 5 * n; }, -5, 0, 0, 5,
     "The clock went back by 5.00 ns"},
    {"CPU lost in a few batches", [](auto n) { return 25 * n + n / 1000 * 3'000'000; }, 25, 25,
     3'000'025, 0, nullptr},
};

TEST(CheckClock, FakeClocks) {
  for (const Fake& fake : kFakes) {
    const ClockCheck seen = check_fake(fake.time_of);
    EXPECT_DOUBLE_EQ(seen.cost_ns, fake.cost_ns) << fake.name;
    EXPECT_EQ(seen.resolution_ns.value_or(0), fake.resolution_ns) << fake.name;
    EXPECT_EQ(seen.largest_step_ns, fake.largest_step_ns) << fake.name;
    EXPECT_EQ(seen.largest_step_back_ns, fake.largest_step_back_ns) << fake.name;
    EXPECT_EQ(seen.monotonic(), fake.largest_step_back_ns == 0) << fake.name;
    const auto sentence = clock_warning(seen);
    ASSERT_EQ(sentence.has_value(), fake.warning != nullptr) << fake.name;
    if (!sentence) continue;
    EXPECT_TRUE(sentence->starts_with(fake.warning)) << *sentence;
    EXPECT_TRUE(sentence->ends_with('.')) << *sentence;
  }
}

TEST(CheckClock, ReadsAsOftenAsAskedAndOneBatchAtLeast) {
  struct Row {
    int samples;
    std::int64_t readings;
  };
  for (const auto& [samples, readings] : {Row{10'000, 10'001}, {250, 201}, {100, 101}, {0, 101}}) {
    std::int64_t seen = 0;
    check_clock([&] { return ++seen; }, samples);
    EXPECT_EQ(seen, readings) << samples;
  }
}

TEST(CheckClock, TheRealClockGoesForward) {
  const ClockCheck seen = check_clock();
  EXPECT_TRUE(seen.monotonic());
  ASSERT_TRUE(seen.resolution_ns.has_value());
  EXPECT_GT(seen.cost_ns, 0);
  EXPECT_GE(seen.largest_step_ns, *seen.resolution_ns);
}

TEST(CheckClock, Json) {
  const nlohmann::ordered_json good = to_json(check_fake([](auto n) { return 25 * n; }));
  EXPECT_EQ(good.dump(),
            R"({"cost_ns":25.0,"resolution_ns":25,"monotonic":true,"largest_step_ns":25,)"
            R"("largest_step_back_ns":0})");
  const nlohmann::ordered_json still = to_json(check_fake([](auto) { return 7; }));
  EXPECT_TRUE(still.at("resolution_ns").is_null());
}

}  // namespace
}  // namespace sockbench
