#pragma once

namespace sockbench {

/// What a failed accept means for the accept loop (accept(2), "Error handling").
enum class AcceptFailure {
  kNothingThere,  ///< EAGAIN: the queue is empty
  kTransient,     ///< EINTR, a peer that gave up, a network error of that one connection: try again
  kExhausted,     ///< no descriptor or memory: a queued connection stays in the backlog, so a loop
                  ///< that simply tries again would spin; wait until something is closed
};

/// Sorts `error` (an errno); logs the first kExhausted. Throws std::system_error for any other.
AcceptFailure accept_failure(int error);

/// For threads that block in accept: returns when trying again makes sense. At the descriptor limit
/// that is after 10 ms, which costs nothing and loses nothing.
void wait_after_accept_failure(int error);

/// Those 10 ms, for whatever else a model has run out of.
void pause_before_retry();

/// How often an event loop that paused accepting tries again although none of its own connections
/// was closed: another process may have given descriptors or memory back.
inline constexpr int kAcceptRetryMs = 100;

}  // namespace sockbench
