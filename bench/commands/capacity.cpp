// `sockbench capacity`: how many requests per second each server takes at a bound on its response
// times.

#include "bench/commands/capacity.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <deque>
#include <memory>
#include <optional>

#include "bench/commands/setting.h"
#include "bench/judge/capacity.h"
#include "bench/machine/environment.h"
#include "bench/plan/contestant.h"
#include "bench/plan/external_contestant.h"
#include "bench/report/reports.h"
#include "bench/run/disturbance.h"
#include "bench/run/order.h"
#include "bench/run/server_process.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/file.h"
#include "common/process_limits.h"
#include "common/units.h"

namespace sockbench {
namespace {

const std::vector<std::string> kUsualModels = {"epoll", "threaded", "io_uring"};
constexpr double kFirstRate = 2'000;  // requests per second, from where the first search rises …
constexpr double kFirstStep = 0.7;    // … by a factor of two
constexpr double kLaterStep = 0.16;   // from what the restart before found
constexpr int kMaxRounds = 80;
constexpr int kMinRestarts = 6;
constexpr int kMaxRestarts = 24;
constexpr std::int64_t kWarmUpNs = 50 * kNsPerMs;
constexpr double kUnloadedRate = 500;
constexpr int kUnloadedWindows = 3;
constexpr std::int64_t kUnloadedWindowNs = kNsPerSecond;
constexpr double kAnsweredShare = 0.99;
constexpr double kLateShare = 0.5;  // of the bound; and of the windows that failed
constexpr int kMaxRepeats = 2;      // of a disturbed window

std::vector<Contestant> contestants_of(const CapacityOptions& options) {
  std::vector<Contestant> chosen;
  if (options.models != std::vector<std::string>{"none"}) {
    chosen = choose_models(find_models(program_directory()),
                           options.models.empty() ? kUsualModels : options.models);
  }
  std::vector<Skipped> skipped;
  add_externals(options.contestants, data_directory() / "contestants", chosen, skipped);
  for (const Skipped& each : skipped) spdlog::warn("{}", each.text());
  if (chosen.empty()) throw UsageError("No servers are selected; name --models or a --contestant.");
  return chosen;
}

Workload load_of(const CapacityOptions& options) {
  Workload workload;
  workload.name = "capacity";
  workload.title = "Capacity at a bound";
  workload.mode = Mode::kOpenLoop;
  workload.connections = workload.active = options.connections;
  workload.message_bytes = options.message_bytes;
  workload.offered_rps = kFirstRate;
  workload.timestamps = "kernel";
  return workload;
}

double percentile_of(const SlicePercentiles& percentiles, const std::string& name) {
  if (name == "p50") return percentiles.p50;
  if (name == "p90") return percentiles.p90;
  return name == "p99" ? percentiles.p99 : percentiles.p99_9;
}

/// One contestant over all restarts.
struct Search {
  double last_rate = kFirstRate;
  bool known = false;  ///< whether a restart gave an estimate
  int failed_windows = 0;
  int late_windows = 0;
  CapacityInput input;
};

class CapacityRun final {
 public:
  CapacityRun(const CapacityOptions& options, const Bench& bench,
              const std::vector<Contestant>& contestants, CapacityBound bound)
      : options_(options),
        bench_(bench),
        contestants_(contestants),
        workload_(load_of(options)),
        bound_(std::move(bound)),
        searches_(contestants.size()) {
    for (std::size_t i = 0; i < contestants.size(); ++i) {
      searches_[i].input.name = contestants[i].name;
      searches_[i].input.program = contestants[i].model;
    }
  }

  const CapacityBound& bound() const { return bound_; }
  int restarts() const { return restarts_; }

