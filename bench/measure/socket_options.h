#pragma once

#include <sys/types.h>

#include <optional>

namespace sockbench {

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
