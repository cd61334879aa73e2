#include "bench/judge/gate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "bench/judge/significance.h"
#include "common/random.h"

namespace sockbench {
namespace {

GateRule cpu() { return {"server.cpu_ns_per_request", 0.005, 0.02, true}; }
GateRule rate() { return {"achieved_rps", 0.02, std::nullopt, false}; }
GateRule p99() { return {"response_time_ns.p99", 0.10, std::nullopt, true}; }

/// `count` restarts that lie `spread` above and below `change` in turn.
GateSeries series(const GateRule& rule, double change, double spread, int count = 8) {
  GateSeries one{.rule = rule, .not_gated = {}, .head_log = {}, .control_log = {}};
  for (int i = 0; i < count; ++i) {
    const double sign = i % 2 == 0 ? 1 : -1;
    one.head_log.push_back(std::log1p(change) + sign * spread);
    one.control_log.push_back(sign * spread);
  }
  return one;
}

GateVerdict verdict_of(const GateSeries& one) {
  return judge_gate({one}, kScreening).front().verdict;
}

TEST(Gate, LooksAfterTheseRestarts) {
  std::vector<int> looks;
  for (int n = 0; n < 40; ++n) {
    if (kScreening.looks_after(n)) looks.push_back(n);
  }
  EXPECT_EQ(looks, (std::vector{8, 12, 16, 20, 24, 28, 32}));
}

TEST(Gate, AClearChangeIsARegression) {
  EXPECT_EQ(verdict_of(series(cpu(), 0.02, 0.002)), GateVerdict::kRegression);
  EXPECT_EQ(verdict_of(series(rate(), -0.05, 0.002)), GateVerdict::kRegression);
}

TEST(Gate, AChangeForTheBetterIsImproved) {
  EXPECT_EQ(verdict_of(series(cpu(), -0.02, 0.002)), GateVerdict::kImproved);
  EXPECT_EQ(verdict_of(series(rate(), 0.05, 0.002)), GateVerdict::kImproved);
}

TEST(Gate, WithinTheMarginIsAPassHoweverCertain) {
  EXPECT_EQ(verdict_of(series(cpu(), 0.003, 0.0001)), GateVerdict::kPass);
}

TEST(Gate, ScatterThatHidesTheChangeIsInconclusive) {
  EXPECT_EQ(verdict_of(series(cpu(), 0.0, 0.03)), GateVerdict::kInconclusive);
}

TEST(Gate, AGuardThatScattersPasses) {
  EXPECT_EQ(verdict_of(series(p99(), 0.0, 0.3)), GateVerdict::kPass);
}

TEST(Gate, WhatIsNotGatedSaysNothing) {
  GateSeries bound = series(rate(), -0.5, 0.001);
  bound.not_gated = "the generator was the limit";
  EXPECT_EQ(verdict_of(bound), GateVerdict::kNotGated);
}

TEST(Gate, NothingMeasuredIsInconclusive) {
  GateSeries empty = series(cpu(), 0, 0.01);
  for (double& value : empty.head_log) value = std::nan("");
  const GateFinding finding = judge_gate({empty}, kScreening).front();
  EXPECT_EQ(finding.verdict, GateVerdict::kInconclusive);
  EXPECT_FALSE(finding.ci);
  EXPECT_TRUE(std::isnan(finding.ratio));
}

TEST(Gate, ManyMetricsMakeOneLookLessSure) {
  std::vector<GateSeries> many(20, series(p99(), 0, 0.001));
  many.front() = series(cpu(), 0.02, 0.002);
  const auto findings = judge_gate(many, kScreening);
  EXPECT_GT(findings.front().p_corrected, kSignificance) << "2^-7 times 20";
  EXPECT_NE(findings.front().verdict, GateVerdict::kRegression);
}

TEST(Gate, TellsWhatItWouldHaveFound) {
  const GateFinding narrow = judge_gate({series(cpu(), 0, 0.002)}, kScreening).front();
  const GateFinding wide = judge_gate({series(cpu(), 0, 0.01)}, kScreening).front();
  EXPECT_GT(*narrow.detectable, 0.005);
  EXPECT_LT(*narrow.detectable, 0.012);
  EXPECT_GT(*wide.detectable, 2 * *narrow.detectable);
}

TEST(Gate, TheControlMovesOnlyBeyondTheMargin) {
  GateSeries one = series(cpu(), 0, 0.001);
  EXPECT_FALSE(control_moved(one, kScreening));
  for (double& value : one.control_log) value += 0.004;
  EXPECT_FALSE(control_moved(one, kScreening)) << "significant, but below the margin";
  for (double& value : one.control_log) value += 0.01;
  EXPECT_TRUE(control_moved(one, kScreening));
  for (double& value : one.control_log) value = -value;
  EXPECT_TRUE(control_moved(one, kScreening));
}

GateStep step_of(const std::vector<GateSeries>& all, bool last = false) {
  return screening_step(judge_gate(all, kScreening), all, last);
}

TEST(Gate, ScreeningEndsAsSoonAsItIsClear) {
  EXPECT_EQ(step_of({series(cpu(), 0, 0.002)}), GateStep::kPass);
  EXPECT_EQ(step_of({series(cpu(), 0.03, 0.002)}), GateStep::kRegression);
  EXPECT_EQ(step_of({series(cpu(), 0, 0.03)}), GateStep::kGoOn);
  EXPECT_EQ(step_of({series(cpu(), 0, 0.03)}, true), GateStep::kInconclusive);
}

TEST(Gate, ASuspiciousGuardKeepsItGoing) {
  const std::vector<GateSeries> all = {series(cpu(), 0, 0.002), series(p99(), 0.16, 0.12)};
  EXPECT_TRUE(judge_gate(all, kScreening)[1].suspicious);
  EXPECT_EQ(step_of(all), GateStep::kGoOn);
  EXPECT_EQ(step_of(all, true), GateStep::kPass) << "suspicion is no proof";
}

TEST(Gate, WithoutAPrimaryMetricNothingPasses) {
  GateSeries failed = series(cpu(), 0, 0.001);
  failed.not_gated = "unstable";
  EXPECT_EQ(step_of({failed, series(p99(), 0, 0.01)}, true), GateStep::kInconclusive);
}

TEST(Gate, ConfirmationNeedsTheRegressionAgain) {
  const auto step = [](double change, bool last) {
    return confirmation_step(judge_gate({series(cpu(), change, 0.002, 6)}, kConfirmation), last);
  };
  EXPECT_EQ(step(0.02, false), GateStep::kRegression);
  EXPECT_EQ(step(0, false), GateStep::kGoOn);
  EXPECT_EQ(step(0, true), GateStep::kInconclusive);
}

// ---- The whole procedure, on restarts as this kind of machine makes them ------------------------

constexpr double kQuietSd = 0.010;  // of restarts of one side; a pair of processes differs by more
constexpr double kBusySd = 0.020;   // the same where neighbours steal CPU time
constexpr double kOffShare = 0.03;  // restarts that are 2.5 % off

double normal(Random& random) {
  const double radius = std::sqrt(-2 * std::log1p(-random.uniform()));
  return radius * std::cos(2 * std::numbers::pi * random.uniform());
}

double luck(Random& random, double sd) {
  const double off = random.uniform() < kOffShare ? (random.below(2) == 0 ? 0.025 : -0.025) : 0;
  return sd * 0.7 * normal(random) + off;
}

/// One more restart: CPU, and two guards that scatter more.
void measure(Random& random, double sd, double change, std::vector<GateSeries>& all) {
  for (GateSeries& one : all) {
    const double scale = one.rule.resolve ? 1 : one.rule.margin / 0.01;
    const double base = scale * luck(random, sd);
    const double control = scale * luck(random, sd);
    const double head = scale * luck(random, sd) + (one.rule.resolve ? std::log1p(change) : 0);
    one.head_log.push_back(head - (base + control) / 2);
    one.control_log.push_back(control - base);
  }
}

GateStep run_gate(Random& random, double sd, double change) {
  const auto empty = [](const GateRule& rule) { return series(rule, 0, 0, 0); };
  std::vector<GateSeries> all = {empty(cpu()), empty(rate()), empty(p99())};
  std::vector<GateFinding> findings;
  GateStep step = GateStep::kGoOn;
  for (int n = 1; step == GateStep::kGoOn; ++n) {
    measure(random, sd, change, all);
    if (!kScreening.looks_after(n)) continue;
    findings = judge_gate(all, kScreening);
    step = screening_step(findings, all, n == kScreening.most);
  }
  if (step != GateStep::kRegression) return step;
  std::vector<GateSeries> again;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (findings[i].verdict == GateVerdict::kRegression) again.push_back(empty(all[i].rule));
  }
  step = GateStep::kGoOn;
  for (int n = 1; step == GateStep::kGoOn; ++n) {
    measure(random, sd, again.front().rule.resolve ? change : 0, again);
    if (kConfirmation.looks_after(n)) {
      step = confirmation_step(judge_gate(again, kConfirmation), n == kConfirmation.most);
    }
  }
  return step;
}

double share_of(GateStep wanted, double change, double sd = kQuietSd) {
  constexpr int kTrials = 1'000;
  Random random(7);
  int count = 0;
  for (int i = 0; i < kTrials; ++i) count += run_gate(random, sd, change) == wanted ? 1 : 0;
  return static_cast<double>(count) / kTrials;
}

TEST(GateSimulation, TheSameProgramIsNeverARegression) {
  EXPECT_LE(share_of(GateStep::kRegression, 0), 0.005);
}

TEST(GateSimulation, TheSameProgramPasses) { EXPECT_GE(share_of(GateStep::kPass, 0), 0.95); }

TEST(GateSimulation, TwoPerCentAreFound) {
  EXPECT_GE(share_of(GateStep::kRegression, 0.02), 0.95);
  EXPECT_LE(share_of(GateStep::kPass, 0.02), 0.02);
}

TEST(GateSimulation, FivePerCentAreAlwaysFound) {
  EXPECT_GE(share_of(GateStep::kRegression, 0.05), 0.995);
}

TEST(GateSimulation, AChangeAtTheMarginIsHardlyEverOne) {
  EXPECT_LE(share_of(GateStep::kRegression, 0.005), 0.02);
}

TEST(GateSimulation, ABusyMachineTakesLongerAndIsHardlyEverWrong) {
  EXPECT_LE(share_of(GateStep::kRegression, 0, kBusySd), 0.005);
  EXPECT_LE(share_of(GateStep::kPass, 0.02, kBusySd), 0.04);
  EXPECT_GE(share_of(GateStep::kPass, 0, kBusySd), 0.95);
  EXPECT_GE(share_of(GateStep::kRegression, 0.02, kBusySd), 0.85);
  EXPECT_GE(share_of(GateStep::kRegression, 0.05, kBusySd), 0.99);
}

}  // namespace
}  // namespace sockbench
