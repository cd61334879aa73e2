#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace sockbench {

/// A control group (cgroups(7), version 1 or 2) of its own for a server, in which the kernel adds
/// up what it allocates on behalf of the processes in it: thread stacks, page tables, process and
/// file descriptors, epoll entries, socket inodes. It is the only account that the kernel keeps per
/// server. The group is removed on destruction; end its processes before.
class MemoryGroup final {
 public:
  /// Never throws for lack of permission: absent() then says why.
  MemoryGroup();
  ~MemoryGroup();
  MemoryGroup(const MemoryGroup&) = delete;
  MemoryGroup& operator=(const MemoryGroup&) = delete;
  MemoryGroup(MemoryGroup&&) = delete;
  MemoryGroup& operator=(MemoryGroup&&) = delete;

  /// Puts a process into the group; what it starts later is in it as well.
  void add(pid_t pid);
  /// Kernel memory of the group in bytes. nullopt when it cannot be read.
  std::optional<std::int64_t> kernel_bytes() const;
  /// The same once it has not changed for some time: what was freed is given back only after a
  /// grace period of RCU. Take it while the processes sleep or are stopped.
  std::optional<std::int64_t> settled_kernel_bytes() const;
  /// Why there is no figure, or empty.
  const std::string& absent() const { return absent_; }

 private:
  std::filesystem::path path_;
  std::string absent_;
};

/// The kernel's share in memory.stat of version 2: the lines "kernel" and "sock". nullopt when
/// there is no such line.
std::optional<std::int64_t> kernel_bytes_of_stat(const std::string& memory_stat);

}  // namespace sockbench
