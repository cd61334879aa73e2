#pragma once

#include <sys/types.h>

#include <vector>

namespace sockbench {

/// Keeps CPUs out of their idle states: on each, a process of the lowest priority (SCHED_IDLE,
/// nice 19) spins until destruction. A server that wakes up takes the CPU from it at once. Without
/// it, what a wake-up from idleness costs (on a virtual machine an exit to the hypervisor and back)
/// is most of the CPU time of a request that comes alone, and differs from second to second.
class KeepAwake final {
 public:
  /// Throws std::system_error when a process cannot be started.
  explicit KeepAwake(const std::vector<int>& cpus);
  ~KeepAwake();
  const std::vector<pid_t>& processes() const { return spinners_; }
  KeepAwake(const KeepAwake&) = delete;
  KeepAwake& operator=(const KeepAwake&) = delete;
  KeepAwake(KeepAwake&&) = delete;
  KeepAwake& operator=(KeepAwake&&) = delete;

 private:
  void end();

  std::vector<pid_t> spinners_;
};

}  // namespace sockbench
