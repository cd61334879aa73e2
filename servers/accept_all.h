#pragma once

#include <sys/socket.h>

#include <cerrno>
#include <climits>
#include <utility>

#include "common/fd.h"
#include "servers/accept_errors.h"

namespace sockbench {

/// Passes every queued connection of a non-blocking listener to `take_over(Fd)`, also non-blocking.
/// False at the descriptor limit: the rest stays in the backlog, and the caller must not wait for
/// the listener, which stays ready, but until one of its connections is closed, or for
/// kAcceptRetryMs. Stops after `most`: a level-triggered caller is notified again.
template <typename TakeOver>
bool accept_all(int listener, TakeOver take_over, int most = INT_MAX) {
  while (most > 0) {
    Fd fd(::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd) {
      take_over(std::move(fd));
      --most;
      continue;
    }
    const AcceptFailure failure = accept_failure(errno);
    if (failure != AcceptFailure::kTransient) return failure != AcceptFailure::kExhausted;
  }
  return true;
}

}  // namespace sockbench
