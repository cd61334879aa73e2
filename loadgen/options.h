#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/socket.h"
#include "loadgen/engine/event.h"
#include "loadgen/pace/arrival.h"
#include "loadgen/protocol/message_sizes.h"
#include "loadgen/protocol/protocol.h"
#include "loadgen/source_addresses.h"

namespace sockbench {

/// The longest time of an option, 24 h: the sum with a clock time never overflows.
inline constexpr std::int64_t kLongestNs = std::int64_t{24} * 3600 * kNsPerSecond;

/// Requests per second: more than a generator can start.
inline constexpr double kMaxRate = 10e6;

/// The validated options of the load generator. Times in nanoseconds.
struct LoadOptions {
  std::string connect_text;  ///< HOST:PORT of the command line
  Endpoint server;
  int connections = 64;
  int active = 64;  ///< number that send requests; the others are verified once and stay idle
  int threads = 1;
  int pipeline = 1;  ///< requests in flight per connection
  ProtocolKind protocol = ProtocolKind::kEcho;
  MessageSizes message_sizes{64};  ///< echo
  bool upper = true;               ///< echo: replies are in upper case
  std::string path = "/";          ///< http
  double rate = 0;                 ///< requests per second in open loop; 0: closed loop
  Arrival arrival = Arrival::kPoisson;
  std::int64_t think_ns = 0;        ///< closed loop: pause between a reply and the next request
  std::int64_t client_work_ns = 0;  ///< CPU time spent before each request is sent
  bool churn = false;               ///< a new connection for every request …
  int newcomers = 0;                ///< … or only for this number of active connections
  std::int64_t hold_ns = 0;  ///< churn: time for which a connection stays open after its reply
  double connect_rate = 0;   ///< connections per second during set-up; 0: unlimited
  SourceAddresses sources;   ///< local addresses of the connections
  int slow_readers = 0;      ///< additional connections that read at slow_bytes_per_second …
  int slow_writers = 0;      ///< … and that write at this rate
  double slow_bytes_per_second = 0;
  EngineKind engine = EngineKind::kEpoll;
  bool calibrate = false;             ///< load the null reflector instead of a server
  std::vector<std::string> warnings;  ///< problems of the machine before the run, for the verdict
  std::uint64_t seed = 1;
  std::int64_t duration_ns = 0;
  std::int64_t warmup_ns = 0;
  std::int64_t setup_timeout_ns = 0;  ///< to connect and verify every connection once
  std::int64_t setup_patience_ns =
      0;                           ///< … or less, if all are established and there are no replies
  std::int64_t timeout_ns = 0;     ///< a request without a reply is given up after this time
  bool kernel_timestamps = false;  ///< stamp replies on arrival in the kernel
  std::string json_path;           ///< empty: none; "-": standard output
  std::string hdr_path;
  bool quiet = false;
  bool control = false;  ///< read commands from standard input (see control.h)

  bool open_loop() const { return rate > 0; }
  /// Whether some connections are reopened for every request.
  bool churns() const { return churn || newcomers > 0; }
  int slow_peers() const { return slow_readers + slow_writers; }
  /// Whether requests have an intended start time, so that they can be late.
  bool timed() const { return open_loop() || think_ns > 0; }
};

/// The effective options, as in the result.
nlohmann::ordered_json to_json(const LoadOptions& options);

}  // namespace sockbench
