#pragma once

#include <liburing.h>
#include <sys/resource.h>

#include <algorithm>

#include "common/error.h"
#include "servers/buffer_ring.h"

namespace sockbench {

/// Where an accepted socket goes; liburing adds 1 (2.3 does so also to IORING_FILE_INDEX_ALLOC).
inline constexpr unsigned kAnyPlace = IORING_FILE_INDEX_ALLOC - 1;

/// Gives the ring a table of descriptors of its own, with as many places as the process might open
/// ordinary ones, so that both kinds have the same limit. Returns their number.
inline unsigned register_table(io_uring& ring) {
  constexpr rlim_t kMost = 1U << 20U;  // the kernel's own limit
  rlimit limit{};
  check(::getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
  const auto places = static_cast<unsigned>(std::min(limit.rlim_cur, kMost));
  check_result(::io_uring_register_files_sparse(&ring, places), "register a table of descriptors");
  return places;
}

}  // namespace sockbench
