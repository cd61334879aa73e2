#include "servers/require_io_uring.h"

#include <liburing.h>

#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>

namespace sockbench {
namespace {

std::string reason(int error) {
  switch (error) {
    case EPERM:
    case EACCES:
      return "io_uring is not permitted here, by kernel.io_uring_disabled or a sandbox";
    case ENOSYS:
      return "this kernel or sandbox has no io_uring";
    case EINVAL:
      return "this kernel's io_uring is older than Linux 6.1";
    default:
      return "io_uring cannot be set up here";
  }
}

}  // namespace

void require_io_uring() {
  io_uring ring{};
  const int error =
      -::io_uring_queue_init(1, &ring, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);
  if (error != 0) {
    throw std::runtime_error(reason(error) + ": " + std::generic_category().message(error) + ".");
  }
  ::io_uring_queue_exit(&ring);
}

}  // namespace sockbench
