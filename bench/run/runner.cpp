#include "bench/run/runner.h"

#include <algorithm>
#include <memory>
#include <numeric>

#include "common/clock.h"
#include "common/random.h"

namespace sockbench {
namespace {

constexpr std::int64_t kWarmUpNs = 20 * kNsPerMs;
// Counts per request hardly vary: a few hundred requests give them to one per cent.
constexpr std::int64_t kCountedWindowNs = 60 * kNsPerMs;
// After so many restarts in which a model's stated limit starved connections, more would only
// repeat it.
constexpr int kRestartsToShowLimit = 2;

Random random_for(std::uint64_t seed, std::size_t workload, int restart, int round) {
  Random mix(seed);
  for (const std::uint64_t part : {std::uint64_t{workload}, static_cast<std::uint64_t>(restart),
                                   static_cast<std::uint64_t>(round + 1)}) {
    mix = Random(mix.next() ^ part * 0x9e3779b97f4a7c15);
  }
  return mix;
}

bool limit_was_reached(const Contestant& contestant, const Workload& workload,
                       const CellResult& cell) {
  const auto limit = contestant.max_connections();
  return limit && *limit < workload.connections &&
         cell.restarts.size() >= static_cast<std::size_t>(kRestartsToShowLimit);
}

class RestartRun final {
 public:
  RestartRun(const Bench& bench, const RunPlan& plan, std::size_t workload, int restart,
             std::vector<CellResult>& cells)
      : plan_(plan),
        workload_index_(workload),
        workload_(plan.workloads[workload]),
        restart_(restart),
        cells_(cells),
        results_(plan.contestants.size()) {
    for (std::size_t i = 0; i < plan.contestants.size(); ++i) {
      auto& member = members_.emplace_back();
      if (interrupted() || !cells[i].failure.empty() || cells[i].limit_reached) continue;
      member = std::make_unique<Member>(bench, plan.contestants[i], workload_.workload);
    }
  }

  /// True when every round was run.
  bool run() {
    warm_up();
    for (int round = 0; round < workload_.slices_per_restart; ++round) run_round(round);
    for (std::size_t i = 0; i < members_.size() && !interrupted(); ++i) collect(i);
    for (std::size_t i = 0; i < members_.size(); ++i) {
      if (!members_[i] || !members_[i]->failed() || interrupted()) continue;
      cells_[i].failure =
          members_[i]->failure() + " (restart " + std::to_string(restart_ + 1) + ")";
    }
    return !interrupted();
  }

 private:
  void warm_up() {
    for (std::size_t i = 0; i < members_.size(); ++i) {
      if (!members_[i] || interrupted()) continue;
      if (workload_.workload.mode != Mode::kIdle) {
        members_[i]->run_slice({.lead_in_ns = kWarmUpNs, .seed = 1});
      }
      if (restart_ == 0) {
        members_[i]->prove_silence();
      } else {
        members_[i]->set_needs_pausing(cells_[i].paused);
      }
    }
  }

  void run_round(int round) {
    const auto order = round_order(plan_.seed, workload_index_, restart_, round, members_.size());
    Random random = random_for(plan_.seed + 1, workload_index_, restart_, round);
    const std::int64_t discard = workload_.workload.discard_ms * kNsPerMs;
    for (std::size_t position = 0; position < order.size(); ++position) {
      auto& member = members_[order[position]];
      if (!member || interrupted()) continue;
      // A random part of the discarded time keeps window edges out of step with the request cycle.
      const auto jitter =
          static_cast<std::int64_t>(random.uniform() * static_cast<double>(discard));
      const auto slice = member->run_slice({.round = round,
                                            .position = static_cast<int>(position),
                                            .lead_in_ns = discard + jitter,
                                            .window_ns = workload_.workload.slice_ms * kNsPerMs,
                                            .seed = random.next() >> 1});
      if (slice) results_[order[position]].slices.push_back(*slice);
    }
  }

