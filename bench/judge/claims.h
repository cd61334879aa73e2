#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/document/run.h"
#include "bench/judge/claim.h"
#include "bench/judge/micro_cost.h"

/// What a run says of the claims: from figures to checks to verdicts.
namespace sockbench {

/// A measured value. `bounds` is what a verdict goes by: the 95 % interval, or what the check's
/// guard makes of a figure that has none; nullopt when neither is there.
struct ClaimFigure {
  std::string cell;    ///< such as "busy/epoll", "busy/select ÷ busy/epoll"
  std::string metric;  ///< the path
  std::string unit;    ///< "ns", "bytes", "ratio", …
  double value = 0;
  std::optional<Interval> ci95;
  std::optional<Interval> bounds;
};

struct CheckResult {
  std::string missing;                ///< why it was not tested; empty: it was
  std::vector<ClaimFigure> evidence;  ///< what the figure was made of, and the figure itself last
  const ClaimFigure& figure() const { return evidence.back(); }
};

CheckResult run_check(const ClaimCheck& check, const Run& run, const MicroCosts& micro);

/// A value with its unit, for people: "17.6 µs", "1.52 times", "20.7 %".
std::string format_figure(double value, const std::string& unit);

/// The check's sentence with its figures filled in; throws UsageError on an unknown placeholder.
std::string fill_text(const ClaimCheck& check, const CheckResult& result);

/// "more than 1.2 times": the side of the margin that the claim asks for. {needs}.
std::string claimed_text(const ClaimCheck& check, const std::string& unit);

/// The first of `workloads` that has a cell of every contestant; empty when none has.
std::string first_measured(const Run& run, const std::vector<std::string>& workloads,
                           const std::vector<std::string>& contestants);

/// A metric of a cell, or why it has none.
struct CellFigure {
  ClaimFigure figure;
  std::vector<double> per_restart;  ///< one for every restart of the cell, or none
  std::string missing;              ///< empty: `figure` is there
};

/// `metric`: a path as in comparisons, "a+b" is the sum (without interval). A cell whose figure is
/// not eligible has none, unless its status or limiter is in `accept`. A figure without
/// interval gets bounds of `guard`; 0: none.
CellFigure cell_figure(const Cell& cell, const std::string& metric,
                       const std::vector<std::string>& accept, double guard);

/// head / base in one workload: from the run's own comparison, which is paired slice by slice, else
/// paired by restart, else from two independent intervals, else with the guard.
ClaimFigure ratio_of(const Run& run, const std::string& workload, const CellFigure& head,
                     const CellFigure& base, double guard);

/// head / base of independent figures. An interval needs two; else the bounds are combined.
ClaimFigure independent_ratio_of(const ClaimFigure& head, const ClaimFigure& base, double guard);

/// "ns", "bytes", "share", "requests/s", "per request", "connections" or "".
std::string unit_of(const std::string& metric);

/// value / guard to value · guard; nullopt for guard 0.
std::optional<Interval> guarded(double value, double guard);

/// The command that measures what this claim needs and judges it; "RUN" stands for a folder.
std::string reproduce_command(const Claim& claim);

/// What a run says of one claim. Pure; the costs may be empty.
ClaimFinding judge_claim(const Claim& claim, const Run& run, const MicroCosts& micro);

/// The same for all of them, in order.
std::vector<ClaimFinding> judge_claims(const std::vector<Claim>& claims, const Run& run,
                                       const MicroCosts& micro);

}  // namespace sockbench
