#pragma once

namespace sockbench {

/// The meaning of a failed accept for the accept loop (accept(2), "Error handling").
enum class AcceptFailure {
  kNothingThere,  ///< EAGAIN: the queue is empty
  kTransient,     ///< EINTR, an aborted connection, or its network error: try again
  kExhausted,     ///< no descriptor or memory: a queued connection stays in the backlog, so a loop
                  ///< that simply tries again would spin; wait until something is closed
};

/// Classifies `error` (an errno); logs the first kExhausted. Throws std::system_error for other
/// errors.
AcceptFailure accept_failure(int error);

/// For threads that block in accept: returns when accept should be tried again, at the descriptor
/// limit after 10 ms.
void wait_after_accept_failure(int error);

/// Waits these 10 ms, for other exhausted resources.
void pause_before_retry();

/// The interval at which an event loop that paused accepting tries again even if none of its
/// connections was closed: another process may have freed descriptors or memory.
inline constexpr int kAcceptRetryMs = 100;

}  // namespace sockbench
