#include "bench/run/member.h"

#include <poll.h>

#include <algorithm>
#include <cmath>

#include "bench/machine/cpu_activity.h"
#include "bench/measure/listen_drops.h"
#include "bench/measure/socket_options.h"
#include "bench/run/generator_command.h"
#include "common/clock.h"
#include "common/error.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

constexpr auto kStartLimit = std::chrono::seconds(10);
constexpr auto kReportLimit = std::chrono::seconds(10);
constexpr auto kSetupLimit = std::chrono::seconds(kSetupLimitS);
constexpr std::int64_t kDrainLimitNs = 2 * kNsPerSecond;
// A model that cannot serve all connections never answers them all: do not wait for that.
constexpr std::int64_t kStarvedDrainLimitNs = 50 * kNsPerMs;
constexpr std::int64_t kStopLimitNs = 5 * kNsPerMs;
constexpr std::int64_t kSilenceProbeNs = 20 * kNsPerMs;
// Silence is no CPU time between two readings so far apart. Continuing a stopped process wakes all
// its threads, 5 us each, and they settle one after the other.
constexpr std::int64_t kSilenceStepNs = 100 * kNsPerUs;
constexpr std::int64_t kSilenceLimitNs = 200 * kNsPerMs;
// Where it is not known that a server never sleeps.
constexpr std::int64_t kCountedSilenceLimitNs = 5 * kNsPerMs;
// Less CPU time than this share of the wall time is silence: it cannot move a measurement.
constexpr double kSilentShare = 0.002;
constexpr std::int64_t kSilentFloorNs = 20 * kNsPerUs;
// A server that uses more than this share of a CPU without load never sleeps.
constexpr double kSpinningShare = 0.5;

/// Sleeps in poll, so that an interruption ends it.
void wait_ns(std::int64_t ns) {
  const timespec time{ns / kNsPerSecond, ns % kNsPerSecond};
  ::ppoll(nullptr, 0, &time, nullptr);
}

/// A dying process closes its descriptors a moment before it can be reaped.
std::optional<std::string> ending_by_now(Child& child) {
  for (int ms = 0; ms < 50 && !child.ending(); ++ms) wait_ns(kNsPerMs);
  return child.ending();
}

bool silent(std::int64_t cpu_ns, std::int64_t wall_ns) {
  return cpu_ns <= std::max(kSilentFloorNs,
                            static_cast<std::int64_t>(kSilentShare * static_cast<double>(wall_ns)));
}

/// Options are part of a contestant's name, and may hold a path.
std::string log_path(const Bench& bench, const Contestant& contestant, const char* ending) {
  std::string file = contestant.name + ending;
  std::replace(file.begin(), file.end(), '/', '_');
  return (bench.log_directory / file).string();
}

/// The system calls that a model says it makes for a request.
std::vector<std::string> predicted_calls(const Contestant& contestant) {
  std::vector<std::string> names;
  const auto prediction = contestant.describe.find("syscalls_per_request");
  if (prediction == contestant.describe.end() || !prediction->is_object()) return names;
  for (const auto& [name, count] : prediction->at("by_name").items()) names.push_back(name);
  return names;
}

}  // namespace

Member::Member(const Bench& bench, const Contestant& contestant, const Workload& workload,
               Purpose purpose)
    : workload_(workload),
      purpose_(purpose),
      watch_waiting_(bench.watch_waiting),
      serves_all_(contestant.serves(workload.at_once())),
      own_processes_(bench.own_processes),
      foreign_processes_(bench.foreign_processes),
      needs_pausing_(purpose == Purpose::kTimed) {
  for (const auto& [cpu, side] : sides_of({bench.server_cpus, bench.generator_cpus, false})) {
    cpus_.push_back(cpu);
  }
  try {
    if (purpose == Purpose::kMemory) memory_group_.emplace();
    start_server(bench, contestant);
    if (failed() || purpose == Purpose::kMemory) return;
    connect(bench, contestant, workload.connections);
    pause_if_needed();
  } catch (const std::exception& error) {
    fail(error.what());
  }
}

