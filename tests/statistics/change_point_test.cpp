// Changes in made-up chains of duels: how often one is seen where there is none, what is found, and
// where. Seeds are fixed, so the figures are the same in every run.

#include "bench/judge/change_point.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <span>
#include <string>
#include <vector>

#include "common/random.h"

namespace sockbench {
namespace {

using Chain = std::vector<DuelEffect>;

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr int kChains = 400;

double normal(Random& random) {  // Box and Muller
  const double radius = std::sqrt(-2 * std::log1p(-random.uniform()));
  return radius * std::cos(2 * std::numbers::pi * random.uniform());
}

/// Student's t with 5 degrees of freedom, scaled to a standard deviation of 1.
double heavy_tailed(Random& random) {
  double squares = 0;
  for (int i = 0; i < 5; ++i) {
    const double value = normal(random);
    squares += value * value;
  }
  return normal(random) / std::sqrt(squares / 5) / std::sqrt(5.0 / 3.0);
}

/// Duels of equal builds; `stated` is the standard error that they report of a true one of `noise`.
Chain without_change(Random& random, std::size_t duels, double noise, double stated,
                     double (*draw)(Random&) = normal) {
  Chain chain;
  for (std::size_t i = 0; i < duels; ++i) chain.push_back({noise * draw(random), stated});
  return chain;
}

/// Twenty of sixty duels, from the thirtieth on, are 0.3 % dearer each; `noise` is also stated.
Chain creep(Random& random, double noise) {
  Chain made = without_change(random, 60, noise, noise);
  for (std::size_t i = 30; i < 50; ++i) made[i].log_ratio += std::log(1.003);
  return made;
}

/// Options for many chains in little time.
ChangePointOptions quick(double significance) {
  return {.significance = significance, .simulations = 199, .seed = 7};
}

/// In how many of kChains chains `holds` is true, as a share.
double share_of(const std::function<Chain(Random&)>& make, const ChangePointOptions& options,
                const std::function<bool(const std::vector<ChangePoint>&)>& holds) {
  Random random(20260131);
  int count = 0;
  for (int i = 0; i < kChains; ++i) {
    if (holds(find_change_points(make(random), options)->changes)) ++count;
  }
  return static_cast<double>(count) / kChains;
}

bool any(const std::vector<ChangePoint>& changes) { return !changes.empty(); }

struct NoChange {
  const char* name;
  std::size_t duels;
  double noise;
  double stated;
  double (*draw)(Random&);
  double at_most;  ///< share of chains with an alarm, at a significance of 5 %
};

// Two standard errors of 400 chains are 2.2 %.
TEST(ChangePoint, FalseAlarmsAreAsRareAsPromised) {
  const std::vector<NoChange> cases = {
      {"the errors are right", 40, 0.01, 0.01, normal, 0.072},
      {"no errors are known", 40, 0.01, kUnknown, normal, 0.072},
      {"a short chain", 8, 0.01, 0.01, normal, 0.072},
      {"a short chain, no errors known", 8, 0.01, kUnknown, normal, 0.072},
      {"a third of the true errors", 40, 0.01, 0.0033, normal, 0.072},
      {"three times the true errors", 40, 0.01, 0.03, normal, 0.01},
  };
  for (const NoChange& each : cases) {
    const double alarms = share_of(
        [&](Random& random) {
          return without_change(random, each.duels, each.noise, each.stated, each.draw);
        },
        quick(0.05), any);
    RecordProperty(each.name, std::to_string(alarms));
    EXPECT_LE(alarms, each.at_most) << each.name;
  }
}

/// The largest weighted distance between the means before and after a place in the series.
double cusum(const std::vector<double>& series) {
  double total = 0;
  for (const double value : series) total += value;
  const auto size = static_cast<double>(series.size());
  double largest = 0;
  double before = 0;
  for (std::size_t i = 0; i + 1 < series.size(); ++i) {
    before += series[i];
    const auto left = static_cast<double>(i + 1);
    const double right = size - left;
    const double distance = before / left - (total - before) / right;
    largest = std::max(largest, std::abs(distance) * std::sqrt(left * right / size));
  }
  return largest;
}

// Why no usual method is used: a permutation test for a new mean, on the product itself.
TEST(ChangePoint, ATestForANewLevelCriesWolf) {
  constexpr int kPermutations = 99;
  Random random(9);
  int alarms = 0;
  for (int i = 0; i < kChains; ++i) {
    std::vector<double> product;
    double sum = 0;
    for (const DuelEffect& duel : without_change(random, 40, 0.01, 0.01)) {
      sum += duel.log_ratio;
      product.push_back(sum);
    }
    const double found = cusum(product);
    int as_large = 0;
    for (int j = 0; j < kPermutations; ++j) {
      random.shuffle(std::span<double>(product));
      if (cusum(product) >= found) ++as_large;
    }
    if (as_large + 1 <= 0.05 * (kPermutations + 1)) ++alarms;
  }
  RecordProperty("alarms", alarms);
  EXPECT_GE(alarms, 0.9 * kChains);
}

// A duel that is far off cannot be told from a step. Errors of five degrees of freedom bring such.
TEST(ChangePoint, HeavyTailsCostSomeFalseAlarms) {
  const double alarms =
      share_of([](Random& random) { return without_change(random, 40, 0.01, 0.01, heavy_tailed); },
               quick(0.01), any);
  RecordProperty("alarms", std::to_string(alarms));
  EXPECT_LE(alarms, 0.35);
}

TEST(ChangePoint, AStepIsFoundWhereItIs) {
  constexpr std::size_t kAt = 25;
  const auto covers = [](const std::vector<ChangePoint>& changes, std::size_t at_most) {
    return std::any_of(changes.begin(), changes.end(), [&](const ChangePoint& change) {
      return change.first <= kAt && change.last >= kAt && change.last - change.first < at_most;
    });
  };
  for (const double stated : {0.01, kUnknown}) {
    const auto chain = [&](Random& random) {
      Chain made = without_change(random, 40, 0.01, stated);
      made[kAt].log_ratio += std::log(1.05);
      return made;
    };
    const double found =
        share_of(chain, quick(0.05), [&](const auto& changes) { return covers(changes, 3); });
    const double in_place =
        share_of(chain, quick(0.05), [&](const auto& changes) { return covers(changes, 1); });
    RecordProperty(std::isnan(stated) ? "unknown" : "known",
                   std::to_string(found) + " " + std::to_string(in_place));
    EXPECT_GE(found, 0.7) << stated;
    EXPECT_GE(in_place, 0.9 * found) << stated;
  }
}

TEST(ChangePoint, ASlowCreepIsFoundThatNoDuelShows) {
  const double found = share_of([](Random& random) { return creep(random, 0.0025); }, quick(0.01),
                                [](const std::vector<ChangePoint>& changes) {
                                  return changes.size() == 1 &&
                                         changes[0].first < changes[0].last &&
                                         changes[0].first >= 20 && changes[0].last < 60 &&
                                         std::abs(std::expm1(changes[0].log_ratio) - 0.062) < 0.03;
                                });
  RecordProperty("found", std::to_string(found));
  EXPECT_GE(found, 0.8);
}

// The errors of 20 duels of 1 % add up to 4.5 %: as much as the creep itself. No method can tell.
TEST(ChangePoint, ACreepBelowTheAccumulatedErrorIsNotClaimed) {
  const double found =
      share_of([](Random& random) { return creep(random, 0.01); }, quick(0.01), any);
  EXPECT_LE(found, 0.2);
}

TEST(ChangePoint, UpAndDownAgainAreTwoChanges) {
  Random random(3);
  Chain chain = without_change(random, 30, 0.002, 0.002);
  chain[10].log_ratio += 0.05;
  chain[20].log_ratio -= 0.05;
  const auto found = find_change_points(chain);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->changes.size(), 2U);
  EXPECT_EQ(found->changes[0].first, 10U);
  EXPECT_EQ(found->changes[0].last, 10U);
  EXPECT_NEAR(found->changes[0].log_ratio, 0.05, 0.006);
  EXPECT_EQ(found->changes[1].first, 20U);
  EXPECT_NEAR(found->changes[1].log_ratio, -0.05, 0.006);
  EXPECT_LE(found->changes[0].p_value, 0.01);
}

TEST(ChangePoint, AnUncertainDuelIsNoStep) {
  Random random(4);
  Chain chain = without_change(random, 30, 0.002, 0.002);
  chain[10] = {0.05, 0.03};
  EXPECT_TRUE(find_change_points(chain)->changes.empty());
  chain[10].standard_error = 0.002;
  EXPECT_EQ(find_change_points(chain)->changes.size(), 1U);
}

TEST(ChangePoint, SaysWhatItWouldHaveFound) {
  Random random(5);
  const Chain chain = without_change(random, 40, 0.01, 0.01);
  const auto result = find_change_points(chain);
  EXPECT_NEAR(result->noise, 0.01, 0.003);
  const auto with_step = [&](double log_ratio) {
    return share_of(
        [&](Random& each) {
          Chain made = without_change(each, 40, 0.01, 0.01);
          made[20].log_ratio += log_ratio;
          return made;
        },
        quick(0.01), any);
  };
  EXPECT_NEAR(with_step(result->detectable), 0.8, 0.12);
}

TEST(ChangePoint, IsTheSameForTheSameSeed) {
  Random random(6);
  const Chain chain = without_change(random, 20, 0.01, 0.01);
  const auto one = find_change_points(chain, {.significance = 0.9});
  const auto two = find_change_points(chain, {.significance = 0.9});
  EXPECT_EQ(one->detectable, two->detectable);
  ASSERT_EQ(one->changes.size(), two->changes.size());
  for (std::size_t i = 0; i < one->changes.size(); ++i) {
    EXPECT_EQ(one->changes[i].p_value, two->changes[i].p_value);
  }
}

TEST(ChangePoint, ShortAndConstantChains) {
  EXPECT_FALSE(find_change_points({}));
  EXPECT_FALSE(find_change_points(Chain(kMinDuels - 1, {0, 0.01})));
  EXPECT_TRUE(find_change_points(Chain(kMinDuels, {0, 0.01}))->changes.empty());
  Chain chain(12, {0, kUnknown});
  EXPECT_TRUE(find_change_points(chain)->changes.empty()) << "no scatter and no change";
  chain[4].log_ratio = 0.1;
  ASSERT_EQ(find_change_points(chain)->changes.size(), 1U) << "no scatter but one change";
  EXPECT_EQ(find_change_points(chain)->changes[0].first, 4U);
}

TEST(ChangePoint, AStandardErrorFromAnInterval) {
  const double wide = std::exp(0.02);
  EXPECT_NEAR(standard_error_of({1 / wide, wide}, 0.95, 0), 0.02 / 1.959964, 1e-6);
  EXPECT_NEAR(standard_error_of({1 / wide, wide}, 0.95, 8), 0.02 / 2.364624, 1e-6) << "t, 7 d.f.";
  EXPECT_NEAR(standard_error_of({1 / wide, wide}, 0.99, 8), 0.02 / 3.499483, 1e-6);
  for (const Interval& none : {Interval{0, 1}, Interval{1, 1}, Interval{1.1, 1}}) {
    EXPECT_TRUE(std::isnan(standard_error_of(none, 0.95, 8)));
  }
}

}  // namespace
}  // namespace sockbench
