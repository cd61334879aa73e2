#pragma once

#include <liburing.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "common/error.h"

namespace sockbench {

/// liburing returns errors as negative numbers.
inline int check_result(int rc, std::string_view what) {
  if (rc < 0) errno = -rc;
  return check(rc < 0 ? -1 : rc, what);
}

/// A ring for `entries` submissions per call, with four completions each. `single_issuer`: only
/// this thread submits, and completions run when it waits (SINGLE_ISSUER, DEFER_TASKRUN).
inline void open_ring(io_uring& ring, unsigned entries, bool single_issuer) {
  constexpr unsigned kSingleIssuer = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
  io_uring_params params{};
  params.flags = IORING_SETUP_CQSIZE | (single_issuer ? kSingleIssuer : 0U);
  params.cq_entries = 4 * entries;
  check_result(::io_uring_queue_init_params(entries, &ring, &params), "io_uring_queue_init");
}

/// Lets the kernel choose the index of a directly accepted socket; liburing adds 1 (2.3 also to
/// IORING_FILE_INDEX_ALLOC).
inline constexpr unsigned kAnyPlace = IORING_FILE_INDEX_ALLOC - 1;

/// Registers a table of direct descriptors with the size of the process's descriptor limit, so that
/// both kinds have the same limit. Returns the size.
inline unsigned register_table(io_uring& ring) {
  constexpr rlim_t kMost = 1U << 20U;  // the limit of the kernel
  rlimit limit{};
  check(::getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
  const auto places = static_cast<unsigned>(std::min(limit.rlim_cur, kMost));
  check_result(::io_uring_register_files_sparse(&ring, places), "register a table of descriptors");
  return places;
}

}  // namespace sockbench
