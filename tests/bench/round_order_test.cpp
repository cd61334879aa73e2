// The order of a round: balanced for place and predecessor, shuffled, and the same again for the
// same seed; and the order of a pass.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "bench/run/order.h"

namespace sockbench {
namespace {

using Order = std::vector<std::size_t>;

TEST(RoundOrder, IsAPermutation) {
  for (const std::size_t count : std::vector<std::size_t>{0, 1, 2, 3, 7, 8, 50}) {
    for (std::size_t round = 0; round < 120; ++round) {
      Order order = round_order(1, 0, round, count);
      Order expected(count);
      std::iota(expected.begin(), expected.end(), std::size_t{0});
      std::sort(order.begin(), order.end());
      EXPECT_EQ(order, expected);
    }
  }
}

TEST(RoundOrder, IsAFunctionOfItsArguments) {
  for (std::size_t round = 0; round < 20; ++round) {
    EXPECT_EQ(round_order(5, 2, round, 7), round_order(5, 2, round, 7));
  }
}

/// Rounds after which an order of `count` is balanced.
std::size_t block(std::size_t count) { return count % 2 == 0 ? count : 2 * count; }

TEST(RoundOrder, EveryoneIsInEachPlaceAndFollowsEachOtherEquallyOften) {
  for (std::size_t count = 2; count <= 20; ++count) {
    std::map<std::pair<std::size_t, std::size_t>, std::size_t> places;
    std::map<std::pair<std::size_t, std::size_t>, std::size_t> followed;
    for (std::size_t round = 0; round < block(count); ++round) {
      const Order order = round_order(3, 1, round, count);
      for (std::size_t place = 0; place < count; ++place) {
        ++places[{order[place], place}];
        if (place > 0) ++followed[{order[place - 1], order[place]}];
      }
    }
    const std::size_t each = block(count) / count;
    EXPECT_EQ(places.size(), count * count);
    EXPECT_EQ(followed.size(), count * (count - 1));
    for (const auto& [pair, times] : places) EXPECT_EQ(times, each) << count;
    for (const auto& [pair, times] : followed) EXPECT_EQ(times, each) << count;
  }
}

/// How many different orders 200 values of one argument give; of 5,040 possible ones about 196.
template <typename OrderOf>
std::size_t different(OrderOf order_of) {
  std::set<Order> orders;
  for (std::size_t i = 0; i < 200; ++i) orders.insert(order_of(i));
  return orders.size();
}

TEST(RoundOrder, EveryArgumentMatters) {
  EXPECT_GT(different([](std::size_t i) { return round_order(i, 0, 0, 7); }), 180U);
  EXPECT_GT(different([](std::size_t i) { return round_order(1, i, 0, 7); }), 180U);
  EXPECT_GT(different([](std::size_t i) { return round_order(1, 0, i * block(7), 7); }), 180U)
      << "each block is shuffled anew";
}

TEST(PassOrder, SpreadsTheRestartsOfEachWorkloadOverTheWholeRun) {
  const std::vector<int> restarts = {12, 1, 2, 5, 12};
  std::vector<std::vector<int>> passes(restarts.size());
  for (int pass = 0; pass < 12; ++pass) {
    for (const ScheduledRestart& next : pass_order(7, pass, restarts)) {
      EXPECT_EQ(next.restart, static_cast<int>(passes[next.workload].size()));
      passes[next.workload].push_back(pass);
    }
  }
  for (std::size_t w = 0; w < restarts.size(); ++w) {
    ASSERT_EQ(passes[w].size(), static_cast<std::size_t>(restarts[w])) << w;
    EXPECT_EQ(passes[w].front(), 0) << "everything has a first figure after the first pass";
    for (std::size_t i = 1; i < passes[w].size(); ++i) {
      EXPECT_NEAR(passes[w][i] - passes[w][i - 1], 12.0 / restarts[w], 1) << w;
    }
  }
}

TEST(PassOrder, GoesOnInFurtherCyclesInTheSameProportion) {
  const std::vector<int> restarts = {4, 2};
  int first = 0;
  int second = 0;
  for (int pass = 0; pass < 40; ++pass) {
    for (const ScheduledRestart& next : pass_order(1, pass, restarts)) {
      ++(next.workload == 0 ? first : second);
    }
  }
  EXPECT_EQ(first, 40);
  EXPECT_EQ(second, 20);
}

TEST(PassOrder, IsShuffled) {
  const std::vector<int> restarts(6, 30);
  std::set<std::vector<std::size_t>> orders;
  for (int pass = 0; pass < 30; ++pass) {
    std::vector<std::size_t> order;
    for (const ScheduledRestart& next : pass_order(1, pass, restarts)) {
      order.push_back(next.workload);
    }
    orders.insert(order);
  }
  EXPECT_GE(orders.size(), 28U) << "of 720 possible ones";
}

}  // namespace
}  // namespace sockbench
