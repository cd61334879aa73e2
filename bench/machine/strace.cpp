#include "bench/machine/strace.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace sockbench {
namespace {

std::string try_strace() {
  // posix_spawn does not write to its arguments; its interface is older than const.
  char* const command[] = {const_cast<char*>("strace"), const_cast<char*>("-f"),
                           const_cast<char*>("-o"),     const_cast<char*>("/dev/null"),
                           const_cast<char*>("true"),   nullptr};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t pid = -1;
  const int error = ::posix_spawnp(&pid, command[0], &actions, nullptr, command, environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error == ENOENT) return "strace is not installed: 'apt-get install strace'";
  if (error != 0) return std::string("strace cannot be started: ") + std::strerror(error);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return "";
  return "strace may not trace here: a container needs '--cap-add SYS_PTRACE'";
}

}  // namespace

const std::string& why_no_strace() {
  static const std::string reason = try_strace();
  return reason;
}

}  // namespace sockbench
