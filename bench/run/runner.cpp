#include "bench/run/runner.h"

#include <poll.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <memory>

#include "bench/machine/cpu_activity.h"
#include "bench/plan/budget.h"
#include "bench/run/keep_awake.h"
#include "bench/run/order.h"
#include "common/clock.h"
#include "common/random.h"

namespace sockbench {
namespace {

// A slice that was disturbed is measured again, so often at most …
constexpr int kMaxRepeats = 2;
// … and so many of a restart's slices, as a share of them, but some in any case.
constexpr double kMaxRepeatedShare = 0.5;
constexpr int kMinRepeatsAllowed = 4;
// The CPUs are quiet when they were busy for less than this in a step; waiting for it ends some
// time.
constexpr timespec kQuietStep{0, 5 * kNsPerMs};
constexpr std::int64_t kQuietNs = 200 * kNsPerUs;
constexpr std::int64_t kQuietLimitNs = kNsPerSecond;

Random random_for(std::uint64_t seed, std::size_t workload, int restart) {
  Random mix(seed ^ (workload + 1) * 0x9e3779b97f4a7c15);
  return Random(mix.next() ^ static_cast<std::uint64_t>(restart + 1) * 0xbf58476d1ce4e5b9);
}

bool limit_was_reached(const Contestant& contestant, const Workload& workload,
                       const CellResult& cell) {
  return !contestant.serves(workload.at_once()) &&
         cell.restarts.size() >= static_cast<std::size_t>(kRestartsToShowLimit);
}

std::vector<std::size_t> start_order(const RunPlan& plan, std::size_t workload, int restart,
                                     std::vector<std::size_t> group) {
  // Who starts first gets other pages and ports than who starts last: no place is always the same.
  random_for(plan.seed + 2, workload, restart).shuffle(std::span(group));
  return group;
}

/// CPUs that the workload keeps from falling idle.
std::vector<int> awake_cpus(const Bench& bench, const Workload& workload) {
  std::vector<int> awake;
  if (!workload.keep_awake) return awake;
  for (const auto& [cpu, side] : sides_of({bench.server_cpus, bench.generator_cpus, false})) {
    awake.push_back(cpu);
  }
  return awake;
}

/// What a restart is of.
struct RestartPlace {
  std::size_t workload = 0;
  int restart = 0;
  int group = 0;
};

/// One restart of the contestants of one group.
class RestartRun final {
 public:
  /// `sizing`: those that no longer fit into the budget are not started; see postponed().
  RestartRun(const Bench& bench, const RunPlan& plan, const RestartPlace& place,
             std::vector<std::size_t> group, bool sizing, std::vector<CellResult>& cells)
      : plan_(plan),
        place_(place),
        workload_(plan.workloads[place.workload]),
        bench_(bench),
        awake_(awake_cpus(bench, workload_.workload)),
        cells_(cells),
        results_(plan.contestants.size()),
        servers_(plan.contestants.size()) {
    bench_.own_processes.insert(bench_.own_processes.end(), awake_.processes().begin(),
                                awake_.processes().end());
    if (!sizing) group = start_order(plan, place.workload, place.restart, std::move(group));
    Resources used;
    for (const std::size_t i : group) {
      if (interrupted() || !cells[i].failure.empty() || cells[i].limit_reached) continue;
      servers_[i] = std::make_unique<ServerProcess>(
          bench_, started_.emplace_back(plan.contestants[i].in_restart(place.restart)),
          workload_.workload);
      group_.push_back(i);
      used = used + servers_[i]->needs();
      const bool fits = within(used, bench.budget);
      // Two can always be compared, whatever the budget says.
      if (fits || !sizing || group_.size() <= 2) continue;
      servers_[i].reset();
      group_.pop_back();
      postponed_.push_back(i);
    }
    in_rounds_ = group_;
    std::sort(in_rounds_.begin(), in_rounds_.end());
  }

  const std::vector<std::size_t>& group() const { return group_; }
  const std::vector<std::size_t>& postponed() const { return postponed_; }

