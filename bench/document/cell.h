#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/document/verdicts.h"
#include "common/interval.h"
#include "common/numbers.h"

/// The figures of one contestant in one workload, as in run.json. Members have the names and the
/// order of the document's keys. A double that is NaN is null there, as is an empty optional.
namespace sockbench {

/// A figure over restarts.
struct Statistic {
  double median = 0;
  std::optional<Interval> ci95;
  std::vector<double> per_restart;
};

/// Times in ns. A percentile without samples enough beyond it is absent.
struct Times {
  std::uint64_t count = 0;
  double mean = 0;
  std::int64_t min = 0;
  std::int64_t max = 0;
  std::optional<std::int64_t> p50;
  std::optional<std::int64_t> p90;
  std::optional<std::int64_t> p99;
  std::optional<std::int64_t> p99_9;
  std::string hdr;  ///< HdrHistogram, compressed, base64
  struct PerRestart {
    std::vector<std::optional<std::int64_t>> mean;
    std::vector<std::optional<std::int64_t>> p50;
    std::vector<std::optional<std::int64_t>> p90;
    std::vector<std::optional<std::int64_t>> p99;
  };
  std::optional<PerRestart> per_restart;
};

/// Percentiles of windows: a restart's figure is the median over its windows, so that what happens
/// in few of them (a host that takes the CPU away) moves it little.
struct WindowPercentiles {
  std::optional<Statistic> p50;
  std::optional<Statistic> p90;
  std::optional<Statistic> p99;
  std::optional<Statistic> p99_9;
};
struct Windows {
  WindowPercentiles response_time_ns;
  WindowPercentiles service_time_ns;  ///< from the actual send: without the generator's lateness
  WindowPercentiles take_up_delay_ns;
};

/// Bytes in user space and in the kernel.
struct UserAndKernel {
  std::optional<std::int64_t> user;
  std::optional<std::int64_t> kernel;
};

struct MemoryAtConnections {
  int connections = 0;
  std::optional<std::int64_t> user_bytes;
  std::optional<std::int64_t> kernel_bytes;
};

/// Per request, from counted restarts.
struct SwitchesPerRequest {
  double total = kNaN;
  std::optional<Interval> total_ci95;
  double voluntary = kNaN;
  double involuntary = kNaN;
};

struct CallsPerRequest {
  double total = kNaN;
  std::optional<Interval> total_ci95;
  std::map<std::string, double> by_name;
  std::map<std::string, std::optional<Interval>> by_name_ci95;
  std::vector<double> per_slice;
};

/// What a model says that it does.
struct PredictedCalls {
  double total = kNaN;
  std::map<std::string, double> by_name;
};

/// What the counts rest on.
struct CountedRestarts {
  int restarts = 0;
  std::uint64_t slices = 0;
  std::uint64_t requests = 0;
  std::optional<std::string> source;  ///< "perf_tracepoints" or "strace"
  std::uint64_t traced_slices = 0;
  std::uint64_t traced_requests = 0;
  double task_clock_ns_per_request = kNaN;
  std::vector<std::string> scaled;
};

struct ServerFigures {
  std::optional<Statistic> cpu_ns_per_request;
  double user_ns_per_request = kNaN;
  double system_ns_per_request = kNaN;
  std::optional<Statistic> cpu_utilisation;  ///< 1 = one CPU
  std::optional<int> threads_peak;
  std::optional<std::int64_t> memory_bytes_peak;
  UserAndKernel memory_bytes_per_connection;
  UserAndKernel memory_fixed_bytes;  ///< without any connection
  std::optional<std::vector<MemoryAtConnections>> memory_points;
  std::optional<Statistic> memory_growth_bytes_per_s;
  std::optional<Statistic> wakeups_per_s;
  std::optional<SwitchesPerRequest> context_switches_per_request;
  std::optional<CallsPerRequest> syscalls_per_request;
  double page_faults_per_request = kNaN;
  double cpu_migrations_per_request = kNaN;
  double cycles_per_request = kNaN;
  double instructions_per_request = kNaN;
  std::optional<CountedRestarts> counted;
  std::optional<PredictedCalls> syscalls_per_request_predicted;
};

struct GeneratorFigures {
  double cpu_ns_per_request = kNaN;
  double cpu_utilisation = kNaN;
  double burst_utilisation = kNaN;
  double schedule_adherence = kNaN;
  double little_ratio = kNaN;
};

/// The generator's stamps beside the kernel's.
struct StampCheck {
  std::uint64_t sampled = 0;
  Times send_error_ns;
  std::uint64_t after_send = 0;
  std::uint64_t arrivals = 0;
  std::uint64_t before_arrival = 0;
};

/// Requests and connections by what became of them.
struct Ledger {
  std::uint64_t intended = 0;
  std::uint64_t sent = 0;
  std::uint64_t never_sent = 0;
  std::uint64_t answered = 0;
  std::uint64_t unanswered = 0;
  std::uint64_t refused = 0;
  std::uint64_t reset = 0;
  std::uint64_t timed_out = 0;
  std::uint64_t mismatched = 0;
  std::uint64_t extra_replies = 0;
};

/// Replies per connection over an equal share, from the connection with fewest to that with most.
struct ReplyShares {
  struct Limits {
    std::vector<double> low;
    std::vector<double> high;
  };
  std::vector<double> median;
  std::optional<Limits> ci95;
};

struct Fairness {
  double jain = kNaN;
  int starved_connections = 0;
  std::optional<int> stalled_connections;
  std::optional<ReplyShares> reply_shares;
  std::optional<std::uint64_t> waited_for_others;
  double slowest_connection_p99_ns = kNaN;
};

struct ConnectionCounts {
  std::optional<std::uint64_t> verified;
  std::uint64_t no_port = 0;
  std::optional<std::uint64_t> listen_drops;
  std::optional<std::uint64_t> server_nagle_on;
  std::optional<std::uint64_t> generator_nagle_on;
};

struct SlowPeerCounts {
  std::uint64_t connected = 0;
  std::uint64_t refused = 0;
  std::uint64_t lost = 0;   ///< closed or reset by the server
  std::uint64_t wrong = 0;  ///< got a wrong byte
};

struct SliceCounts {
  std::uint64_t count = 0;
  std::uint64_t with_steal = 0;
  std::int64_t steal_ns = 0;
  std::int64_t foreign_ns = 0;
  std::uint64_t repeated = 0;   ///< an earlier attempt was discarded as disturbed
  std::uint64_t disturbed = 0;  ///< the last attempt was disturbed as well
  std::int64_t max_settle_ns = 0;
};

/// Whether a figure counts.
struct Eligibility {
  bool eligible = true;
  std::string reason;  ///< why not; empty when eligible
};

/// What a cell is worth: status, and a reason for each rule that fired.
struct CellValidity {
  Validity status = Validity::kValid;
  std::vector<std::string> reasons;
};

/// One contestant in one workload.
struct Cell {
  std::string contestant;
  std::string workload;
  std::size_t restarts = 0;
  Limiter limiter = Limiter::kNeither;
  CellValidity validity;
  std::vector<std::pair<std::string, Eligibility>> eligibility;  ///< by metric
  std::optional<Statistic> achieved_rps;
  std::optional<Times> response_time_ns;
  std::optional<Times> service_time_ns;
  std::optional<Times> send_delay_ns;
  std::optional<Times> take_up_delay_ns;
  std::optional<Times> receive_delay_ns;
  std::optional<Times> connect_time_ns;
  std::optional<Times> first_reply_time_ns;
  std::optional<Windows> windows;  ///< none without requests, and in runs of early versions
  std::optional<Statistic> burst_ns;
  ServerFigures server;
  GeneratorFigures generator;
  std::optional<StampCheck> stamp_check;
  Ledger ledger;
  Fairness fairness;
  ConnectionCounts connections;
  std::optional<SlowPeerCounts> slow_peers;
  SliceCounts slices;
  std::vector<std::pair<std::string, std::string>> absent;  ///< why a figure is null, by its path
};

/// The kinds of times of a cell, by their keys.
struct KindOfTimes {
  const char* key;
  std::optional<Times> Cell::*times;
};
inline constexpr KindOfTimes kKindsOfTimes[] = {
    {"response_time_ns", &Cell::response_time_ns},
    {"service_time_ns", &Cell::service_time_ns},
    {"send_delay_ns", &Cell::send_delay_ns},
    {"take_up_delay_ns", &Cell::take_up_delay_ns},
    {"receive_delay_ns", &Cell::receive_delay_ns},
    {"connect_time_ns", &Cell::connect_time_ns},
    {"first_reply_time_ns", &Cell::first_reply_time_ns}};

}  // namespace sockbench
