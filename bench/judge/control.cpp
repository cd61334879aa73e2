#include <algorithm>
#include <cmath>

#include "bench/judge/judged_run.h"
#include "common/units.h"

namespace sockbench {
namespace {

constexpr const char* kWarning = "the control differs from itself: do not trust this run";

/// "1 verdict", "no verdicts".
std::string counted(int number, const std::string& what) {
  return (number == 0 ? "no" : std::to_string(number)) + " " + what + (number == 1 ? "" : "s");
}

bool has_verdict(const Comparison& comparison) {
  return comparison.verdict == Verdict::kFaster || comparison.verdict == Verdict::kSlower;
}

}  // namespace

std::optional<ControlFindings> control_findings(const RunPlan& plan,
                                                const std::vector<Comparison>& comparisons) {
  if (!plan.control) return std::nullopt;
  ControlFindings control;
  control.contestant = plan.contestants[*plan.control].name;
  double largest = 0;
  for (const Comparison& comparison : comparisons) {
    if (comparison.head != control.contestant) continue;
    ++control.comparisons;
    const auto& interval = comparison.ci95;
    if (interval && (interval->lo > 1 || interval->hi < 1)) ++control.intervals_excluding_1;
    if (has_verdict(comparison)) ++control.verdicts;
    largest = std::max(largest, std::abs(comparison.ratio - 1));
  }
  control.text = "A/A control: " + plan.contestants[plan.reference].name + " against itself, " +
                 counted(control.comparisons, "comparison");
  if (control.comparisons > 0) {
    control.largest_deviation = largest;
    control.text += ", largest |ratio - 1| " + fixed(largest * 100, 1) + " %, " +
                    counted(control.intervals_excluding_1, "interval") +
                    (control.intervals_excluding_1 == 1 ? " excludes 1, " : " exclude 1, ") +
                    (control.verdicts == 0 ? "no verdict" : counted(control.verdicts, "verdict"));
  }
  if (control.verdicts > 0) control.warning = kWarning;
  return control;
}

}  // namespace sockbench
