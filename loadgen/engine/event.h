#pragma once

#include <cstdint>
#include <span>

#include "common/fd.h"
#include "common/socket.h"
#include "loadgen/connection.h"

namespace sockbench {

enum class EngineKind : std::uint8_t { kEpoll, kIoUring };

struct EngineOptions {
  bool kernel_timestamps = false;
  bool stamp_sends = false;     ///< send_stamped() will be called
  bool reset_on_close = false;  ///< avoid TIME_WAIT
  int connections = 0;          ///< maximum number
};

struct EngineEvent {
  enum class Kind : std::uint8_t {
    kConnected,
    kBytes,
    kEnded,    ///< or not connected; the owner calls close()
    kWritable  ///< the rest of a partial send() can be sent
  };

  Connection* connection = nullptr;
  Kind kind = Kind::kEnded;
  std::span<const char> bytes = {};  ///< of kBytes; valid until the engine is called again
  std::int64_t stamp_ns = 0;  ///< of kBytes: CLOCK_REALTIME of its arrival in the kernel, or 0
  int error = 0;              ///< of kEnded: errno; 0: the peer closed
};

/// A non-blocking TCP socket with the options of every connection, bound to `source` unless empty.
/// Returns 0 or the errno of an expected failure (EMFILE, EADDRNOTAVAIL); throws std::system_error
/// if an option is not accepted.
int open_socket(Connection& connection, const EngineOptions& options, int family,
                const Endpoint& source);

}  // namespace sockbench
