#pragma once

#include <sys/types.h>

#include <optional>

namespace sockbench {

/// Forks a child that the kernel kills when this process ends for any reason. Returns 0 in the
/// child, in the parent the child's id. nullopt, logged the first time, if no process can be
/// created (EAGAIN, ENOMEM); the caller can wait and try again. Only the main thread may fork: the
/// kernel treats the end of the forking thread as the end of the parent.
std::optional<pid_t> fork_child();

}  // namespace sockbench
