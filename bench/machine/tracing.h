#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace sockbench {

/// Why strace cannot trace a program that this process starts, with what to do about it; empty when
/// it can. Tries it once, which takes some milliseconds. It needs no privilege, but some containers
/// forbid ptrace(2).
const std::string& why_no_strace();

/// A kernel tracepoint's number, which perf_event_open(2) wants; it stands in tracefs.
struct Tracepoint {
  std::optional<std::int64_t> id;
  bool own_mount = false;  ///< tracefs is not mounted; it was read through a mount of our own
  int error = 0;           ///< why there is no id: an errno
};

/// Where every system call passes.
inline constexpr const char* kSyscallEntry = "raw_syscalls/sys_enter";

/// The tracepoint `event`. Where tracefs is not mounted, and this
/// process may mount it, it is read through a detached mount (fsmount(2), Linux 5.2): that is in no
/// mount table and ends when this returns, so no other process sees it.
Tracepoint find_tracepoint(const std::string& event);

/// The same from a tracefs that is mounted below `root`.
std::optional<std::int64_t> read_tracepoint_id(const std::filesystem::path& root,
                                               const std::string& event);

}  // namespace sockbench
