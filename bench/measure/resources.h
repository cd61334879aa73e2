#pragma once

#include <cstdint>

namespace sockbench {

/// What contestants that are alive at the same time share.
struct Resources {
  std::int64_t memory_bytes = 0;
  std::int64_t descriptors = 0;  ///< open files of the whole system
  std::int64_t tasks = 0;        ///< threads and processes
};

/// What the system has left: MemAvailable, fs.file-max less what is open, and the smaller of
/// kernel.threads-max and kernel.pid_max less what exists. A limit that cannot be read is none.
Resources available_resources();

Resources operator+(const Resources& a, const Resources& b);
/// In every respect.
bool within(const Resources& used, const Resources& budget);

}  // namespace sockbench
