#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/fd.h"
#include "tests/support/deadline.h"

namespace sockbench::test {

struct ChildOptions {
  /// Soft limit of descriptors; the hard one stays as it is.
  std::optional<rlim_t> descriptor_limit = std::nullopt;
  /// Soft limit of queued signals (RLIMIT_SIGPENDING).
  std::optional<rlim_t> pending_signal_limit = std::nullopt;
  /// Run it as the user nobody, with this soft limit of processes for all that this user runs.
  /// Needs root, whom the limit does not concern.
  std::optional<rlim_t> process_limit_as_nobody = std::nullopt;
};

/// A program that a test started, with pipes to its standard input and output; its standard error
/// is collected in a memory file. It has no other descriptor and a process group of its own.
/// Nothing is left behind: the destructor kills and reaps the group, and the kernel kills the
/// program when the test dies.
class ChildProcess final {
 public:
  /// Throws std::system_error when the program cannot be started.
  explicit ChildProcess(const std::vector<std::string>& command, ChildOptions options = {});
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  pid_t pid() const { return pid_; }
  void signal(int number) const;
  void write_stdin(std::string_view bytes) const;
  void close_stdin() { stdin_.reset(); }

  /// The next line of standard output without its newline. Throws std::runtime_error with what the
  /// program said on standard error when the output ends, or nothing comes, before the line does.
  std::string read_line(Deadline deadline = Deadline());
  /// Everything else that it writes to standard output, to the end of it.
  std::string read_to_end(Deadline deadline = Deadline());
  /// What it has written to standard error so far.
  std::string stderr_text() const;

  /// The exit status as a shell reports it, 128 + N for signal N; nullopt when it is still running
  /// at the deadline.
  std::optional<int> wait_for_exit(Deadline deadline = Deadline());
  /// Whether every process of the group is gone in time. Only meaningful where the test program is
  /// the reaper of orphans (adopt_orphans).
  bool group_is_gone(Deadline deadline = Deadline()) const;

 private:
  bool read_more(Deadline deadline);

  pid_t pid_ = -1;
  Fd pid_fd_;
  Fd stdin_;
  Fd stdout_;
  Fd stderr_;
  std::string unread_;
  std::optional<int> status_;
};

/// Makes this process the parent of what its children leave behind, so that it can be found.
void adopt_orphans();

}  // namespace sockbench::test
