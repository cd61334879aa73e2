#include "bench/run/keep_awake.h"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

namespace sockbench {
namespace {

/// In a child: calls nothing that allocates, for the parent may have had threads.
[[noreturn]] void spin_on(int cpu, pid_t parent) {
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(static_cast<std::size_t>(cpu), &only);
  const sched_param none{};
  const bool ready = ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && ::getppid() == parent &&
                     ::sched_setscheduler(0, SCHED_IDLE, &none) == 0 &&
                     ::setpriority(PRIO_PROCESS, 0, 19) == 0 &&
                     ::sched_setaffinity(0, sizeof only, &only) == 0;
  if (!ready) ::_exit(1);
  for (volatile unsigned turns = 0;;) turns = turns + 1;
}

}  // namespace

KeepAwake::KeepAwake(const std::vector<int>& cpus) {
  const pid_t parent = ::getpid();
  spinners_.reserve(cpus.size());
  for (const int cpu : cpus) {
    const pid_t child = ::fork();
    if (child == 0) spin_on(cpu, parent);
    if (child < 0) {
      const std::system_error failure(errno, std::generic_category(), "fork");
      end();
      throw failure;
    }
    spinners_.push_back(child);
  }
}

KeepAwake::~KeepAwake() { end(); }

void KeepAwake::end() {
  for (const pid_t spinner : spinners_) {
    ::kill(spinner, SIGKILL);
    ::waitpid(spinner, nullptr, 0);
  }
  spinners_.clear();
}

}  // namespace sockbench
