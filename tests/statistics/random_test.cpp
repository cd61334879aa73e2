#include "common/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace sockbench {
namespace {

// The reference implementation's first numbers (https://prng.di.unimi.it/splitmix64.c).
TEST(Random, GivesTheReferenceSequence) {
  Random random(1234567);
  for (const std::uint64_t expected :
       {6457827717110365317U, 3203168211198807973U, 9817491932198370423U, 4593380528125082431U,
        16408922859458223821U}) {
    EXPECT_EQ(random.next(), expected);
  }
}

TEST(Random, SameSeedSameNumbers) {
  Random a(7);
  Random b(7);
  Random other(8);
  EXPECT_EQ(a.next(), b.next());
  EXPECT_NE(a.next(), other.next());
}

// Chi-squared with 9 degrees of freedom: 33.7 is exceeded once in 10,000 seeds.
TEST(Random, BelowIsUniform) {
  Random random(1);
  std::array<int, 10> counts{};
  constexpr int kDraws = 100'000;
  for (int i = 0; i < kDraws; ++i) ++counts.at(static_cast<std::size_t>(random.below(10)));
  double chi_squared = 0;
  for (const int count : counts)
    chi_squared += std::pow(count - kDraws / 10.0, 2) / (kDraws / 10.0);
  EXPECT_LT(chi_squared, 33.7);
}

// A bound of 3 * 2^62 is where a modulus or a plain multiplication is off by a third.
TEST(Random, BelowHasNoBiasForHugeBounds) {
  Random random(2);
  constexpr std::uint64_t kBound = std::uint64_t{3} << 62U;
  std::array<int, 3> thirds{};
  constexpr int kExpected = 10'000;
  for (int i = 0; i < 3 * kExpected; ++i) {
    const std::uint64_t value = random.below(kBound);
    ASSERT_LT(value, kBound);
    ++thirds.at(static_cast<std::size_t>(value >> 62U));
  }
  for (const int count : thirds) EXPECT_NEAR(count, kExpected, 500);
}

TEST(Random, BelowOneIsZero) {
  Random random(3);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(random.below(1), 0U);
}

TEST(Random, UniformFillsTheUnitInterval) {
  Random random(4);
  double sum = 0;
  double lowest = 1;
  double highest = 0;
  constexpr int kDraws = 100'000;
  for (int i = 0; i < kDraws; ++i) {
    const double value = random.uniform();
    ASSERT_GE(value, 0);
    ASSERT_LT(value, 1);
    sum += value;
    lowest = std::min(lowest, value);
    highest = std::max(highest, value);
  }
  EXPECT_NEAR(sum / kDraws, 0.5, 0.005);
  EXPECT_LT(lowest, 0.001);
  EXPECT_GT(highest, 0.999);
}

// Kolmogorov–Smirnov distance against 1 − exp(−x / mean); 1.95 / sqrt(n) is exceeded once in 1,000.
TEST(Random, ExponentialHasTheRightDistribution) {
  Random random(5);
  constexpr double kMean = 250;
  std::vector<double> gaps(20'000);
  for (double& gap : gaps) gap = random.exponential(kMean);
  std::sort(gaps.begin(), gaps.end());
  const auto n = static_cast<double>(gaps.size());
  double distance = 0;
  for (std::size_t i = 0; i < gaps.size(); ++i) {
    ASSERT_GE(gaps[i], 0);
    const double expected = 1 - std::exp(-gaps[i] / kMean);
    distance = std::max(distance, std::abs(expected - static_cast<double>(i) / n));
  }
  EXPECT_LT(distance, 1.95 / std::sqrt(n));
}

TEST(Random, ShuffleReachesEveryOrderEquallyOften) {
  Random random(6);
  std::map<std::array<int, 3>, int> seen;
  for (int i = 0; i < 60'000; ++i) {
    std::array<int, 3> items{1, 2, 3};
    random.shuffle(std::span<int>(items));
    ++seen[items];
  }
  ASSERT_EQ(seen.size(), 6U);
  for (const auto& [order, count] : seen) EXPECT_NEAR(count, 10'000, 400);
}

TEST(Random, ShuffleOfNothing) {
  Random random(7);
  random.shuffle(std::span<int>());
  std::array<int, 1> one{1};
  random.shuffle(std::span<int>(one));
  EXPECT_EQ(one[0], 1);
}

}  // namespace
}  // namespace sockbench
