#pragma once

#include <atomic>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "common/fd.h"
#include "loadgen/arrival.h"
#include "loadgen/connection.h"
#include "loadgen/hdr_log.h"
#include "loadgen/message.h"
#include "loadgen/options.h"
#include "loadgen/tally.h"

struct epoll_event;

namespace sockbench {

/// Set by SIGINT and SIGTERM: every loop ends soon, in good order.
inline std::atomic<bool> interrupted{false};

/// One continuous stretch of load. Requests start during lead-in and window, and go on starting
/// after the window until those of the window are answered (so that its last ones meet the same
/// load as the others); then everything in flight is awaited.
struct LoadPlan {
  std::int64_t lead_in_ns = 0;
  std::int64_t window_ns = 0;
  std::int64_t drain_limit_ns = 0;  ///< how long to wait for replies after the window
  std::uint64_t seed = 0;           ///< of the arrival schedule
};

struct LoadOutcome {
  bool drained = false;        ///< nothing that was started stayed unanswered
  bool all_dead = false;       ///< no active connection was left
  std::uint64_t answered = 0;  ///< replies from start to drained
  std::uint64_t answered_in_window = 0;
  std::int64_t window_ns = 0;  ///< as it really was
};

/// One thread's share of the connections and of the rate, on an epoll loop of its own. Nothing is
/// shared with other workers while measuring.
class Worker final {
 public:
  /// Takes the connections `first`, `first` + stride, … of the options.
  Worker(const LoadOptions& options, int first, int stride);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  Worker(Worker&&) = delete;
  Worker& operator=(Worker&&) = delete;

  /// Connects, and has every connection answer one request. Returns how many did before the limit;
  /// the others stay open (a server may serve them later) unless they were refused.
  int connect_and_verify();

  /// Runs one stretch of load; what it measures is added to tally(). `on_tick` is called about ten
  /// times a second (may be empty).
  LoadOutcome run(const LoadPlan& plan, const std::function<void()>& on_tick);

  /// Everything measured so far, with what is still open charged to the ledger.
  Tally finish() const;

  /// Hands each second's response times of the coming run() to `log` (borrowed).
  void log_to(HdrLog* log) { log_ = log; }

  /// Replies so far; the only figure another thread may read while the worker runs.
  std::uint64_t live_answered() const { return live_answered_.load(std::memory_order_relaxed); }
  /// Why the first connection failed, or empty.
  const std::string& first_failure() const { return first_failure_; }

 private:
  enum class Phase : std::uint8_t { kVerify, kLoad, kDrain };

  void start_connect(Connection& connection);
  void set_options(int fd) const;
  void established(Connection& connection);
  void poll_once(std::int64_t timeout_ns);
  void on_event(Connection& connection, std::uint32_t events);
  void on_readable(Connection& connection);
  ssize_t receive(const Connection& connection, std::int64_t& arrived_ns);
  bool accept_reply_bytes(Connection& connection, std::size_t count, std::int64_t now,
                          std::int64_t arrived_ns);
  void on_reply(Connection& connection, std::int64_t now, std::int64_t arrived_ns);
  void commit(Connection& connection, std::int64_t intended_ns, std::int64_t now);
  void flush(Connection& connection);
  void watch(Connection& connection, int operation, bool writable);
  void start_arrivals(std::int64_t now);
  void take_turns(Connection& connection, std::int64_t now);
  void fail(Connection& connection, std::uint64_t Ledger::*kind, const std::string& why);
  void connect_next(std::size_t& next);
  void give_up_slow_requests(std::int64_t now);
  std::int64_t wait_budget(std::int64_t now) const;
  void begin_load(const LoadPlan& plan);
  void follow_window(std::int64_t now);
  void begin_drain();
  void charge_what_is_open();
  void log_interval(std::int64_t now, bool last);
  std::int64_t window_edge_ns(const InFlight& request, std::int64_t now) const;
  bool arrivals_are_charged() const {
    return rate_ == 0 || window_from_ == window_to_ || schedule_.next_ns() >= window_to_;
  }
  bool in_window(std::int64_t intended_ns) const {
    return intended_ns >= window_from_ && intended_ns < window_to_;
  }

  const LoadOptions& options_;
  double rate_ = 0;  // this worker's share; 0: closed loop
  Messages messages_;
  Fd epoll_;
  std::vector<Connection> connections_;
  std::vector<Connection*> active_;
  std::vector<epoll_event> events_;
  std::vector<char> receive_buffer_;
  std::vector<char> send_buffer_;
  std::int64_t realtime_offset_ns_ = 0;  // CLOCK_REALTIME - CLOCK_MONOTONIC, renewed at every tick
  Tally tally_;
  std::string first_failure_;
  HdrLog* log_ = nullptr;
  std::unique_ptr<Histogram> logged_;  // response times since …
  std::int64_t logged_from_ns_ = 0;
  std::int64_t logged_number_ = 0;

  Phase phase_ = Phase::kVerify;
  bool spinning_ = false;  // the last poll did not wait and found nothing
  ArrivalSchedule schedule_;
  Random choice_{0};             // which connection takes an arrival
  std::size_t next_active_ = 0;  // likewise, for uniform arrivals
  // Nothing lies in a window, or belongs to a run, before the first one begins.
  std::int64_t window_from_ = std::numeric_limits<std::int64_t>::max();
  std::int64_t window_to_ = std::numeric_limits<std::int64_t>::max();
  std::int64_t window_closed_ = 0;  // when the window really ended; 0 until then
  bool window_open_ = false;
  std::int64_t cpu_at_window_ = 0;
  std::int64_t spin_ns_ = 0;
  std::int64_t last_poll_ns_ = 0;
  std::int64_t run_from_ = std::numeric_limits<std::int64_t>::max();
  std::uint64_t open_in_window_ = 0;  // requests of this window, committed or waiting, no reply yet
  std::uint64_t open_in_run_ = 0;     // likewise, of this whole run()
  int connecting_ = 0;
  int verified_ = 0;
  std::size_t live_active_ = 0;
  alignas(64) std::atomic<std::uint64_t> live_answered_{0};
};

}  // namespace sockbench
