#include "bench/judge/drift.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "common/clock.h"

namespace sockbench {
namespace {

std::optional<double> value_at(const std::map<int, double>& values, int round) {
  const auto found = values.find(round);
  return found == values.end() ? std::nullopt : std::optional(found->second);
}

void add_restart(std::vector<PlacedSlice>& slices, std::vector<int>& groups,
                 const RestartResult& restart, const JudgedCell& cell, std::size_t contestant) {
  const bool failed = cell.judgement.validity == Validity::kFailed;
  const Workload& workload = cell.workload->workload;
  const auto figures = values_of(restart, drift_metric(workload));
  const auto rates = values_of(restart, "achieved_rps");
  for (const Slice& slice : restart.slices) {
    PlacedSlice& placed = slices.emplace_back();
    placed.contestant = contestant;
    placed.restart = restart.restart;
    placed.round = slice.round;
    placed.position = slice.position;
    placed.start_ns = slice.start_ns;
    placed.steal_ns = slice.disturbance.steal_ns;
    groups.push_back(restart.group);
    if (failed) continue;
    placed.figure = value_at(figures, slice.round);
    if (workload.mode != Mode::kIdle) placed.achieved_rps = value_at(rates, slice.round);
  }
}

/// From places in the round's random order, in which some take no part, to places among those that
/// were measured. A round belongs to one group of one restart.
void close_ranks(std::vector<PlacedSlice>& slices, const std::vector<int>& groups) {
  std::map<std::tuple<int, int, int>, std::vector<PlacedSlice*>> rounds;
  for (std::size_t i = 0; i < slices.size(); ++i) {
    rounds[{slices[i].restart, groups[i], slices[i].round}].push_back(&slices[i]);
  }
  for (auto& [key, round] : rounds) {
    std::sort(round.begin(), round.end(), [](const PlacedSlice* a, const PlacedSlice* b) {
      return std::tie(a->position, a->contestant) < std::tie(b->position, b->contestant);
    });
    for (std::size_t i = 0; i < round.size(); ++i) round[i]->position = static_cast<int>(i);
  }
}

// One figure alone is its own median, and would say "no drift" of anything.
constexpr std::size_t kFiguresToCompare = 2;

constexpr int kNone = -1;  // no predecessor

/// Ratios by place, and there by restart.
using Ratios = std::map<int, std::map<int, std::vector<double>>>;

/// One summary per place up to the last; a place without a slice has a NaN as its median.
std::vector<Summary> summaries_of(const Ratios& ratios) {
  std::vector<Summary> summaries;
  if (ratios.empty()) return summaries;
  summaries.resize(static_cast<std::size_t>(ratios.rbegin()->first) + 1, summarize({}));
  for (const auto& [place, restarts] : ratios) {
    std::vector<double> medians;
    for (const auto& [restart, values] : restarts) medians.push_back(median(values));
    summaries[static_cast<std::size_t>(place)] = summarize(medians);
  }
  return summaries;
}

}  // namespace

std::string drift_metric(const Workload& workload) {
  return workload.mode == Mode::kIdle ? "server.cpu_utilisation" : "server.cpu_ns_per_request";
}

std::vector<PlacedSlice> slices_in_order(std::span<const JudgedCell> cells) {
  std::vector<PlacedSlice> slices;
  std::vector<int> groups;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    if (!cells[c].included) continue;
    for (const RestartResult& restart : cells[c].result->restarts) {
      add_restart(slices, groups, restart, cells[c], c);
    }
  }
  close_ranks(slices, groups);
  std::stable_sort(slices.begin(), slices.end(), [](const PlacedSlice& a, const PlacedSlice& b) {
    return a.start_ns < b.start_ns;
  });
  return slices;
}

Drift drift_of(std::span<const PlacedSlice> slices) {
  std::map<std::size_t, std::vector<double>> figures;
  for (const PlacedSlice& slice : slices) {
    if (slice.figure) figures[slice.contestant].push_back(*slice.figure);
  }
  std::map<std::size_t, double> medians;
  for (const auto& [contestant, values] : figures) {
    if (values.size() >= kFiguresToCompare) medians[contestant] = median(values);
  }
  Ratios by_position;
  Ratios by_round;
  Ratios by_predecessor;
  const PlacedSlice* before = nullptr;
  for (const PlacedSlice& slice : slices) {
    const bool follows = before != nullptr && before->restart == slice.restart &&
                         before->round == slice.round && before->position + 1 == slice.position;
    const int predecessor = follows ? static_cast<int>(before->contestant) : kNone;
    before = &slice;
    if (!slice.figure || !(medians[slice.contestant] > 0)) continue;
    const double ratio = *slice.figure / medians[slice.contestant];
    by_position[slice.position][slice.restart].push_back(ratio);
    by_round[slice.round][slice.restart].push_back(ratio);
    if (predecessor != kNone) by_predecessor[predecessor][slice.restart].push_back(ratio);
  }
  return {summaries_of(by_position), summaries_of(by_round), summaries_of(by_predecessor)};
}

namespace {

std::vector<std::optional<Statistic>> statistics_of(std::vector<Summary> summaries) {
  std::vector<std::optional<Statistic>> list;
  list.reserve(summaries.size());
  for (Summary& summary : summaries) {
    if (summary.per_restart.empty()) {
      list.emplace_back();
    } else {
      list.emplace_back(Statistic{summary.median, summary.ci95, std::move(summary.per_restart)});
    }
  }
  return list;
}

SliceColumns columns_of(const WorkloadPlan& entry, std::span<const JudgedCell> cells,
                        std::int64_t start_ns) {
  const std::vector<PlacedSlice> slices = slices_in_order(cells);
  Drift drift = drift_of(slices);
  SliceColumns columns;
  columns.workload = entry.workload.name;
  columns.metric = drift_metric(entry.workload);
  columns.drift = {statistics_of(std::move(drift.by_position)),
                   statistics_of(std::move(drift.by_round)),
                   statistics_of(std::move(drift.by_predecessor))};
  for (const PlacedSlice& slice : slices) {
    columns.start_ms.push_back((slice.start_ns - start_ns) / kNsPerMs);
    columns.contestant.push_back(slice.contestant);
    columns.restart.push_back(slice.restart);
    columns.round.push_back(slice.round);
    columns.position.push_back(slice.position);
    columns.steal_ms.push_back(slice.steal_ns / kNsPerMs);
    columns.figure.push_back(slice.figure.value_or(kNaN));
    columns.achieved_rps.push_back(slice.achieved_rps.value_or(kNaN));
  }
  return columns;
}

}  // namespace

std::vector<SliceColumns> slice_columns(const RunPlan& plan, const std::vector<JudgedCell>& cells,
                                        std::int64_t start_ns) {
  std::vector<SliceColumns> list;
  for (std::size_t w = 0; w < plan.workloads.size(); ++w) {
    list.push_back(columns_of(plan.workloads[w], cells_of(cells, plan, w), start_ns));
  }
  return list;
}

}  // namespace sockbench