  /// Fills in `timings` of the group where they are not known yet.
  void warm_up(std::vector<SliceTiming>& timings) {
    for (const std::size_t i : group_) {
      if (interrupted()) return;
      double rps = 0;
      if (place_.restart > 0) servers_[i]->expect_idle_state(cells_[i].paused, cells_[i].spins);
      if (workload_.workload.mode != Mode::kIdle) {
        const auto slice = servers_[i]->run_slice(
            {.lead_in_ns = workload_.workload.warm_up_ms * kNsPerMs, .seed = 1});
        if (slice && slice->wall_ns > 0) {
          rps = static_cast<double>(slice->answered) * 1e9 / static_cast<double>(slice->wall_ns);
        }
      }
      if (timings[i].window_ns == 0) timings[i] = timing_of(workload_.workload, rps);
      if (place_.restart == 0) {
        servers_[i]->check_idle();
      } else {
        servers_[i]->settle();
      }
    }
  }

  /// Every round, then the reports.
  void run(const std::vector<SliceTiming>& timings, const WorkloadEnd::Timing& timing) {
    wait_until_quiet();
    repeats_left_ = std::max(
        kMinRepeatsAllowed,
        static_cast<int>(kMaxRepeatedShare * timing.slices * static_cast<double>(group_.size())));
    for (int round = 0; round < timing.slices && !interrupted(); ++round) {
      run_round(round, timings, timing);
    }
    for (std::size_t i = 0; i < servers_.size() && !interrupted(); ++i) collect(i);
    for (std::size_t i = 0; i < servers_.size(); ++i) {
      if (!servers_[i] || !servers_[i]->failed() || interrupted()) continue;
      cells_[i].failure =
          servers_[i]->failure() + " (restart " + std::to_string(place_.restart + 1) + ")";
    }
  }

 private:
  /// The kernel goes on burying the processes and sockets of the restart before for a while, on
  /// whatever CPU is free.
  void wait_until_quiet() const {
    std::vector<int> cpus;
    for (const auto& [cpu, side] : sides_of({bench_.server_cpus, bench_.generator_cpus, false})) {
      cpus.push_back(cpu);
    }
    if (workload_.workload.mode == Mode::kIdle || !awake_.processes().empty()) return;
    const std::int64_t until = now_ns() + kQuietLimitNs;
    for (std::int64_t last = cpu_use(cpus).busy_ns; now_ns() < until && !interrupted();) {
      ::ppoll(nullptr, 0, &kQuietStep, nullptr);
      const std::int64_t busy = cpu_use(cpus).busy_ns;
      if (busy - last < kQuietNs) return;
      last = busy;
    }
  }

  void run_round(int round, const std::vector<SliceTiming>& timings,
                 const WorkloadEnd::Timing& timing) {
    const auto number =
        static_cast<std::size_t>(place_.restart) * static_cast<std::size_t>(timing.slices) +
        static_cast<std::size_t>(round);
    const auto order = round_order(plan_.seed + static_cast<std::uint64_t>(place_.group),
                                   place_.workload, number, in_rounds_.size());
    std::vector<std::size_t> again;
    for (std::size_t position = 0; position < order.size(); ++position) {
      const std::size_t i = in_rounds_[order[position]];
      const SliceTiming own = timing_of_slice(timings[i], timing);
      const auto slice = run_slice(i, round, static_cast<int>(position), own);
      if (!slice) continue;
      results_[i].slices.push_back(*slice);
      if (slice->disturbed) again.push_back(i);
    }
    for (int attempt = 1; attempt <= kMaxRepeats && !again.empty(); ++attempt) {
      again = repeat(again, round, timings, timing, attempt);
    }
  }

  /// Measures the last slice of each once more; returns those that were disturbed again.
  std::vector<std::size_t> repeat(std::vector<std::size_t> contestants, int round,
                                  const std::vector<SliceTiming>& timings,
                                  const WorkloadEnd::Timing& timing, int attempt) {
    random_.shuffle(std::span(contestants));
    std::vector<std::size_t> again;
    for (const std::size_t i : contestants) {
      if (repeats_left_-- <= 0) return {};
      const SliceTiming own = timing_of_slice(timings[i], timing);
      Slice& last = results_[i].slices.back();
      servers_[i]->discard_slice();
      const auto slice = run_slice(i, round, last.position, own);
      if (!slice) continue;
      last = *slice;
      last.repeats = attempt;
      if (last.disturbed) again.push_back(i);
    }
    return again;
  }

