// A server's slices: how a server is brought to rest, loaded, and read at both ends.

#include <poll.h>

#include <algorithm>
#include <cmath>
#include <ctime>

#include "bench/run/server_process.h"
#include "common/clock.h"
#include "common/error.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

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

bool silent(std::int64_t cpu_ns, std::int64_t wall_ns) {
  return cpu_ns <= std::max(kSilentFloorNs,
                            static_cast<std::int64_t>(kSilentShare * static_cast<double>(wall_ns)));
}

std::uint64_t answered_in(const ordered_json& reply) {
  const ordered_json block = reply.value("response_time_ns", ordered_json());
  return block.is_object() ? block.value("count", std::uint64_t{0}) : 0;
}

/// A block of percentiles in the generator's answer; null or absent where it has none.
SlicePercentiles percentiles_in(const ordered_json& reply, const char* key) {
  SlicePercentiles percentiles;
  const auto block = reply.find(key);
  if (block == reply.end() || !block->is_object()) return percentiles;
  const auto read = [&](const char* name) {
    const ordered_json value = block->value(name, ordered_json());
    return value.is_number() ? value.get<double>() : kNaN;
  };
  percentiles.p50 = read("p50");
  percentiles.p90 = read("p90");
  percentiles.p99 = read("p99");
  percentiles.p99_9 = read("p99_9");
  return percentiles;
}

}  // namespace

std::optional<Slice> ServerProcess::run_slice(const SliceOrder& order) {
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

void ServerProcess::discard_slice() {
  if (!failed() && !generators_.empty()) ask({{"command", "discard"}}, kGeneratorReportLimit);
}

std::optional<ordered_json> ServerProcess::request_load(std::int64_t lead_in_ns,
                                                        std::int64_t window_ns, std::uint64_t seed,
                                                        double rate) {
  const std::int64_t drain_limit_ns =
      window_ns > 0 || serves_all_ ? kDrainLimitNs : kStarvedDrainLimitNs;
  ordered_json command = {{"command", "slice"},
                          {"lead_in_ns", lead_in_ns},
                          {"window_ns", window_ns},
                          {"drain_limit_ns", drain_limit_ns},
                          {"seed", seed}};
  if (rate > 0) command["rate"] = rate;
  auto reply = ask(command, std::chrono::nanoseconds(lead_in_ns + window_ns + drain_limit_ns) +
                                kGeneratorReportLimit);
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

std::optional<Slice> ServerProcess::run_loaded(const SliceOrder& order) {
  Slice slice{.round = order.round, .position = order.position};
  const bool warm_up = order.window_ns == 0;
  if (!warm_up && order.lead_in_ns > 0 &&
      !request_load(order.lead_in_ns, 0, order.seed ^ 1, order.rate)) {
    return std::nullopt;
  }
  come_to_rest();
  const Reading before = read();
  let_run();
  slice.start_ns = now_ns();
  const auto reply = request_load(warm_up ? order.lead_in_ns : order.ramp_ns, order.window_ns,
                                  order.seed, order.rate);
  if (!reply) return std::nullopt;
  const std::int64_t replied_ns = now_ns();
  come_to_rest();
  // Reading the rest takes a while in which a stopped server uses nothing.
  const std::int64_t at_rest_ns = now_ns();
  const std::int64_t server_ns = cpu_time_ns(server_->pid());
  Reading after = read();
  after.at_ns = at_rest_ns;
  after.server_ns = server_ns;
  // Where requests of an earlier stretch are open, a closed loop sends none.
  const bool silent_loop = !drained_ || (workload_.mode == Mode::kClosedLoop && serves_all_);
  if (silent_loop && reply->at("answered") == 0) {
    fail("it answered nothing for a whole slice");
    return std::nullopt;
  }
  slice.wall_ns = reply->at("wall_ns");
  slice.window_ns = order.window_ns;
  slice.answered = reply->at("answered");
  slice.answered_in_window = reply->value("answered_in_window", std::uint64_t{0});
  slice.latency = {.answered = answered_in(*reply),
                   .wrong = reply->value("wrong", std::uint64_t{0}),
                   .response = percentiles_in(*reply, "response_time_ns"),
                   .service = percentiles_in(*reply, "service_time_ns"),
                   .take_up_delay = percentiles_in(*reply, "take_up_delay_ns")};
  slice.cpu_ns = after.server_ns - before.server_ns;
  slice.disturbance = disturbance_between(before, after);
  if (slice.answered == 0) slice.wall_ns = slice.disturbance.span_ns;  // there is no last reply
  if (drained_) {
    slice.disturbance.delay_ns =
        delay_of_harness({.span = slice.disturbance.span_ns,
                          .at_rest = at_rest_ns - replied_ns,
                          .load = slice.wall_ns,
                          .planned = order.ramp_ns + order.window_ns + workload_.hold_ns});
  }
  if (spins_ && slice.disturbance.span_ns > 0) {
    // It used the CPU before the first request and after the last reply as well.
    slice.cpu_ns =
        std::llround(static_cast<double>(slice.cpu_ns) * static_cast<double>(slice.wall_ns) /
                     static_cast<double>(slice.disturbance.span_ns));
  }
  if (watch_waiting_) slice.waited_ns = after.waited_ns - before.waited_ns;
  return slice;
}

ServerProcess::Reading ServerProcess::read() const {
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

SliceDisturbance ServerProcess::disturbance_between(const Reading& before,
                                                    const Reading& after) const {
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

std::optional<Slice> ServerProcess::run_idle(const SliceOrder& order) {
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

void ServerProcess::check_idle() {
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

void ServerProcess::expect_idle_state(bool needs_pausing, bool spins) {
  needs_pausing_ = needs_pausing;
  spins_ = spins;
}

void ServerProcess::settle() {
  if (failed()) return;
  note_user_and_system();
  if (!needs_pausing_) {
    let_run();
    wait_until_silent();  // being continued has woken its threads
  }
  left_at_ns_ = now_ns();
  cpu_when_left_ns_ = cpu_time_ns(server_->pid());
}

std::optional<std::int64_t> ServerProcess::wait_until_silent() const {
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
void ServerProcess::come_to_rest() {
  if (!spins_ && wait_until_silent()) return;
  if (purpose_ != Purpose::kTimed) return;
  server_->pause();
  paused_ = true;
  const std::int64_t until = now_ns() + kStopLimitNs;
  while (state_of(server_->pid()) == 'R' && now_ns() < until) {
  }
}

void ServerProcess::check_liveness() {
  const std::int64_t until = now_ns() + kDrainLimitNs;
  while (!failed() && !interrupted()) {
    // A late reply counts, too, and lets its connection go on.
    const auto slice = run_slice({.lead_in_ns = kSilenceProbeNs, .seed = 1});
    if (slice && slice->answered > 0) return;
    if (now_ns() > until) fail("it hung in its last slice and answered nothing afterwards");
  }
}

}  // namespace sockbench
