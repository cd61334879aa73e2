// The command line: options, and their valid combinations.

#include "loadgen/flags.h"

#include <algorithm>
#include <array>

#include "common/error.h"
#include "common/units.h"

namespace sockbench {
namespace {

constexpr std::int64_t kLongestClientWorkNs = kNsPerSecond;

void declare_server(CLI::App& app, Flags& flags) {
  app.add_option("--connect", flags.connect, "Server to load, HOST:PORT.");
  app.add_option("--protocol", flags.protocol, "Protocol: echo, redis (PING) or http (GET).")
      ->capture_default_str();
  app.add_option("--path", flags.path, "Path of the HTTP request.")->capture_default_str();
  app.add_option("--message-bytes", flags.message_bytes,
                 "Size of echo messages: 64, uniform:64-1024, or sizes with weights 64:90,4KiB:10.")
      ->capture_default_str();
  app.add_option("--reply", flags.reply, "Expected echo reply: upper or echo.")
      ->capture_default_str();
  app.add_flag("--calibrate", flags.calibrate,
               "Load a built-in null reflector, to measure the generator's highest rate.");
}

void declare_load(CLI::App& app, Flags& flags) {
  app.add_option("-c,--connections", flags.connections, "Number of connections.")
      ->capture_default_str();
  app.add_option("--active", flags.active,
                 "Number of connections that send; the others stay idle (default: all).");
  app.add_option("-t,--threads", flags.threads, "Generator threads.")->capture_default_str();
  app.add_option("-d,--duration", flags.duration, "Measured time.")->capture_default_str();
  app.add_option("--warmup", flags.warmup, "Load before the measured time.")->capture_default_str();
  app.add_option("-R,--rate", flags.rate,
                 "Send requests on a schedule, RATE per second: open loop (default: closed loop).");
  app.add_option("--arrival", flags.arrival,
                 "Open loop: poisson, uniform, or burst (all connections at once).")
      ->capture_default_str();
  app.add_option("--pipeline", flags.pipeline, "Requests in flight per connection.")
      ->capture_default_str();
  app.add_option("--think", flags.think, "Closed loop: pause between a reply and the next request.")
      ->capture_default_str();
  app.add_option("--client-work", flags.client_work,
                 "Spend this CPU time in the generator before each request.")
      ->capture_default_str();
  app.add_flag("--churn", flags.churn, "Open a new connection for every request.");
  app.add_option("--newcomers", flags.newcomers,
                 "Number of active connections that churn while the others stay.")
      ->capture_default_str();
  app.add_option("--hold", flags.hold,
                 "With --churn: keep each connection open for this long after its reply.")
      ->capture_default_str();
  app.add_option("--connect-rate", flags.connect_rate,
                 "Limit connections per second during set-up (default: unlimited).");
  app.add_option("--source", flags.source,
                 "Connect from this local address, or from all addresses of this prefix.");
  app.add_option("--slow-readers", flags.slow_readers,
                 "Number of additional connections that send continuously and read slowly.")
      ->capture_default_str();
  app.add_option("--slow-writers", flags.slow_writers,
                 "Number of additional connections that send slowly.")
      ->capture_default_str();
  app.add_option("--slow-rate", flags.slow_rate, "Bytes per second of each slow connection.")
      ->capture_default_str();
  app.add_option("--seed", flags.seed, "Random seed.")->capture_default_str();
}

void declare_measuring(CLI::App& app, Flags& flags) {
  app.add_option("--setup-timeout", flags.setup_timeout,
                 "Limit the time to connect and verify every connection.")
      ->capture_default_str();
  app.add_option(
         "--setup-patience", flags.setup_patience,
         "End set-up if all connections are established and none is answered for this time.")
      ->capture_default_str();
  app.add_option("--timeout", flags.timeout, "Give up a request without a reply after this time.")
      ->capture_default_str();
  app.add_option("--engine", flags.engine, "Event loop of the generator: epoll or io_uring.")
      ->capture_default_str();
  app.add_option("--timestamps", flags.timestamps,
                 "Time a reply when it is read (app) or when it arrives (kernel).")
      ->capture_default_str();
  app.add_option("--json", flags.json, "Write the result to this file ('-': standard output).");
  app.add_option("--hdr", flags.hdr,
                 "Write response times to this file as an HdrHistogram log, a line per second.");
  app.add_flag("--quiet", flags.quiet, "Print neither progress nor summary.");
  app.add_flag("--control", flags.control,
               "Read JSON commands from standard input (for sockbench).");
}

void require(bool good, const char* sentence) {
  if (!good) throw UsageError(sentence);
}

/// The index of `text` in `names`; throws UsageError with this sentence otherwise.
template <std::size_t N>
std::size_t one_of(const std::string& text, const std::array<const char*, N>& names,
                   const char* sentence) {
  const auto found = std::find(names.begin(), names.end(), text);
  require(found != names.end(), sentence);
  return static_cast<std::size_t>(found - names.begin());
}

void validate_server(const Flags& flags, LoadOptions& options) {
  require(flags.calibrate == flags.connect.empty(),
          flags.calibrate ? "--calibrate uses a built-in server: omit --connect."
                          : "--connect is required: the server, HOST:PORT.");
  options.calibrate = flags.calibrate;
  options.connect_text = flags.connect;
  if (!flags.calibrate) options.server = parse_endpoint(flags.connect, "--connect");
  options.protocol =
      static_cast<ProtocolKind>(one_of(flags.protocol, std::array{"echo", "redis", "http"},
                                       "--protocol is neither echo, redis nor http."));
  require(!flags.calibrate || options.protocol == ProtocolKind::kEcho,
          "--calibrate supports --protocol echo only.");
  const bool one_line = flags.path.find_first_of(" \r\n") == std::string::npos;
  require(flags.path.starts_with("/") && one_line,
          "--path must start with / and contain no spaces.");
  options.path = flags.path;
  options.message_sizes = MessageSizes::parse(flags.message_bytes, "--message-bytes");
  options.upper =
      one_of(flags.reply, std::array{"upper", "echo"}, "--reply is neither upper nor echo.") == 0;
  options.engine = static_cast<EngineKind>(one_of(flags.engine, std::array{"epoll", "io_uring"},
                                                  "--engine is neither epoll nor io_uring."));
}

void validate_connections(const Flags& flags, LoadOptions& options) {
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
  options.churn = flags.churn;
  require(!flags.churn || flags.pipeline == 1,
          "--churn sends one request per connection: omit --pipeline.");
  require(flags.newcomers >= 0 && flags.newcomers <= options.active,
          "--newcomers must be from 0 to the number of active connections.");
  require(flags.newcomers == 0 || (!flags.churn && flags.pipeline == 1 && flags.rate.empty()),
          "--newcomers needs a closed loop: omit --churn, --pipeline and --rate.");
  options.newcomers = flags.newcomers;
  if (!flags.connect_rate.empty()) {
    options.connect_rate = parse_rate(flags.connect_rate, "--connect-rate");
  }
  if (!flags.source.empty()) options.sources = SourceAddresses::parse(flags.source, "--source");
  require(options.sources.empty() || flags.calibrate ||
              options.sources.family() == options.server.family(),
          "--source and --connect must have the same address family.");
  require(flags.slow_readers >= 0 && flags.slow_readers <= 10'000 && flags.slow_writers >= 0 &&
              flags.slow_writers <= 10'000,
          "--slow-readers and --slow-writers must be from 0 to 10000.");
  options.slow_readers = flags.slow_readers;
  options.slow_writers = flags.slow_writers;
  // Their small buffers limit the rate (slow_peers.cpp).
  const std::int64_t slow_rate = parse_bytes(flags.slow_rate, "--slow-rate");
  require(slow_rate >= 1 && slow_rate <= std::int64_t{200} * 1024,
          "--slow-rate must be from 1 to 200KiB.");
  options.slow_bytes_per_second = static_cast<double>(slow_rate);
  require(options.slow_peers() == 0 || options.protocol == ProtocolKind::kEcho,
          "--slow-readers and --slow-writers need --protocol echo.");
  require(!flags.calibrate || !flags.control, "--calibrate cannot be combined with --control.");
}

void validate_pace(const Flags& flags, LoadOptions& options) {
  if (!flags.rate.empty()) options.rate = parse_rate(flags.rate, "--rate");
  require(options.rate <= kMaxRate, "--rate must be at most 10M, more than a generator can start.");
  options.arrival =
      static_cast<Arrival>(one_of(flags.arrival, std::array{"poisson", "uniform", "burst"},
                                  "--arrival is neither poisson, uniform nor burst."));
  require(options.arrival != Arrival::kBurst || (options.open_loop() && options.threads == 1),
          "--arrival burst needs --rate, and one thread so that all start at once.");
  options.think_ns = parse_duration_ns(flags.think, "--think");
  require(options.think_ns <= kLongestNs, "--think must be at most 24h.");
  require(options.think_ns == 0 || (!options.open_loop() && options.pipeline == 1),
          "--think needs a closed loop: omit --rate and --pipeline.");
  options.client_work_ns = parse_duration_ns(flags.client_work, "--client-work");
  require(options.client_work_ns <= kLongestClientWorkNs, "--client-work must be at most 1s.");
  options.hold_ns = parse_duration_ns(flags.hold, "--hold");
  require(options.hold_ns <= kLongestNs, "--hold must be at most 24h.");
  require(options.hold_ns == 0 || (options.churn && !options.open_loop() && options.think_ns == 0),
          "--hold needs --churn in a closed loop: omit --rate and --think.");
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
}

}  // namespace

void declare(CLI::App& app, Flags& flags) {
  declare_server(app, flags);
  declare_load(app, flags);
  declare_measuring(app, flags);
  app.footer(
      "Examples:\n"
      "  loadgen --connect 127.0.0.1:7000                       64 connections, closed loop, 10 s\n"
      "  loadgen --connect 127.0.0.1:7000 -c 1000 --active 16   most connections idle\n"
      "  loadgen --connect 127.0.0.1:7000 -R 50k --json r.json  open loop at 50,000 requests/s\n"
      "Every reply byte is verified. Exit status: 0 all replies correct, 1 not all correct, 2 "
      "wrong\n"
      "usage, 130 interrupted.");
}

LoadOptions validate(const Flags& flags) {
  LoadOptions options;
  validate_server(flags, options);
  validate_connections(flags, options);
  validate_pace(flags, options);
  options.kernel_timestamps = one_of(flags.timestamps, std::array{"app", "kernel"},
                                     "--timestamps is neither app nor kernel.") == 1;
  options.seed = flags.seed;
  options.json_path = flags.json;
  options.hdr_path = flags.hdr;
  options.quiet = flags.quiet;
  options.control = flags.control;
  return options;
}

}  // namespace sockbench
