// What the kernel allows, found by trying: sysctls alone do not tell, because capabilities, seccomp
// filters of containers and the hypervisor have their say as well.

#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "bench/machine/facts.h"
#include "common/fd.h"

namespace sockbench {
namespace {

int try_event(std::uint32_t type, std::uint64_t config) {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = type;
  attributes.config = config;
  attributes.disabled = 1;
  const Fd event(static_cast<int>(
      ::syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC)));
  return event ? 0 : errno;
}

int try_ring() {
  io_uring_params parameters{};
  const Fd ring(static_cast<int>(::syscall(SYS_io_uring_setup, 1, &parameters)));
  return ring ? 0 : errno;
}

}  // namespace

Probes try_permissions(std::optional<std::int64_t> tracepoint_id) {
  return {.perf_software = try_event(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES),
          .perf_tracepoint = tracepoint_id ? try_event(PERF_TYPE_TRACEPOINT,
                                                       static_cast<std::uint64_t>(*tracepoint_id))
                                           : ENOENT,
          .perf_hardware = try_event(PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES),
          .io_uring = try_ring()};
}

}  // namespace sockbench