void Member::start_server(const Bench& bench, const Contestant& contestant) {
  const std::string log = log_path(bench, contestant, ".log");
  ChildOptions options{contestant.command, bench.server_cpus, log};
  if (contestant.external) {
    log_ = "logs/" + contestant.name + ".log";
    surroundings_.emplace(contestant, bench.log_directory.parent_path() / "scratch");
    options = surroundings_->child_options(bench.server_cpus, log);
  }
  if (purpose_ == Purpose::kCounted) {
    options.before_exec = [&](pid_t pid) { counters_.emplace(pid, predicted_calls(contestant)); };
  } else if (purpose_ == Purpose::kMemory) {
    options.before_exec = [&](pid_t pid) { memory_group_->add(pid); };
  } else if (purpose_ == Purpose::kTraced) {
    trace_.emplace(log_path(bench, contestant, ".trace"));
    options.command = trace_->below_strace(options.command);
  }
  if (contestant.external) return start_external(options);
  start_model(std::move(options));
}

void Member::start_external(const ChildOptions& options) {
  server_.emplace(options);
  const std::string failure = surroundings_->wait_until_ready(*server_);
  if (!failure.empty()) return fail(failure);
  address_ = surroundings_->address();
}

void Member::start_model(ChildOptions options) {
  for (const char* word : {"--listen", "127.0.0.1:0", "--stop-on-eof"}) {
    options.command.emplace_back(word);
  }
  for (const std::string& flag : server_flags(workload_)) options.command.push_back(flag);
  server_.emplace(options);
  const std::string ready = "listening ";
  const auto line = server_->read_line(kStartLimit);
  if (!line || line->rfind(ready, 0) != 0) return fail("it did not print its ready line in time");
  address_ = line->substr(ready.size());
}

void Member::connect(const Bench& bench, const Contestant& contestant, int connections) try {
  if (connections == 0) return;  // idle, and nobody is there
  Child& generator = generators_.emplace_back(ChildOptions{
      .command = generator_command((bench.programs / "loadgen").string(), address_, contestant,
                                   workload_, connections, purpose_ == Purpose::kMemory),
      .cpus = bench.generator_cpus,
      .stderr_path = log_path(bench, contestant, ".generator.log")});
  const auto line = generator.read_line(kSetupLimit + kStartLimit);
  const auto ready = ordered_json::parse(line.value_or(""), nullptr, false);
  if (!ready.is_object() || ready.value("event", "") != "ready") {
    return fail("the load generator did not connect in time");
  }
  if (ready["verified"] == 0) {
    const std::string why = ready.value("failure", "");
    return fail("no connection was ever answered" + (why.empty() ? "" : ": " + why));
  }
  connections_ += connections;
} catch (const std::exception& error) {
  fail(error.what());
}

void Member::fail(const std::string& why) {
  if (failed()) return;
  failure_ = why;
  if (server_) {
    if (const auto ending = ending_by_now(*server_)) failure_ = "the server " + *ending;
  }
  if (!log_.empty()) failure_ += "; what it said is in " + log_;
  generators_.clear();
  server_.reset();
  surroundings_.reset();
}

Resources Member::needs() const {
  constexpr std::int64_t kKernelPerTask = 32 << 10;  // stack, descriptors, page tables
  constexpr std::int64_t kKernelPerSocket = 8 << 10;
  Resources sum;
  if (failed()) return sum;
  sum.descriptors = 2LL * connections_;  // both ends
  std::vector<pid_t> leaders = {server_->pid()};
  for (const Child& generator : generators_) leaders.push_back(generator.pid());
  for (const pid_t leader : leaders) {
    sum.tasks += thread_count(leader);
    sum.memory_bytes += anonymous_memory_bytes(leader).value_or(0);
  }
  sum.memory_bytes += sum.tasks * kKernelPerTask + sum.descriptors * kKernelPerSocket;
  return sum;
}

