#pragma once

#include <string>

namespace sockbench {

/// Why strace cannot trace a program that this process starts, with what to do about it; empty when
/// it can. Tries it once, which takes some milliseconds. It needs no privilege, but some containers
/// forbid ptrace(2).
const std::string& why_no_strace();

}  // namespace sockbench
