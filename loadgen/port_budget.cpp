#include "loadgen/port_budget.h"

#include <netinet/in.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>

#include "common/error.h"
#include "common/units.h"

namespace sockbench {
namespace {

// The assumed maximum of a closed loop. One blocking connection at a time reached 16,000/s over
// loopback on a shared two-core machine; larger machines are faster.
constexpr double kFastestConnectsPerSecond = 100'000;

/// The first number in a file of /proc; nullopt if there is none.
std::optional<std::int64_t> number_in(const std::string& path) {
  std::ifstream file(path);
  std::int64_t number = 0;
  if (!(file >> number)) return std::nullopt;
  return number;
}

double seconds(std::int64_t ns) { return static_cast<double>(ns) / kNsPerSecond; }

std::string whole(double value) { return std::to_string(static_cast<std::int64_t>(value)); }

/// "28232 local ports (32768-60999, 1 source address)"
std::string describe_supply(double supply, std::uint64_t sources, const PortSettings& settings) {
  return whole(supply) + " local ports (net.ipv4.ip_local_port_range " +
         std::to_string(settings.first_port) + "-" + std::to_string(settings.last_port) + ", " +
         std::to_string(sources) + (sources == 1 ? " source address)" : " source addresses)");
}

/// "--source 127.0.0.0/8", or other addresses if the server is not on the loopback interface.
std::string source_advice(const PortDemand& demand, double wanted_ports,
                          const PortSettings& settings) {
  if (demand.loopback) return "spread the connections with --source 127.0.0.0/8";
  return "spread the connections with --source over " +
         whole(std::ceil(wanted_ports / static_cast<double>(settings.ports()))) +
         " addresses of this machine";
}

/// The ports that a churn run needs, and the available ones.
struct Churn {
  double connects_per_second = 0;
  double remembered_s = 0;  ///< time for which closed connections keep ports
  double supply = 0;
  double held = 0;

