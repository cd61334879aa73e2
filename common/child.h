#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/fd.h"

namespace sockbench {

/// Set by SIGINT and SIGTERM; waits end early and the run winds up in good order.
bool interrupted();
void watch_for_interrupt();

/// How a child is started.
struct ChildOptions {
  std::vector<std::string> command;
  std::vector<int> cpus;    ///< affinity; empty: as the parent's
  std::string stderr_path;  ///< appended to
  /// Called in this process with the child's id while the child waits for its exec; what it throws
  /// ends the child.
  std::function<void(pid_t)> before_exec = nullptr;
  /// Variables over the inherited ones.
  std::vector<std::pair<std::string, std::string>> environment = {};
  std::string folder = {};     ///< working folder; empty: as the parent's
  bool output_to_log = false;  ///< standard output goes where standard error goes
};

/// A child process that leads a process group of its own, with pipes to its standard input and
/// output. It dies with this process (PR_SET_PDEATHSIG), and its group is killed and reaped on
/// destruction.
class Child final {
 public:
  /// Throws std::system_error when the program cannot be started.
  explicit Child(const ChildOptions& options);
  ~Child();
  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  /// One line of its standard output, without the line feed; nullopt after `limit`, at the end of
  /// the stream, or when interrupted.
  std::optional<std::string> read_line(std::chrono::nanoseconds limit);
  /// Writes a line to its standard input; false when it no longer reads.
  bool write_line(const std::string& line);
  /// Its standard input ends.
  void close_input() { to_.reset(); }
  /// Stops or continues every process of the group (SIGSTOP, SIGCONT).
  void pause();
  void resume();
  /// "was ended by signal 9 (Killed)", "ended with status 3", or nullopt while it runs.
  std::optional<std::string> ending();
  void kill_group();

 private:
  pid_t pid_ = -1;
  Fd to_;
  Fd from_;
  std::string unread_;
  std::optional<int> status_;
};

}  // namespace sockbench
