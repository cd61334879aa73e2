#pragma once

namespace sockbench {

/// For Description::require. Throws std::runtime_error with one sentence if the kernel is older
/// than 6.1, or if io_uring is not permitted (kernel.io_uring_disabled, or seccomp, as often in
/// containers).
void require_io_uring();

}  // namespace sockbench
