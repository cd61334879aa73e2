// The order of a round: random, balanced, and the same again for the same seed.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "bench/run/runner.h"

namespace sockbench {
namespace {

using Order = std::vector<std::size_t>;

constexpr std::size_t kContestants = 7;
constexpr int kRounds = 2000;

TEST(RoundOrder, IsAPermutation) {
  for (const std::size_t count : std::vector<std::size_t>{0, 1, 2, 7, 50}) {
    for (int round = 0; round < 20; ++round) {
      Order order = round_order(1, 0, 0, round, count);
      Order expected(count);
      std::iota(expected.begin(), expected.end(), std::size_t{0});
      std::sort(order.begin(), order.end());
      EXPECT_EQ(order, expected);
    }
  }
}

TEST(RoundOrder, IsAFunctionOfItsArguments) {
  for (int round = 0; round < 20; ++round) {
    EXPECT_EQ(round_order(5, 2, 3, round, kContestants), round_order(5, 2, 3, round, kContestants));
  }
}

/// How many different orders 200 values of one argument give; of 5,040 possible ones about 196.
template <typename OrderOf>
std::size_t different(OrderOf order_of) {
  std::set<Order> orders;
  for (int i = 0; i < 200; ++i) orders.insert(order_of(i));
  return orders.size();
}

TEST(RoundOrder, EveryArgumentMatters) {
  const auto seed = [](int i) { return static_cast<std::uint64_t>(i); };
  const auto index = [](int i) { return static_cast<std::size_t>(i); };
  EXPECT_GT(different([&](int i) { return round_order(seed(i), 0, 0, 0, kContestants); }), 180U);
  EXPECT_GT(different([&](int i) { return round_order(1, index(i), 0, 0, kContestants); }), 180U);
  EXPECT_GT(different([&](int i) { return round_order(1, 0, i, 0, kContestants); }), 180U);
  EXPECT_GT(different([&](int i) { return round_order(1, 0, 0, i, kContestants); }), 180U);
}

TEST(RoundOrder, ArgumentsAreNotInterchangeable) {
  EXPECT_GT(different([](int i) { return round_order(1, 0, i, 0, kContestants); }), 180U);
  int same = 0;
  for (int i = 1; i < 100; ++i) {
    if (round_order(1, 0, i, 0, kContestants) == round_order(1, 0, 0, i, kContestants)) ++same;
  }
  EXPECT_LE(same, 2) << "restart 3, round 0 is not restart 0, round 3";
}

/// Each contestant is in each place in about one of n rounds, whichever argument counts them.
template <typename OrderOf>
void expect_balanced(OrderOf order_of, const char* what) {
  std::vector<std::vector<int>> count(kContestants, std::vector<int>(kContestants));
  for (int i = 0; i < kRounds; ++i) {
    const Order order = order_of(i);
    for (std::size_t place = 0; place < kContestants; ++place) ++count[place][order[place]];
  }
  const double share = 1.0 / kContestants;
  const double expected = kRounds * share;
  const double deviation = std::sqrt(kRounds * share * (1 - share));
  for (std::size_t place = 0; place < kContestants; ++place) {
    for (std::size_t who = 0; who < kContestants; ++who) {
      EXPECT_NEAR(count[place][who], expected, 5 * deviation)
          << what << ": contestant " << who << " in place " << place;
    }
  }
}

TEST(RoundOrder, NobodyIsFavoured) {
  expect_balanced([](int i) { return round_order(1, 0, 0, i, kContestants); }, "over rounds");
  expect_balanced([](int i) { return round_order(1, 0, i, 0, kContestants); }, "over restarts");
  expect_balanced(
      [](int i) { return round_order(static_cast<std::uint64_t>(i), 0, 0, 0, kContestants); },
      "over seeds");
}

TEST(RoundOrder, WhoIsFirstDoesNotTellWhoIsFirstNext) {
  int same = 0;
  for (int round = 1; round < kRounds; ++round) {
    if (round_order(1, 0, 0, round, kContestants).front() ==
        round_order(1, 0, 0, round - 1, kContestants).front()) {
      ++same;
    }
  }
  EXPECT_NEAR(same, kRounds / 7.0, 80);
}

}  // namespace
}  // namespace sockbench