  /// A contestant's own window, which is no longer than that of the slowest of its group.
  SliceTiming timing_of_slice(SliceTiming own, const WorkloadEnd::Timing& timing) const {
    const double stretched = plan_.slice_factor * static_cast<double>(own.window_ns);
    own.window_ns = plan_.unsliced_ns > 0
                        ? timing.window_ns
                        : std::min<std::int64_t>(timing.window_ns, std::llround(stretched));
    return own;
  }

  std::optional<Slice> run_slice(std::size_t i, int round, int position,
                                 const SliceTiming& timing) {
    if (interrupted()) return std::nullopt;
    auto slice = servers_[i]->run_slice({.round = round,
                                         .position = position,
                                         .lead_in_ns = timing.lead_in_ns,
                                         .ramp_ns = timing.ramp_ns,
                                         .window_ns = timing.window_ns,
                                         .seed = random_.next() >> 1});
    if (slice) slice->disturbed = plan_.repeat_disturbed && is_disturbed(slice->disturbance);
    return slice;
  }

  void collect(std::size_t i) {
    if (!servers_[i]) return;
    ServerProcess& server = *servers_[i];
    RestartResult& result = results_[i];
    result.restart = place_.restart;
    result.group = place_.group;
    result.threads = server.threads_now();
    result.user_share = server.user_share();
    result.memory_peak = server.memory_peak();
    const auto report = server.report();
    if (!report) return;
    result.report = *report;
    cells_[i].paused = cells_[i].paused || server.needs_pausing();
    cells_[i].spins = cells_[i].spins || server.spins();
    cells_[i].restarts.push_back(std::move(result));
    cells_[i].limit_reached =
        limit_was_reached(plan_.contestants[i], workload_.workload, cells_[i]);
  }