std::optional<Slice> Member::run_slice(const SliceOrder& order) {
  if (failed()) return std::nullopt;
  if (!paused_ && left_at_ns_ != 0 &&
      !silent(cpu_time_ns(server_->pid()) - cpu_when_left_ns_, now_ns() - left_at_ns_)) {
    needs_pausing_ = true;  // it worked while another one was measured
  }
  const bool was_paused = paused_;
  let_run();
  std::int64_t settle_ns = 0;
  if (was_paused && !spins_) settle_ns = wait_until_silent().value_or(kSilenceLimitNs);
  auto slice = workload_.mode == Mode::kIdle ? run_idle(order) : run_loaded(order);
  if (failed()) return std::nullopt;
  if (slice) {
    slice->settle_ns = settle_ns;
    if (workload_.memory_growth) slice->memory_bytes = anonymous_memory_bytes(server_->pid());
  }
  left_at_ns_ = now_ns();
  cpu_when_left_ns_ = cpu_time_ns(server_->pid());
  pause_if_needed();
  return slice;
}

void Member::discard_slice() {
  if (!failed() && !generators_.empty()) ask({{"command", "discard"}}, kReportLimit);
}

std::optional<ordered_json> Member::request_load(std::int64_t lead_in_ns, std::int64_t window_ns,
                                                 std::uint64_t seed) {
  const std::int64_t drain_limit_ns =
      window_ns > 0 || serves_all_ ? kDrainLimitNs : kStarvedDrainLimitNs;
  auto reply =
      ask({{"command", "slice"},
           {"lead_in_ns", lead_in_ns},
           {"window_ns", window_ns},
           {"drain_limit_ns", drain_limit_ns},
           {"seed", seed}},
          std::chrono::nanoseconds(lead_in_ns + window_ns + drain_limit_ns) + kReportLimit);
  if (!reply) return std::nullopt;
  if (reply->value("all_dead", false) || server_->ending()) {
    const auto last = report();  // the generator knows what was wrong with the first one
    const std::string why = last ? last->value("failure", "") : "";
    fail("all connections were lost" + (why.empty() ? "" : ": " + why));
    return std::nullopt;
  }
  drained_ = reply->value("drained", false);
  return reply;
}

std::optional<Slice> Member::run_loaded(const SliceOrder& order) {
  Slice slice{.round = order.round, .position = order.position};
  const bool warm_up = order.window_ns == 0;
  if (!warm_up && order.lead_in_ns > 0 && !request_load(order.lead_in_ns, 0, order.seed ^ 1)) {
    return std::nullopt;
  }
  come_to_rest();
  const Reading before = read();
  let_run();
  slice.start_ns = now_ns();
  const auto reply =
      request_load(warm_up ? order.lead_in_ns : order.ramp_ns, order.window_ns, order.seed);
  if (!reply) return std::nullopt;
  const std::int64_t replied_ns = now_ns();
  come_to_rest();
  // Reading the rest takes a while in which a stopped server uses nothing.
  const std::int64_t at_rest_ns = now_ns();
  const std::int64_t server_ns = cpu_time_ns(server_->pid());
  Reading after = read();
  after.at_ns = at_rest_ns;
  after.server_ns = server_ns;
  if (!drained_ && reply->at("answered") == 0) {
    fail("it answered nothing for a whole slice");
    return std::nullopt;
  }
  slice.wall_ns = reply->at("wall_ns");
  slice.window_ns = order.window_ns;
  slice.answered = reply->at("answered");
  slice.cpu_ns = after.server_ns - before.server_ns;
  slice.disturbance = disturbance_between(before, after);
  if (drained_)
    slice.disturbance.delay_ns =
        slice.disturbance.span_ns - slice.wall_ns - (at_rest_ns - replied_ns);
  if (spins_ && slice.disturbance.span_ns > 0) {
    // It used the CPU before the first request and after the last reply as well.
    slice.cpu_ns =
        std::llround(static_cast<double>(slice.cpu_ns) * static_cast<double>(slice.wall_ns) /
                     static_cast<double>(slice.disturbance.span_ns));
  }
  if (watch_waiting_) slice.waited_ns = after.waited_ns - before.waited_ns;
  return slice;
}

