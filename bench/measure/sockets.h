#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace sockbench {

/// How many connection attempts the kernel dropped because the queue of a listening TCP socket
/// (IPv4) was full: a dropped one is made again after a second (RFC 6298), which no server shows.
/// Unlike ListenOverflows of /proc/net/netstat it is this socket's own count, so other programs of
/// the machine have no part in it. Several sockets on one port (SO_REUSEPORT) are added up. nullopt
/// when no socket listens there or the kernel has no sock_diag(7).
std::optional<std::uint64_t> listen_drops(std::uint16_t port);

/// What was read back of the options of a process's connections.
struct NagleCount {
  int sampled = 0;  ///< connected TCP sockets that were looked at
  int on = 0;       ///< of these without TCP_NODELAY: a small send may wait for an acknowledgement
};

/// Looks at up to `most` connections of the leader's process tree, through copies of its
/// descriptors (pidfd_getfd(2), Linux 5.6). nullopt when none can be seen: no permission to trace
/// the process, or no connection.
std::optional<NagleCount> nagle_of(pid_t leader, int most = 64);

}  // namespace sockbench
