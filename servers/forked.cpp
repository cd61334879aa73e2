// A process per connection: the parent only accepts and forks; each child blocks in recv and send
// of its connection until the peer closes, then exits. The parent closes its copy of the connection
// immediately, otherwise the peer would not see the close.
//
// System calls per request: 2 (recv, send), each recv usually a switch between address spaces.
// Limits: processes (RLIMIT_NPROC, pid_max, the control group's pids.max) and their memory. A
// connection without a process is kept, unserved, until one can be created.
// Differs from `threaded`: nothing is shared, so a crash ends one connection; creating and ending a
// process costs several times as much as a thread.

#include <sys/wait.h>

#include <csignal>

#include "common/error.h"
#include "servers/accept_errors.h"
#include "servers/child_process.h"
#include "servers/serve_connection.h"
#include "servers/server.h"

namespace sockbench {

const Description kDescription = {
    .name = "forked",
    .title = "A process per connection",
    .family = "processes",
    .summary = "The parent accepts and forks; every connection has its own blocking process.",
    .syscalls = {{"recvfrom", 1}, {"sendto", 1}},
    .syscalls_formula = "2",
    .limits = "processes: RLIMIT_NPROC, pid_max, memory",
    .use_when = "Few connections that must be isolated from each other.",
    .max_connections = unlimited,
};

namespace {

/// Ignoring SIGCHLD would need no handler, but then the kernel discards the children's CPU time
/// instead of adding it to the parent's (getrusage(2), RUSAGE_CHILDREN).
void reap_children(int /*signal*/) {
  const int interrupted_errno = errno;
  while (::waitpid(-1, nullptr, WNOHANG) > 0) {
  }
  errno = interrupted_errno;
}

void reap_on_sigchld() {
  struct sigaction action {};
  action.sa_handler = reap_children;
  action.sa_flags = SA_RESTART | SA_NOCLDSTOP;
  check(::sigaction(SIGCHLD, &action, nullptr), "sigaction SIGCHLD");
}

}  // namespace

void serve(const Fd& listener, const ServerOptions& options) {
  reap_on_sigchld();
  for (;;) {
    const Fd connection(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection) {
      wait_after_accept_failure(errno);
      continue;
    }
    std::optional<pid_t> child = fork_child();
    for (; !child; child = fork_child()) pause_before_retry();
    if (*child != 0) continue;  // the parent closes its copy
    ::close(listener.get());
    ReceiveBuffer buffer;
    serve_connection(connection.get(), Session(options.protocol, buffer));
    ::_exit(kExitOk);
  }
}

}  // namespace sockbench
