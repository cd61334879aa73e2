#include "loadgen/engine/event.h"

#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>

#include "common/error.h"
#include "loadgen/source_addresses.h"

namespace sockbench {

int open_socket(Connection& connection, const EngineOptions& options, int family,
                const Endpoint& source) {
  Fd fd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return errno;
  const int on = 1;
  check(::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "setsockopt TCP_NODELAY");
  if (options.kernel_timestamps || options.stamp_sends) {
    unsigned flags = SOF_TIMESTAMPING_SOFTWARE;
    if (options.kernel_timestamps) flags |= SOF_TIMESTAMPING_RX_SOFTWARE;
    if (options.stamp_sends) flags |= SOF_TIMESTAMPING_OPT_TSONLY;
    const int rc = ::setsockopt(fd.get(), SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof flags);
    // Stamps of sends are optional: they are used for a check only.
    if (options.kernel_timestamps) check(rc, "--timestamps kernel: setsockopt SO_TIMESTAMPING");
  }
  if (options.reset_on_close) {
    const linger abort{.l_onoff = 1, .l_linger = 0};
    check(::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &abort, sizeof abort),
          "setsockopt SO_LINGER");
  }
  if (const int error = bind_source(fd.get(), source)) return error;
  connection.fd = std::move(fd);
  return 0;
}

}  // namespace sockbench
