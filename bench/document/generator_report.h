#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "bench/document/cell.h"

/// What the load generator reports of one restart, as far as the harness reads it.
namespace sockbench {

struct GeneratorReport {
  struct Generator {
    double cpu_ns_per_request = kNaN;
    double cpu_utilisation = kNaN;
    double little_ratio = kNaN;
    double schedule_adherence = kNaN;
  };
  struct Service {
    double jain = kNaN;
    std::optional<std::vector<double>> reply_shares;
    int starved_connections = 0;
    int stalled_connections = 0;
    std::optional<std::uint64_t> waited_for_others;
    double slowest_connection_p99_ns = kNaN;
  };
  struct Connections {
    int asked = 0;
    int verified = 0;
    std::uint64_t no_port = 0;
    std::optional<std::uint64_t> listen_drops;
    std::optional<std::uint64_t> server_nagle_on;
    std::optional<std::uint64_t> generator_nagle_on;
  };
  struct SlowPeers {
    SlowPeerCounts readers;
    SlowPeerCounts writers;
  };
  struct Burst {
    std::optional<Times> last_reply_ns;  ///< none when no burst was answered completely
    double generator_utilisation = kNaN;
  };
  struct Stamps {
    std::optional<std::string> absent;  ///< why none were compared
    std::optional<Times> send_error_ns;
    std::uint64_t after_send = 0;
    std::uint64_t arrivals = 0;
    std::uint64_t before_arrival = 0;
  };
  Generator generator;
  Service fairness;
  Connections connections;
  std::map<std::string, std::uint64_t> ledger;  ///< by kind
  std::optional<SlowPeers> slow_peers;
  std::optional<Burst> burst;
  std::optional<Stamps> stamp_check;
  std::map<std::string, Times> times;  ///< by the keys of kKindsOfTimes; those that were recorded
};

/// Throws UsageError that names the place where a value has the wrong type.
GeneratorReport parse_generator_report(const nlohmann::ordered_json& json);

}  // namespace sockbench
