#pragma once

#include <atomic>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "loadgen/connection.h"
#include "loadgen/engine/engine.h"
#include "loadgen/options.h"
#include "loadgen/pace/arrival.h"
#include "loadgen/pace/bursts.h"
#include "loadgen/pace/spin_budget.h"
#include "loadgen/pace/timers.h"
#include "loadgen/protocol/protocol.h"
#include "loadgen/record/hdr_log.h"
#include "loadgen/record/stamp_sampler.h"
#include "loadgen/record/tally.h"

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
  std::int64_t wall_ns = 0;    ///< from the start to the last of those replies
  std::uint64_t answered_in_window = 0;
  std::int64_t window_ns = 0;  ///< as it really was
};

/// Called about every `tick_ns` while a worker runs.
struct Ticker {
  std::function<void(std::int64_t now_ns)> tick;  ///< may be empty
  std::int64_t tick_ns = 100 * kNsPerMs;
};

/// One thread's share of the connections and of the rate, with an engine of its own. Nothing is
/// shared with other workers while measuring. Everything but live_answered() belongs to one thread.
class Worker final {
 public:
  /// Takes the connections `first`, `first` + stride, … of the options.
  Worker(const LoadOptions& options, int first, int stride);

  /// Connects, and has every connection answer one request. Returns how many did before the limit;
  /// the others stay open (a server may serve them later) unless they were refused.
  int connect_and_verify();

  /// Runs one stretch of load; what it measures is added to tally().
  LoadOutcome run(const LoadPlan& plan, const Ticker& ticker);

  /// Forgets what the last run() with a window recorded; nothing where there was none. Not twice
  /// for the same one.
  void discard_last_window();

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

  // worker_connections.cpp: connections come, speak and go.
  void connect_next(std::size_t& next, std::int64_t since);
  void start_connect(Connection& connection);
  void established(Connection& connection);
  void close_after_reply(Connection& connection);
  void hold(Connection& connection, std::int64_t now);
  void connect_failed(Connection& connection, int error);
  void fail(Connection& connection, std::uint64_t Ledger::*kind, const std::string& why);
  void give_up_slow_requests(std::int64_t now);
  void poll_once(std::int64_t timeout_ns);
  void on_event(const EngineEvent& event);
  void on_bytes(const EngineEvent& event);
  void flush(Connection& connection, bool stamp_is_wanted = false);
  ssize_t send(Connection& connection, std::span<const char> bytes, bool stamp_is_wanted);

  // worker.cpp: when requests start, and what is counted.
  void on_reply(Connection& connection, std::int64_t now, std::int64_t arrived_ns);
  void take_turns(Connection& connection, std::int64_t now) { take_turns(connection, now, now); }
  void take_turns(Connection& connection, std::int64_t now, std::int64_t intended_ns);
  void go_on(Connection& connection, std::int64_t now);
  void think(Connection& connection, std::int64_t now, std::int64_t length_ns);
  void ask(std::int64_t intended_ns, std::int64_t now);
  void commit(Connection& connection, std::int64_t intended_ns, std::int64_t now);
  std::int64_t spend_client_work(std::int64_t now) const;
  void start_arrivals(std::int64_t now);
  void take_up(std::int64_t intended_ns, std::int64_t now);
  std::int64_t wait_budget(std::int64_t now) const;
  void begin_load(const LoadPlan& plan);
  void start_closed_loop();
  void follow_spin(std::int64_t now);
  void begin_drain();
  void charge_what_is_open();
  std::int64_t window_edge_ns(const InFlight& request, std::int64_t now) const;
  bool arrivals_are_charged() const {
    return rate_ == 0 || window_from_ == window_to_ || schedule_.next_ns() >= window_to_;
  }
  bool in_window(std::int64_t intended_ns) const {
    return intended_ns >= window_from_ && intended_ns < window_to_;
  }

  // worker_records.cpp: what windows record.
  void follow_window(std::int64_t now);
  void log_interval(std::int64_t now, bool last);
  void save_records();

  const LoadOptions& options_;
  double rate_ = 0;          // this worker's share; 0: closed loop
  double connect_rate_ = 0;  // likewise; 0: without limit
  Protocol protocol_;
  Engine engine_;
  std::vector<Connection> connections_;
  std::vector<Connection*> active_;
  std::vector<char> send_buffer_;
  std::uint32_t next_source_;            // of the addresses that connections come from
  std::int64_t realtime_offset_ns_ = 0;  // CLOCK_REALTIME - CLOCK_MONOTONIC, renewed at every tick
  Tally tally_;
  Bursts bursts_;
  StampSampler stamp_sampler_;
  std::string first_failure_;
  HdrLog* log_ = nullptr;
  std::unique_ptr<Histogram> logged_;  // response times since …
  std::int64_t logged_from_ns_ = 0;
  std::int64_t logged_number_ = 0;

  /// What there was before the last window, for discard_last_window().
  struct Records {
    Tally tally;
    Bursts bursts;
    std::vector<std::uint64_t> answered;  // by active connection …
    std::vector<CoarseHistogram> times;   // … likewise
  };
  Records saved_;
  bool saved_is_current_ = false;  // nothing was recorded since

  Phase phase_ = Phase::kVerify;
  ArrivalSchedule schedule_;
  Timers timers_;
  Random choice_{0};             // which connection takes an arrival; phases of thinking
  std::size_t next_active_ = 0;  // likewise, for arrivals in turn
  // Nothing lies in a window, or belongs to a run, before the first one begins.
  std::int64_t window_from_ = std::numeric_limits<std::int64_t>::max();
  std::int64_t window_to_ = std::numeric_limits<std::int64_t>::max();
  std::int64_t window_closed_ = 0;  // when the window really ended; 0 until then
  bool window_open_ = false;
  std::int64_t cpu_at_window_ = 0;
  SpinBudget spin_budget_;
  bool found_nothing_ = false;  // in the last poll …
  std::int64_t polled_ns_ = 0;  // … which began then …
  std::int64_t waited_ns_ = 0;  // … and was to wait so long; 0: it was a turn of a spin
  std::int64_t spin_ns_ = 0;
  std::int64_t run_from_ = std::numeric_limits<std::int64_t>::max();
  std::uint64_t open_in_window_ = 0;  // requests of this window, committed or waiting, no reply yet
  std::uint64_t open_in_run_ = 0;     // likewise, of this whole run()
  std::int64_t last_reply_ns_ = 0;
  int connecting_ = 0;
  int verified_ = 0;
  std::size_t live_active_ = 0;
  alignas(64) std::atomic<std::uint64_t> live_answered_{0};
};

}  // namespace sockbench
