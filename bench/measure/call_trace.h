#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "bench/measure/counters.h"

namespace sockbench {

/// The system calls of a program that runs below strace, with all its threads and children: for
/// machines on which the kernel's own counters may not be used. strace needs no privilege, but
/// stops the program twice at each call; nothing of it can be timed.
class CallTrace final {
 public:
  /// `file`: where strace writes a line for each call; removed on destruction.
  explicit CallTrace(std::filesystem::path file);
  ~CallTrace();
  CallTrace(const CallTrace&) = delete;
  CallTrace& operator=(const CallTrace&) = delete;
  CallTrace(CallTrace&&) = delete;
  CallTrace& operator=(CallTrace&&) = delete;

  /// The command line that runs `command` below strace.
  std::vector<std::string> below_strace(const std::vector<std::string>& command) const;
  /// The calls since the program began, by name under kSyscallPrefix, and all under kSyscalls. A
  /// call counts when it returns, or when another thread's call is written first.
  Counts read();

 private:
  std::filesystem::path path_;
  std::ifstream file_;
  std::string unread_;  // the beginning of a line
  std::map<std::string, std::uint64_t> calls_;
};

/// The name of the call that begins on this line of strace's output, "1234 recvfrom(0x3, …" or
/// without the process; empty where none does ("<... recvfrom resumed>", "+++ exited"). Pure.
std::string call_begun(const std::string& line);

}  // namespace sockbench
