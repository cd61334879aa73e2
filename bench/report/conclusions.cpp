#include <algorithm>
#include <cmath>
#include <cstdio>
#include <sstream>
#include <vector>

#include "bench/report/format.h"
#include "bench/report/reports.h"
#include "common/text.h"
#include "common/units.h"

namespace sockbench {
namespace {

std::string winners(const Answer& answer) {
  if (!answer.winner) {
    return answer.group.empty() ? "undecided" : "one of " + listed(safe_list(answer.group));
  }
  std::vector<std::string> close;
  for (const Answer::RunnerUp& other : answer.runners_up) {
    if (other.verdict == "slightly_worse") close.push_back(safe(other.contestant));
  }
  return safe(*answer.winner) +
         (answer.ties.empty() ? "" : ", tied with " + listed(safe_list(answer.ties))) +
         (close.empty() ? "" : ", just ahead of " + listed(close));
}

std::string margin(const Answer& answer) {
  if (!answer.margin) return kDash;
  return safe(answer.margin->than) + ", " +
         format_ratio(answer.margin->ratio, answer.margin->ci95) + " times";
}

/// Everything beside the answer that a reader must know.
std::vector<std::string> remarks(const Answer& answer) {
  std::vector<std::string> texts;
  if (answer.undecided_reason) {
    std::string reason = safe(*answer.undecided_reason);
    if (reason.ends_with('.')) reason.pop_back();  // one remark among others
    texts.push_back(std::move(reason));
  }
  if (!answer.missing.empty() && !answer.cells.empty()) {
    texts.push_back("not in this run: " + listed(safe_list(answer.missing)));
  }
  for (const std::string& text : answer.against) texts.push_back(safe(text));
  if (!answer.best_mean) return texts;
  for (const LeftOut& out : answer.out) {
    texts.push_back("out: " + safe(out.contestant) + " " + safe(out.reason));
  }
  return texts;
}

std::string place(double x, const std::string& over) {
  if (!std::isfinite(x)) return "?";
  if (over == "active_share") return format_percent(x);
  const bool whole = std::abs(x - std::round(x)) < 0.05;
  return fixed(x, x < 10 && !whole ? 1 : 0);
}

/// "12 to 40 connections".
std::string range(const Interval& ends, const std::string& over) {
  return place(ends.lo, over) + " to " + place(ends.hi, over) +
         (over == "active_share" ? " active" : " connections");
}

std::string outcome(const BreakEven& pair) {
  const std::string& kind = pair.outcome;
  if (kind == "missing" || !pair.range) return safe(pair.reason.value_or("nothing was measured"));
  const std::string measured = range(*pair.range, pair.over);
  const std::string open =
      pair.undecided ? "; undecided from " + range(*pair.undecided, pair.over) : "";
  if (kind == "always") return safe(pair.a) + " throughout, " + measured;
  if (kind == "never") return safe(pair.b) + " throughout, " + measured;
  if (kind == "crosses" && pair.at && pair.ci95) {
    return safe(pair.winner_below.value_or("?")) + " below " + place(*pair.at, pair.over) + " [" +
           place(pair.ci95->lo, pair.over) + ", " + place(pair.ci95->hi, pair.over) + "], " +
           safe(pair.winner_above.value_or("?")) + " above" + open;
  }
  if (kind == "several") return "changes more than once, " + measured + open;
  if (kind == "undecided") {
    const bool too_few = std::all_of(
        pair.points.begin(), pair.points.end(),
        [](const BreakEven::Point& point) { return point.reason == Undecided::kTooFewRestarts; });
    return (too_few ? "too few restarts to decide, " : "not significant at any point, ") + measured;
  }
  for (const BreakEven::Point& point : pair.points) {
    if (point.winner) return safe(*point.winner) + " where decided" + open;
  }
  return "undecided";
}

const char* unit_of(const std::string& over) {
  return over == "active_share" ? "share of active connections" : "connections";
}

std::string duration(const std::optional<double>& ns) {
  return ns ? format_duration_ns(*ns) : kDash;
}

std::string predicted(const CostPrediction& cost) {
  return (cost.predicted_ns && !cost.missing.empty() ? "at least " : "") +
         duration(cost.predicted_ns);
}

std::string unexplained(const CostPrediction& cost) {
  return cost.unexplained_share ? fixed(*cost.unexplained_share * 100, 0) + " %" : kDash;
}

/// What a prediction lacks.
std::string lacks(const CostPrediction& cost) {
  if (cost.reason) return safe(*cost.reason);
  return cost.missing.empty() ? "" : "without the cost of " + listed(safe_list(cost.missing));
}

void advice_section(std::ostream& out, const std::vector<Answer>& answers) {
  out << "## Which model when\n\n"
         "Computed from this run; the ratio says how many times the winner's figure the next one "
         "has, with a 95 % interval.\n\n"
         "| question | answer | ahead of | but |\n|---|---|---|---|\n";
  for (const Answer& answer : answers) {
    out << "| " << safe(answer.question) << " | " << winners(answer) << " | " << margin(answer)
        << " | " << joined(remarks(answer), "; ") << " |\n";
  }
  out << '\n';
}

void break_even_section(std::ostream& out, const std::vector<BreakEven>& pairs) {
  out << "## Break-even points\n\n"
         "Which of two costs less CPU per request as the load changes.\n\n"
         "| A | B | along | which costs less |\n|---|---|---|---|\n";
  for (const BreakEven& pair : pairs) {
    out << "| " << safe(pair.a) << " | " << safe(pair.b) << " | " << unit_of(pair.over) << " | "
        << outcome(pair) << " |\n";
  }
  out << '\n';
}

void cost_model_section(std::ostream& out, const std::vector<CostPrediction>& costs) {
  out << "## Predicted and measured cost\n\n"
         "CPU per request as the sum of its counted system calls and context switches, each at "
         "the price of its micro-benchmark, beside what was measured.\n\n"
         "| workload | contestant | predicted | measured | unexplained | lacks |\n"
         "|---|---|--:|--:|--:|---|\n";
  for (const CostPrediction& cost : costs) {
    out << "| " << safe(cost.workload) << " | " << safe(cost.contestant) << " | " << predicted(cost)
        << " | " << duration(cost.measured_ns) << " | " << unexplained(cost) << " | " << lacks(cost)
        << " |\n";
  }
  out << '\n';
}

}  // namespace

std::string advice_text(const Run& run) {
  std::ostringstream out;
  for (const Answer& answer : run.advice.value_or(std::vector<Answer>())) {
    out << safe(answer.situation) << ": " << safe(answer.question) << "\n  " << winners(answer);
    if (answer.margin) out << "; next " << margin(answer);
    out << '\n';
    for (const std::string& text : remarks(answer)) out << "  - " << text << '\n';
  }
  for (const BreakEven& pair : run.break_even.value_or(std::vector<BreakEven>())) {
    out << safe(pair.a) << " against " << safe(pair.b) << " over " << unit_of(pair.over) << ": "
        << outcome(pair) << '\n';
  }
  return out.str();
}

std::string cost_model_text(const Run& run) {
  std::ostringstream out;
  char line[160];
  std::snprintf(line, sizeof line, "%-14s %-18s %18s %12s %12s  %s\n", "workload", "contestant",
                "predicted", "measured", "unexplained", "lacks");
  out << line;
  for (const CostPrediction& cost : run.cost_model.value_or(std::vector<CostPrediction>())) {
    std::snprintf(line, sizeof line, "%-14s %-18s %18s %12s %12s  ", safe(cost.workload).c_str(),
                  safe(cost.contestant).c_str(), predicted(cost).c_str(),
                  duration(cost.measured_ns).c_str(), unexplained(cost).c_str());
    out << line << lacks(cost) << '\n';
  }
  return out.str();
}

std::string conclusions_markdown(const Run& run) {
  std::ostringstream out;
  if (run.advice) advice_section(out, *run.advice);
  if (run.break_even && !run.break_even->empty()) break_even_section(out, *run.break_even);
  if (run.cost_model) cost_model_section(out, *run.cost_model);
  return out.str();
}

}  // namespace sockbench
