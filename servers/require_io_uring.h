#pragma once

namespace sockbench {

/// For Description::require. Throws std::runtime_error, one sentence, where the kernel is older
/// than 6.1 or, as containers often do, forbids io_uring (kernel.io_uring_disabled, seccomp).
void require_io_uring();

}  // namespace sockbench
