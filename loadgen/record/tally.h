#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "common/histogram.h"
#include "common/stamp_check.h"
#include "loadgen/options.h"
#include "loadgen/pace/bursts.h"
#include "loadgen/pace/dispersion.h"

namespace sockbench {

/// The outcome of every request with an intended start in a measured window, and of connections.
/// intended = sent + never_sent, and sent = answered + unanswered + reset + timed_out + mismatched.
struct Ledger {
  std::uint64_t intended = 0;
  std::uint64_t sent = 0;
  std::uint64_t never_sent = 0;
  std::uint64_t answered = 0;
  std::uint64_t unanswered = 0;  ///< still open when the run ended
  std::uint64_t reset = 0;       ///< the connection ended (reset or closed) before the reply
  std::uint64_t timed_out = 0;
  std::uint64_t mismatched = 0;  ///< a wrong or unexpected byte
  std::uint64_t extra_replies =
      0;  ///< unexpected bytes without an open request; not an outcome of a request
  std::uint64_t refused = 0;  ///< connections that were not established

  void merge(const Ledger& other);
  bool balances() const {
    return intended == sent + never_sent &&
           sent == answered + unanswered + reset + timed_out + mismatched;
  }
  /// Sent, without a correct reply.
  std::uint64_t lost() const { return unanswered + reset + timed_out + mismatched; }
  std::uint64_t wrong() const { return never_sent + lost(); }
};

/// The measurements of one worker, or of several after merge().
struct Tally {
  Histogram response;  ///< reply - intended start
  Histogram service;  ///< reply - actual send; if requests are timed, otherwise equal to `response`
  Histogram send_delay;     ///< actual send - intended start; if requests are timed
  Histogram take_up_delay;  ///< take-up by the generator - intended start; if requests are timed
  Histogram receive_delay;  ///< read by the generator - arrival in the kernel; kernel stamps only
  Histogram connect;        ///< connect() until established
  Histogram first_reply;    ///< connect() until the reply; with churn
  Ledger ledger;
  std::uint64_t connections_verified = 0;
  std::uint64_t connections_lost = 0;    ///< established and ended by the peer or by a failure
  std::uint64_t no_port = 0;             ///< connects without a free local port
  std::uint64_t answered_in_window = 0;  ///< replies that arrived in a window: the throughput
  std::uint64_t answered_ever = 0;       ///< all replies, including lead-in and drain
  std::uint64_t on_schedule = 0;         ///< arrivals taken up within kOnScheduleNs
  std::uint64_t not_taken_up = 0;        ///< arrivals that the generator did not take up
  std::int64_t window_ns = 0;            ///< sum of the windows
  std::int64_t cpu_ns = 0;               ///< of the worker's thread, inside the windows
  std::int64_t spin_ns = 0;              ///< of that, spinning before the next arrival
  std::vector<std::int64_t> busy_by_thread_ns;  ///< cpu_ns - spin_ns of each worker
  std::int64_t spin_budget_ns = 0;  ///< time before an arrival at which sleeping ends, final value
  Dispersion arrivals;              ///< actual starts in the windows; open loop
  std::int64_t think_ns = 0;        ///< think time of connections in the windows
  BurstTimes bursts;
  StampErrors stamp_errors;
  std::vector<std::uint64_t> answered_by_connection;  ///< active connections, in the windows
  std::int64_t edge_ns =
      0;  ///< time in flight inside the windows - sum of `response`, see little_ratio
  std::int64_t slowest_connection_p99_ns = 0;  ///< 0: no connection has enough samples
  /// With --hold: first replies that took longer than the hold time, so that another connection had
  /// to end before.
  std::uint64_t waited_for_others = 0;
  std::uint64_t starved_connections = 0;  ///< active, without a reply under load
  /// Active, with a reply that took kStallNs or longer, or without a reply.
  std::uint64_t stalled_connections = 0;

  void merge(const Tally& other);
};

inline constexpr std::int64_t kOnScheduleNs = 100'000;
/// The delay that users notice: Miller, "Response time in man-computer conversational
/// transactions", 1968.
inline constexpr std::int64_t kStallNs = 100'000'000;

/// The measured blocks of the result (achieved_rps … fairness), and the verdict.
nlohmann::ordered_json to_json(const Tally& tally, const LoadOptions& options);
nlohmann::ordered_json to_json(const Ledger& ledger);

}  // namespace sockbench
