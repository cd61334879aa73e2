#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/clock.h"
#include "common/socket.h"

namespace sockbench {

/// How long a closed connection keeps its local port: TCP_TIMEWAIT_LEN, include/net/tcp.h. It is a
/// constant of the kernel; net.ipv4.tcp_fin_timeout is about another state.
inline constexpr std::int64_t kTimeWaitNs = 60 * kNsPerSecond;

/// The settings of the kernel in net.ipv4.* (Documentation/networking/ip-sysctl.rst).
struct PortSettings {
  int first_port = 32768;  ///< ip_local_port_range, both ends included
  int last_port = 60999;
  int tw_reuse = 2;                            ///< tcp_tw_reuse: 0 off, 1 on, 2 for loopback only
  bool timestamps = true;                      ///< tcp_timestamps; without them no port is reused
  std::int64_t reuse_delay_ns = kNsPerSecond;  ///< tcp_tw_reuse_delay, since Linux 6.14
  std::int64_t max_tw_buckets = 262144;  ///< tcp_max_tw_buckets: beyond it no TIME_WAIT at all

  std::int64_t ports() const { return last_port - first_port + 1; }
  /// How long a port stays unusable towards one server address after this side closed.
  std::int64_t unusable_ns(bool loopback) const;
};

/// nullopt if the port range cannot be read. Other missing settings have the value of kernels
/// without them.
std::optional<PortSettings> read_port_settings(const std::string& folder = "/proc/sys/net/ipv4");

/// 127.0.0.0/8, ::ffff:127.0.0.0/104 or ::1. Not an address of another interface of this machine:
/// its packets stay in the machine, but tcp_tw_reuse = 2 does not apply.
bool is_loopback(const Endpoint& endpoint);

/// The requirements of a run.
struct PortDemand {
  std::int64_t connections = 1;  ///< open at once, to one server address
  bool churn = false;            ///< a connection per request, closed by this side first
  /// Churn in open loop; nullopt in closed loop.
  std::optional<double> connects_per_second = std::nullopt;
  std::int64_t duration_ns = 0;  ///< including the warm-up
  std::uint64_t sources = 1;
  bool loopback = true;  ///< the server's address or the sources' is_loopback()
};

enum class PortRisk : std::uint8_t {
  kRunsOut,    ///< by arithmetic: connect(2) will fail with EADDRNOTAVAIL
  kMayRunOut,  ///< closed loop: depends on how fast the server is
  kSlowsDown,  ///< no connect fails, but finding a free port takes most of the measured time
};

struct PortWarning {
  PortRisk risk;
  std::string sentence;
};

/// Checks whether the ports suffice. Ports used by other processes are not known.
std::optional<PortWarning> port_warning(const PortDemand& demand, const PortSettings& settings);

/// A sentence if `connections` and `reserve` additional descriptors exceed `limit`.
std::optional<std::string> descriptor_warning(std::uint64_t connections, std::uint64_t reserve,
                                              std::uint64_t limit);

}  // namespace sockbench
