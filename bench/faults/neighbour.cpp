#include "bench/faults/neighbour.h"

#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>

#include "common/clock.h"

namespace sockbench::faults {
namespace {

constexpr std::int64_t kLookEveryNs = kNsPerMs / 2;

/// CPU time of all threads of a process; 0 once it is gone.
std::int64_t cpu_time_ns(clockid_t clock) {
  timespec used{};
  if (::clock_gettime(clock, &used) != 0) return 0;
  return used.tv_sec * kNsPerSecond + used.tv_nsec;
}

/// Sleeps for a moment; true when the process that `pid_fd` names ended meanwhile, or before.
bool ended_within(int pid_fd, std::int64_t ns) {
  pollfd ending{pid_fd, POLLIN, 0};
  const timespec patience{0, ns};
  return ::ppoll(&ending, 1, &patience, nullptr) > 0;
}

void burn(std::int64_t ns) {
  const std::int64_t end = now_ns() + ns;
  while (now_ns() < end) {
  }
}

[[noreturn]] void live_beside(pid_t server, int pid_fd) {
  clockid_t clock{};
  if (::clock_getcpuclockid(server, &clock) != 0) ::_exit(0);  // it has ended
  std::int64_t before = cpu_time_ns(clock);
  while (!ended_within(pid_fd, 0)) {
    const std::int64_t now = cpu_time_ns(clock);
    if (now != before) {
      burn(kLookEveryNs);
    } else if (ended_within(pid_fd, kLookEveryNs)) {
      break;
    }
    before = now;
  }
  ::_exit(0);
}

/// fork(2), but a tracer that follows the server's children does not follow this one: it would
/// count the neighbour's system calls as the server's. Skips the handlers of pthread_atfork(3).
pid_t fork_untraced() {
  return static_cast<pid_t>(
      ::syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
}

/// In the child: leaves everything that it has in common with the server but the CPUs.
[[noreturn]] void move_out(pid_t server, int pid_fd) {
  ::setsid();
  if (fork_untraced() != 0) ::_exit(0);  // so that the neighbour has another parent
  ::prctl(PR_SET_NAME, "neighbour");
  // The server's pipes must end with the server.
  const auto kept = static_cast<unsigned int>(pid_fd);
  if (kept > 0) ::syscall(SYS_close_range, 0U, kept - 1, 0U);
  ::syscall(SYS_close_range, kept + 1, ~0U, 0U);
  live_beside(server, pid_fd);
}

}  // namespace

bool start_neighbour() {
  const pid_t server = ::getpid();
  const int pid_fd = static_cast<int>(::syscall(SYS_pidfd_open, server, 0));
  if (pid_fd < 0) return false;
  const pid_t child = fork_untraced();
  if (child == 0) move_out(server, pid_fd);
  ::syscall(SYS_close, pid_fd);  // not close(2), which this library replaces
  if (child < 0) return false;
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  return true;
}

}  // namespace sockbench::faults