  /// The unloaded reference's percentile times the factor, where the bound is a multiple.
  void resolve_bound() {
    if (!bound_.times_unloaded) return;
    ServerProcess server(bench_, contestants_.front(), workload_);
    warm_up(server);
    std::vector<double> values;
    for (int i = 0; i < kUnloadedWindows && !interrupted(); ++i) {
      const auto slice = server.run_slice({.round = i,
                                           .ramp_ns = kWarmUpNs,
                                           .window_ns = kUnloadedWindowNs,
                                           .seed = options_.seed + static_cast<std::uint64_t>(i),
                                           .rate = kUnloadedRate});
      if (slice) values.push_back(percentile_of(slice->latency.response, bound_.percentile));
    }
    const double unloaded = median(values);
    if (!(unloaded > 0)) {
      throw UsageError("The unloaded " + bound_.percentile + " of " + contestants_.front().name +
                       " could not be measured" + (server.failed() ? ": " + server.failure() : "") +
                       "; give an absolute --bound, such as p99=1ms.");
    }
    bound_.ns = *bound_.times_unloaded * unloaded;
    require_short(bound_);
  }

  /// One restart of all contestants, window by window in turns. The first one only searches: its
  /// estimate depends on where it began.
  void run_restart() {
    std::deque<Contestant> started;
    std::vector<std::unique_ptr<ServerProcess>> servers(contestants_.size());
    std::vector<std::optional<Staircase>> stairs(contestants_.size());
    for (std::size_t i = 0; i < contestants_.size() && !interrupted(); ++i) {
      if (!searches_[i].input.failure.empty()) continue;
      servers[i] = std::make_unique<ServerProcess>(
          bench_, started.emplace_back(contestants_[i].in_restart(restarts_)), workload_);
      warm_up(*servers[i]);
      const Search& search = searches_[i];
      stairs[i].emplace(search.last_rate, search.known ? kLaterStep : kFirstStep,
                        min_rate_for(bound_),
                        searched_ ? Staircase::kLevels : Staircase::kMinLevels);
    }
    const auto goes_on = [&](std::size_t i) {
      return servers[i] && !servers[i]->failed() && !stairs[i]->ended();
    };
    for (int round = 0; round < kMaxRounds && !interrupted(); ++round) {
      const auto number =
          static_cast<std::size_t>(restarts_) * kMaxRounds + static_cast<std::size_t>(round);
      const auto order = round_order(options_.seed, 0, number, contestants_.size());
      for (std::size_t position = 0; position < order.size(); ++position) {
        const std::size_t i = order[position];
        if (goes_on(i)) climb(i, *servers[i], *stairs[i], round, static_cast<int>(position));
      }
    }
    if (interrupted()) return;
    for (std::size_t i = 0; i < contestants_.size(); ++i) finish(i, servers[i].get(), stairs[i]);
    if (searched_) ++restarts_;
    searched_ = true;
  }

  std::vector<CapacityInput> inputs() const {
    std::vector<CapacityInput> all;
    for (const Search& search : searches_) {
      all.push_back(search.input);
      all.back().generator_late =
          search.late_windows > kLateShare * search.failed_windows && search.late_windows > 0;
    }
    return all;
  }

 private:
  static void warm_up(ServerProcess& server) {
    server.run_slice({.lead_in_ns = kWarmUpNs, .seed = 1});
    server.check_idle();
  }

  /// One window of one contestant; one that something else disturbed is measured again.
  void climb(std::size_t i, ServerProcess& server, Staircase& stairs, int round, int position) {
    const std::int64_t window_ns = window_for(bound_, stairs.rate(), stairs.is_coarse());
    std::optional<Slice> slice;
    for (int attempt = 0; attempt <= kMaxRepeats && !interrupted(); ++attempt) {
      if (attempt > 0) server.discard_slice();
      slice = server.run_slice({.round = round,
                                .position = position,
                                .ramp_ns = window_ns / 4,
                                .window_ns = window_ns,
                                .seed = ++seed_,
                                .rate = stairs.rate()});
      if (!slice || !is_disturbed(slice->disturbance)) break;
    }
    if (!slice || interrupted()) return;
    const SliceLatency& latency = slice->latency;
    const auto all = static_cast<double>(latency.answered + latency.wrong);
    const bool answered = static_cast<double>(latency.answered) >= kAnsweredShare * all;
    const bool held = answered && percentile_of(latency.response, bound_.percentile) <= bound_.ns;
    if (!held) {
      Search& search = searches_[i];
      ++search.failed_windows;
      const double late = percentile_of(latency.take_up_delay, bound_.percentile);
      if (late > kLateShare * bound_.ns) ++search.late_windows;
    }
    stairs.answer(held);
  }

