#pragma once

#include <liburing.h>
#include <sys/mman.h>

#include <cstdint>

#include "common/error.h"
#include "servers/session.h"
#include "servers/uring_setup.h"

namespace sockbench {

inline constexpr int kBufferGroup = 0;
// One cache line more than is received, so that buffers do not start in the same few cache sets.
inline constexpr std::size_t kBufferStride = sizeof(ReceiveBuffer) + 64;

/// Receive buffers that the kernel takes and the server returns (io_uring_register_buf_ring(3)).
class BufferRing final {
 public:
  BufferRing(io_uring& ring, unsigned count);
  BufferRing(const BufferRing&) = delete;
  BufferRing& operator=(const BufferRing&) = delete;
  BufferRing(BufferRing&&) = delete;
  BufferRing& operator=(BufferRing&&) = delete;
  ~BufferRing();

  char* at(unsigned id) { return memory_ + id * kBufferStride; }
  void give_back(unsigned id);

 private:
  unsigned count_;
  std::size_t ring_bytes_;
  std::size_t bytes_;
  io_uring_buf_ring* ring_ = nullptr;
  char* memory_ = nullptr;
};

inline BufferRing::BufferRing(io_uring& ring, unsigned count)
    : count_(count), ring_bytes_(count * sizeof(io_uring_buf)), bytes_(count * kBufferStride) {
  const auto map = [](std::size_t bytes) {  // populated, to avoid page faults later
    void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED) check(-1, "mmap of the receive buffers");
    return memory;
  };
  ring_ = static_cast<io_uring_buf_ring*>(map(ring_bytes_));
  memory_ = static_cast<char*>(map(bytes_));
  io_uring_buf_reg registration{};
  registration.ring_addr = reinterpret_cast<std::uintptr_t>(ring_);
  registration.ring_entries = count;
  registration.bgid = kBufferGroup;
  check_result(::io_uring_register_buf_ring(&ring, &registration, 0), "register the buffer ring");
  ::io_uring_buf_ring_init(ring_);
  for (unsigned id = 0; id < count; ++id) give_back(id);
}

inline void BufferRing::give_back(unsigned id) {
  ::io_uring_buf_ring_add(ring_, at(id), sizeof(ReceiveBuffer), static_cast<unsigned short>(id),
                          ::io_uring_buf_ring_mask(count_), 0);
  ::io_uring_buf_ring_advance(ring_, 1);
}

inline BufferRing::~BufferRing() {
  ::munmap(ring_, ring_bytes_);
  ::munmap(memory_, bytes_);
}

}  // namespace sockbench
