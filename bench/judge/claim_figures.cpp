#include <algorithm>
#include <cmath>
#include <sstream>

#include "bench/document/figure.h"
#include "bench/judge/between_runs.h"
#include "bench/judge/claims.h"
#include "bench/judge/eligibility.h"
#include "bench/judge/statistics.h"

namespace sockbench {
namespace {

/// A single path, without the sum.
CellFigure plain_figure(const Cell& cell, const std::string& metric, double guard) {
  CellFigure result;
  const Figure found = figure(cell, metric);
  if (std::isnan(found.value)) {
    result.missing = absent_reason(cell, metric).value_or("this run does not have it");
    return result;
  }
  result.figure.value = found.value;
  // With a missing value it is not known which restart lacks it.
  if (finite(found.per_restart).size() == cell.restarts) result.per_restart = found.per_restart;
  if (found.ci95) {
    result.figure.ci95 = found.ci95;
  } else if (const Summary summary = summarize(result.per_restart); summary.ci95) {
    // The interval is about the restarts' median, which is not that of all requests together.
    result.figure.value = summary.median;
    result.figure.ci95 = summary.ci95;
  }
  result.figure.bounds =
      result.figure.ci95 ? result.figure.ci95 : guarded(result.figure.value, guard);
  return result;
}

bool positive(const std::optional<Interval>& interval) { return interval && interval->lo > 0; }

/// The run's own comparison of two contestants, in either direction.
std::optional<RatioInterval> compared(const Run& run, const std::string& workload,
                                      const std::string& metric, const std::string& head,
                                      const std::string& base) {
  const auto usable = [&](const std::string& one, const std::string& other) {
    const Comparison* found = run.comparison(workload, one, metric);
    const bool fits = found != nullptr && found->base == other && positive(found->ci95) &&
                      !std::isnan(found->ratio);
    return fits ? found : nullptr;
  };
  if (const Comparison* found = usable(head, base)) {
    return RatioInterval{found->ratio, *found->ci95};
  }
  if (const Comparison* found = usable(base, head)) {
    return RatioInterval{1 / found->ratio, {1 / found->ci95->hi, 1 / found->ci95->lo}};
  }
  return std::nullopt;
}

std::optional<RatioInterval> paired_by_restart(const CellFigure& head, const CellFigure& base) {
  if (head.per_restart.empty() || head.per_restart.size() != base.per_restart.size()) {
    return std::nullopt;
  }
  std::vector<double> logs;
  for (std::size_t i = 0; i < head.per_restart.size(); ++i) {
    logs.push_back(log_ratio(base.per_restart[i], head.per_restart[i]));
  }
  Effect effect = restart_effect(logs);
  if (varies_between_runs(head.figure.metric))
    effect = across_runs(std::move(effect), Programs::kDifferent);
  if (!effect.ci95) return std::nullopt;
  return RatioInterval{effect.ratio, *effect.ci95};
}

std::string contestant_of(const std::string& cell) { return cell.substr(cell.find('/') + 1); }

}  // namespace

std::string first_measured(const Run& run, const std::vector<std::string>& workloads,
                           const std::vector<std::string>& contestants) {
  for (const std::string& workload : workloads) {
    const bool whole =
        std::all_of(contestants.begin(), contestants.end(), [&](const std::string& name) {
          return name.empty() || run.cell(name, workload) != nullptr;
        });
    if (whole) return workload;
  }
  return {};
}

std::optional<Interval> guarded(double value, double guard) {
  if (guard < 1) return std::nullopt;
  return Interval{std::min(value / guard, value * guard), std::max(value / guard, value * guard)};
}

CellFigure cell_figure(const Cell& cell, const std::string& metric,
                       const std::vector<std::string>& accept, double guard) {
  CellFigure result;
  result.missing = eligible(cell, metric, {accept}).reason;
  std::istringstream parts(metric);
  std::vector<CellFigure> summands;
  for (std::string part; result.missing.empty() && std::getline(parts, part, '+');) {
    summands.push_back(plain_figure(cell, part, guard));
    result.missing = summands.back().missing;
  }
  if (result.missing.empty()) {
    if (summands.size() == 1) {
      result = std::move(summands.front());
    } else {
      for (const CellFigure& summand : summands) result.figure.value += summand.figure.value;
      result.figure.bounds = guarded(result.figure.value, guard);
    }
  }
  result.figure.cell = cell.workload + "/" + cell.contestant;
  result.figure.metric = metric;
  result.figure.unit = unit_of(metric);
  if (!result.missing.empty()) {
    result.missing =
        result.figure.cell + " has no " + metric + " to go by (" + result.missing + ")";
  }
  return result;
}

ClaimFigure independent_ratio_of(const ClaimFigure& head, const ClaimFigure& base, double guard) {
  ClaimFigure result{head.cell + " ÷ " + base.cell, head.metric,  "times",
                     head.value / base.value,       std::nullopt, std::nullopt};
  if (positive(head.bounds) && positive(base.bounds)) {
    RatioInterval ratio = independent_ratio({head.value, *head.bounds}, {base.value, *base.bounds});
    if (varies_between_runs(head.metric) && head.metric == base.metric) {
      const Interval logs =
          across_runs(std::log(ratio.ratio), {std::log(ratio.ci95.lo), std::log(ratio.ci95.hi)},
                      Programs::kDifferent);
      ratio.ci95 = {std::exp(logs.lo), std::exp(logs.hi)};
    }
    result.bounds = ratio.ci95;
    if (head.ci95 && base.ci95) result.ci95 = ratio.ci95;
  } else {
    result.bounds = guarded(result.value, guard);
  }
  return result;
}

ClaimFigure ratio_of(const Run& run, const std::string& workload, const CellFigure& head,
                     const CellFigure& base, double guard) {
  auto ratio = compared(run, workload, head.figure.metric, contestant_of(head.figure.cell),
                        contestant_of(base.figure.cell));
  if (!ratio) ratio = paired_by_restart(head, base);
  if (!ratio) {
    ClaimFigure result = independent_ratio_of(head.figure, base.figure, guard);
    // Two guards would take the same doubt twice.
    if (!result.ci95 && guard >= 1) result.bounds = guarded(result.value, guard);
    return result;
  }
  return {head.figure.cell + " ÷ " + base.figure.cell,
          head.figure.metric,
          "times",
          ratio->ratio,
          ratio->ci95,
          ratio->ci95};
}

std::string unit_of(const std::string& metric) {
  const auto has = [&](const char* part) { return metric.find(part) != std::string::npos; };
  if (has("memory_growth_bytes_per_s")) return "bytes/s";
  if (has("memory_bytes")) return "bytes";
  if (has("utilisation")) return "share";
  if (has("achieved_rps")) return "requests/s";
  if (has("_connections")) return "connections";
  if (has("_ns")) return "ns";
  if (has("per_request")) return "per request";
  return "";
}

}  // namespace sockbench
