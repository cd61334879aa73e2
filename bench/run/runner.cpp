#include "bench/run/runner.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <numeric>

#include "bench/plan/budget.h"
#include "common/clock.h"
#include "common/random.h"

namespace sockbench {
namespace {

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
  return !contestant.serves(workload.at_once()) &&
         cell.restarts.size() >= static_cast<std::size_t>(kRestartsToShowLimit);
}

std::vector<std::size_t> start_order(const RunPlan& plan, std::size_t workload, int restart,
                                     std::vector<std::size_t> group) {
  // Who starts first gets other pages and ports than who starts last: no place is always the same.
  random_for(plan.seed + 2, workload, restart, 0).shuffle(std::span(group));
  return group;
}

/// One restart of the contestants of one group.
class RestartRun final {
 public:
  /// `sizing`: those that no longer fit into the budget are not started; see postponed().
  RestartRun(const Bench& bench, const RunPlan& plan, std::size_t workload, int restart,
             std::vector<std::size_t> group, int group_number, bool sizing,
             std::vector<CellResult>& cells)
      : plan_(plan),
        workload_index_(workload),
        workload_(plan.workloads[workload]),
        restart_(restart),
        group_number_(group_number),
        cells_(cells),
        results_(plan.contestants.size()),
        members_(plan.contestants.size()) {
    if (!sizing) group = start_order(plan, workload, restart, std::move(group));
    Resources used;
    for (const std::size_t i : group) {
      if (interrupted() || !cells[i].failure.empty() || cells[i].limit_reached) continue;
      members_[i] = std::make_unique<Member>(
          bench, started_.emplace_back(plan.contestants[i].in_restart(restart)),
          workload_.workload);
      group_.push_back(i);
      used = used + members_[i]->needs();
      const bool fits = within(used, bench.budget);
      // Two can always be compared, whatever the budget says.
      if (fits || !sizing || group_.size() <= 2) continue;
      members_[i].reset();
      group_.pop_back();
      postponed_.push_back(i);
    }
  }

  const std::vector<std::size_t>& group() const { return group_; }
  const std::vector<std::size_t>& postponed() const { return postponed_; }

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
        members_[i]->run_slice({.lead_in_ns = workload_.workload.warm_up_ms * kNsPerMs, .seed = 1});
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
    result.group = group_number_;
    result.threads = member.threads_now();
    result.user_share = member.user_share();
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
  int group_number_;
  std::vector<CellResult>& cells_;
  std::deque<Contestant> started_;                // those of the members; stay where they are
  std::vector<RestartResult> results_;            // by contestant, as the members
  std::vector<std::unique_ptr<Member>> members_;  // null: takes no part
  std::vector<std::size_t> group_;
  std::vector<std::size_t> postponed_;
};

}  // namespace

std::vector<std::size_t> round_order(std::uint64_t seed, std::size_t workload, int restart,
                                     int round, std::size_t contestants) {
  std::vector<std::size_t> order(contestants);
  std::iota(order.begin(), order.end(), std::size_t{0});
  random_for(seed, workload, restart, round).shuffle(std::span(order));
  return order;
}

namespace {

/// `timed_ns`: what the restarts so far took, without the counted ones.
std::string why_ended(const StopRule& stop, const std::vector<CellResult>& cells, int restarts,
                      std::int64_t timed_ns) {
  if (interrupted()) return "interrupted";
  if (stop.deadline_ns && now_ns() + timed_ns / restarts > *stop.deadline_ns) return "budget";
  if (stop.precise_enough && restarts >= stop.fewest && stop.precise_enough(cells, restarts)) {
    return "precision";
  }
  return "";
}

/// Who takes part; the reference first, so that it is in every group.
std::vector<std::size_t> everyone(const RunPlan& plan, std::size_t workload) {
  std::vector<std::size_t> all = {plan.reference};
  for (std::size_t i = 0; i < plan.contestants.size(); ++i) {
    if (i != plan.reference && plan.workloads[workload].takes_part(i)) all.push_back(i);
  }
  return all;
}

/// The first restart of a workload: finds who fits beside whom.
std::vector<std::vector<std::size_t>> run_first_restart(const Bench& bench, const RunPlan& plan,
                                                        std::size_t workload,
                                                        std::vector<CellResult>& cells) {
  std::vector<std::vector<std::size_t>> groups;
  for (auto waiting = everyone(plan, workload); !waiting.empty() && !interrupted();) {
    RestartRun restart(bench, plan, workload, 0, waiting, static_cast<int>(groups.size()), true,
                       cells);
    restart.run();
    groups.push_back(restart.group());
    waiting = restart.postponed();
    if (!waiting.empty()) waiting.insert(waiting.begin(), plan.reference);
  }
  return groups;
}

}  // namespace

WorkloadResult run_workload(const Bench& bench, const RunPlan& plan, std::size_t workload,
                            const StopRule& stop, Progress& progress) {
  const WorkloadPlan& own = plan.workloads[workload];
  WorkloadResult result;
  std::vector<CellResult>& cells = result.cells;
  cells.resize(plan.contestants.size());
  std::int64_t timed_ns = 0;
  for (int restart = 0; restart < own.restarts && result.end.ended_by.empty(); ++restart) {
    const double done = static_cast<double>(restart) / own.restarts;
    progress.begins(
        workload,
        {"restart " + std::to_string(restart + 1) + " of " + std::to_string(own.restarts), done});
    const std::int64_t start = now_ns();
    if (restart == 0) {
      result.end.groups = run_first_restart(bench, plan, workload, cells);
    } else {
      for (std::size_t g = 0; g < result.end.groups.size(); ++g) {
        RestartRun(bench, plan, workload, restart, result.end.groups[g], static_cast<int>(g), false,
                   cells)
            .run();
      }
    }
    timed_ns += now_ns() - start;
    progress.restart_ended(workload, cells, restart + 1);
    for (std::size_t i = 0; i < cells.size() && restart < own.counted_restarts; ++i) {
      if (!own.takes_part(i)) continue;
      progress.begins(workload, {"counting what requests need", done, i});
      std::string& why_not = cells[i].not_counted;
      if (!cells[i].failure.empty()) why_not = "the cell failed";
      if (why_not.empty() && !interrupted()) {
        why_not = count_restart(bench, plan.contestants[i], own.workload, cells[i].counted);
      }
      if (restart == 0 && cells[i].failure.empty() && !interrupted()) {
        cells[i].memory = measure_memory(bench, plan.contestants[i], own.workload);
      }
    }
    result.end.restarts = restart + 1;
    result.end.ended_by = why_ended(stop, cells, restart + 1, timed_ns);
  }
  if (result.end.ended_by.empty()) result.end.ended_by = interrupted() ? "interrupted" : "restarts";
  return result;
}

}  // namespace sockbench
