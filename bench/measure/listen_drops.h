#pragma once

#include <cstdint>
#include <optional>

namespace sockbench {

/// How many connection attempts the kernel dropped because the queue of a listening TCP socket
/// (IPv4) was full: a dropped one is made again after a second (RFC 6298), which no server shows.
/// Unlike ListenOverflows of /proc/net/netstat it is this socket's own count, so other programs of
/// the machine have no part in it. Several sockets on one port (SO_REUSEPORT) are added up. nullopt
/// when nobody listens there or the kernel has no sock_diag(7).
std::optional<std::uint64_t> listen_drops(std::uint16_t port);

}  // namespace sockbench
