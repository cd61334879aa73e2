// loadgen: options, one run, summary and JSON. The work is in worker.cpp.

#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "common/cli.h"
#include "common/clock.h"
#include "common/clock_check.h"
#include "common/file.h"
#include "common/process_limits.h"
#include "common/units.h"
#include "loadgen/control.h"
#include "loadgen/flags.h"
#include "loadgen/port_budget.h"
#include "loadgen/record/summary.h"
#include "loadgen/reflector.h"
#include "loadgen/slow_peers.h"
#include "loadgen/worker_pool.h"

namespace sockbench {
namespace {

constexpr std::int64_t kProgressTickNs = 100 * kNsPerMs;

/// Shows progress once per second, on a terminal only.
class Progress final {
 public:
  Progress(const WorkerPool& workers, const LoadOptions& options)
      : workers_(workers), shown_(!options.quiet && ::isatty(STDERR_FILENO) == 1) {}
  ~Progress() { end(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  Progress(Progress&&) = delete;
  Progress& operator=(Progress&&) = delete;

  void tick(std::int64_t now) {
    if (!shown_ || now - last_ns_ < kNsPerSecond) return;
    const std::uint64_t answered = workers_.live_answered();
    const double rate =
        static_cast<double>(answered - last_answered_) * 1e9 / static_cast<double>(now - last_ns_);
    std::fprintf(stderr, "\r  %3.0f s   %s requests/s   ",
                 static_cast<double>(now - start_ns_) * 1e-9, format_count(rate).c_str());
    last_ns_ = now;
    last_answered_ = answered;
  }
  void end() {
    if (shown_) std::fputs("\r\033[K", stderr);
    shown_ = false;
  }

 private:
  const WorkerPool& workers_;
  bool shown_;
  std::int64_t start_ns_ = now_ns();
  std::int64_t last_ns_ = start_ns_;
  std::uint64_t last_answered_ = 0;
};

/// Checks limits before the first connection. Throws UsageError if the run must fail; adds a
/// warning about the clock to the options.
void check_machine(LoadOptions& options) {
  if (const auto warning = clock_warning(check_clock())) options.warnings.push_back(*warning);
  constexpr std::uint64_t kOtherDescriptors = 32;
  const auto connections = static_cast<std::uint64_t>(options.connections) +
                           static_cast<std::uint64_t>(options.slow_peers());
  const std::uint64_t limit = raise_descriptor_limit();
  if (const auto problem = descriptor_warning(connections, kOtherDescriptors, limit)) {
    throw UsageError(*problem);
  }
  const auto settings = read_port_settings();
  if (!settings) return;
  const PortDemand demand = {
      .connections = static_cast<std::int64_t>(connections),
      .churn = options.churns(),
      .connects_per_second =
          options.open_loop() ? std::optional<double>(options.rate) : std::nullopt,
      .duration_ns = options.warmup_ns + options.duration_ns,
      .sources = options.sources.count(),
      .loopback = options.calibrate || is_loopback(options.server) ||
                  (!options.sources.empty() && is_loopback(options.sources.at(0)))};
  const auto problem = port_warning(demand, *settings);
  if (!problem) return;
  if (problem->risk == PortRisk::kRunsOut) throw UsageError(problem->sentence);
  if (!options.quiet) std::cerr << "loadgen: " << problem->sentence << '\n';
}

/// Runs the load from start to end; returns its tally.
Tally load(const LoadOptions& options, WorkerPool& workers, std::optional<HdrLog>& log,
           std::optional<SlowPeers>& slow) {
  if (workers.connect_and_verify() > 0) {
    if (log) log->start(options.warmup_ns);
    slow = start_slow_peers(options);
    Progress progress(workers, options);
    workers.run({.lead_in_ns = options.warmup_ns,
                 .window_ns = options.duration_ns,
                 .drain_limit_ns = options.timeout_ns,
                 .seed = options.seed},
                {.tick =
                     [&](std::int64_t now) {
                       progress.tick(now);
                       if (slow) slow->tick(now);
                     },
                 .tick_ns = slow ? kSlowTickNs : kProgressTickNs});
  }
  return workers.finish();
}

int run_once(LoadOptions options) {
  std::optional<Reflector> reflector;
  if (options.calibrate) {
    reflector.emplace(options.upper);
    options.server = reflector->endpoint();
    options.connect_text = "null reflector at " + options.server.text();
  }
  std::optional<HdrLog> log;
  if (!options.hdr_path.empty()) log.emplace(options.hdr_path, options.threads);
  WorkerPool workers(options);
  workers.log_to(log ? &*log : nullptr);
  std::optional<SlowPeers> slow;
  const Tally tally = load(options, workers, log, slow);
  if (log) log->finish();
  if (!options.json_path.empty()) {
    nlohmann::ordered_json json = {{"options", to_json(options)}};
    json.update(to_json(tally, options));
    json["slow_peers"] = slow ? to_json(slow->result()) : nlohmann::ordered_json(nullptr);
    json["clock"] = to_json(check_clock());
    json["failure"] = workers.first_failure();
    write_file_atomically(options.json_path, json.dump(2) + "\n");
  }
  if (!options.quiet && options.json_path != "-") {
    std::cout << summary(options, tally, workers.first_failure());
    if (slow) std::cout << summary(slow->result(), slow->first_failure());
  }
  if (interrupted) return kExitInterrupted;
  const bool peers_right =
      !slow || slow->result().readers.wrong + slow->result().writers.wrong == 0;
  const bool all_right =
      tally.ledger.answered > 0 && tally.ledger.wrong() == 0 && tally.ledger.refused == 0 &&
      tally.ledger.extra_replies == 0 && tally.connections_lost == 0 && peers_right &&
      tally.connections_verified == static_cast<std::uint64_t>(options.connections);
  return all_right ? kExitOk : kExitRegression;
}

void interrupt(int /*signal*/) { interrupted.store(true); }

int loadgen_main(int argc, char** argv) {
  Flags flags;
  CLI::App app("Loads a request-reply server over many TCP connections and checks every byte.",
               "loadgen");
  declare(app, flags);
  if (const auto exit_code = parse_command_line(app, argc, argv)) return *exit_code;
  LoadOptions options = validate(flags);
  check_machine(options);
  struct sigaction action {};
  action.sa_handler =
      interrupt;  // no SA_RESTART: a read of the next command is interrupted as well
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  // In nanoseconds, for all threads created later. By default the kernel wakes a thread up to 50 us
  // late, which is longer than the spin before an arrival (prctl(2)).
  ::prctl(PR_SET_TIMERSLACK, 1);
  return options.control ? control_loop(options) : run_once(options);
}

}  // namespace
}  // namespace sockbench

int main(int argc, char** argv) {
  return sockbench::run_main("loadgen", [&] { return sockbench::loadgen_main(argc, argv); });
}
