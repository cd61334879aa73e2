// The self-test of the gate without processes: what is right, how often, and is that enough?

#include "bench/judge/selftest_rates.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "common/error.h"

namespace sockbench {
namespace {

using enum DuelVerdict;

constexpr DuelVerdict kAll[] = {kPass, kRegression, kInconclusive, kFailed};

const TrialKind& kind_named(const std::string& name) {
  const auto& kinds = trial_kinds();
  return *std::find_if(kinds.begin(), kinds.end(),
                       [&](const TrialKind& kind) { return kind.name == name; });
}

std::vector<Trial> trials(int count, DuelVerdict verdict) {
  return std::vector<Trial>(static_cast<std::size_t>(count), Trial{verdict, 1});
}

std::vector<Trial> operator+(std::vector<Trial> first, const std::vector<Trial>& others) {
  first.insert(first.end(), others.begin(), others.end());
  return first;
}

TEST(SelftestRates, VerdictsHaveNames) {
  for (const DuelVerdict verdict : kAll) EXPECT_EQ(named<DuelVerdict>(to_text(verdict)), verdict);
  EXPECT_STREQ(to_text(kRegression), "regression");
  EXPECT_EQ(named<DuelVerdict>("improved"), std::nullopt);
  EXPECT_EQ(named<DuelVerdict>(""), std::nullopt);
}

/// 'r' right, 'w' wrong, 'u' undecided, 'm' missed; in the order of kAll.
TEST(SelftestRates, EveryVerdictOnEveryTrialIsJudged) {
  const std::map<std::string, std::string> rows = {
      {"a_a", "rwrw"},           {"spin_100ns", "wruw"},  {"cpu_2_percent", "wruw"},
      {"cpu_5_percent", "wruw"}, {"syscall", "wruw"},     {"tail", "wruw"},
      {"memory", "wruw"},        {"lost_wakeup", "wrur"}, {"neighbour", "mwrw"}};
  EXPECT_EQ(rows.size(), trial_kinds().size());
  for (const TrialKind& kind : trial_kinds()) {
    ASSERT_TRUE(rows.contains(kind.name)) << kind.name;
    std::string judged;
    for (const DuelVerdict verdict : kAll) {
      const TrialTally tally = tally_of(kind, trials(1, verdict));
      EXPECT_EQ(tally.inconclusive, verdict == kInconclusive ? 1 : 0);
      judged += tally.right > 0 ? 'r' : tally.wrong > 0 ? 'w' : tally.missed > 0 ? 'm' : 'u';
    }
    EXPECT_EQ(judged, rows.at(kind.name)) << kind.name;
  }
}

TEST(SelftestRates, BoundsHoldOrNot) {
  struct Row {
    const char* kind;
    std::vector<Trial> trials;
    double rate;
    std::optional<bool> met;
  };
  const std::vector<Row> rows = {
      {"a_a", trials(200, kPass), 0, true},
      {"a_a", trials(198, kInconclusive) + trials(2, kRegression), 0.01, true},
      {"a_a", trials(197, kPass) + trials(3, kRegression), 0.015, false},
      {"a_a", trials(20, kFailed), 1, false},
      {"cpu_2_percent", trials(38, kRegression) + trials(2, kInconclusive), 0.95, true},
      {"cpu_2_percent", trials(37, kRegression) + trials(3, kInconclusive), 0.925, false},
      {"syscall", trials(20, kRegression), 1, true},
      {"syscall", trials(19, kRegression) + trials(1, kPass), 0.95, false},
      {"tail", trials(18, kRegression) + trials(2, kPass), 0.9, true},
      {"tail", trials(17, kRegression) + trials(3, kPass), 0.85, false},
      {"neighbour", trials(10, kInconclusive) + trials(10, kPass), 0, true},
      {"neighbour", trials(19, kInconclusive) + trials(1, kRegression), 0.05, false},
      {"memory", trials(20, kPass), 0, std::nullopt},
  };
  for (const Row& row : rows) {
    const TrialTally tally = tally_of(kind_named(row.kind), row.trials);
    ASSERT_TRUE(tally.rate.has_value());
    EXPECT_DOUBLE_EQ(*tally.rate, row.rate) << row.kind;
    EXPECT_EQ(tally.met, row.met) << row.kind << " at " << row.rate;
    EXPECT_LE(tally.ci95->lo, row.rate);
    EXPECT_GE(tally.ci95->hi, row.rate);
  }
}

TEST(SelftestRates, WithoutTrialsNothingIsSaid) {
  const TrialTally tally = tally_of(kind_named("syscall"), {});
  EXPECT_EQ(tally.trials, 0);
  EXPECT_EQ(tally.rate, std::nullopt);
  EXPECT_EQ(tally.met, std::nullopt);
  EXPECT_TRUE(std::isnan(tally.median_s));
}

TEST(SelftestRates, TimesAreMedianAndLongest) {
  const std::vector<Trial> some = {{kPass, 30}, {kPass, 10}, {kPass, 20}};
  const TrialTally tally = tally_of(kind_named("a_a"), some);
  EXPECT_EQ(tally.median_s, 20);
  EXPECT_EQ(tally.longest_s, 30);
}

/// P(X <= count) of a binomial variable, term by term.
double at_most(int count, int trials, double p) {
  double sum = 0;
  for (int k = 0; k <= count; ++k) {
    const double ways = std::lgamma(trials + 1) - std::lgamma(k + 1) - std::lgamma(trials - k + 1);
    sum += std::exp(ways + k * std::log(p) + (trials - k) * std::log1p(-p));
  }
  return sum;
}

// By definition: at the lower end so many or more are seen with probability 2.5 %, at the upper end
// so many or fewer.
TEST(SelftestRates, ClopperPearsonIsExact) {
  for (const auto& [count, all] : std::vector<std::pair<int, int>>{
           {1, 200}, {2, 200}, {38, 40}, {10, 20}, {19, 20}, {1, 2}, {399, 400}}) {
    const Interval interval = clopper_pearson(count, all);
    EXPECT_NEAR(1 - at_most(count - 1, all, interval.lo), 0.025, 1e-9) << count << '/' << all;
    EXPECT_NEAR(at_most(count, all, interval.hi), 0.025, 1e-9) << count << '/' << all;
  }
  EXPECT_EQ(clopper_pearson(0, 200).lo, 0);
  EXPECT_NEAR(clopper_pearson(0, 200).hi, 1 - std::pow(0.025, 1.0 / 200), 1e-12);
  EXPECT_EQ(clopper_pearson(20, 20).hi, 1);
  EXPECT_NEAR(clopper_pearson(20, 20).lo, std::pow(0.025, 1.0 / 20), 1e-12);
}

TEST(SelftestTrials, AreChosenByName) {
  EXPECT_EQ(choose_trial_kinds({}, 0).size(), trial_kinds().size());
  const auto chosen = choose_trial_kinds({"tail", "a_a"}, 7);
  ASSERT_EQ(chosen.size(), 2U);
  EXPECT_EQ(chosen[0].name, "a_a") << "in the order of the table";
  EXPECT_EQ(chosen[1].runs, 7);
  EXPECT_EQ(choose_trial_kinds({"a_a"}, 0)[0].runs, 200);
  try {
    choose_trial_kinds({"memroy"}, 0);
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(), "There is no trial 'memroy'; did you mean 'memory'?");
  }
}

TEST(SelftestTrials, TakeTurnsInProportion) {
  std::map<std::string, int> seen;
  const auto kinds = choose_trial_kinds({}, 0);
  const auto order = trial_order(kinds);
  std::size_t all = 0;
  for (const TrialKind& kind : kinds) all += static_cast<std::size_t>(kind.runs);
  ASSERT_EQ(order.size(), all);
  for (std::size_t i = 0; i < order.size(); ++i) {
    EXPECT_EQ(order[i].number, ++seen[order[i].kind]) << "each kind from 1 on";
    const double share = static_cast<double>(i + 1) / static_cast<double>(all);
    const TrialKind& kind = kind_named(order[i].kind);
    EXPECT_NEAR(seen[kind.name], share * kind.runs, 1.5 + 0.02 * kind.runs) << kind.name;
  }
}

TEST(SelftestTrials, HaveSeedsOfTheirOwn) {
  std::set<std::uint64_t> seeds;
  for (const PlannedTrial& trial : trial_order(choose_trial_kinds({}, 100))) {
    EXPECT_TRUE(seeds.insert(trial_seed(1, trial.kind, trial.number)).second);
  }
  EXPECT_EQ(trial_seed(1, "tail", 3) + 4, trial_seed(5, "tail", 3));
}

TEST(SelftestTrials, SpinForAsLongAsAShareTakes) {
  const std::vector<TriedSpin> tried = {{150, 0.02}, {400, 0.07}, {150, 0.02}, {400, 0.07}};
  EXPECT_EQ(head_fault(kind_named("cpu_2_percent"), tried), "spin:150");
  EXPECT_EQ(head_fault(kind_named("cpu_5_percent"), tried), "spin:300");
  EXPECT_EQ(head_fault(kind_named("tail"), {}), "tail:1000:5");
  EXPECT_NEAR(spin_for(0.03, std::vector<TriedSpin>{{100, 0.01}, {100, 0.03}, {500, 0.10}}), 150, 1)
      << "the line through their means";
  EXPECT_EQ(head_fault(kind_named("cpu_2_percent"), std::vector<TriedSpin>{{150, 0.5}, {400, 0.9}}),
            "spin:1")
      << "0 is no fault";
}

TEST(SelftestTrials, TriesSpinsOfTheSizeOfARequest) {
  std::vector<TriedSpin> tried;
  for (const std::int64_t expected : {150, 1'600, 600, 1'600}) {
    EXPECT_EQ(next_spin(tried), expected);
    tried.push_back({static_cast<double>(expected), 0.01, 20'000});
  }
  EXPECT_EQ(next_spin(tried), std::nullopt);
}

TEST(SelftestTrials, WithoutSpinsThatTellThemApartThereIsNoShare) {
  EXPECT_THROW(spin_for(0.02, {}), std::runtime_error);
  EXPECT_THROW(spin_for(0.02, std::vector<TriedSpin>{{150, 0.02}}), std::runtime_error);
  EXPECT_THROW(spin_for(0.02, std::vector<TriedSpin>{{150, 0.02}, {400, 0.01}}),
               std::runtime_error);
}

}  // namespace
}  // namespace sockbench
