#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/document/verdicts.h"
#include "bench/judge/statistics.h"

/// How `sockbench duel` decides, restart by restart, whether head is worse than base: pure
/// functions of arrays. A second instance of base, the control, runs beside both: head is compared
/// with the mean of the two, and where the control itself seems to move, nothing is decided.
///
/// Two stages. Screening looks after 8 restarts and then every 4, up to 32, and ends as soon as it
/// is clear: when the primary metric's change of `resolve` is ruled out and no other metric is
/// suspicious, or when some metric seems worse. What seems worse is measured again, with fresh
/// restarts, looked at after 6, 10, 14 and 18. Only what both stages see is a regression. Intervals
/// of screening are 99 %: by Bonferroni over its seven looks each bound is wrong in at most 3.5 %
/// of all screenings, and a false one has then to be confirmed. Simulated with restarts that differ
/// by 1 and by 2 % (standard deviation): tests/statistics/gate_test.cpp.
namespace sockbench {

/// The verdict that a whole duel takes over from its parts: the first of failed, regression,
/// inconclusive, pass that occurs.
DuelVerdict worst_of(const std::vector<DuelVerdict>& verdicts);

struct GateStage {
  int first = 0;     ///< restarts at the first look …
  int step = 0;      ///< … and between two
  int most = 0;      ///< at the last one
  double level = 0;  ///< of the intervals
  bool confirms = false;

  bool looks_after(int restarts) const;
};
inline constexpr GateStage kScreening{8, 4, 32, 0.99};
inline constexpr GateStage kConfirmation{6, 4, 18, 0.95, true};

/// What counts as a change of one metric.
struct GateRule {
  std::string metric;
  double margin = 0;              ///< a regression lies beyond it: 0.005 = 0.5 %
  std::optional<double> resolve;  ///< what a pass rules out: the primary metric; nullopt: a guard
  bool lower_is_better = true;
};

/// CPU per request, the primary metric, with `margin` and `resolve`; throughput, and percentiles of
/// the response time, whose margins grow with how much they scatter: 2, 5, 10 and 25 %.
std::vector<GateRule> gate_rules(double margin, double resolve);

/// One metric over the restarts so far, in logarithms (natural); NaN where a restart has none.
struct GateSeries {
  GateRule rule;
  std::string not_gated;            ///< why it has no say; empty: it has
  std::vector<double> head_log;     ///< head / mean of base and control
  std::vector<double> control_log;  ///< control / base
};

/// What one metric says at one look.
struct GateFinding {
  double ratio = 0;            ///< head / base; NaN when nothing was measured
  std::optional<Interval> ci;  ///< of it, at the stage's level
  double p_value = 1;          ///< two-sided, exact sign flips
  double p_corrected = 1;      ///< Holm, over the gated metrics
  /// The smallest relative change for the worse that this look finds with probability 0.8.
  std::optional<double> detectable;
  GateVerdict verdict = GateVerdict::kInconclusive;
  bool suspicious = false;  ///< worse than the margin if one looks only at it, but not proven
};

/// In the order of `series`. Regression: the interval lies beyond the margin and the corrected p is
/// below 5 %. Improved: likewise on the other side. Pass: the interval rules `resolve` out; guards
/// pass unless they are regressions.
std::vector<GateFinding> judge_gate(const std::vector<GateSeries>& series, const GateStage& stage);

/// Whether the control is certainly beyond the rule's margin from base, which is the same program.
bool control_moved(const GateSeries& series, const GateStage& stage);

enum class GateStep : std::uint8_t { kGoOn, kPass, kRegression, kInconclusive };
/// What to do after a look of screening; never kGoOn after the `last` one.
GateStep screening_step(const std::vector<GateFinding>& findings,
                        const std::vector<GateSeries>& series, bool last);
/// The same of confirmation, which measures only the metrics that seemed worse: kRegression when
/// one of them is so again, kInconclusive when none is at the last look.
GateStep confirmation_step(const std::vector<GateFinding>& findings, bool last);

}  // namespace sockbench
