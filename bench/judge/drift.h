#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/document/run.h"
#include "bench/judge/comparison.h"

namespace sockbench {

/// A timed slice with its place in a workload.
struct PlacedSlice {
  std::size_t contestant = 0;
  int restart = 0;
  int round = 0;
  /// Which of those that were measured in its round it was, from 0. Slice::position also counts
  /// those that take no part.
  int position = 0;
  std::int64_t start_ns = 0;  ///< CLOCK_MONOTONIC
  std::int64_t steal_ns = 0;
  /// Of drift_metric(); nullopt: see slices_in_order().
  std::optional<double> figure = std::nullopt;
  std::optional<double> achieved_rps = std::nullopt;  ///< nullopt also without load
};

/// The per-slice metric that a workload's slices are compared by.
std::string drift_metric(const Workload& workload);

/// The slices of one workload in the order of time. `cells`: those of its contestants. A slice of a
/// cell that failed has no figures, nor has one in which nothing was answered.
std::vector<PlacedSlice> slices_in_order(std::span<const JudgedCell> cells);

/// How far the figures depend on when a slice was measured: the ratio of each slice's figure to the
/// median of its contestant's own slices, as the median over all contestants. 1 is no drift.
struct Drift {
  /// By the position in a round, and by the number of the round in its restart; a value per
  /// restart, whose interval is that of summarize().
  std::vector<Summary> by_position;
  std::vector<Summary> by_round;
  /// By the contestant that was measured before it in the same round.
  std::vector<Summary> by_predecessor;
};

/// Pure. Slices without a figure do not count, nor do those of a contestant that has only one or
/// whose median is not positive.
Drift drift_of(std::span<const PlacedSlice> slices);

/// Every timed slice of every workload, in the order of time and column by column, and how far the
/// figures drift. `start_ns`: CLOCK_MONOTONIC when the run began. `cells` as for compare_cells().
std::vector<SliceColumns> slice_columns(const RunPlan& plan, const std::vector<JudgedCell>& cells,
                                        std::int64_t start_ns);

}  // namespace sockbench