  void collect(std::size_t i) {
    if (!members_[i]) return;
    Member& member = *members_[i];
    RestartResult& result = results_[i];
    result.restart = restart_;
    result.threads = member.threads_now();
    result.user_share = member.user_share();
    result.memory_per_connection = member.memory_per_connection();
    result.memory_peak = member.memory_peak();
    const auto report = member.report();
    if (!report) return;
    result.report = *report;
    cells_[i].paused = cells_[i].paused || member.needs_pausing();
    cells_[i].restarts.push_back(std::move(result));
    cells_[i].limit_reached =
        limit_was_reached(plan_.contestants[i], workload_.workload, cells_[i]);
  }

  const RunPlan& plan_;
  std::size_t workload_index_;
  const WorkloadPlan& workload_;
  int restart_;
  std::vector<CellResult>& cells_;
  std::vector<RestartResult> results_;
  std::vector<std::unique_ptr<Member>> members_;
};

/// Why counting would tell nothing, or empty.
std::string no_use_counting(const Contestant& contestant, const Workload& workload,
                            const CellResult& cell) {
  if (workload.mode == Mode::kIdle) return "an idle workload has no requests";
  if (!cell.failure.empty()) return "the cell failed";
  const auto limit = contestant.max_connections();
  if (!limit || *limit >= workload.connections) return "";
  return "the model serves " + std::to_string(*limit) + " of " +
         std::to_string(workload.connections) + " connections";
}

/// One contestant alone, with counters on its server: it is no part of any comparison, and what is
/// counted does not depend on what others do.
void count_restart(const Bench& bench, const Contestant& contestant, const Workload& workload,
                   CellResult& cell) {
  if (cell.not_counted.empty()) cell.not_counted = no_use_counting(contestant, workload, cell);
  if (!cell.not_counted.empty() || interrupted()) return;
  Member member(bench, contestant, workload, Counting::kOn);
  member.run_counted_slice({.lead_in_ns = kWarmUpNs, .seed = 1});
  const auto counted = member.run_counted_slice(
      {.lead_in_ns = workload.discard_ms * kNsPerMs,
       .window_ns = std::max(kCountedWindowNs, workload.slice_ms * kNsPerMs),
       .seed = 2});
  if (counted) add(cell.counted, *counted);
  if (member.failed()) cell.not_counted = "the counted restart failed: " + member.failure();
}

}  // namespace

void add(CountedResult& sum, const CountedSlice& restart) {
  const bool first = sum.restarts == 0;
  ++sum.restarts;
  sum.answered += restart.slice.answered;
  add(sum.counts, restart.counts);
  if (first) {
    sum.switches = restart.switches;
  } else if (sum.switches && restart.switches) {
    sum.switches->voluntary += restart.switches->voluntary;
    sum.switches->involuntary += restart.switches->involuntary;
  } else {
    sum.switches.reset();
  }
}

std::vector<std::size_t> round_order(std::uint64_t seed, std::size_t workload, int restart,
                                     int round, std::size_t contestants) {
  std::vector<std::size_t> order(contestants);
  std::iota(order.begin(), order.end(), std::size_t{0});
  random_for(seed, workload, restart, round).shuffle(std::span(order));
  return order;
}

std::vector<CellResult> run_workload(const Bench& bench, const RunPlan& plan, std::size_t workload,
                                     const Progress& progress) {
  const WorkloadPlan& own = plan.workloads[workload];
  std::vector<CellResult> cells(plan.contestants.size());
  for (int restart = 0; restart < own.restarts && !interrupted(); ++restart) {
    RestartRun(bench, plan, workload, restart, cells).run();
    for (std::size_t i = 0; i < cells.size() && restart < own.counted_restarts; ++i) {
      count_restart(bench, plan.contestants[i], own.workload, cells[i]);
    }
    progress(own.workload.name + ", restart " + std::to_string(restart + 1) + " of " +
                 std::to_string(own.restarts),
             static_cast<double>(restart + 1) / own.restarts);
  }
  return cells;
}

}  // namespace sockbench
