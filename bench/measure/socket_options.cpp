#include "bench/measure/socket_options.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "bench/measure/process_group.h"
#include "common/fd.h"

namespace sockbench {
namespace {

namespace fs = std::filesystem;

/// glibc has wrappers for these only from 2.36 on.
Fd open_process(pid_t pid) { return Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))); }
Fd copy_of(const Fd& process, int descriptor) {
  return Fd(static_cast<int>(::syscall(SYS_pidfd_getfd, process.get(), descriptor, 0)));
}

bool is_connected(const Fd& socket) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  return ::getpeername(socket.get(), reinterpret_cast<sockaddr*>(&peer), &size) == 0;
}

void look_at(pid_t pid, int most, NagleCount& count) {
  const Fd process = open_process(pid);
  if (!process) return;
  std::error_code gone;
  fs::directory_iterator entry("/proc/" + std::to_string(pid) + "/fd", gone);
  for (const fs::directory_iterator end; entry != end && count.sampled < most;
       entry.increment(gone)) {
    std::error_code closed;
    if (fs::read_symlink(entry->path(), closed).string().rfind("socket:", 0) != 0) continue;
    const Fd socket = copy_of(process, std::stoi(entry->path().filename().string()));
    int on = 0;
    socklen_t size = sizeof on;
    // It fails on what is no TCP socket.
    if (!socket || ::getsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, &size) != 0) continue;
    if (!is_connected(socket)) continue;
    ++count.sampled;
    if (on == 0) ++count.on;
  }
}

}  // namespace

std::optional<NagleCount> nagle_of(pid_t leader, int most) {
  NagleCount count;
  for (const pid_t pid : process_tree(leader)) {
    if (count.sampled >= most) break;
    look_at(pid, most, count);
  }
  return count.sampled == 0 ? std::nullopt : std::optional(count);
}

}  // namespace sockbench
