#pragma once

namespace sockbench::faults {

/// Starts a process on the CPUs of this one, but outside its process tree, group and session, that
/// burns CPU time exactly while this process uses some, and ends with it: what another tenant of a
/// machine would do, at the worst moments. False when it cannot be started.
bool start_neighbour();

}  // namespace sockbench::faults