  void finish(std::size_t i, const ServerProcess* server, const std::optional<Staircase>& stairs) {
    Search& search = searches_[i];
    double estimate = kNaN;
    if (server != nullptr && stairs) {
      if (server->failed()) {
        search.input.failure =
            server->failure() + " (restart " + std::to_string(restarts_ + 1) + ")";
      } else {
        estimate = stairs->estimate();
      }
    }
    if (searched_) search.input.per_restart.push_back(estimate);
    if (estimate > 0) {
      search.last_rate = estimate;
      search.known = true;
    }
  }

  const CapacityOptions& options_;
  const Bench& bench_;
  const std::vector<Contestant>& contestants_;
  Workload workload_;
  CapacityBound bound_;
  std::vector<Search> searches_;
  bool searched_ = false;
  int restarts_ = 0;
  std::uint64_t seed_ = options_.seed * 1'000'003;
};

}  // namespace

int capacity_command(const CapacityOptions& options) {
  const CapacityBound bound = parse_bound(options.bound);
  const std::vector<Contestant> contestants = contestants_of(options);
  const std::string usual = std::to_string(90 * contestants.size()) + "s";
  const std::int64_t budget_ns =
      parse_duration_ns(options.budget.empty() ? usual : options.budget, "--budget");
  Setting setting = set_up(options.out, options.server_cpus, options.generator_cpus);
  watch_for_interrupt();
  pin_this_thread(setting.cpus.generator);
  CapacityDocument document;
  document.sockbench = this_program();
  document.started_at = utc_now();
  const std::int64_t start = now_ns();
  RunWatch watch(setting.cpus, setting.facts.jitter);
  CapacityRun run(options, setting.bench, contestants, bound);
  run.resolve_bound();
  std::int64_t longest_ns = 0;
  while (!interrupted()) {
    const int done = run.restarts();
    const std::int64_t spent_ns = now_ns() - start;
    const bool enough =
        options.restarts > 0
            ? done >= options.restarts
            : done >= kMaxRestarts || (done >= kMinRestarts && spent_ns + longest_ns > budget_ns);
    if (enough) break;
    const std::int64_t begun = now_ns();
    run.run_restart();
    const double seconds = static_cast<double>(now_ns() - start) / kNsPerSecond;
    if (run.restarts() == 0) {
      std::fprintf(stderr, "searched, %.0f s\n", seconds);
    } else {
      longest_ns = std::max(longest_ns, now_ns() - begun);
      std::fprintf(stderr, "restart %d, %.0f s\n", run.restarts(), seconds);
    }
  }
  watch.finish();
  watch.record_into(setting.environment);
  document.duration_s = static_cast<double>(now_ns() - start) / kNsPerSecond;
  document.interrupted = interrupted();
  document.seed = options.seed;
  document.bound = run.bound();
  document.connections = options.connections;
  document.message_bytes = options.message_bytes;
  document.restarts = run.restarts();
  document.margin = options.margin;
  document.reference = contestants.front().name;
  document.contestants = judge_capacities(run.inputs(), options.margin);
  document.environment = environment_of(setting.environment);
  const std::string path = (options.out / "capacity.json").string();
  write_file_atomically(path, to_json(document).dump(1) + "\n");
  std::printf("%sResults: %s\n", capacity_text(document).c_str(), path.c_str());
  if (interrupted()) return kExitInterrupted;
  const bool failed = std::any_of(document.contestants.begin(), document.contestants.end(),
                                  [](const auto& each) { return std::isnan(each.capacity_rps); });
  return failed ? kExitFailed : kExitOk;
}

}  // namespace sockbench
