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

TEST(Undecided, OnlyWhatIsInconclusiveHasAReason) {
  for (const Verdict verdict : {Verdict::kFaster, Verdict::kSlower, Verdict::kTie}) {
    EXPECT_EQ(undecided(verdict, false), std::nullopt);
  }
  EXPECT_EQ(undecided(Verdict::kInconclusive, false), Undecided::kTooFewRestarts);
  EXPECT_EQ(undecided(Verdict::kInconclusive, true), Undecided::kNotSignificant);
  EXPECT_EQ(to_text(Undecided::kTooFewRestarts), "too_few_restarts");
  EXPECT_EQ(to_text(Undecided::kNotSignificant), "not_significant");
  EXPECT_EQ(words_of(Undecided::kTooFewRestarts), "too few restarts");
  EXPECT_EQ(words_of(Undecided::kNotSignificant), "not significant");
}

TEST(FamilyOf, CountsWhatItsRestartsCanDecide) {
  struct Row {
    const char* what;
    std::vector<std::size_t> restarts;
    std::size_t size, fewest;
  };
  const std::vector<Row> rows = {
      {"nothing", {}, 0, 0},
      {"one with five", {5}, 0, 0},
      {"one with six", {6}, 1, 6},
      {"two with six: 2 / 32", {6, 6}, 0, 0},
      {"the few are dropped", {12, 3, 12, 5}, 2, 12},
      {"dropped until the others fit", {6, 7, 12}, 2, 7},
      {"all of one number together", {8, 8, 8, 8, 8, 8, 8, 14}, 1, 14},
      {"six with eight fit", {8, 8, 8, 8, 8, 14}, 6, 8},
      {"102 with twelve", std::vector<std::size_t>(102, 12), 102, 12},
      {"103 with twelve", std::vector<std::size_t>(103, 12), 0, 0},
  };
  for (const Row& row : rows) {
    const Family family = family_of(row.restarts);
    EXPECT_EQ(family.size, row.size) << row.what;
    EXPECT_EQ(family.fewest_restarts, row.fewest) << row.what;
    for (const std::size_t n : row.restarts) {
      EXPECT_EQ(family.decides(n), row.size > 0 && n >= row.fewest) << row.what;
      EXPECT_TRUE(!family.decides(n) || smallest_sign_flip_p(n) < family.level()) << row.what;
    }
  }
  EXPECT_EQ(Family{}.level(), 0);
  EXPECT_DOUBLE_EQ(family_of({12, 12}).level(), 0.025);
}

TEST(FamilyOf, HolmLeavesTheOthersOut) {
  const Values p = {0.01, 0.02, 0.01};
  const std::vector<std::size_t> restarts = {12, 12, 4};
  const Values adjusted = holm(p, restarts, family_of(restarts));
  EXPECT_DOUBLE_EQ(adjusted[0], 0.02);
  EXPECT_DOUBLE_EQ(adjusted[1], 0.02);
  EXPECT_TRUE(std::isnan(adjusted[2]));
}

TEST(Judge, NamesAreThoseOfTheContract) {
  EXPECT_EQ(to_text(Verdict::kFaster), "faster");
  EXPECT_EQ(to_text(Verdict::kSlower), "slower");
  EXPECT_EQ(to_text(Verdict::kTie), "tie");
  EXPECT_EQ(to_text(Verdict::kInconclusive), "inconclusive");
}

