#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sockbench::test {

// What /proc says of a process and its descendants together, so that a model which forks is held to
// the same rules as one that does not.

/// `root` and its descendants that are alive.
std::vector<pid_t> process_tree(pid_t root);
/// Those in the table of an io_uring included.
std::size_t open_descriptors(pid_t root);
/// Anonymous memory (heap and stacks); pages that several processes share are counted once.
std::int64_t private_memory_bytes(pid_t root);
std::int64_t cpu_time_ns(pid_t root);
/// Stops every process of the tree with SIGSTOP; returns when the kernel reports all as stopped, or
/// false when that does not happen in time.
bool stop_tree(pid_t root);
void continue_tree(pid_t root);

/// Raises this process's soft limit of descriptors to at least `wanted`; false when the hard limit
/// forbids it.
bool allow_descriptors(std::size_t wanted);
/// Changes another process's soft limit of descriptors.
void set_descriptor_limit(pid_t pid, std::size_t soft_limit);
/// What the hypervisor gives to others, as /proc/stat tells it.
class StolenTime final {
 public:
  StolenTime();
  /// Share of the time of all CPUs since it was made; 0 where the kernel does not tell.
  double share() const;

 private:
  double stolen_ticks_;
  double all_ticks_;
};
/// Whether the user nobody may run the program: it and all folders above it let others in.
bool others_may_run(const std::string& program);

}  // namespace sockbench::test
