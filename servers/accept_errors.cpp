#include "servers/accept_errors.h"

#include <atomic>
#include <cerrno>
#include <ctime>
#include <system_error>

#include "common/clock.h"
#include "servers/log.h"

namespace sockbench {

AcceptFailure accept_failure(int error) {
  switch (error) {
    case EAGAIN:
      return AcceptFailure::kNothingThere;
    case EINTR:
    case ECONNABORTED:
    case ENETDOWN:
    case EPROTO:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
    case EPERM:  // a firewall rule rejected this one
      return AcceptFailure::kTransient;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM: {
      static std::atomic_flag logged;
      if (!logged.test_and_set()) {
        log_warning("accept: " + std::generic_category().message(error) +
                    "; new connections wait in the backlog until one is closed");
      }
      return AcceptFailure::kExhausted;
    }
    default:
      throw std::system_error(error, std::generic_category(), "accept");
  }
}

void wait_after_accept_failure(int error) {
  if (accept_failure(error) == AcceptFailure::kExhausted) pause_before_retry();
}

void pause_before_retry() {
  const timespec pause{0, 10 * kNsPerMs};
  ::clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, nullptr);
}

}  // namespace sockbench
