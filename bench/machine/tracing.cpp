#include "bench/machine/tracing.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>

#include "common/fd.h"

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

namespace {

/// tracefs, mounted nowhere; without a descriptor and with errno where that is not permitted. By
/// number: the functions of that name came to the C library years later.
Fd detached_tracefs() {
  const Fd context(static_cast<int>(::syscall(SYS_fsopen, "tracefs", FSOPEN_CLOEXEC)));
  if (!context) return {};
  if (::syscall(SYS_fsconfig, context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) {
    return {};
  }
  return Fd(static_cast<int>(::syscall(SYS_fsmount, context.get(), FSMOUNT_CLOEXEC, 0)));
}

std::optional<std::int64_t> number_in(const Fd& file) {
  std::array<char, 32> text{};
  const ssize_t length = ::read(file.get(), text.data(), text.size());
  if (length <= 0) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + length, number);
  return error == std::errc() ? std::optional(number) : std::nullopt;
}

}  // namespace

std::optional<std::int64_t> read_tracepoint_id(const std::filesystem::path& root,
                                               const std::string& event) {
  for (const char* place : {"sys/kernel/tracing", "sys/kernel/debug/tracing"}) {
    std::ifstream file(root / place / "events" / event / "id");
    if (std::int64_t id = 0; file >> id) return id;
  }
  return std::nullopt;
}

Tracepoint find_tracepoint(const std::string& event) {
  Tracepoint found{.id = read_tracepoint_id("/", event)};
  if (found.id) return found;
  const std::string usual = "/sys/kernel/tracing/events/" + event + "/id";
  found.error = ::access(usual.c_str(), R_OK) == 0 ? 0 : errno;
  const Fd root = detached_tracefs();
  if (!root) {
    // EACCES is of a tracefs that is mounted; else it matters that it could not be mounted.
    if (found.error != EACCES) found.error = errno;
    return found;
  }
  const Fd file(::openat(root.get(), ("events/" + event + "/id").c_str(), O_RDONLY | O_CLOEXEC));
  found.error = file ? EINVAL : errno;  // EINVAL: not a number
  if (file) found.id = number_in(file);
  found.own_mount = found.id.has_value();
  return found;
}

}  // namespace sockbench
