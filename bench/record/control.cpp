#include "bench/record/control.h"

#include <algorithm>
#include <cmath>

#include "bench/record/format.h"
#include "common/or_null.h"
#include "common/units.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

constexpr const char* kWarning = "the control differs from itself: do not trust this run";

/// "1 verdict", "no verdicts".
std::string counted(int number, const std::string& what) {
  return (number == 0 ? "no" : std::to_string(number)) + " " + what + (number == 1 ? "" : "s");
}

bool has_verdict(const Comparison& comparison) {
  return comparison.verdict == Verdict::kFaster || comparison.verdict == Verdict::kSlower;
}

}  // namespace

ordered_json control_json(const RunPlan& plan, const std::vector<Comparison>& comparisons) {
  if (!plan.control) return nullptr;
  const std::string& name = plan.contestants[*plan.control].name;
  int number = 0;
  int excluding = 0;
  int verdicts = 0;
  double largest = 0;
  for (const Comparison& comparison : comparisons) {
    if (comparison.head != name) continue;
    ++number;
    const auto& interval = comparison.effect.ci95;
    if (interval && (interval->lo > 1 || interval->hi < 1)) ++excluding;
    if (has_verdict(comparison)) ++verdicts;
    largest = std::max(largest, std::abs(comparison.effect.ratio - 1));
  }
  std::string text = "A/A control: " + plan.contestants[plan.reference].name + " against itself, " +
                     counted(number, "comparison");
  if (number > 0) {
    text += ", largest |ratio - 1| " + fixed(largest * 100, 1) + " %, " +
            counted(excluding, "interval") + (excluding == 1 ? " excludes 1, " : " exclude 1, ") +
            (verdicts == 0 ? "no verdict" : counted(verdicts, "verdict"));
  }
  return {{"contestant", name},
          {"comparisons", number},
          {"largest_deviation", number > 0 ? or_null(largest) : nullptr},
          {"intervals_excluding_1", excluding},
          {"verdicts", verdicts},
          {"text", text},
          {"warning", verdicts > 0 ? ordered_json(kWarning) : nullptr}};
}

std::vector<std::string> control_lines(const ordered_json& run) {
  std::vector<std::string> lines;
  const ordered_json control = run.is_object() ? run.value("control", ordered_json()) : nullptr;
  if (!control.is_object()) return lines;
  lines.push_back(plain(control["text"]) + ".");
  if (!control["warning"].is_null()) lines.push_back("Warning: " + plain(control["warning"]) + ".");
  return lines;
}

}  // namespace sockbench
