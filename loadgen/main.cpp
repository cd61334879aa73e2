// loadgen: options, one run, summary and JSON. The work is in worker.cpp and worker_io.cpp.

#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "common/cli.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/units.h"
#include "loadgen/control.h"
#include "loadgen/summary.h"
#include "loadgen/team.h"

namespace sockbench {
namespace {

struct Flags {
  std::string connect;
  int connections = 64;
  int active = 0;
  int threads = 1;
  int pipeline = 1;
  std::string message_bytes = "64";
  std::string reply = "upper";
  std::string rate;
  std::string arrival = "poisson";
  std::string duration = "10s";
  std::string warmup = "1s";
  std::string setup_timeout = "10s";
  std::string setup_patience = "10s";
  std::string timeout = "5s";
  std::string timestamps = "app";
  std::uint64_t seed = 1;
  std::string json;
  std::string hdr;
  bool quiet = false;
  bool control = false;
};

void declare(CLI::App& app, Flags& flags) {
  app.add_option("--connect", flags.connect, "the server, HOST:PORT")->required();
  app.add_option("-c,--connections", flags.connections, "connections")->capture_default_str();
  app.add_option("--active", flags.active, "how many of them send; the others stay idle [all]");
  app.add_option("-t,--threads", flags.threads, "generator threads")->capture_default_str();
  app.add_option("-d,--duration", flags.duration, "measured time")->capture_default_str();
  app.add_option("--warmup", flags.warmup, "load before it that is not measured")
      ->capture_default_str();
  app.add_option("-R,--rate", flags.rate,
                 "open loop: requests per second on a schedule [absent: closed loop]");
  app.add_option("--arrival", flags.arrival, "poisson or uniform")->capture_default_str();
  app.add_option("--pipeline", flags.pipeline, "requests in flight per connection")
      ->capture_default_str();
  app.add_option("--message-bytes", flags.message_bytes, "message size")->capture_default_str();
  app.add_option("--reply", flags.reply, "the reply to expect: upper or echo")
      ->capture_default_str();
  app.add_option("--setup-timeout", flags.setup_timeout, "to connect and verify every connection")
      ->capture_default_str();
  app.add_option("--setup-patience", flags.setup_patience,
                 "less, when all are established and no further one is answered for so long")
      ->capture_default_str();
  app.add_option("--timeout", flags.timeout, "a request without a reply is given up")
      ->capture_default_str();
  app.add_option("--timestamps", flags.timestamps,
                 "when a reply counts as received: app (when read) or kernel (on arrival)")
      ->capture_default_str();
  app.add_option("--seed", flags.seed, "of the arrivals")->capture_default_str();
  app.add_option("--json", flags.json, "write the result to this file, - for standard output");
  app.add_option("--hdr", flags.hdr,
                 "write response times as an HdrHistogram log, a line a second");
  app.add_flag("--quiet", flags.quiet, "no progress and no summary");
  app.add_flag("--control", flags.control, "obey JSON commands on standard input (for sockbench)");
  app.footer(
      "Examples:\n"
      "  loadgen --connect 127.0.0.1:7000                       64 connections, closed loop, 10 s\n"
      "  loadgen --connect 127.0.0.1:7000 -c 1000 --active 16   most connections idle\n"
      "  loadgen --connect 127.0.0.1:7000 -R 50k --json r.json  open loop at 50,000 requests/s\n"
      "Every reply byte is verified. Exit status: 0 all replies right, 1 some were not, 2 wrong\n"
      "usage, 130 interrupted.");
}

LoadOptions validate(const Flags& flags) {
  LoadOptions options;
  const auto require = [](bool good, const char* sentence) {
    if (!good) throw UsageError(sentence);
  };
  options.connect_text = flags.connect;
  options.server = parse_endpoint(flags.connect, "--connect");
  require(flags.connections >= 1 && flags.connections <= 1'000'000,
          "--connections must be from 1 to 1000000.");
  options.connections = flags.connections;
  options.active = flags.active == 0 ? flags.connections : flags.active;
  require(options.active >= 1 && options.active <= options.connections,
          "--active must be from 1 to the number of connections.");
  require(flags.threads >= 1 && flags.threads <= options.active && flags.threads <= 1024,
          "--threads must be at least 1 and at most the number of active connections.");
  options.threads = flags.threads;
  require(flags.pipeline >= 1 && flags.pipeline <= 4096, "--pipeline must be from 1 to 4096.");
  options.pipeline = flags.pipeline;
  const std::int64_t bytes = parse_bytes(flags.message_bytes, "--message-bytes");
  require(bytes >= 1 && bytes <= std::int64_t{64} << 20,
          "--message-bytes must be from 1 to 64MiB.");
  options.message_bytes = static_cast<std::size_t>(bytes);
  require(flags.reply == "upper" || flags.reply == "echo", "--reply is neither upper nor echo.");
  options.upper = flags.reply == "upper";
  if (!flags.rate.empty()) options.rate = parse_rate(flags.rate, "--rate");
  require(options.rate <= 10e6, "--rate must be at most 10M, more than a generator can start.");
  require(flags.arrival == "poisson" || flags.arrival == "uniform",
          "--arrival is neither poisson nor uniform.");
  options.arrival = flags.arrival == "poisson" ? Arrival::kPoisson : Arrival::kUniform;
  options.duration_ns = parse_duration_ns(flags.duration, "--duration");
  require(options.duration_ns > 0 && options.duration_ns <= kLongestNs,
          "--duration must be above 0 and at most 24h.");
  options.warmup_ns = parse_duration_ns(flags.warmup, "--warmup");
  options.setup_timeout_ns = parse_duration_ns(flags.setup_timeout, "--setup-timeout");
  options.setup_patience_ns = parse_duration_ns(flags.setup_patience, "--setup-patience");
  options.timeout_ns = parse_duration_ns(flags.timeout, "--timeout");
  require(options.timeout_ns > 0 && options.timeout_ns <= kLongestNs,
          "--timeout must be above 0 and at most 24h.");
  require(std::max({options.warmup_ns, options.setup_timeout_ns, options.setup_patience_ns}) <=
              kLongestNs,
          "--warmup, --setup-timeout and --setup-patience must be at most 24h.");
  require(flags.timestamps == "app" || flags.timestamps == "kernel",
          "--timestamps is neither app nor kernel.");
  options.kernel_timestamps = flags.timestamps == "kernel";
  options.seed = flags.seed;
  options.json_path = flags.json;
  options.hdr_path = flags.hdr;
  options.quiet = flags.quiet;
  options.control = flags.control;
  return options;
}

/// Progress once a second, on a terminal only.
class Progress final {
 public:
  Progress(const Team& team, const LoadOptions& options)
      : team_(team), shown_(!options.quiet && ::isatty(STDERR_FILENO) == 1) {}
  ~Progress() { end(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  Progress(Progress&&) = delete;
  Progress& operator=(Progress&&) = delete;

  void tick() {
    const std::int64_t now = now_ns();
    if (!shown_ || now - last_ns_ < kNsPerSecond) return;
    const std::uint64_t answered = team_.live_answered();
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
  const Team& team_;
  bool shown_;
  std::int64_t start_ns_ = now_ns();
  std::int64_t last_ns_ = start_ns_;
  std::uint64_t last_answered_ = 0;
};

int run_once(const LoadOptions& options) {
  std::optional<HdrLog> log;
  if (!options.hdr_path.empty()) log.emplace(options.hdr_path, options.threads);
  Team team(options);
  team.log_to(log ? &*log : nullptr);
  const int verified = team.connect_and_verify();
  if (verified > 0) {
    Progress progress(team, options);
    team.run({.lead_in_ns = options.warmup_ns,
              .window_ns = options.duration_ns,
              .drain_limit_ns = options.timeout_ns,
              .seed = options.seed},
             [&] { progress.tick(); });
  }
  if (log) log->finish();
  const Tally tally = team.finish();
  if (!options.json_path.empty()) {
    nlohmann::ordered_json json = {{"options", to_json(options)}};
    json.update(to_json(tally, options));
    json["failure"] = team.first_failure();
    write_file_atomically(options.json_path, json.dump(2) + "\n");
  }
  if (!options.quiet && options.json_path != "-") {
    std::cout << summary(options, tally, team.first_failure());
  }
  if (interrupted) return kExitInterrupted;
  const bool all_right = tally.ledger.answered > 0 && tally.ledger.wrong() == 0 &&
                         tally.ledger.refused == 0 && tally.ledger.extra_replies == 0 &&
                         tally.connections_lost == 0 && verified == options.connections;
  return all_right ? kExitOk : kExitRegression;
}

void interrupt(int /*signal*/) { interrupted.store(true); }

int loadgen_main(int argc, char** argv) {
  Flags flags;
  CLI::App app("Loads a request-reply server over many TCP connections and checks every byte.",
               "loadgen");
  declare(app, flags);
  if (const auto exit_code = parse_command_line(app, argc, argv)) return *exit_code;
  const LoadOptions options = validate(flags);
  struct sigaction action {};
  action.sa_handler =
      interrupt;  // no SA_RESTART: a read of the next command is interrupted as well
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  // Nanoseconds, for all threads to come: by default the kernel wakes up to 50 us late, which is
  // more than the spin before an arrival makes up for (prctl(2)).
  ::prctl(PR_SET_TIMERSLACK, 1);
  return options.control ? obey_commands(options) : run_once(options);
}

}  // namespace
}  // namespace sockbench

int main(int argc, char** argv) {
  return sockbench::run_main("loadgen", [&] { return sockbench::loadgen_main(argc, argv); });
}
