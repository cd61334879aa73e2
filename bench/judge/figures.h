#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bench/document/cell.h"
#include "bench/run/runner.h"
#include "common/histogram.h"
#include "common/stamp_check.h"

namespace sockbench {

/// A cell's figures over its restarts; each vector has one element per restart.
struct CellFigures {
  std::vector<double> achieved_rps;
  double intended_rps = 0;                 ///< what the arrival schedule really asked for
  std::vector<double> cpu_ns_per_request;  ///< of the server, from first request to last reply
  std::vector<double> cpu_utilisation;     ///< of the server; 1 = one CPU
  std::vector<double> generator_cpu_ns_per_request;
  std::vector<double> generator_utilisation;
  std::vector<double> little_ratio;                  ///< closed loop
  std::vector<double> schedule_adherence;            ///< open loop
  std::vector<double> user_share;                    ///< of the server's CPU time
  std::optional<double> user_memory_per_connection;  ///< in bytes; see fit_memory()
  std::optional<double> kernel_memory_per_connection;
  std::optional<double> user_memory_fixed;  ///< without any connection, in bytes
  std::optional<double> kernel_memory_fixed;
  std::vector<double> jain;
  /// Replies per connection over an equal share, at evenly spread ranks from the connection with
  /// fewest to the one with most: a list per restart.
  std::vector<std::vector<double>> reply_shares;
  std::vector<double> burst_ns;  ///< from the instant of a burst to its last reply
  std::vector<double> burst_generator_utilisation;  ///< meanwhile
  std::vector<double> wakeups_per_s;  ///< of an idle server: how often a thread went to sleep
  std::vector<double> memory_growth;  ///< of the server, in bytes per second under load
  std::optional<SlowPeerCounts> slow_peers;
  /// See Tally::waited_for_others of the load generator; nullopt: nothing is held open.
  std::optional<std::uint64_t> waited_for_others;
  std::int64_t memory_peak = 0;  ///< 0: not known
  int threads_peak = 0;
  int starved_connections = 0;  ///< active ones without a reply, in the restart that had most
  /// Active ones of which some reply took 100 ms or longer, likewise; nullopt: no traffic.
  std::optional<int> stalled_connections;
  std::vector<double> slowest_connection_p99;   ///< where a connection had samples enough
  std::map<std::string, std::uint64_t> ledger;  ///< sums
  /// How many connection attempts the listening sockets dropped; nullopt: not told.
  std::optional<std::uint64_t> listen_drops;
  /// How many of the connections that were looked at had Nagle's algorithm on; nullopt: not seen.
  std::optional<std::uint64_t> server_nagle_on;
  std::optional<std::uint64_t> generator_nagle_on;
  /// Connections that had a verified reply before the load, in the restart with fewest.
  std::optional<std::uint64_t> verified;
  std::uint64_t no_port = 0;  ///< connections for which no local port was free
  std::uint64_t slices = 0;
  std::uint64_t slices_with_steal = 0;
  std::int64_t steal_ns = 0;           ///< in all slices
  std::int64_t foreign_ns = 0;         ///< likewise: the run's CPUs ran something else
  std::uint64_t repeated_slices = 0;   ///< an earlier attempt was discarded as disturbed
  std::uint64_t disturbed_slices = 0;  ///< the last attempt was disturbed as well
  std::int64_t settle_ns = 0;          ///< the longest, after the server was continued
  /// CPU per request of a restart's last third of slices over that of its first, as a logarithm.
  std::vector<double> cpu_drift_log;
  /// "response_time_ns.p99" … -> a figure per restart: the median over its windows.
  std::map<std::string, std::vector<double>> windows;
  std::map<std::string, Histogram> times;                      ///< "response_time_ns" …, merged
  std::map<std::string, Times::PerRestart> times_per_restart;  ///< likewise
  StampErrors stamp_errors;
  /// Why no send of the generator was compared with the kernel's stamp; empty: some were.
  std::string no_stamps;
  std::uint64_t wrong = 0;  ///< requests that belong beyond every percentile
};

/// Of a cell that failed what shows why: the ledger, the counts of connections, the slices.
CellFigures evidence_of(const CellFigures& failed);

CellFigures figures_of(const CellResult& cell, const Workload& workload);

/// The per-slice or per-restart values of `metric` in one restart, keyed by round (0 for metrics
/// that exist once per restart). Rounds without a value are absent.
std::map<int, double> values_of(const RestartResult& restart, const std::string& metric);

}  // namespace sockbench
