#include "servers/child_process.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include "common/error.h"
#include "servers/log.h"

namespace sockbench {

std::optional<pid_t> fork_child() {
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) {
    const int error = errno;
    if (error != EAGAIN && error != ENOMEM) check(child, "fork");
    static bool logged = false;
    if (!std::exchange(logged, true)) {
      log_warning("fork: " + std::generic_category().message(error) + "; retrying");
    }
    return std::nullopt;
  }
  if (child == 0) {
    check(::prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl PR_SET_PDEATHSIG");
    if (::getppid() != parent) ::_exit(kExitOk);  // the parent ended before the line above
  }
  return child;
}

}  // namespace sockbench
