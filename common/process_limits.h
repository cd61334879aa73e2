#pragma once

#include <cstdint>
#include <vector>

namespace sockbench {

/// CPUs that the calling thread may run on, in ascending order.
std::vector<int> allowed_cpus();

/// Lets the calling thread, and children that it starts, run on `cpus` only; not empty.
void pin_this_thread(const std::vector<int>& cpus);

/// Raises the soft limit of open descriptors to the hard one, for this process and its children,
/// and returns the limit that then holds: the old one where the hard limit is above fs.nr_open.
std::uint64_t raise_descriptor_limit();

}  // namespace sockbench
