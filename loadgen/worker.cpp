// The start of the worker's requests, and counting. The records of windows are in
// worker_records.cpp.

#include "loadgen/worker.h"

#include <algorithm>
#include <limits>

#include "common/clock.h"
#include "common/error.h"

namespace sockbench {
namespace {

constexpr std::int64_t kRoutineNs = 100 * kNsPerMs;
// A longer turn of a spin includes time without the CPU, which is not CPU time.
constexpr std::int64_t kLongestTurnNs = 20 * kNsPerUs;
// The most arrivals before the next poll for replies.
constexpr int kArrivalsPerPoll = 1024;
constexpr std::int64_t kInterruptedDrainNs = 200 * kNsPerMs;

/// The length of the intersection of [from, to) and [low, high).
std::int64_t overlap_ns(std::int64_t from, std::int64_t to, std::int64_t low, std::int64_t high) {
  return std::max<std::int64_t>(0, std::min(to, high) - std::max(from, low));
}

}  // namespace

LoadOutcome Worker::run(const LoadPlan& plan, const Ticker& ticker) {
  const std::uint64_t answered_before = tally_.answered_ever;
  const std::uint64_t in_window_before = tally_.answered_in_window;
  begin_load(plan);
  std::int64_t stop_at = window_to_ + plan.drain_limit_ns;
  std::int64_t next_routine = run_from_ + kRoutineNs;
  std::int64_t next_tick = run_from_ + ticker.tick_ns;
  for (bool stopping = false;;) {
    const std::int64_t now = now_ns();
    follow_spin(now);
    if (interrupted.load(std::memory_order_relaxed) && !std::exchange(stopping, true)) {
      window_to_ = std::clamp(now, window_from_, window_to_);
      stop_at = now + kInterruptedDrainNs;
    }
    follow_window(now);
    if (now >= next_routine) {
      next_routine = now + kRoutineNs;
      if (options_.kernel_timestamps) realtime_offset_ns_ = realtime_offset_ns();
      give_up_slow_requests(now);
      log_interval(now, false);
    }
    if (ticker.tick && now >= next_tick) {
      next_tick = now + ticker.tick_ns;
      ticker.tick(now);
    }
    const bool window_done = window_closed_ != 0 && arrivals_are_charged();
    if (phase_ == Phase::kLoad && window_done && (open_in_window_ == 0 || stopping)) {
      begin_drain();
    }
    if (live_active_ == 0 || now >= stop_at) break;
    if (phase_ == Phase::kDrain && open_in_run_ == 0) break;
    if (phase_ == Phase::kLoad && options_.open_loop()) start_arrivals(now);
    while (timers_.next_ns() <= now) {
      const auto [due_ns, connection] = timers_.take();
      if (connection->held) close_after_reply(*connection);
      take_turns(*connection, now_ns(), due_ns);  // the sends before took time
    }
    const std::int64_t next = ticker.tick ? std::min(next_routine, next_tick) : next_routine;
    polled_ns_ = now;
    poll_once(std::min(wait_budget(now), std::max<std::int64_t>(0, next - now)));
  }
  const bool all_dead = live_active_ == 0;
  if (window_closed_ == 0) {  // no active connection was left
    window_to_ = std::clamp(now_ns(), window_from_, window_to_);
    follow_window(std::max(window_from_, window_to_));
  }
  begin_drain();
  log_interval(now_ns(), true);
  const LoadOutcome outcome = {.drained = open_in_run_ == 0,
                               .all_dead = all_dead,
                               .answered = tally_.answered_ever - answered_before,
                               .wall_ns = std::max(last_reply_ns_, run_from_) - run_from_,
                               .answered_in_window = tally_.answered_in_window - in_window_before,
                               .window_ns = window_to_ - window_from_};
  charge_what_is_open();
  return outcome;
}

/// Counts the last poll as spinning, or learns from a sleep how late it woke.
void Worker::follow_spin(std::int64_t now) {
  if (!std::exchange(found_nothing_, false)) return;
  if (waited_ns_ > 0) {
    if (rate_ > 0) spin_budget_.woke_late(now - polled_ns_ - waited_ns_);
  } else if (window_open_) {
    spin_ns_ += std::min(now - polled_ns_, kLongestTurnNs);
  }
}

void Worker::begin_load(const LoadPlan& plan) {
  if (options_.control) save_records();
  if (plan.window_ns > 0) saved_is_current_ = false;
  if (options_.kernel_timestamps) realtime_offset_ns_ = realtime_offset_ns();
  phase_ = Phase::kLoad;
  run_from_ = now_ns();
  window_from_ = run_from_ + plan.lead_in_ns;
  window_to_ = window_from_ + plan.window_ns;
  window_closed_ = 0;
  window_open_ = false;
  open_in_window_ = 0;
  open_in_run_ = 0;
  if (log_ != nullptr) logged_ = std::make_unique<Histogram>();
  logged_from_ns_ = window_from_;
  found_nothing_ = false;
  timers_.clear();
  rate_ = (plan.rate > 0 ? plan.rate : options_.rate) * share_of_rate_;
  choice_ = Random(plan.seed + 1);
  for (Connection* connection : active_) {
    if (!connection->churns || connection->state != Connection::State::kOpen) continue;
    connection->in_flight.clear();  // requests of an earlier run are already charged
    close_after_reply(*connection);
  }
  if (rate_ > 0) {
    const int burst = options_.arrival == Arrival::kBurst ? static_cast<int>(active_.size()) : 1;
    schedule_ = ArrivalSchedule(options_.arrival, rate_, run_from_, plan.seed, burst);
  } else {
    start_closed_loop();
  }
}

/// Starts all connections at once, or with think time each at a random point of its first pause.
void Worker::start_closed_loop() {
  const auto pause = static_cast<double>(options_.think_ns);
  for (Connection* connection : active_) {
    if (connection->state == Connection::State::kDead) continue;
    if (options_.think_ns > 0) {
      think(*connection, now_ns(), static_cast<std::int64_t>(choice_.uniform() * pause));
    } else {
      take_turns(*connection, now_ns());
    }
  }
}

/// Stops new requests; drops arrivals after the window that were not sent.
void Worker::begin_drain() {
  if (phase_ == Phase::kDrain) return;
  phase_ = Phase::kDrain;
  timers_.clear();
  for (Connection* connection : active_) {
    if (connection->held) close_after_reply(*connection);  // others may wait for its end
    auto& waiting = connection->waiting;
    for (std::size_t i = waiting.size(); i-- > 0;) {
      const std::int64_t intended = waiting.front();
      waiting.pop();
      if (in_window(intended)) {
        waiting.push(intended);  // is charged by charge_what_is_open()
      } else {
        --open_in_run_;
      }
    }
  }
}

/// At the end of a run, charges the open requests of its window; later replies have no effect.
void Worker::charge_what_is_open() {
  bursts_.end();
  for (Connection* connection : active_) {
    for (std::size_t i = 0; i < connection->in_flight.size(); ++i) {
      if (in_window(connection->in_flight.at(i).intended_ns)) ++tally_.ledger.unanswered;
    }
    tally_.ledger.never_sent += connection->waiting.size();
    connection->waiting.clear();
  }
  // Arrivals that were due but not taken up when the run ended.
  for (; !arrivals_are_charged(); schedule_.advance()) {
    if (!in_window(schedule_.next_ns())) continue;
    ++tally_.ledger.intended;
    ++tally_.ledger.never_sent;
    if (live_active_ > 0) ++tally_.not_taken_up;
  }
  window_from_ = window_to_ = run_from_ = std::numeric_limits<std::int64_t>::max();
}

std::int64_t Worker::wait_budget(std::int64_t now) const {
  const std::int64_t timer = std::max<std::int64_t>(0, timers_.next_ns() - now);
  if (phase_ == Phase::kLoad && options_.open_loop()) {
    const std::int64_t ahead = schedule_.next_ns() - now;
    const std::int64_t spin = spin_budget_.ns();
    return std::min(timer, ahead > spin ? ahead - spin : 0);
  }
  if (now < window_from_) return std::min(timer, window_from_ - now);
  if (now < window_to_) return std::min(timer, window_to_ - now);
  return std::min(timer, kRoutineNs);
}

/// Takes up every arrival that is due. A late one keeps its intended start and is not dropped.
void Worker::start_arrivals(std::int64_t now) {
  for (int i = 0; i < kArrivalsPerPoll && schedule_.next_ns() <= now; ++i, schedule_.advance()) {
    const std::int64_t intended = schedule_.next_ns();
    const std::size_t index = options_.arrival == Arrival::kPoisson
                                  ? static_cast<std::size_t>(choice_.below(active_.size()))
                                  : next_active_++ % active_.size();
    Connection& connection = *active_[index];
    now = now_ns();
    if (in_window(intended)) take_up(intended, now);
    if (connection.state == Connection::State::kDead) {
      if (in_window(intended)) ++tally_.ledger.never_sent;
      continue;
    }
    connection.waiting.push(intended);
    ++open_in_run_;
    if (in_window(intended)) ++open_in_window_;
    if (in_window(now)) tally_.arrivals.count(now);
    take_turns(connection, now);
  }
}

/// Counts an arrival of the open loop. The take-up delay depends on the generator only; the send
/// delay also on the previous request of the connection.
void Worker::take_up(std::int64_t intended_ns, std::int64_t now) {
  ++tally_.ledger.intended;
  tally_.take_up_delay.record(now - intended_ns);
  if (now - intended_ns <= kOnScheduleNs) ++tally_.on_schedule;
  if (options_.arrival == Arrival::kBurst) {
    bursts_.begin(intended_ns, active_.size(), thread_cpu_ns);
  }
}

/// After a reply: starts the next request, or a pause.
void Worker::go_on(Connection& connection, std::int64_t now) {
  const bool idle = connection.in_flight.empty() && !connection.unsent();
  if (options_.think_ns == 0) return take_turns(connection, now);
  if (phase_ == Phase::kLoad && idle) think(connection, now, options_.think_ns);
}

void Worker::think(Connection& connection, std::int64_t now, std::int64_t length_ns) {
  tally_.think_ns += overlap_ns(now, now + length_ns, window_from_, window_to_);
  timers_.set(now + length_ns, connection);
}

/// Counts a request of the closed loop.
void Worker::ask(std::int64_t intended_ns, std::int64_t now) {
  ++open_in_run_;
  if (!in_window(intended_ns)) return;
  ++tally_.ledger.intended;
  if (options_.timed()) tally_.take_up_delay.record(now - intended_ns);
  ++open_in_window_;
}

/// Sends the requests that this connection may send now: in a closed loop the next ones, in an open
/// loop those that wait. `intended_ns`: intended start of a request of the closed loop, which is
/// before now if a pause ended late. A partly sent request is completed first.
void Worker::take_turns(Connection& connection, std::int64_t now, std::int64_t intended_ns) {
  if (connection.state == Connection::State::kClosed) {  // its next request needs a connection
    if (!options_.open_loop() && phase_ == Phase::kLoad && connection.waiting.empty()) {
      ask(intended_ns, now);
      connection.waiting.push(intended_ns);
    }
    if (!connection.waiting.empty()) start_connect(connection);
    return;
  }
  if (connection.state != Connection::State::kOpen || connection.unsent() || connection.churns)
    return;
  const auto depth = static_cast<std::size_t>(options_.pipeline);
  const std::uint64_t first = connection.next_sequence;
  while (connection.in_flight.size() < depth) {
    if (!options_.open_loop()) {
      if (phase_ != Phase::kLoad) break;
      ask(intended_ns, now);
      now = spend_client_work(now);
      commit(connection, intended_ns, now);
    } else {
      if (connection.waiting.empty()) break;
      now = spend_client_work(now);
      commit(connection, connection.waiting.front(), now);
      connection.waiting.pop();
    }
  }
  const bool sends = connection.next_sequence > first && window_open_;
  flush(connection, sends && stamp_sampler_.due(now));
}

/// Spends --client-work for a request; returns the time after it.
std::int64_t Worker::spend_client_work(std::int64_t now) const {
  if (options_.client_work_ns == 0) return now;
  const std::int64_t until = now + options_.client_work_ns;
  while (now < until) now = now_ns();
  return now;
}

void Worker::commit(Connection& connection, std::int64_t intended_ns, std::int64_t now) {
  connection.in_flight.push({.intended_ns = intended_ns, .sent_ns = now});
  ++connection.next_sequence;
  if (!in_window(intended_ns)) return;
  ++tally_.ledger.sent;
  if (options_.timed()) tally_.send_delay.record(now - intended_ns);
}

/// The time in flight of an answered request inside the window, minus its response time if it
/// started in the window.
std::int64_t Worker::window_edge_ns(const InFlight& request, std::int64_t now) const {
  if (in_window(request.intended_ns)) return std::min<std::int64_t>(0, window_to_ - now);
  if (request.intended_ns < window_from_ && now > window_from_) {
    return std::min(now, window_to_) - window_from_;
  }
  return 0;
}

void Worker::on_reply(Connection& connection, std::int64_t now, std::int64_t arrived_ns) {
  const InFlight request = connection.in_flight.front();
  tally_.edge_ns += window_edge_ns(request, now);
  connection.in_flight.pop();
  live_answered_.store(++tally_.answered_ever, std::memory_order_relaxed);
  last_reply_ns_ = now;
  if (!connection.verified) {
    connection.verified = true;
    ++verified_;
  }
  if (phase_ != Phase::kVerify) connection.answered_under_load = true;
  if (in_window(now)) ++tally_.answered_in_window;
  if (request.intended_ns >= run_from_) --open_in_run_;
  if (!in_window(request.intended_ns)) return;
  --open_in_window_;
  ++tally_.ledger.answered;
  ++connection.answered;
  tally_.response.record(arrived_ns - request.intended_ns);
  connection.times->record(arrived_ns - request.intended_ns);
  if (logged_) logged_->record(arrived_ns - request.intended_ns);
  if (options_.timed()) tally_.service.record(arrived_ns - request.sent_ns);
  if (options_.kernel_timestamps) tally_.receive_delay.record(now - arrived_ns);
  if (connection.churns) {
    const std::int64_t first_reply_ns = arrived_ns - connection.connect_start_ns;
    tally_.first_reply.record(first_reply_ns);
    if (options_.hold_ns > 0 && first_reply_ns > options_.hold_ns) ++tally_.waited_for_others;
  }
  if (options_.arrival == Arrival::kBurst) {
    bursts_.answered(request.intended_ns, arrived_ns, now, thread_cpu_ns);
  }
}

}  // namespace sockbench
