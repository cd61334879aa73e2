#include "bench/judge/gate.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "bench/judge/significance.h"
#include "common/numbers.h"

namespace sockbench {
namespace {

constexpr double kNormalQuantileOf80Percent = 0.8416;

/// Positive: worse.
double worse(const GateRule& rule, double log_ratio) {
  return rule.lower_is_better ? log_ratio : -log_ratio;
}

Interval worse(const GateRule& rule, const Interval& log) {
  return rule.lower_is_better ? log : Interval{-log.hi, -log.lo};
}

GateFinding describe(const GateSeries& series, const GateStage& stage) {
  GateFinding finding;
  const double center = mean(series.head_log);
  finding.ratio = std::isfinite(center) ? std::exp(center) : kNaN;
  const auto log = t_interval(series.head_log, stage.level);
  if (!series.not_gated.empty()) finding.verdict = GateVerdict::kNotGated;
  if (!log) return finding;
  finding.ci = Interval{std::exp(log->lo), std::exp(log->hi)};
  finding.p_value = sign_flip_p(series.head_log);
  const double half_width = (log->hi - log->lo) / 2;
  const double error =
      standard_deviation(series.head_log) / std::sqrt(static_cast<double>(series.head_log.size()));
  finding.detectable =
      std::expm1(std::log1p(series.rule.margin) + half_width + kNormalQuantileOf80Percent * error);
  return finding;
}

void judge(const GateSeries& series, GateFinding& finding) {
  if (finding.verdict == GateVerdict::kNotGated || !finding.ci) return;
  const GateRule& rule = series.rule;
  const double margin = std::log1p(rule.margin);
  const auto [lo, hi] = worse(rule, {std::log(finding.ci->lo), std::log(finding.ci->hi)});
  const bool significant = finding.p_corrected < kSignificance;
  if (lo > margin && significant) {
    finding.verdict = GateVerdict::kRegression;
  } else if (hi < -margin && significant) {
    finding.verdict = GateVerdict::kImproved;
  } else if (!rule.resolve || hi < std::log1p(*rule.resolve)) {
    finding.verdict = GateVerdict::kPass;
  }
  finding.suspicious = finding.verdict != GateVerdict::kRegression &&
                       finding.p_value < kSignificance &&
                       worse(rule, std::log(finding.ratio)) > margin;
}

}  // namespace

bool GateStage::looks_after(int restarts) const {
  return restarts >= first && restarts <= most && (restarts - first) % step == 0;
}

std::vector<GateRule> gate_rules(double margin, double resolve) {
  return {{"server.cpu_ns_per_request", margin, resolve, true},
          {"achieved_rps", 0.02, std::nullopt, false},
          {"response_time_ns.p50", 0.05, std::nullopt, true},
          {"response_time_ns.p99", 0.10, std::nullopt, true},
          {"response_time_ns.p99_9", 0.25, std::nullopt, true}};
}

std::vector<GateFinding> judge_gate(const std::vector<GateSeries>& series, const GateStage& stage) {
  std::vector<GateFinding> findings;
  std::vector<double> p_values;
  for (const GateSeries& one : series) {
    const GateFinding& finding = findings.emplace_back(describe(one, stage));
    const bool counts = finding.verdict != GateVerdict::kNotGated && finding.ci;
    p_values.push_back(counts ? finding.p_value : kNaN);
  }
  const std::vector<double> corrected = holm(p_values);
  for (std::size_t i = 0; i < series.size(); ++i) {
    if (std::isfinite(corrected[i])) findings[i].p_corrected = corrected[i];
    judge(series[i], findings[i]);
  }
  return findings;
}

bool control_moved(const GateSeries& series, const GateStage& stage) {
  const auto log = t_interval(series.control_log, stage.level);
  const double margin = std::log1p(series.rule.margin);
  return log && (log->lo > margin || log->hi < -margin);
}

GateStep screening_step(const std::vector<GateFinding>& findings,
                        const std::vector<GateSeries>& series, bool last) {
  bool resolved = false;
  bool suspicious = false;
  for (std::size_t i = 0; i < findings.size(); ++i) {
    if (findings[i].verdict == GateVerdict::kRegression) return GateStep::kRegression;
    const bool passed =
        findings[i].verdict == GateVerdict::kPass || findings[i].verdict == GateVerdict::kImproved;
    resolved = resolved || (series[i].rule.resolve && passed);
    suspicious = suspicious || findings[i].suspicious;
  }
  if (resolved && (last || !suspicious)) return GateStep::kPass;
  return last ? GateStep::kInconclusive : GateStep::kGoOn;
}

GateStep confirmation_step(const std::vector<GateFinding>& findings, bool last) {
  const bool again = std::any_of(findings.begin(), findings.end(), [](const GateFinding& finding) {
    return finding.verdict == GateVerdict::kRegression;
  });
  if (again) return GateStep::kRegression;
  return last ? GateStep::kInconclusive : GateStep::kGoOn;
}

DuelVerdict worst_of(const std::vector<DuelVerdict>& verdicts) {
  using enum DuelVerdict;
  for (const DuelVerdict verdict : {kFailed, kRegression, kInconclusive}) {
    if (std::find(verdicts.begin(), verdicts.end(), verdict) != verdicts.end()) return verdict;
  }
  return kPass;
}

}  // namespace sockbench
