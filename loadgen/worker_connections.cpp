// The life cycle of the worker's connections. The system calls are in engine/.

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "common/clock.h"
#include "common/error.h"
#include "loadgen/worker.h"

namespace sockbench {
namespace {

constexpr std::size_t kSendBytes = std::size_t{64} * 1024;
// The kernel stamps the last byte, which in a larger send may wait for room at the receiver.
constexpr std::size_t kLargestStampedSend = std::size_t{16} * 1024;
// Simultaneous connects: less than usual backlogs, so that none is dropped.
constexpr int kConnectingLimit = 256;
constexpr int kUnverifiedLimit = 1024;
constexpr std::int64_t kNoProgressNs = 50 * kNsPerMs;
// The pause before a failed connection of a churn is opened again.
constexpr std::int64_t kRetryNs = 10 * kNsPerMs;

std::string text_of(int error) { return std::generic_category().message(error); }

Protocol protocol_of(const LoadOptions& options) {
  if (options.protocol == ProtocolKind::kEcho) {
    return {options.message_sizes, options.upper};
  }
  return {options.protocol, options.connect_text, options.path};
}

EngineOptions engine_options(const LoadOptions& options, std::int64_t connections) {
  // Thousands of connections end at every restart of a run: a reset avoids TIME_WAIT.
  return {.kernel_timestamps = options.kernel_timestamps,
          .stamp_sends = options.engine == EngineKind::kEpoll && !options.churn,
          .reset_on_close = options.control && !options.churns(),
          .connections = static_cast<int>(connections)};
}

/// The share of worker `first` of `stride` in `all`.
std::int64_t share(std::int64_t all, int first, int stride) {
  return all / stride + (first < all % stride ? 1 : 0);
}

}  // namespace

Worker::Worker(const LoadOptions& options, int first, int stride)
    : options_(options),
      protocol_(protocol_of(options)),
      engine_(options.engine, engine_options(options, share(options.connections, first, stride))),
      connections_(static_cast<std::size_t>(share(options.connections, first, stride))),
      send_buffer_(kSendBytes),
      next_source_(static_cast<std::uint32_t>(first)) {
  const auto own = static_cast<std::int64_t>(connections_.size());
  const std::int64_t active = share(options.active, first, stride);
  for (std::int64_t i = 0; i < own; ++i) {
    Connection& connection = connections_[static_cast<std::size_t>(i)];
    connection.slot = static_cast<std::uint32_t>(i);
    connection.id = static_cast<std::uint32_t>(first + i * stride);
    // Active connections are distributed evenly among the idle ones.
    connection.active = (i + 1) * active / own > i * active / own;
    if (!connection.active) continue;
    connection.times = std::make_unique<CoarseHistogram>();
    active_.push_back(&connection);
  }
  const auto newcomers =
      static_cast<std::size_t>(options.churn ? active : share(options.newcomers, first, stride));
  for (std::size_t i = active_.size() - newcomers; i < active_.size(); ++i) {
    active_[i]->churns = true;
  }
  share_of_rate_ = static_cast<double>(active) / options.active;
  rate_ = options.rate * share_of_rate_;
  connect_rate_ = options.connect_rate * static_cast<double>(own) / options.connections;
  live_active_ = active_.size();
}

int Worker::connect_and_verify() {
  phase_ = Phase::kVerify;
  const std::int64_t since = now_ns();
  const std::int64_t deadline = since + options_.setup_timeout_ns;
  std::int64_t last_progress = since;
  std::size_t next = 0;
  for (std::size_t progress_then = 0;;) {
    const std::int64_t now = now_ns();
    const std::size_t progress = next + static_cast<std::size_t>(verified_);
    if (std::exchange(progress_then, progress) != progress) last_progress = now;
    const bool stuck = now - last_progress > kNoProgressNs;
    const bool hopeless = now - last_progress > options_.setup_patience_ns;
    const int open_ones = static_cast<int>(std::count_if(
        connections_.begin(), connections_.begin() + static_cast<std::ptrdiff_t>(next),
        [](const Connection& c) { return c.state == Connection::State::kOpen && !c.verified; }));
    if (next == connections_.size() && connecting_ == 0 && (open_ones == 0 || hopeless)) break;
    if (now >= deadline || interrupted.load()) break;
    const bool more = next < connections_.size() && connecting_ < kConnectingLimit &&
                      (open_ones < kUnverifiedLimit || stuck);
    if (more) connect_next(next, since);
    poll_once(!more ? 10 * kNsPerMs : connect_rate_ > 0 ? kNsPerMs : 0);
  }
  for (Connection& connection : connections_) {
    if (connection.state == Connection::State::kConnecting) {
      fail(connection, &Ledger::refused, "not established in time");
    }
  }
  return verified_;
}

/// Starts a few connections, within the limits of simultaneous connects and of the connect rate.
void Worker::connect_next(std::size_t& next, std::int64_t since) {
  std::size_t allowed = connections_.size();
  if (connect_rate_ > 0) {
    const double elapsed_s = static_cast<double>(now_ns() - since) * 1e-9;
    allowed = std::min(allowed, static_cast<std::size_t>(elapsed_s * connect_rate_) + 1);
  }
  for (int i = 0; i < 32 && next < allowed && connecting_ < kConnectingLimit; ++i) {
    start_connect(connections_[next++]);
  }
}

void Worker::start_connect(Connection& connection) {
  ++connecting_;
  connection.state = Connection::State::kConnecting;
  connection.connect_start_ns = now_ns();
  protocol_.start_stream(connection);
  const Endpoint source = options_.sources.at(next_source_);
  next_source_ += static_cast<std::uint32_t>(options_.threads);
  const int error = engine_.connect(connection, options_.server, source);
  if (error != 0) connect_failed(connection, error);
}

void Worker::established(Connection& connection) {
  --connecting_;
  connection.state = Connection::State::kOpen;
  const std::int64_t now = now_ns();
  if (connection.churns && phase_ != Phase::kVerify) {
    if (connection.waiting.empty()) {  // the request was given up meanwhile
      close_after_reply(connection);
      return take_turns(connection, now);
    }
    // The request starts with its connect; both are counted or neither.
    if (in_window(connection.waiting.front())) {
      tally_.connect.record(now - connection.connect_start_ns);
    }
    commit(connection, connection.waiting.front(), connection.connect_start_ns);
    connection.waiting.pop();
  } else {
    if (!options_.churns()) tally_.connect.record(now - connection.connect_start_ns);
    commit(connection, now, now);
  }
  flush(connection);
}

void Worker::connect_failed(Connection& connection, int error) {
  if (error == EADDRNOTAVAIL) ++tally_.no_port;
  const bool again = connection.churns && phase_ != Phase::kVerify && error != ECONNREFUSED;
  if (!again) return fail(connection, &Ledger::refused, "connect: " + text_of(error));
  if (first_failure_.empty()) {
    first_failure_ = "connection " + std::to_string(connection.id) + ": connect: " + text_of(error);
  }
  ++tally_.ledger.refused;
  --connecting_;
  if (!connection.waiting.empty()) {
    const std::int64_t intended = connection.waiting.front();
    connection.waiting.pop();
    --open_in_run_;
    if (in_window(intended)) {
      --open_in_window_;
      ++tally_.ledger.never_sent;
    }
  }
  engine_.close(connection);
  connection.state = Connection::State::kClosed;
  timers_.set(now_ns() + kRetryNs, connection);
}

void Worker::close_after_reply(Connection& connection) {
  engine_.close(connection);
  connection.state = Connection::State::kClosed;
  connection.held = false;
}

/// Keeps a connection open after its reply, as a client with think time does.
void Worker::hold(Connection& connection, std::int64_t now) {
  connection.held = true;
  think(connection, now, options_.hold_ns);
}

/// Ends a connection. The oldest request in flight is charged to `kind`, the others to `reset`. A
/// connection of a churn is opened again.
void Worker::fail(Connection& connection, std::uint64_t Ledger::*kind, const std::string& why) {
  if (first_failure_.empty()) {
    first_failure_ = "connection " + std::to_string(connection.id) + ": " + why;
  }
  const bool again = connection.churns && phase_ != Phase::kVerify && kind != &Ledger::refused;
  if (kind == &Ledger::refused) {
    ++tally_.ledger.refused;
  } else {
    ++tally_.connections_lost;
  }
  for (std::size_t i = 0; i < connection.in_flight.size(); ++i) {
    const std::int64_t intended = connection.in_flight.at(i).intended_ns;
    if (intended >= run_from_) --open_in_run_;
    if (!in_window(intended)) continue;
    --open_in_window_;
    ++(tally_.ledger.*(i == 0 ? kind : &Ledger::reset));
  }
  for (std::size_t i = 0; !again && i < connection.waiting.size(); ++i) {
    --open_in_run_;
    if (!in_window(connection.waiting.at(i))) continue;
    --open_in_window_;
    ++tally_.ledger.never_sent;
  }
  connection.in_flight.clear();
  connection.held = false;
  if (!again) connection.waiting.clear();
  connection.send_sequence = connection.next_sequence;
  if (connection.state == Connection::State::kConnecting) --connecting_;
  engine_.close(connection);
  if (again) {
    connection.state = Connection::State::kClosed;
    timers_.set(now_ns() + kRetryNs, connection);
    return;
  }
  if (connection.active && connection.state != Connection::State::kDead) --live_active_;
  connection.state = Connection::State::kDead;
}

void Worker::give_up_slow_requests(std::int64_t now) {
  for (Connection& connection : connections_) {
    if (connection.state == Connection::State::kConnecting &&
        now - connection.connect_start_ns > options_.timeout_ns) {
      connect_failed(connection, ETIMEDOUT);
    }
    if (connection.in_flight.empty()) continue;
    if (now - connection.in_flight.front().sent_ns > options_.timeout_ns) {
      fail(connection, &Ledger::timed_out, "no reply within the time-out");
    }
  }
}

void Worker::poll_once(std::int64_t timeout_ns) {
  found_nothing_ = !engine_.wait(timeout_ns);
  waited_ns_ = timeout_ns;
  for (EngineEvent event; engine_.next(event);) on_event(event);
}

void Worker::on_event(const EngineEvent& event) {
  Connection& connection = *event.connection;
  switch (event.kind) {
    case EngineEvent::Kind::kConnected:
      return established(connection);
    case EngineEvent::Kind::kBytes:
      return on_bytes(event);
    case EngineEvent::Kind::kEnded:
      if (connection.state == Connection::State::kConnecting) {
        return connect_failed(connection, event.error);
      }
      // With a connection per request the server may close it first.
      if (connection.churns && connection.verified && connection.in_flight.empty()) {
        return close_after_reply(connection);
      }
      // The number of replies shows a server's limit of requests per connection.
      return fail(connection, &Ledger::reset,
                  (event.error != 0 ? "recv: " + text_of(event.error) : "closed by the server") +
                      " after " + std::to_string(connection.reply_sequence) + " replies");
    case EngineEvent::Kind::kWritable:
      flush(connection);
      if (phase_ != Phase::kVerify && connection.active) take_turns(connection, now_ns());
      return;
  }
}

/// Verifies the bytes and handles complete replies.
void Worker::on_bytes(const EngineEvent& event) {
  Connection& connection = *event.connection;
  const std::int64_t now = now_ns();
  // After a step of the real-time clock between two ticks a stamp can be in the future.
  const std::int64_t stamp = event.stamp_ns == 0 ? now : event.stamp_ns - realtime_offset_ns_;
  const std::int64_t arrived_ns = std::min(stamp, now);
  if (event.stamp_ns != 0 && window_open_) tally_.stamp_errors.record_arrival(now - stamp);
  const bool ends_with_reply = connection.churns && phase_ != Phase::kVerify;
  for (std::span<const char> rest = event.bytes; !rest.empty();) {
    if (connection.in_flight.empty()) {
      ++tally_.ledger.extra_replies;
      return fail(connection, &Ledger::mismatched, "unexpected data");
    }
    const Taken taken = protocol_.take(connection, rest);
    if (!taken.right) {
      return fail(connection, &Ledger::mismatched,
                  "wrong bytes in reply " + std::to_string(connection.reply_sequence));
    }
    rest = rest.subspan(taken.bytes);
    if (!taken.complete) {
      SOCKBENCH_ASSERT(taken.bytes > 0);
      continue;
    }
    on_reply(connection, now, arrived_ns);
    if (!ends_with_reply || !rest.empty()) continue;
    options_.hold_ns > 0 && phase_ == Phase::kLoad ? hold(connection, now)
                                                   : close_after_reply(connection);
  }
  if (!connection.active || phase_ == Phase::kVerify) return;
  go_on(connection, now);
}

/// Sends the newest requests. With `stamp_is_wanted` their time is compared with the kernel's
/// stamp.
ssize_t Worker::send(Connection& connection, std::span<const char> bytes, bool stamp_is_wanted) {
  if (!stamp_is_wanted || bytes.size() > kLargestStampedSend) {
    return engine_.send(connection, bytes);
  }
  std::int64_t stamp_ns = 0;
  const ssize_t sent = engine_.send_stamped(connection, bytes, stamp_ns);
  if (stamp_ns != 0 && sent == static_cast<ssize_t>(bytes.size())) {
    const std::int64_t sent_ns = connection.in_flight.at(connection.in_flight.size() - 1).sent_ns;
    tally_.stamp_errors.record_send(stamp_ns - realtime_offset_ns() - sent_ns);
  }
  return sent;
}

void Worker::flush(Connection& connection, bool stamp_is_wanted) {
  while (connection.unsent()) {
    std::size_t left = 0;
    for (std::uint64_t next = connection.send_sequence;
         next < connection.next_sequence && left < connection.send_offset + send_buffer_.size();
         ++next) {
      left += protocol_.request_bytes(connection, next);
    }
    const std::size_t count = std::min(left - connection.send_offset, send_buffer_.size());
    protocol_.write(connection, connection.send_sequence, connection.send_offset,
                    {send_buffer_.data(), count});
    const ssize_t sent = send(connection, {send_buffer_.data(), count}, stamp_is_wanted);
    if (sent < 0) {
      return fail(connection, &Ledger::reset, "send: " + text_of(static_cast<int>(-sent)));
    }
    connection.send_offset += static_cast<std::size_t>(sent);
    while (connection.unsent()) {
      const std::size_t bytes = protocol_.request_bytes(connection, connection.send_sequence);
      if (connection.send_offset < bytes) break;
      connection.send_offset -= bytes;
      ++connection.send_sequence;
    }
    if (static_cast<std::size_t>(sent) < count) return;
  }
}

}  // namespace sockbench
