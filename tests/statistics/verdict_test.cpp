#include "bench/judge/verdict.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "bench/judge/significance.h"

namespace sockbench {
namespace {

using Values = std::vector<double>;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kMargin = 0.02;

struct JudgeCase {
  const char* what;
  std::optional<Interval> ci95;
  double p_holm;
  Verdict lower_is_better, higher_is_better;
};

TEST(Judge, Table) {
  using enum Verdict;
  const std::vector<JudgeCase> cases = {
      {"clearly lower", Interval{0.90, 0.95}, 0.001, kFaster, kSlower},
      {"clearly higher", Interval{1.05, 1.10}, 0.001, kSlower, kFaster},
      {"lower, part of it within the margin", Interval{0.95, 0.995}, 0.001, kFaster, kSlower},
      {"within the margin", Interval{0.99, 1.01}, 0.8, kTie, kTie},
      {"at the edges", Interval{1 / 1.02, 1.02}, 0.8, kTie, kTie},
      {"certainly different, certainly too little", Interval{1.005, 1.01}, 0.001, kTie, kTie},
      {"just below the margin", Interval{0.9803, 1.01}, 0.8, kInconclusive, kInconclusive},
      {"wide", Interval{0.9, 1.1}, 0.8, kInconclusive, kInconclusive},
      {"too many comparisons", Interval{0.90, 0.95}, 0.05, kInconclusive, kInconclusive},
      {"interval and test disagree", Interval{0.95, 1.01}, 0.01, kInconclusive, kInconclusive},
      {"touches 1", Interval{0.90, 1.0}, 0.001, kInconclusive, kInconclusive},
      {"too few restarts", std::nullopt, 0.001, kInconclusive, kInconclusive},
      {"no p", Interval{0.90, 0.95}, kNaN, kInconclusive, kInconclusive},
      {"no numbers", Interval{kNaN, kNaN}, 0.001, kInconclusive, kInconclusive},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(judge(test.ci95, test.p_holm, kMargin, true), test.lower_is_better) << test.what;
    EXPECT_EQ(judge(test.ci95, test.p_holm, kMargin, false), test.higher_is_better) << test.what;
  }
}

TEST(Judge, NamesAreThoseOfTheContract) {
  EXPECT_EQ(verdict_name(Verdict::kFaster), "faster");
  EXPECT_EQ(verdict_name(Verdict::kSlower), "slower");
  EXPECT_EQ(verdict_name(Verdict::kTie), "tie");
  EXPECT_EQ(verdict_name(Verdict::kInconclusive), "inconclusive");
}

/// `restarts` effects around log(ratio), alternating by ± spread.
RankInput contestant(std::string name, double ratio, double spread, std::size_t restarts = 8) {
  RankInput input{std::move(name), Values(restarts)};
  double sign = 1;
  for (double& effect : input.per_restart_log) {
    effect = std::log(ratio) + sign * spread;
    sign = -sign;
  }
  return input;
}

/// "a=1 b=1 c=3 d=-": names in order with their ranks.
std::string standings(const std::vector<Ranked>& ranked) {
  std::string text;
  for (const Ranked& entry : ranked) {
    if (!text.empty()) text += ' ';
    text += entry.name + '=' + (entry.rank ? std::to_string(*entry.rank) : "-");
  }
  return text;
}

TEST(Rank, SharesRanksWithinTheMargin) {
  const std::vector<RankInput> entries = {contestant("epoll", 1, 0), contestant("slow", 1.5, 0.01),
                                          contestant("near", 1.005, 0.001),
                                          contestant("fast", 0.8, 0.01)};
  EXPECT_EQ(standings(rank(entries, kMargin, true)), "fast=1 epoll=2 near=2 slow=4");
  EXPECT_EQ(standings(rank(entries, kMargin, false)), "slow=1 near=2 epoll=2 fast=4");
  EXPECT_NEAR(rank(entries, kMargin, true).front().ratio, 0.8, 1e-12);
}

TEST(Rank, NoiseSharesRanks) {
  const std::vector<RankInput> entries = {contestant("epoll", 1, 0), contestant("noisy", 1.1, 0.2)};
  EXPECT_EQ(standings(rank(entries, kMargin, true)), "epoll=1 noisy=1");
}

TEST(Rank, NoiseCommonToBothCancels) {
  const std::vector<RankInput> entries = {contestant("a", 1, 0.2), contestant("b", 1.1, 0.2)};
  EXPECT_EQ(standings(rank(entries, kMargin, true)), "a=1 b=2");
}

TEST(Rank, AChainOfSmallStepsBreaksAtTheLeader) {
  const std::vector<RankInput> entries = {contestant("a", 1.00, 0), contestant("b", 1.015, 1e-4),
                                          contestant("c", 1.03, 1e-4),
                                          contestant("d", 1.045, 1e-4)};
  EXPECT_EQ(standings(rank(entries, kMargin, true)), "a=1 b=1 c=3 d=3");
}

TEST(Rank, FiveRestartsProveNothing) {
  const std::vector<RankInput> five = {contestant("a", 1, 0, 5), contestant("b", 2, 0.001, 5)};
  EXPECT_EQ(standings(rank(five, kMargin, true)), "a=1 b=1");
  const std::vector<RankInput> six = {contestant("a", 1, 0, 6), contestant("b", 2, 0.001, 6)};
  EXPECT_EQ(standings(rank(six, kMargin, true)), "a=1 b=2");
}

TEST(Rank, FailedRestartsArePairedOut) {
  RankInput half = contestant("half", 2, 0.001, 12);
  for (std::size_t i = 0; i < 6; ++i) half.per_restart_log[2 * i] = kNaN;
  const std::vector<RankInput> entries = {
      contestant("epoll", 1, 0, 12), half, {"dead", Values(12, kNaN)}, {"absent", {}}};
  EXPECT_EQ(standings(rank(entries, kMargin, true)), "epoll=1 half=2 absent=- dead=-");
  EXPECT_TRUE(std::isnan(rank(entries, kMargin, true).back().ratio));
}

TEST(Rank, DoesNotDependOnTheOrderGiven) {
  std::vector<RankInput> entries = {contestant("c", 1, 0), contestant("a", 1, 0),
                                    contestant("b", 1, 0), contestant("z", 0.5, 0)};
  const std::string expected = "z=1 a=2 b=2 c=2";
  EXPECT_EQ(standings(rank(entries, kMargin, true)), expected);
  std::swap(entries[0], entries[3]);
  EXPECT_EQ(standings(rank(entries, kMargin, true)), expected);
}

TEST(Rank, OfNobody) { EXPECT_TRUE(rank({}, kMargin, true).empty()); }

TEST(FewestRestarts, AreThoseAfterWhichAnyComparisonCanBeDecided) {
  EXPECT_EQ(fewest_restarts(0), 8);
  for (const std::size_t comparisons : {1U, 6U, 7U, 12U, 51U, 102U, 500U}) {
    const auto n = static_cast<std::size_t>(fewest_restarts(comparisons));
    const auto all = static_cast<double>(comparisons);
    EXPECT_LT(smallest_sign_flip_p(n) * all, kSignificance) << comparisons;
    EXPECT_TRUE(n == 8 || smallest_sign_flip_p(n - 1) * all >= kSignificance) << comparisons;
  }
}

}  // namespace
}  // namespace sockbench
