#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/document/conclusions.h"
#include "bench/judge/between_runs.h"
#include "bench/judge/validity.h"
#include "bench/judge/verdict.h"

namespace sockbench {

/// A cell ready to be judged.
struct JudgedCell {
  const Contestant* contestant = nullptr;
  const WorkloadPlan* workload = nullptr;
  bool included = true;  ///< false: the workload leaves it out, and nothing else is set
  const CellResult* result = nullptr;
  CellFigures figures;
  Judgement judgement;
};

/// The cells of one workload, in the order of the contestants.
std::span<const JudgedCell> cells_of(const std::vector<JudgedCell>& cells, const RunPlan& plan,
                                     std::size_t workload);

/// Whether a request is the same work for both.
bool same_work(const JudgedCell& a, const JudgedCell& b);

/// Whether the cell is of the contestant that is the reference once more.
bool is_control(const RunPlan& plan, const JudgedCell& cell);

/// Whether contestants are compared by ratio, slice by slice; CPU use without load is not.
bool is_paired(const std::string& metric);

/// Whether a smaller value of `metric` is the better one.
bool lower_is_better(const std::string& metric);

/// log(head/base) per restart and slice pair; one element per restart up to `restarts`, empty where
/// a side is missing.
std::vector<std::vector<double>> paired_log_ratios(const CellResult& base, const CellResult& head,
                                                   const std::string& metric, int restarts);

/// The half-width, relative to the ratio, of the widest interval on a workload's primary metric
/// among all contestants that did not fail: 0.01 = 1 %. nullopt when some has no interval yet, or
/// the metric is not compared by ratio. Stopping when it is small favours restarts that happen to
/// agree: simulated, 95 % intervals then cover 93-95 % (tests/statistics/simulation_test.cpp).
std::optional<double> widest_interval(const RunPlan& plan, std::size_t workload,
                                      const std::vector<CellResult>& cells, int restarts);

/// Every eligible cell against its workload's reference, all metrics. Holm's correction is over one
/// metric in all workloads, and counts the comparisons that their restarts can decide: family_of().
/// `cells` holds the contestants of each workload in plan order, the workloads one after the other.
std::vector<Comparison> compare_cells(const RunPlan& plan, const std::vector<JudgedCell>& cells,
                                      double margin);

/// Restarts from which on every comparison of the plan's largest family can be decided, as far as
/// the plan has restarts enough for it at all; see fewest_restarts() in significance.h.
int fewest_restarts(const RunPlan& plan);

/// Rankings per workload and metric, with what is not ranked and why; `comparisons` are those of
/// the same cells, so that a step from the reference says what the comparison says. The control is
/// left out.
std::vector<Ranking> rank_cells(const RunPlan& plan, const std::vector<JudgedCell>& cells,
                                const std::vector<Comparison>& comparisons, double margin);

/// One sentence per workload about its primary metric.
std::vector<std::string> headlines(const std::vector<Ranking>& rankings, const RunPlan& plan);

}  // namespace sockbench
