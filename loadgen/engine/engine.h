#pragma once

#include <cstdint>
#include <variant>

#include "loadgen/engine/epoll.h"
#include "loadgen/engine/io_uring.h"

namespace sockbench {

/// The socket I/O of a worker. One branch on a constant per call, no virtual call.
class Engine final {
 public:
  Engine(EngineKind kind, const EngineOptions& options) : engine_(make(kind, options)) {}

  /// Starts connecting; kConnected or kEnded follows. Returns 0, or the errno of an immediate
  /// failure.
  int connect(Connection& connection, const Endpoint& server, const Endpoint& source) {
    return std::visit([&](auto& engine) { return engine.connect(connection, server, source); },
                      engine_);
  }
  /// Passes bytes to the kernel, or to the engine, which copies them. Returns the number of
  /// accepted bytes; kWritable follows if it is not all. -errno: the connection is broken.
  ssize_t send(Connection& connection, std::span<const char> bytes) {
    return std::visit([&](auto& engine) { return engine.send(connection, bytes); }, engine_);
  }
  /// send() with the time at which the kernel sent the last byte (CLOCK_REALTIME); `stamp_ns` is
  /// unchanged if the stamp is not available immediately. Costs a microsecond more.
  ssize_t send_stamped(Connection& connection, std::span<const char> bytes,
                       std::int64_t& stamp_ns) {
    if (auto* epoll = std::get_if<EpollEngine>(&engine_)) {
      return epoll->send_stamped(connection, bytes, stamp_ns);
    }
    return send(connection, bytes);  // io_uring only queues it here
  }
  /// Closes the socket; it has no further events.
  void close(Connection& connection) {
    std::visit([&](auto& engine) { engine.close(connection); }, engine_);
  }
  /// Waits for events; false if there was none before the time-out.
  bool wait(std::int64_t timeout_ns) {
    return std::visit([&](auto& engine) { return engine.wait(timeout_ns); }, engine_);
  }
  /// The next event of the last wait; false if there is none left.
  bool next(EngineEvent& event) {
    return std::visit([&](auto& engine) { return engine.next(event); }, engine_);
  }

 private:
  using Either = std::variant<EpollEngine, IoUringEngine>;
  static Either make(EngineKind kind, const EngineOptions& options) {
    if (kind == EngineKind::kIoUring) return Either(std::in_place_type<IoUringEngine>, options);
    return Either(std::in_place_type<EpollEngine>, options);
  }

  Either engine_;
};

}  // namespace sockbench
