#pragma once

#include <liburing.h>
#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <vector>

#include "loadgen/engine/event.h"

namespace sockbench {

/// Completion: one multishot receive per connection into a ring of provided buffers, sends queued
/// and submitted together with the next wait, one in flight per connection and one queued behind
/// it. Needs Linux 6.1 (DEFER_TASKRUN); all calls must be from the thread that created it. Throws
/// UsageError if io_uring is not permitted. See Engine for the calls.
class IoUringEngine final {
 public:
  explicit IoUringEngine(const EngineOptions& options);
  ~IoUringEngine();
  IoUringEngine(const IoUringEngine&) = delete;
  IoUringEngine& operator=(const IoUringEngine&) = delete;
  IoUringEngine(IoUringEngine&&) = delete;
  IoUringEngine& operator=(IoUringEngine&&) = delete;

  int connect(Connection& connection, const Endpoint& server, const Endpoint& source);
  ssize_t send(Connection& connection, std::span<const char> bytes);
  void close(Connection& connection);
  bool wait(std::int64_t timeout_ns);
  bool next(EngineEvent& event);

 private:
  enum class Operation : std::uint8_t { kConnect, kReceive, kSend, kForget };

  /// The state of a connection in the ring.
  struct Slot {
    Connection* connection = nullptr;
    std::uint32_t generation = 0;  // identifies completions of an earlier socket
    bool sending = false;
    bool refused = false;  // send() was partial; kWritable must follow
    std::size_t sent = 0;
    std::vector<char> outgoing;  // untouched while `sending`
    std::vector<char> queued;    // sent next
  };
  struct Unmap {
    std::size_t bytes;
    void operator()(void* memory) const;
  };

  io_uring_sqe* entry(Operation operation, const Slot& slot);
  Slot& slot_of(Connection& connection);
  void receive(Slot& slot);
  void send_queued(Slot& slot);
  void submit_send(Slot& slot);
  bool complete(const io_uring_cqe& cqe, EngineEvent& event);
  bool complete_receive(const io_uring_cqe& cqe, Slot& slot, EngineEvent& event);
  bool complete_send(const io_uring_cqe& cqe, Slot& slot, EngineEvent& event);
  bool read_stamped(const io_uring_cqe& cqe, char* buffer, EngineEvent& event);
  void give_back_buffer();
  char* buffer(unsigned id);

  EngineOptions options_;
  io_uring ring_{};
  std::unique_ptr<io_uring_buf_ring, Unmap> buffer_ring_;
  std::vector<char> buffers_;
  std::vector<Slot> slots_;
  std::vector<Slot*> to_arm_;                 // their receive ended without a free buffer
  std::vector<std::vector<char>> abandoned_;  // still in use by sends of closed sockets
  msghdr stamped_{};                          // header of a stamped receive
  int held_buffer_ = -1;
};

}  // namespace sockbench
