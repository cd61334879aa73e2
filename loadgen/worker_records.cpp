// The records of a worker's windows: CPU time at their edges, response times per second, and the
// state before the last window.

#include <algorithm>
#include <utility>

#include "common/clock.h"
#include "loadgen/worker.h"

namespace sockbench {

/// Reads the CPU time at the start and the end of the window.
void Worker::follow_window(std::int64_t now) {
  if (!window_open_ && window_closed_ == 0 && now >= window_from_) {
    window_open_ = true;
    cpu_at_window_ = thread_cpu_ns();
    spin_ns_ = 0;
    tally_.arrivals.start(window_from_);
  }
  if (window_open_ && now >= window_to_) {
    window_open_ = false;
    window_closed_ = now;
    tally_.window_ns += window_to_ - window_from_;
    tally_.cpu_ns += thread_cpu_ns() - cpu_at_window_;
    tally_.spin_ns += spin_ns_;
    tally_.arrivals.stop(window_to_);
  }
}

/// Writes the response times of the last second to the log; `last`: also of an incomplete second.
void Worker::log_interval(std::int64_t now, bool last) {
  if (!logged_) return;
  const std::int64_t length = now - logged_from_ns_;
  if (length < kNsPerSecond && !last) return;
  const auto seconds = [](std::int64_t ns) { return static_cast<double>(ns) * 1e-9; };
  log_->submit(logged_number_++, std::max(0.0, seconds(logged_from_ns_ - window_from_)),
               seconds(length), std::move(logged_));
  if (!last) logged_ = std::make_unique<Histogram>();
  logged_from_ns_ = now;
}

/// Called before the lead-in, since copying changes the contents of the caches.
void Worker::save_records() {
  if (std::exchange(saved_is_current_, true)) return;
  saved_.tally = tally_;
  saved_.bursts = bursts_;
  saved_.answered.clear();
  saved_.times.clear();
  for (const Connection* connection : active_) {
    saved_.answered.push_back(connection->answered);
    saved_.times.push_back(*connection->times);
  }
}

void Worker::discard_last_window() {
  if (saved_.answered.size() != active_.size()) return;  // there was no run
  const std::uint64_t answered_ever = tally_.answered_ever;
  tally_ = saved_.tally;
  tally_.answered_ever = answered_ever;
  bursts_ = saved_.bursts;
  for (std::size_t i = 0; i < active_.size(); ++i) {
    active_[i]->answered = saved_.answered[i];
    *active_[i]->times = saved_.times[i];
  }
  saved_is_current_ = true;
}

void WindowTimes::merge(const WindowTimes& other) {
  response.merge(other.response);
  service.merge(other.service);
  take_up_delay.merge(other.take_up_delay);
  wrong += other.wrong;
  lost += other.lost;
  not_taken_up += other.not_taken_up;
}

/// From what there was before it: a reply need not be recorded twice.
WindowTimes Worker::last_window() const {
  const Tally& before = saved_.tally;
  WindowTimes times{.response = tally_.response.since(before.response),
                    .service = {},
                    .take_up_delay = {},
                    .wrong = tally_.ledger.wrong() - before.ledger.wrong(),
                    .lost = tally_.ledger.lost() - before.ledger.lost(),
                    .not_taken_up = tally_.not_taken_up - before.not_taken_up};
  if (options_.timed()) {
    times.service = tally_.service.since(before.service);
    times.take_up_delay = tally_.take_up_delay.since(before.take_up_delay);
  }
  return times;
}

Tally Worker::finish() const {
  Tally tally = tally_;
  for (const Connection* connection : active_) {
    tally.answered_by_connection.push_back(connection->answered);
    if (!connection->answered_under_load) ++tally.starved_connections;
    if (!connection->answered_under_load || connection->times->reached(kStallNs)) {
      ++tally.stalled_connections;
    }
    const auto p99 = connection->times->percentile(99, kSamplesBeyondPercentile);
    tally.slowest_connection_p99_ns = std::max(tally.slowest_connection_p99_ns, p99.value_or(0));
    if (!connection->verified && connection->state == Connection::State::kOpen) {
      ++tally.ledger.intended;  // its first request has no reply
      ++tally.ledger.sent;
      ++tally.ledger.unanswered;
    }
  }
  tally.connections_verified = static_cast<std::uint64_t>(verified_);
  tally.bursts = bursts_.times();
  tally.busy_by_thread_ns = {tally.cpu_ns - tally.spin_ns};
  tally.spin_budget_ns = spin_budget_.ns();
  return tally;
}

}  // namespace sockbench