  double taken(const PortSettings& settings) const {
    return held + std::min(connects_per_second * remembered_s,
                           static_cast<double>(settings.max_tw_buckets));
  }
  /// The highest rate that needs at most `ports`.
  double rate_within(double ports) const { return std::max(0.0, ports - held) / remembered_s; }
};

std::string churn_sentence(PortRisk risk, const PortDemand& demand, const Churn& churn,
                           const PortSettings& settings) {
  const std::int64_t unusable_ns = settings.unusable_ns(demand.loopback);
  const std::string supply = describe_supply(churn.supply, demand.sources, settings);
  const std::string stays = ", and each stays unusable for " +
                            format_duration_ns(static_cast<double>(unusable_ns)) +
                            " after its connection was closed";
  const std::string fails = format_count(churn.rate_within(churn.supply)) + " connections/s";
  const std::string slows = format_count(churn.rate_within(churn.supply / 2)) + " connections/s";
  std::string text;
  if (risk == PortRisk::kRunsOut) {
    const double after_s = (churn.supply - churn.held) / churn.connects_per_second;
    text = "A connection per request at " + format_count(churn.connects_per_second) +
           "/s will run out of local ports after " + format_duration_ns(after_s * 1e9) +
           ": there are " + supply + stays;
  } else if (risk == PortRisk::kMayRunOut) {
    text = "A connection per request in a closed loop may run out of local ports: there are " +
           supply + stays + ", enough for " + fails + ", and finding a free port is slow above " +
           slows;
  } else {
    text =
        "A connection per request at " + format_count(churn.connects_per_second) +
        "/s takes more than half of the " + supply + stays +
        ", so that the kernel's search for a free port will be a large part of the measured time";
  }
  const double wanted = 2 * churn.taken(settings);
  text += "; " + source_advice(demand, wanted, settings) + ", or keep --rate below " + slows;
  if (unusable_ns >= kTimeWaitNs && settings.timestamps) {
    text += ", or set net.ipv4.tcp_tw_reuse to 1";
  }
  return text + ".";
}

std::optional<PortWarning> churn_warning(const PortDemand& demand, const PortSettings& settings,
                                         double supply) {
  const std::int64_t unusable_ns = settings.unusable_ns(demand.loopback);
  const Churn churn = {
      .connects_per_second = demand.connects_per_second.value_or(kFastestConnectsPerSecond),
      .remembered_s = seconds(std::min(unusable_ns, demand.duration_ns)),
      .supply = supply,
      .held = static_cast<double>(demand.connections)};
  const double taken = churn.taken(settings);
  // connect(2) tries the ports of one parity first (__inet_hash_connect). When these are used, it
  // checks all of them before each success: 57 µs per connection up to half of 28,232 ports, 2,200
  // µs above (Linux 6.18).
  if (taken <= supply / 2) return std::nullopt;
  PortRisk risk = PortRisk::kSlowsDown;
  if (!demand.connects_per_second) {
    risk = PortRisk::kMayRunOut;
  } else if (taken > supply) {
    risk = PortRisk::kRunsOut;
  }
  return PortWarning{risk, churn_sentence(risk, demand, churn, settings)};
}

}  // namespace

std::int64_t PortSettings::unusable_ns(bool loopback) const {
  const bool reused = timestamps && (tw_reuse == 1 || (tw_reuse == 2 && loopback));
  return reused ? std::min(reuse_delay_ns, kTimeWaitNs) : kTimeWaitNs;
}

std::optional<PortSettings> read_port_settings(const std::string& folder) {
  PortSettings settings;
  std::ifstream range(folder + "/ip_local_port_range");
  if (!(range >> settings.first_port >> settings.last_port)) return std::nullopt;
  if (settings.first_port < 0 || settings.last_port < settings.first_port) return std::nullopt;
  settings.tw_reuse = static_cast<int>(number_in(folder + "/tcp_tw_reuse").value_or(0));
  settings.timestamps = number_in(folder + "/tcp_timestamps").value_or(1) != 0;
  const auto delay_ms = number_in(folder + "/tcp_tw_reuse_delay");
  if (delay_ms) settings.reuse_delay_ns = *delay_ms * kNsPerMs;
  settings.max_tw_buckets =
      number_in(folder + "/tcp_max_tw_buckets").value_or(settings.max_tw_buckets);
  return settings;
}

bool is_loopback(const Endpoint& endpoint) {
  if (endpoint.family() == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &endpoint.address, sizeof v4);
    return (ntohl(v4.sin_addr.s_addr) >> 24) == IN_LOOPBACKNET;
  }
  if (endpoint.family() != AF_INET6) return false;
  sockaddr_in6 v6{};
  std::memcpy(&v6, &endpoint.address, sizeof v6);
  const in6_addr& address = v6.sin6_addr;
  return IN6_IS_ADDR_LOOPBACK(&address) ||
         (IN6_IS_ADDR_V4MAPPED(&address) && address.s6_addr[12] == IN_LOOPBACKNET);
}

std::optional<PortWarning> port_warning(const PortDemand& demand, const PortSettings& settings) {
  const double supply = static_cast<double>(settings.ports()) * static_cast<double>(demand.sources);
  const auto connections = static_cast<double>(demand.connections);
  if (connections > supply) {
    return PortWarning{PortRisk::kRunsOut,
                       "--connections " + std::to_string(demand.connections) +
                           " needs as many local ports towards one server address, and there are " +
                           describe_supply(supply, demand.sources, settings) + "; " +
                           source_advice(demand, connections, settings) +
                           ", or use fewer connections."};
  }
  if (!demand.churn || demand.duration_ns <= 0) return std::nullopt;
  return churn_warning(demand, settings, supply);
}

std::optional<std::string> descriptor_warning(std::uint64_t connections, std::uint64_t reserve,
                                              std::uint64_t limit) {
  const std::uint64_t needed = connections + reserve;
  if (needed <= limit) return std::nullopt;
  return "--connections " + std::to_string(connections) + " needs " + std::to_string(needed) +
         " descriptors, and at most " + std::to_string(limit) +
         " may be open; raise the hard limit with 'ulimit -n " + std::to_string(needed) +
         "' as root, or use fewer connections.";
}

}  // namespace sockbench
