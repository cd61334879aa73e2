#include <algorithm>
#include <cmath>

#include "bench/judge/claims.h"
#include "common/error.h"
#include "common/units.h"

namespace sockbench {
namespace {

std::string joined_by_or(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : " or ") + name;
  return text;
}

CheckResult missing(std::string reason) { return {std::move(reason), {}}; }

std::string not_in_run(const std::vector<std::string>& workloads, const std::string& model,
                       const std::string& base) {
  return "the run has no cell of " + model + (base.empty() ? "" : " together with " + base) +
         " in " + joined_by_or(workloads);
}

/// The figures of head and base in the first workload that has both; `head.missing` says when there
/// is nothing to go by.
struct HeadAndBase {
  std::string workload;
  CellFigure head;
  CellFigure base;
};

HeadAndBase figures_in(const ClaimCheck& check, const std::vector<std::string>& workloads,
                       const Run& run) {
  HeadAndBase pair;
  pair.workload = first_measured(run, workloads, {check.model, check.base});
  if (pair.workload.empty()) {
    pair.head.missing = not_in_run(workloads, check.model, check.base);
    return pair;
  }
  const auto figure = [&](const std::string& model) {
    return cell_figure(*run.cell(model, pair.workload), check.metric, check.accept, check.guard);
  };
  pair.head = figure(check.model);
  if (check.base.empty()) return pair;
  pair.base = figure(check.base);
  if (pair.head.missing.empty()) pair.head.missing = pair.base.missing;
  return pair;
}

/// Why a ratio to this figure has no meaning; empty when it has.
std::string unfit_for_ratio(const ClaimFigure& head, const ClaimFigure& base) {
  for (const ClaimFigure* figure : {&head, &base}) {
    if (figure->value <= 0) return figure->cell + " has a " + figure->metric + " of 0 or less";
  }
  return {};
}

CheckResult check_ratio(const ClaimCheck& check, const Run& run) {
  const HeadAndBase pair = figures_in(check, check.workload, run);
  if (!pair.head.missing.empty()) return missing(pair.head.missing);
  const std::string unfit = unfit_for_ratio(pair.head.figure, pair.base.figure);
  if (!unfit.empty()) return missing(unfit);
  return {"",
          {pair.head.figure, pair.base.figure,
           ratio_of(run, pair.workload, pair.head, pair.base, check.guard)}};
}

CheckResult check_level(const ClaimCheck& check, const Run& run) {
  HeadAndBase pair = figures_in(check, check.workload, run);
  if (!pair.head.missing.empty()) return missing(pair.head.missing);
  ClaimFigure figure = pair.head.figure;
  if (!check.reciprocal) return {"", {figure}};
  if (figure.value <= 0) return missing(figure.cell + " has a " + figure.metric + " of 0 or less");
  ClaimFigure turned{figure.cell, "1 / " + figure.metric, "", 1 / figure.value, {}, {}};
  for (const auto& [from, to] :
       {std::pair(&figure.ci95, &turned.ci95), std::pair(&figure.bounds, &turned.bounds)}) {
    if (*from && (*from)->lo > 0) *to = Interval{1 / (*from)->hi, 1 / (*from)->lo};
  }
  return {"", {figure, turned}};
}

/// Counts are exact up to the guard, which widens each of them.
CheckResult check_difference(const ClaimCheck& check, const Run& run) {
  const HeadAndBase pair = figures_in(check, check.workload, run);
  if (!pair.head.missing.empty()) return missing(pair.head.missing);
  const ClaimFigure& head = pair.head.figure;
  const ClaimFigure& base = pair.base.figure;
  ClaimFigure result{head.cell + " − " + base.cell, head.metric,  head.unit,
                     head.value - base.value,       std::nullopt, std::nullopt};
  if (head.bounds && base.bounds) {
    result.bounds = Interval{head.bounds->lo - base.bounds->hi, head.bounds->hi - base.bounds->lo};
  }
  return {"", {head, base, result}};
}

/// The figure at one end of a growth: beside the reference model where there is one.
CheckResult growth_end(const ClaimCheck& check, const Run& run) {
  return check.base.empty() ? check_level(check, run) : check_ratio(check, run);
}

CheckResult check_growth(const ClaimCheck& check, const Run& run) {
  ClaimCheck first = check;
  first.workload = check.from;
  const CheckResult start = growth_end(first, run);
  if (!start.missing.empty()) return missing(start.missing);
  const CheckResult end = growth_end(check, run);
  if (!end.missing.empty()) return missing(end.missing);
  const std::string unfit = unfit_for_ratio(end.figure(), start.figure());
  if (!unfit.empty()) return missing(unfit);
  ClaimFigure growth = independent_ratio_of(end.figure(), start.figure(), check.guard);
  growth.cell = "(" + end.figure().cell + ") ÷ (" + start.figure().cell + ")";
  return {"", {start.figure(), end.figure(), growth}};
}

/// A count of connections is a fact whatever else is said of the cell, unless it failed.
CheckResult check_starved(const ClaimCheck& check, const Run& run) {
  ClaimCheck level = check;
  level.metric = "fairness.starved_connections";
  level.guard = 1;
  level.accept = {"generator_bound", "saturated", "model_limit", "unstable"};
  CheckResult result = check_level(level, run);
  if (!result.missing.empty() || !check.all_but) return result;
  const std::string& cell = result.figure().cell;
  const RunWorkload* workload = run.workload(cell.substr(0, cell.find('/')));
  if (workload == nullptr) return missing("the run does not describe the workload of " + cell);
  ClaimFigure served = result.figure();
  served.metric = "connections − fairness.starved_connections";
  served.value =
      (workload->active > 0 ? workload->active : workload->connections) - result.figure().value;
  served.bounds = Interval{served.value, served.value};
  result.evidence.push_back(served);
  return result;
}

CheckResult check_micro_ratio(const ClaimCheck& check, const MicroCosts& micro) {
  constexpr int kMinRepetitions = 3;
  std::vector<ClaimFigure> figures;
  for (const std::string& name : {check.model, check.base}) {
    const auto found = micro.find(name);
    if (micro.empty()) return missing("no micro-benchmarks were given (--micro FILE)");
    if (found == micro.end()) return missing("the micro-benchmark " + name + " was not run");
    const MicroCost& cost = found->second;
    if (cost.repetitions < kMinRepetitions || cost.median_ns <= 0 || cost.low_ns <= 0) {
      return missing("the micro-benchmark " + name + " has fewer than " +
                     std::to_string(kMinRepetitions) + " repetitions");
    }
    figures.push_back({name, "micro.median_ns", "ns", cost.median_ns, std::nullopt,
                       Interval{cost.low_ns, cost.high_ns}});
  }
  const ClaimFigure& head = figures[0];
  const ClaimFigure& base = figures[1];
  // Quartiles, at their worst for either side.
  ClaimFigure ratio{head.cell + " ÷ " + base.cell,
                    "micro.median_ns",
                    "times",
                    head.value / base.value,
                    std::nullopt,
                    Interval{head.bounds->lo / base.bounds->hi, head.bounds->hi / base.bounds->lo}};
  return {"", {head, base, ratio}};
}

/// Three significant digits, without an exponent.
std::string significant(double value) {
  if (!std::isfinite(value)) return "–";
  if (value == 0) return "0";
  const int magnitude = static_cast<int>(std::floor(std::log10(std::abs(value))));
  return fixed(value, std::clamp(2 - magnitude, 0, 6));
}

/// Without the zeros at the end: for margins, which are exact.
std::string trimmed(double value) {
  std::string text = significant(value);
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string margin_text(double value, const std::string& unit) {
  if (unit == "times") return trimmed(value) + " times";
  if (unit == "share") return trimmed(value * 100) + " %";
  if (unit.empty() || unit == "per request") return trimmed(value);
  return format_figure(value, unit);
}

/// A ratio's limits need no unit beside it.
std::string limits_text(const Interval& limits, const std::string& unit) {
  const std::string shown = unit == "times" ? "" : unit;
  return format_figure(limits.lo, shown) + " to " + format_figure(limits.hi, shown);
}

std::string interval_text(const ClaimCheck& check, const ClaimFigure& figure) {
  if (figure.ci95) return "95 % interval: " + limits_text(*figure.ci95, figure.unit);
  if (check.kind == CheckKind::kMicroRatio) {
    return "from quartiles: " + limits_text(*figure.bounds, figure.unit);
  }
  if (check.guard > 1) {
    return "without interval, taken as right within a factor of " + trimmed(check.guard);
  }
  return "without interval";
}

/// The value of one placeholder; throws for an unknown one.
std::string placeholder(const std::string& key, const ClaimCheck& check,
                        const CheckResult& result) {
  const ClaimFigure& figure = result.figure();
  const auto shown = [&](std::size_t index) {
    const ClaimFigure& part = result.evidence.at(std::min(index, result.evidence.size() - 1));
    return format_figure(part.value, part.unit);
  };
  const bool parts = result.evidence.size() > 1;
  const bool growth = check.kind == CheckKind::kGrowth;
  if (key == "value") return format_figure(figure.value, figure.unit);
  if (key == "interval") return interval_text(check, figure);
  if (key == "needs" && check.judged) return claimed_text(check, figure.unit);
  if (key == "workload") {
    const std::string& cell = result.evidence.front().cell;
    return growth ? joined_by_or(check.workload) : cell.substr(0, cell.find('/'));
  }
  if (key == "head" && parts && !growth) return shown(0);
  if (key == "base" && parts && !growth && !check.base.empty()) return shown(1);
  if (key == "start" && growth) return shown(0);
  if (key == "end" && growth) return shown(1);
  throw UsageError("Check '" + check.name + "' of a claim has the unknown placeholder {" + key +
                   "}.");
}

}  // namespace

CheckResult run_check(const ClaimCheck& check, const Run& run, const MicroCosts& micro) {
  switch (check.kind) {
    case CheckKind::kRatio:
      return check_ratio(check, run);
    case CheckKind::kLevel:
      return check_level(check, run);
    case CheckKind::kDifference:
      return check_difference(check, run);
    case CheckKind::kGrowth:
      return check_growth(check, run);
    case CheckKind::kStarved:
      return check_starved(check, run);
    case CheckKind::kMicroRatio:
      return check_micro_ratio(check, micro);
  }
  return missing("the kind of check is not known");
}

std::string format_figure(double value, const std::string& unit) {
  if (unit == "ns") return format_duration_ns(value);
  if (unit == "bytes") return format_bytes(value);
  if (unit == "bytes/s") return format_bytes(value) + "/s";
  if (unit == "share") return significant(value * 100) + " %";
  if (unit == "requests/s") return format_count(value) + "/s";
  if (unit == "times") return significant(value) + " times";
  if (unit == "connections") return fixed(value, 0);
  return significant(value);
}

std::string claimed_text(const ClaimCheck& check, const std::string& unit) {
  const Interval& claimed = check.claimed;
  if (std::isinf(claimed.hi)) return "at least " + margin_text(claimed.lo, unit);
  if (std::isinf(claimed.lo)) return "at most " + margin_text(claimed.hi, unit);
  if (claimed.lo == claimed.hi) return "exactly " + margin_text(claimed.lo, unit);
  return "between " + margin_text(claimed.lo, unit) + " and " + margin_text(claimed.hi, unit);
}

std::string fill_text(const ClaimCheck& check, const CheckResult& result) {
  std::string filled;
  std::size_t place = 0;
  while (place < check.text.size()) {
    const std::size_t open = check.text.find('{', place);
    const std::size_t close = check.text.find('}', open);
    if (open == std::string::npos || close == std::string::npos) break;
    filled += check.text.substr(place, open - place);
    filled += placeholder(check.text.substr(open + 1, close - open - 1), check, result);
    place = close + 1;
  }
  return filled + check.text.substr(place);
}

}  // namespace sockbench