/// With a family of its own: the comparisons of all others with the first one.
std::vector<Ranked> rank(const std::vector<RankInput>& entries, double margin,
                         bool lower_is_better) {
  std::vector<std::size_t> restarts;
  for (std::size_t i = 1; i < entries.size(); ++i) {
    std::size_t finite = 0;
    for (const double value : entries[i].per_restart_log) finite += std::isfinite(value) ? 1 : 0;
    if (finite > 0) restarts.push_back(finite);
  }
  return rank(entries, {.margin = margin,
                        .lower_is_better = lower_is_better,
                        .family = family_of(restarts),
                        .reference = entries.empty() ? "" : entries.front().name,
                        .p_holm = {}});
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

TEST(Rank, FiveRestartsGiveNoRank) {
  const std::vector<RankInput> five = {contestant("a", 1, 0, 5), contestant("b", 2, 0.001, 5)};
  EXPECT_EQ(standings(rank(five, kMargin, true)), "a=- b=-");
  for (const Ranked& entry : rank(five, kMargin, true)) {
    EXPECT_EQ(entry.reason, Undecided::kTooFewRestarts) << entry.name;
  }
  const std::vector<RankInput> six = {contestant("a", 1, 0, 6), contestant("b", 2, 0.001, 6)};
  EXPECT_EQ(standings(rank(six, kMargin, true)), "a=1 b=2");
}

TEST(Rank, TooFewRestartsForTheFamilyGiveNoRank) {
  // Eight restarts decide up to six comparisons, and here are seven.
  std::vector<RankInput> entries = {contestant("epoll", 1, 0)};
  for (const char* name : {"a", "b", "c", "d", "e", "f"}) {
    entries.push_back(contestant(name, 1.5, 0.001));
  }
  EXPECT_EQ(rank(entries, kMargin, true).back().rank, 2U);
  entries.push_back(contestant("g", 1.5, 0.001));
  for (const Ranked& entry : rank(entries, kMargin, true)) {
    EXPECT_EQ(entry.rank, std::nullopt) << entry.name;
  }
}

TEST(Rank, WhoHasTooFewRestartsStandsApartFromTheOthers) {
  const std::vector<RankInput> entries = {contestant("epoll", 1, 0, 12),
                                          contestant("slow", 1.5, 0.01, 12),
                                          contestant("brief", 0.5, 0.01, 4)};
  const auto ranked = rank(entries, kMargin, true);
  EXPECT_EQ(standings(ranked), "epoll=1 slow=2 brief=-");
  EXPECT_EQ(ranked.back().reason, Undecided::kTooFewRestarts);
  EXPECT_EQ(ranked[1].reason, std::nullopt);
}

TEST(Rank, SaysWhetherASharedRankIsATie) {
  const std::vector<RankInput> entries = {
      contestant("epoll", 1, 0), contestant("near", 1.005, 0.001), contestant("noisy", 1.1, 0.2)};
  const auto ranked = rank(entries, kMargin, true);
  EXPECT_EQ(standings(ranked), "epoll=1 near=1 noisy=1");
  EXPECT_EQ(ranked[1].reason, std::nullopt);
  EXPECT_EQ(ranked[2].reason, Undecided::kNotSignificant);
}

TEST(Rank, AgainstTheReferenceTheComparisonDecides) {
  const std::vector<RankInput> entries = {contestant("epoll", 1, 0), contestant("slow", 1.5, 0.01)};
  RankRule rule{.margin = kMargin,
                .lower_is_better = true,
                .family = family_of({8}),
                .reference = "epoll",
                .p_holm = {{"slow", 0.06}}};
  EXPECT_EQ(standings(rank(entries, rule)), "epoll=1 slow=1") << "p of the comparison is above 5 %";
  rule.p_holm["slow"] = 0.04;
  EXPECT_EQ(standings(rank(entries, rule)), "epoll=1 slow=2");
  // Among others the same figures count in the worst case of Holm's procedure.
  rule.reference = "another";
  rule.family = {.size = 6, .fewest_restarts = 8};
  EXPECT_EQ(standings(rank(entries, rule)), "epoll=1 slow=2") << "6 / 128 is below 5 %";
  rule.family.size = 7;
  EXPECT_EQ(standings(rank(entries, rule)), "epoll=1 slow=1");
}

TEST(Rank, OneAloneIsFirst) {
  EXPECT_EQ(standings(rank({contestant("epoll", 1, 0, 2)}, kMargin, true)), "epoll=1");
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
