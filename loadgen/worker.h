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

/// Set by SIGINT and SIGTERM: every loop ends soon and regularly.
inline std::atomic<bool> interrupted{false};

/// One continuous load. Requests start during lead-in and window, and after the window until those
/// of the window are answered (so that its last requests have the same load as the others); then
/// the run waits for the requests in flight.
struct LoadPlan {
  std::int64_t lead_in_ns = 0;
  std::int64_t window_ns = 0;
  std::int64_t drain_limit_ns = 0;  ///< maximum wait for replies after the window
  std::uint64_t seed = 0;           ///< of the arrival schedule
  double rate = 0;                  ///< open loop: instead of the options' rate; 0: that one
};

/// The times of one window, and how many of its requests lie beyond every percentile.
struct WindowTimes {
  Histogram response;
  Histogram service;
  Histogram take_up_delay;
  std::uint64_t wrong = 0;         ///< never sent, or not answered right: of response
  std::uint64_t lost = 0;          ///< sent and not answered right: of service
  std::uint64_t not_taken_up = 0;  ///< of take_up_delay

  void merge(const WindowTimes& other);
};

struct LoadOutcome {
  bool drained = false;        ///< every started request was answered
  bool all_dead = false;       ///< no active connection was left
  std::uint64_t answered = 0;  ///< replies from start to drained
  std::int64_t wall_ns = 0;    ///< from the start to the last of those replies
  std::uint64_t answered_in_window = 0;
  std::int64_t window_ns = 0;  ///< actual length
};

/// Called about every `tick_ns` while a worker runs.
struct Ticker {
  std::function<void(std::int64_t now_ns)> tick;  ///< may be empty
  std::int64_t tick_ns = 100 * kNsPerMs;
};

/// One thread's share of the connections and of the rate, with its own engine. Workers share
/// nothing while measuring. Only live_answered() may be called by other threads.
class Worker final {
 public:
  /// Takes the connections `first`, `first` + stride, … of the options.
  Worker(const LoadOptions& options, int first, int stride);

  /// Connects, and sends one request on every connection. Returns the number of replies before the
  /// limit; the other connections stay open (a server may serve them later) unless they were
  /// refused.
  int connect_and_verify();

  /// Runs one load; adds its measurements to the tally.
  LoadOutcome run(const LoadPlan& plan, const Ticker& ticker);

  /// Discards the records of the last run() with a window, if any. At most once per run().
  void discard_last_window();

  /// The times of the last run() with a window, until the next run().
  WindowTimes last_window() const;

  /// All measurements so far, with open requests charged to the ledger.
  Tally finish() const;

  /// Writes the response times of each second of the next run() to `log` (borrowed).
  void log_to(HdrLog* log) { log_ = log; }

  /// Replies so far; the only figure that another thread may read while the worker runs.
  std::uint64_t live_answered() const { return live_answered_.load(std::memory_order_relaxed); }
  /// Why the first connection failed, or empty.
  const std::string& first_failure() const { return first_failure_; }

 private:
  enum class Phase : std::uint8_t { kVerify, kLoad, kDrain };

  // worker_connections.cpp: the life cycle of connections.
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

  // worker.cpp: the start of requests, and counting.
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

  // worker_records.cpp: the records of windows.
  void follow_window(std::int64_t now);
  void log_interval(std::int64_t now, bool last);
  void save_records();

  const LoadOptions& options_;
  double share_of_rate_ = 0;  // this worker's
  double rate_ = 0;           // of this worker; 0: closed loop
  double connect_rate_ = 0;   // likewise; 0: without limit
  Protocol protocol_;
  Engine engine_;
  std::vector<Connection> connections_;
  std::vector<Connection*> active_;
  std::vector<char> send_buffer_;
  std::uint32_t next_source_;            // index of the next source address
  std::int64_t realtime_offset_ns_ = 0;  // CLOCK_REALTIME - CLOCK_MONOTONIC, updated at every tick
  Tally tally_;
  Bursts bursts_;
  StampSampler stamp_sampler_;
  std::string first_failure_;
  HdrLog* log_ = nullptr;
  std::unique_ptr<Histogram> logged_;  // response times since …
  std::int64_t logged_from_ns_ = 0;
  std::int64_t logged_number_ = 0;

  /// The records before the last window, for discard_last_window().
  struct Records {
    Tally tally;
    Bursts bursts;
    std::vector<std::uint64_t> answered;  // by active connection
    std::vector<CoarseHistogram> times;   // by active connection
  };
  Records saved_;
  bool saved_is_current_ = false;  // no records since it was saved

  Phase phase_ = Phase::kVerify;
  ArrivalSchedule schedule_;
  Timers timers_;
  Random choice_{0};             // connection of an arrival; phases of think times
  std::size_t next_active_ = 0;  // connection of the next arrival, in turn
  // Before the first run no time is in a window or in a run.
  std::int64_t window_from_ = std::numeric_limits<std::int64_t>::max();
  std::int64_t window_to_ = std::numeric_limits<std::int64_t>::max();
  std::int64_t window_closed_ = 0;  // actual end of the window; 0 until then
  bool window_open_ = false;
  std::int64_t cpu_at_window_ = 0;
  SpinBudget spin_budget_;
  bool found_nothing_ = false;  // the last poll returned no event
  std::int64_t polled_ns_ = 0;  // start of the last poll
  std::int64_t waited_ns_ = 0;  // its time-out; 0: a turn of a spin
  std::int64_t spin_ns_ = 0;
  std::int64_t run_from_ = std::numeric_limits<std::int64_t>::max();
  std::uint64_t open_in_window_ =
      0;                           // requests of this window without a reply, committed or waiting
  std::uint64_t open_in_run_ = 0;  // the same for this run()
  std::int64_t last_reply_ns_ = 0;
  int connecting_ = 0;
  int verified_ = 0;
  std::size_t live_active_ = 0;
  alignas(64) std::atomic<std::uint64_t> live_answered_{0};
};

}  // namespace sockbench
