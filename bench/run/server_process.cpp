#include "bench/run/server_process.h"

#include <poll.h>

#include <algorithm>
#include <cmath>

#include "bench/machine/cpu_activity.h"
#include "bench/measure/sockets.h"
#include "bench/run/generator_command.h"
#include "common/clock.h"
#include "common/error.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

constexpr auto kStartLimit = std::chrono::seconds(10);
constexpr auto kSetupLimit = std::chrono::seconds(kSetupLimitS);

/// A dying process closes its descriptors a moment before it can be reaped.
std::optional<std::string> ending_by_now(Child& child) {
  for (int ms = 0; ms < 50 && !child.ending(); ++ms) wait_ns(kNsPerMs);
  return child.ending();
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

void wait_ns(std::int64_t ns) {
  const timespec time{ns / kNsPerSecond, ns % kNsPerSecond};
  ::ppoll(nullptr, 0, &time, nullptr);
}

ServerProcess::ServerProcess(const Bench& bench, const Contestant& contestant,
                             const Workload& workload, Purpose purpose)
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

void ServerProcess::start_server(const Bench& bench, const Contestant& contestant) {
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

void ServerProcess::start_external(const ChildOptions& options) {
  server_.emplace(options);
  const std::string failure = surroundings_->wait_until_ready(*server_);
  if (!failure.empty()) return fail(failure);
  address_ = surroundings_->address();
}

void ServerProcess::start_model(ChildOptions options) {
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

void ServerProcess::connect(const Bench& bench, const Contestant& contestant, int connections) try {
  if (connections == 0) return;  // idle, without connections
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

void ServerProcess::fail(const std::string& why) {
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

Resources ServerProcess::needs() const {
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

std::optional<ordered_json> ServerProcess::ask(const ordered_json& command,
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

void ServerProcess::note_user_and_system() {
  const auto now = user_system_ns(server_->pid());
  user_at_start_ = now.user_ns;
  system_at_start_ = now.system_ns;
}

void ServerProcess::let_run() {
  if (std::exchange(paused_, false)) server_->resume();
}

void ServerProcess::pause_if_needed() {
  if (failed() || !needs_pausing_ || paused_) return;
  server_->pause();
  paused_ = true;
}

std::optional<ordered_json> ServerProcess::report() {
  if (failed()) return std::nullopt;
  if (!std::exchange(drained_, true)) check_liveness();
  if (failed()) return std::nullopt;
  if (generators_.empty()) return ordered_json(nullptr);
  auto report = ask({{"command", "report"}}, kGeneratorReportLimit);
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

std::optional<std::int64_t> ServerProcess::memory_peak() const {
  return failed() ? std::nullopt : memory_bytes_peak(server_->pid());
}

int ServerProcess::threads_now() const { return failed() ? 0 : thread_count(server_->pid()); }

std::optional<double> ServerProcess::user_share() const {
  if (failed()) return std::nullopt;
  const auto now = user_system_ns(server_->pid());
  const double user = now.user_ns - user_at_start_;
  const double system = now.system_ns - system_at_start_;
  constexpr double kEnoughNs = 20 * 10e6;  // twenty ticks
  if (user + system < kEnoughNs) return std::nullopt;
  return user / (user + system);
}

std::optional<CountedSlice> ServerProcess::run_counted_slice(const SliceOrder& order) {
  if (failed()) return std::nullopt;
  // strace's switches are no server's. It lags behind, so that threads begin to wait only after the
  // last reply: what a slice misses so, the next one must see, without a gap between the readings.
  const auto switches = [this] {
    return trace_ ? std::map<pid_t, Switches>() : context_switches(server_->pid());
  };
  const auto switches_before = switches();
  const Counts before = read_counts();
  const auto slice = run_loaded(order);
  if (!slice) return std::nullopt;
  const Counts after = read_counts();
  return CountedSlice{*slice, difference(after, before),
                      switches_between(switches_before, switches())};
}

Counts ServerProcess::read_counts() {
  if (trace_) return trace_->read();
  SOCKBENCH_ASSERT(counters_.has_value());
  return counters_->read();
}

void ServerProcess::load(std::int64_t ns) {
  if (!failed() && !generators_.empty()) run_loaded({.lead_in_ns = ns, .seed = 1});
}

MemoryPoint ServerProcess::memory() {
  // A server that polls makes and frees a socket with each accept that finds no connection.
  server_->pause();
  const MemoryPoint point = {
      .connections = connections_,
      .user_bytes = anonymous_memory_bytes(server_->pid()),
      .kernel_bytes = memory_group_ ? memory_group_->settled_kernel_bytes() : std::nullopt};
  server_->resume();
  return point;
}

std::string ServerProcess::no_kernel_memory() const {
  return memory_group_ ? memory_group_->absent() : "it was not requested";
}

}  // namespace sockbench
