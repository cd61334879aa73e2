#pragma once

#include <sys/types.h>

#include <optional>

namespace sockbench {

/// Forks a child that the kernel kills when this process ends, however that happens: in the child
/// the value is 0, in the parent the child's id. nullopt, logged the first time, when there is no
/// process to be had (EAGAIN, ENOMEM); others may end, so waiting and trying again makes sense.
/// Only the main thread forks: the kernel counts the end of the forking thread as the parent's.
std::optional<pid_t> fork_child();

}  // namespace sockbench