  const RunPlan& plan_;
  RestartPlace place_;
  const WorkloadPlan& workload_;
  Bench bench_;
  KeepAwake awake_;
  std::vector<CellResult>& cells_;
  Random random_ = random_for(plan_.seed + 1, place_.workload, place_.restart);
  int repeats_left_ = 0;
  std::deque<Contestant> started_;      // those of the servers; stay where they are
  std::vector<RestartResult> results_;  // by contestant, as the servers
  std::vector<std::unique_ptr<ServerProcess>> servers_;  // null: does not run
  std::vector<std::size_t> group_;
  std::vector<std::size_t> in_rounds_;  // the same, in the order that round_order() counts
  std::vector<std::size_t> postponed_;
};

/// The window of the slowest of a group, and how many slices are measured.
WorkloadEnd::Timing timing_of_group(const RunPlan& plan, const WorkloadPlan& entry,
                                    const std::vector<std::size_t>& group,
                                    const std::vector<SliceTiming>& timings) {
  const Workload& workload = entry.workload;
  std::int64_t window_ns = workload.slice_ms * kNsPerMs;
  for (const std::size_t i : group) {
    if (!plan.contestants[i].serves(workload.at_once())) continue;
    window_ns = std::max(window_ns, timings[i].window_ns);
  }
  const int slices = slices_for(workload, entry.slices_per_restart, window_ns);
  const double factor = plan.slice_factor;
  return {std::llround(factor * static_cast<double>(window_ns)),
          std::max(1, static_cast<int>(std::lround(slices / factor)))};
}

std::string why_ended(const StopRule& stop, const std::vector<CellResult>& cells, int restarts) {
  if (interrupted()) return "interrupted";
  if (stop.precise_enough && restarts >= stop.fewest && stop.precise_enough(cells, restarts)) {
    return "precision";
  }
  return "";
}

/// The contestants that are included; the reference first, so that it is in every group.
std::vector<std::size_t> everyone(const RunPlan& plan, std::size_t workload) {
  std::vector<std::size_t> all = {plan.reference};
  for (std::size_t i = 0; i < plan.contestants.size(); ++i) {
    if (i != plan.reference && plan.workloads[workload].includes(i)) all.push_back(i);
  }
  return all;
}

}  // namespace

WorkloadRun::WorkloadRun(const Bench& bench, const RunPlan& plan, std::size_t workload,
                         Progress& progress)
    : bench_(bench),
      plan_(plan),
      workload_(workload),
      own_(plan.workloads[workload]),
      progress_(progress),
      timings_(plan.contestants.size()) {
  result_.cells.resize(plan.contestants.size());
}

void WorkloadRun::run_restart(const StopRule& stop) {
  const int restart = result_.end.restarts;
  if (restart > 0 && stop.deadline_ns && now_ns() + timed_ns_ / restart > *stop.deadline_ns) {
    result_.end.ended_by = "budget";
    return;
  }
  const double done = std::min(1.0, static_cast<double>(restart) / own_.restarts);
  progress_.begins(
      workload_,
      {"restart " + std::to_string(restart + 1) + " of " + std::to_string(own_.restarts), done});
  const std::int64_t start = now_ns();
  WorkloadEnd& end = result_.end;
  if (plan_.unsliced_ns > 0) {
    run_unsliced(restart);
  } else if (restart == 0) {
    run_first_restart();
  } else {
    for (std::size_t g = 0; g < end.groups.size(); ++g) {
      RestartRun run(bench_, plan_, {workload_, restart, static_cast<int>(g)}, end.groups[g], false,
                     result_.cells);
      run.warm_up(timings_);
      run.run(timings_, end.timings[g]);
    }
  }
  timed_ns_ += now_ns() - start;
  end.restarts = restart + 1;
  progress_.restart_ended(workload_, result_.cells, end.restarts);
  if (restart < own_.counted_restarts) run_extra_restarts(restart);
  end.ended_by = why_ended(stop, result_.cells, end.restarts);
  if (end.ended_by.empty() && end.restarts >= own_.restarts) end.ended_by = "restarts";
}

/// Finds who fits beside whom, and how slices are to be timed.
void WorkloadRun::run_first_restart() {
  WorkloadEnd& end = result_.end;
  for (auto waiting = everyone(plan_, workload_); !waiting.empty() && !interrupted();) {
    const auto group = static_cast<int>(end.groups.size());
    RestartRun run(bench_, plan_, {workload_, 0, group}, waiting, true, result_.cells);
    run.warm_up(timings_);
    end.groups.push_back(run.group());
    end.timings.push_back(timing_of_group(plan_, own_, run.group(), timings_));
    run.run(timings_, end.timings.back());
    waiting = run.postponed();
    if (!waiting.empty()) waiting.insert(waiting.begin(), plan_.reference);
  }
}

/// One contestant after the other, alone, for one long slice each: the second way of measuring,
/// which nothing of slicing can have spoiled.
void WorkloadRun::run_unsliced(int restart) {
  WorkloadEnd& end = result_.end;
  if (end.groups.empty()) {
    end.groups.push_back(everyone(plan_, workload_));
    end.timings.push_back({plan_.unsliced_ns, 1});
  }
  for (const std::size_t i : start_order(plan_, workload_, restart, end.groups.front())) {
    RestartRun run(bench_, plan_, {workload_, restart, 0}, {i}, false, result_.cells);
    run.warm_up(timings_);
    run.run(timings_, end.timings.front());
  }
}

/// Counters, and after the first restart memory.
void WorkloadRun::run_extra_restarts(int restart) {
  std::vector<CellResult>& cells = result_.cells;
  const double done = static_cast<double>(restart) / own_.restarts;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (!own_.includes(i) || interrupted()) continue;
    progress_.begins(workload_, {"counting what requests need", done, i});
    std::string& why_not = cells[i].not_counted;
    if (!cells[i].failure.empty()) why_not = "the cell failed";
    if (why_not.empty()) {
      why_not = count_restart(bench_, plan_.contestants[i], own_.workload, cells[i].counted);
    }
    if (restart == 0 && cells[i].failure.empty() && !interrupted()) {
      cells[i].memory = measure_memory(bench_, plan_.contestants[i], own_.workload);
    }
  }
}

WorkloadResult run_workload(const Bench& bench, const RunPlan& plan, std::size_t workload,
                            const StopRule& stop, Progress& progress) {
  WorkloadRun run(bench, plan, workload, progress);
  while (!run.ended()) run.run_restart(stop);
  return std::move(run.result());
}

}  // namespace sockbench
