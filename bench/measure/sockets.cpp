#include "bench/measure/sockets.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>

#include "bench/measure/process_group.h"
#include "common/fd.h"

namespace sockbench {

namespace {

struct Request {
  nlmsghdr header;
  inet_diag_req_v2 body;
};

bool ask_for_listeners(int netlink) {
  Request request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.body.sdiag_family = AF_INET;
  request.body.sdiag_protocol = IPPROTO_TCP;
  request.body.idiag_ext = 1U << (INET_DIAG_SKMEMINFO - 1);
  request.body.idiag_states = 1U << TCP_LISTEN;
  return ::send(netlink, &request, sizeof request, 0) == sizeof request;
}

/// The drops in one answer; nullopt when it is about another port or does not tell.
std::optional<std::uint64_t> drops_in(const nlmsghdr* message, std::uint16_t port) {
  inet_diag_msg socket{};
  std::memcpy(&socket, NLMSG_DATA(message), sizeof socket);
  if (ntohs(socket.id.idiag_sport) != port) return std::nullopt;
  const auto* start = static_cast<const char*>(NLMSG_DATA(message)) + NLMSG_ALIGN(sizeof socket);
  const char* end = reinterpret_cast<const char*>(message) + message->nlmsg_len;
  while (end - start >= static_cast<std::ptrdiff_t>(sizeof(rtattr))) {
    rtattr attribute{};
    std::memcpy(&attribute, start, sizeof attribute);
    if (attribute.rta_len < sizeof attribute || attribute.rta_len > end - start) break;
    if (attribute.rta_type == INET_DIAG_SKMEMINFO &&
        attribute.rta_len >= RTA_LENGTH((SK_MEMINFO_DROPS + 1) * sizeof(std::uint32_t))) {
      std::uint32_t drops = 0;
      std::memcpy(&drops, start + RTA_LENGTH(SK_MEMINFO_DROPS * sizeof drops), sizeof drops);
      return drops;
    }
    start += RTA_ALIGN(attribute.rta_len);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> listen_drops(std::uint16_t port) {
  const Fd netlink(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!netlink || !ask_for_listeners(netlink.get())) return std::nullopt;
  std::optional<std::uint64_t> sum;
  alignas(nlmsghdr) std::array<char, 32'768> answer{};
  for (;;) {
    const ssize_t received = ::recv(netlink.get(), answer.data(), answer.size(), 0);
    if (received < 0 && errno == EINTR) continue;
    if (received <= 0) return std::nullopt;
    auto left = static_cast<unsigned>(received);
    const void* first = answer.data();
    for (const auto* message = static_cast<const nlmsghdr*>(first); NLMSG_OK(message, left);
         message = NLMSG_NEXT(message, left)) {
      if (message->nlmsg_type == NLMSG_DONE) return sum;
      if (message->nlmsg_type == NLMSG_ERROR) return std::nullopt;
      if (const auto drops = drops_in(message, port)) sum = sum.value_or(0) + *drops;
    }
  }
}

namespace {

namespace fs = std::filesystem;

/// glibc has wrappers for these only from 2.36 on.
Fd open_process(pid_t pid) { return Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))); }
Fd copy_of(const Fd& process, int descriptor) {
  return Fd(static_cast<int>(::syscall(SYS_pidfd_getfd, process.get(), descriptor, 0)));
}

bool is_connected(const Fd& socket) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  return ::getpeername(socket.get(), reinterpret_cast<sockaddr*>(&peer), &size) == 0;
}

void look_at(pid_t pid, int most, NagleCount& count) {
  const Fd process = open_process(pid);
  if (!process) return;
  std::error_code gone;
  fs::directory_iterator entry("/proc/" + std::to_string(pid) + "/fd", gone);
  for (const fs::directory_iterator end; entry != end && count.sampled < most;
       entry.increment(gone)) {
    std::error_code closed;
    if (fs::read_symlink(entry->path(), closed).string().rfind("socket:", 0) != 0) continue;
    const Fd socket = copy_of(process, std::stoi(entry->path().filename().string()));
    int on = 0;
    socklen_t size = sizeof on;
    // It fails on what is no TCP socket.
    if (!socket || ::getsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, &size) != 0) continue;
    if (!is_connected(socket)) continue;
    ++count.sampled;
    if (on == 0) ++count.on;
  }
}

}  // namespace

std::optional<NagleCount> nagle_of(pid_t leader, int most) {
  NagleCount count;
  for (const pid_t pid : process_tree(leader)) {
    if (count.sampled >= most) break;
    look_at(pid, most, count);
  }
  return count.sampled == 0 ? std::nullopt : std::optional(count);
}

}  // namespace sockbench