Member::Reading Member::read() const {
  Reading reading;
  timespec own{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
  reading.own_ns = own.tv_sec * kNsPerSecond + own.tv_nsec;
  for (const Child& generator : generators_) reading.own_ns += cpu_time_ns(generator.pid());
  for (const pid_t process : own_processes_) reading.own_ns += cpu_time_ns(process);
  reading.use = cpu_use(cpus_);
  if (foreign_processes_) reading.foreign = foreign_processes_->read();
  if (watch_waiting_) reading.waited_ns = waited_ns(server_->pid());
  reading.server_ns = cpu_time_ns(server_->pid());
  reading.at_ns = now_ns();
  return reading;
}

SliceDisturbance Member::disturbance_between(const Reading& before, const Reading& after) const {
  const std::int64_t of_run = after.server_ns - before.server_ns + after.own_ns - before.own_ns;
  // The CPUs' account also has kernel threads, which work for whoever is measured; the processes'
  // account also has other CPUs.
  std::int64_t foreign_ns =
      std::max<std::int64_t>(0, after.use.busy_ns - before.use.busy_ns - of_run);
  if (foreign_processes_) {
    foreign_ns = std::min(foreign_ns, used_between(before.foreign, after.foreign));
  }
  return {.span_ns = after.at_ns - before.at_ns,
          .foreign_ns = foreign_ns,
          .steal_ns = std::max<std::int64_t>(0, after.use.steal_ns - before.use.steal_ns)};
}

std::optional<Slice> Member::run_idle(const SliceOrder& order) {
  Slice slice{.round = order.round, .position = order.position};
  wait_ns(order.lead_in_ns);
  const auto switches_before = context_switches(server_->pid());
  const Reading before = read();
  slice.start_ns = now_ns();
  wait_ns(order.window_ns);
  const Reading after = read();
  slice.cpu_ns = after.server_ns - before.server_ns;
  slice.disturbance = disturbance_between(before, after);
  slice.wall_ns = slice.window_ns = slice.disturbance.span_ns;
  slice.idle_switches = switches_between(switches_before, context_switches(server_->pid()));
  if (server_->ending()) fail("it ended");
  return slice;
}

std::optional<ordered_json> Member::ask(const ordered_json& command,
                                        std::chrono::nanoseconds limit) {
  if (!generators_.front().write_line(command.dump())) {
    fail("the load generator ended");
    return std::nullopt;
  }
  const auto line = generators_.front().read_line(limit);
  if (interrupted()) return std::nullopt;
  auto reply = ordered_json::parse(line.value_or(""), nullptr, false);
  if (!reply.is_object()) {
    fail("the load generator gave no result in time");
    return std::nullopt;
  }
  return reply;
}

void Member::check_idle() {
  if (failed()) return;
  let_run();
  wait_until_silent();
  note_user_and_system();
  const std::int64_t start = now_ns();
  const std::int64_t cpu = cpu_time_ns(server_->pid());
  const std::int64_t waited = waited_ns(server_->pid());
  wait_ns(kSilenceProbeNs);
  const std::int64_t used = cpu_time_ns(server_->pid()) - cpu;
  const std::int64_t wall = now_ns() - start;
  needs_pausing_ = !silent(used, wall);
  // On a busy CPU a server that never sleeps waits for its turn.
  const std::int64_t runnable = used + waited_ns(server_->pid()) - waited;
  spins_ =
      needs_pausing_ && static_cast<double>(runnable) > kSpinningShare * static_cast<double>(wall);
  pause_if_needed();
}

void Member::set_idle_state(bool needs_pausing, bool spins) {
  if (failed()) return;
  note_user_and_system();
  needs_pausing_ = needs_pausing;
  spins_ = spins;
  if (!needs_pausing) {
    let_run();
    wait_until_silent();  // being continued has woken its threads
  }
  left_at_ns_ = now_ns();
  cpu_when_left_ns_ = cpu_time_ns(server_->pid());
}

std::optional<std::int64_t> Member::wait_until_silent() const {
  const std::int64_t start = now_ns();
  const std::int64_t limit_ns =
      purpose_ == Purpose::kTimed ? kSilenceLimitNs : kCountedSilenceLimitNs;
  for (std::int64_t last = cpu_time_ns(server_->pid()); now_ns() - start < limit_ns;) {
    wait_ns(kSilenceStepNs);
    const std::int64_t now = cpu_time_ns(server_->pid());
    if (now == last && state_of(server_->pid()) != 'R') return now_ns() - start;
    last = now;
  }
  return std::nullopt;
}

/// A thread that runs is booked at ticks of 4 ms only: stopping it books what it used until now.
/// Never in a counted restart, see Purpose.
void Member::come_to_rest() {
  if (!spins_ && wait_until_silent()) return;
  if (purpose_ != Purpose::kTimed) return;
  server_->pause();
  paused_ = true;
  const std::int64_t until = now_ns() + kStopLimitNs;
  while (state_of(server_->pid()) == 'R' && now_ns() < until) {
  }
}

void Member::note_user_and_system() {
  const auto now = user_system_ns(server_->pid());
  user_at_start_ = now.user_ns;
  system_at_start_ = now.system_ns;
}

void Member::let_run() {
  if (std::exchange(paused_, false)) server_->resume();
}

void Member::pause_if_needed() {
  if (failed() || !needs_pausing_ || paused_) return;
  server_->pause();
  paused_ = true;
}

void Member::check_liveness() {
  const std::int64_t until = now_ns() + kDrainLimitNs;
  while (!failed() && !interrupted()) {
    // A late reply counts, too, and lets its connection go on.
    const auto slice = run_slice({.lead_in_ns = kSilenceProbeNs, .seed = 1});
    if (slice && slice->answered > 0) return;
    if (now_ns() > until) fail("it hung in its last slice and answered nothing afterwards");
  }
}

std::optional<ordered_json> Member::report() {
  if (failed()) return std::nullopt;
  if (!std::exchange(drained_, true)) check_liveness();
  if (failed()) return std::nullopt;
  if (generators_.empty()) return ordered_json(nullptr);
  auto report = ask({{"command", "report"}}, kReportLimit);
  if (!report) return std::nullopt;
  const std::string port = address_.substr(address_.rfind(':') + 1);
  if (const auto drops = listen_drops(static_cast<std::uint16_t>(std::stoi(port)))) {
    (*report)["connections"]["listen_drops"] = *drops;
  }
  if (const auto nagle = nagle_of(server_->pid())) {
    (*report)["connections"]["server_nagle_on"] = nagle->on;
  }
  if (const auto nagle = nagle_of(generators_.front().pid())) {
    (*report)["connections"]["generator_nagle_on"] = nagle->on;
  }
  return report;
}

std::optional<std::int64_t> Member::memory_peak() const {
  return failed() ? std::nullopt : memory_bytes_peak(server_->pid());
}

int Member::threads_now() const { return failed() ? 0 : thread_count(server_->pid()); }

std::optional<double> Member::user_share() const {
  if (failed()) return std::nullopt;
  const auto now = user_system_ns(server_->pid());
  const double user = now.user_ns - user_at_start_;
  const double system = now.system_ns - system_at_start_;
  constexpr double kEnoughNs = 20 * 10e6;  // twenty ticks
  if (user + system < kEnoughNs) return std::nullopt;
  return user / (user + system);
}

}  // namespace sockbench
