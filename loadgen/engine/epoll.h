#pragma once

#include <sys/epoll.h>
#include <sys/types.h>

#include <cstddef>
#include <vector>

#include "loadgen/engine/event.h"

namespace sockbench {

/// Readiness: level-triggered epoll, one recv per event, send at once and EPOLLOUT only after
/// EAGAIN. Needs no special permissions. See Engine for the calls.
class EpollEngine final {
 public:
  explicit EpollEngine(const EngineOptions& options);

  int connect(Connection& connection, const Endpoint& server, const Endpoint& source);
  ssize_t send(Connection& connection, std::span<const char> bytes);
  ssize_t send_stamped(Connection& connection, std::span<const char> bytes, std::int64_t& stamp_ns);
  void close(Connection& connection);
  bool wait(std::int64_t timeout_ns);
  bool next(EngineEvent& event);

 private:
  bool finish_connect(Connection& connection, EngineEvent& event);
  bool receive(Connection& connection, EngineEvent& event);
  ssize_t receive_stamped(int fd, std::int64_t& stamp_ns);
  ssize_t after_send(Connection& connection, ssize_t rc, std::size_t bytes);
  void watch(Connection& connection, int operation, bool writable);

  EngineOptions options_;
  Fd epoll_;
  std::vector<epoll_event> events_;
  std::size_t next_ = 0;
  std::size_t ready_ = 0;
  std::vector<char> buffer_;
};

}  // namespace sockbench
