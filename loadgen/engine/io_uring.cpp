#include "loadgen/engine/io_uring.h"

// errqueue.h needs struct timespec but does not include <ctime>.
// clang-format off
#include <ctime>
#include <linux/errqueue.h>
// clang-format on

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include "common/clock.h"
#include "common/error.h"

namespace sockbench {
namespace {

constexpr unsigned kSubmissions = 1024;
constexpr unsigned kBuffers = 1024;  // a power of two
constexpr std::size_t kBufferBytes = 4096;
constexpr int kGroup = 0;
constexpr std::size_t kLargestSend = std::size_t{64} * 1024;
constexpr std::size_t kBufferRingBytes = kBuffers * sizeof(io_uring_buf);

// user_data: slot, generation and operation of a completion.
constexpr unsigned kGenerationBits = 30;
constexpr std::uint32_t kGenerations = 1U << kGenerationBits;

std::uint64_t pack(std::uint32_t slot, std::uint32_t generation, std::uint8_t operation) {
  return std::uint64_t{slot} << 32 | std::uint64_t{generation} << 2 | operation;
}

/// Room for a receive and a send completion of every connection, within the limits of the kernel.
unsigned completions_for(int connections) {
  return std::bit_ceil(std::clamp(static_cast<unsigned>(connections) * 4, 4096U, 65536U));
}

}  // namespace

void IoUringEngine::Unmap::operator()(void* memory) const { ::munmap(memory, bytes); }

IoUringEngine::IoUringEngine(const EngineOptions& options)
    : options_(options),
      buffer_ring_(nullptr, Unmap{kBufferRingBytes}),
      buffers_(kBuffers * kBufferBytes),
      slots_(static_cast<std::size_t>(options.connections)) {
  io_uring_params params{};
  params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE;
  params.cq_entries = completions_for(options.connections);
  const int rc = ::io_uring_queue_init_params(kSubmissions, &ring_, &params);
  if (rc < 0) {
    throw UsageError("--engine io_uring is not permitted here, or needs Linux 6.1 (" +
                     std::generic_category().message(-rc) + "); use --engine epoll.");
  }
  void* memory =
      ::mmap(nullptr, kBufferRingBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) check(-1, "mmap of the buffer ring");
  buffer_ring_.reset(static_cast<io_uring_buf_ring*>(memory));
  io_uring_buf_reg registration{};
  registration.ring_addr = reinterpret_cast<std::uintptr_t>(memory);
  registration.ring_entries = kBuffers;
  registration.bgid = kGroup;
  errno = -::io_uring_register_buf_ring(&ring_, &registration, 0);
  check(errno == 0 ? 0 : -1, "io_uring_register_buf_ring");
  ::io_uring_buf_ring_init(buffer_ring_.get());
  const int mask = ::io_uring_buf_ring_mask(kBuffers);
  for (unsigned id = 0; id < kBuffers; ++id) {
    ::io_uring_buf_ring_add(buffer_ring_.get(), buffer(id), kBufferBytes,
                            static_cast<unsigned short>(id), mask, static_cast<int>(id));
  }
  ::io_uring_buf_ring_advance(buffer_ring_.get(), kBuffers);
  stamped_.msg_controllen = CMSG_SPACE(sizeof(scm_timestamping));
}

IoUringEngine::~IoUringEngine() { ::io_uring_queue_exit(&ring_); }

int IoUringEngine::connect(Connection& connection, const Endpoint& server, const Endpoint& source) {
  if (const int error = open_socket(connection, options_, server.family(), source)) return error;
  io_uring_sqe* sqe = entry(Operation::kConnect, slot_of(connection));
  ::io_uring_prep_connect(sqe, connection.fd.get(), server.get(), server.length);
  return 0;
}

ssize_t IoUringEngine::send(Connection& connection, std::span<const char> bytes) {
  Slot& slot = slot_of(connection);
  const std::size_t count = std::min(bytes.size(), kLargestSend - slot.queued.size());
  slot.queued.insert(slot.queued.end(), bytes.begin(),
                     bytes.begin() + static_cast<std::ptrdiff_t>(count));
  slot.refused = count < bytes.size();
  if (!slot.sending) send_queued(slot);
  return static_cast<ssize_t>(count);
}

void IoUringEngine::close(Connection& connection) {
  if (!connection.fd) return;
  Slot& slot = slot_of(connection);
  slot.generation = (slot.generation + 1) % kGenerations;
  if (std::exchange(slot.sending, false)) abandoned_.push_back(std::move(slot.outgoing));
  slot.queued.clear();
  slot.refused = false;
  std::erase(to_arm_, &slot);
  // The receive keeps the socket open until it is cancelled, so the close is linked behind the
  // cancel. Both must be in one submission.
  if (::io_uring_sq_space_left(&ring_) < 2) ::io_uring_submit(&ring_);
  io_uring_sqe* cancel = entry(Operation::kForget, slot);
  ::io_uring_prep_cancel_fd(cancel, connection.fd.get(), IORING_ASYNC_CANCEL_ALL);
  cancel->flags |= IOSQE_IO_HARDLINK;
  ::io_uring_prep_close(entry(Operation::kForget, slot), connection.fd.release());
}

bool IoUringEngine::wait(std::int64_t timeout_ns) {
  give_back_buffer();
  for (Slot* slot : to_arm_) receive(*slot);
  to_arm_.clear();
  int rc = 0;
  if (timeout_ns == 0) {
    rc = ::io_uring_submit_and_get_events(&ring_);
  } else {
    __kernel_timespec timeout{timeout_ns / kNsPerSecond, timeout_ns % kNsPerSecond};
    io_uring_cqe* first = nullptr;
    rc = ::io_uring_submit_and_wait_timeout(&ring_, &first, 1, &timeout, nullptr);
  }
  if (rc < 0 && rc != -ETIME && rc != -EINTR && rc != -EAGAIN && rc != -EBUSY) {
    errno = -rc;
    check(-1, "io_uring_enter");
  }
  return ::io_uring_cq_ready(&ring_) > 0;
}

bool IoUringEngine::next(EngineEvent& event) {
  give_back_buffer();
  for (io_uring_cqe* cqe = nullptr; ::io_uring_peek_cqe(&ring_, &cqe) == 0;) {
    const bool found = complete(*cqe, event);
    ::io_uring_cqe_seen(&ring_, cqe);
    if (found) return true;
    give_back_buffer();
  }
  return false;
}

/// Converts a completion to an event; false if there is none.
bool IoUringEngine::complete(const io_uring_cqe& cqe, EngineEvent& event) {
  if ((cqe.flags & IORING_CQE_F_BUFFER) != 0) {
    held_buffer_ = static_cast<int>(cqe.flags >> IORING_CQE_BUFFER_SHIFT);
  }
  Slot& slot = slots_[cqe.user_data >> 32];
  const auto operation = static_cast<Operation>(cqe.user_data & 3);
  const auto generation = static_cast<std::uint32_t>(cqe.user_data >> 2) % kGenerations;
  if (operation == Operation::kForget || generation != slot.generation) return false;
  event = {.connection = slot.connection};
  if (operation == Operation::kReceive) return complete_receive(cqe, slot, event);
  if (operation == Operation::kSend) return complete_send(cqe, slot, event);
  event.error = -cqe.res;
  if (cqe.res == 0) {
    event.kind = EngineEvent::Kind::kConnected;
    receive(slot);
  }
  return true;
}

bool IoUringEngine::complete_receive(const io_uring_cqe& cqe, Slot& slot, EngineEvent& event) {
  const bool goes_on = (cqe.flags & IORING_CQE_F_MORE) != 0;
  if (cqe.res == -ENOBUFS || (cqe.res > 0 && !goes_on)) to_arm_.push_back(&slot);
  if (cqe.res == -ENOBUFS) return false;
  if (cqe.res > 0) {
    char* bytes = buffer(static_cast<unsigned>(held_buffer_));
    if (options_.kernel_timestamps) return read_stamped(cqe, bytes, event);
    event.kind = EngineEvent::Kind::kBytes;
    event.bytes = {bytes, static_cast<std::size_t>(cqe.res)};
  } else {
    event.error = -cqe.res;
  }
  return true;
}

/// A stamped receive has a header and the stamp before the bytes (io_uring_prep_recvmsg(3)).
bool IoUringEngine::read_stamped(const io_uring_cqe& cqe, char* buffer, EngineEvent& event) {
  io_uring_recvmsg_out* out = ::io_uring_recvmsg_validate(buffer, cqe.res, &stamped_);
  SOCKBENCH_ASSERT(out != nullptr);
  const unsigned length = ::io_uring_recvmsg_payload_length(out, cqe.res, &stamped_);
  if (length == 0) {
    std::erase(to_arm_, &slots_[cqe.user_data >> 32]);
    return true;  // end of stream
  }
  event.kind = EngineEvent::Kind::kBytes;
  event.bytes = {static_cast<const char*>(::io_uring_recvmsg_payload(out, &stamped_)), length};
  const cmsghdr* header = ::io_uring_recvmsg_cmsg_firsthdr(out, &stamped_);
  if (header != nullptr && header->cmsg_type == SCM_TIMESTAMPING) {
    scm_timestamping stamps{};
    std::memcpy(&stamps, CMSG_DATA(header), sizeof stamps);
    event.stamp_ns = stamps.ts[0].tv_sec * kNsPerSecond + stamps.ts[0].tv_nsec;
  }
  return true;
}

bool IoUringEngine::complete_send(const io_uring_cqe& cqe, Slot& slot, EngineEvent& event) {
  if (cqe.res < 0) {
    event.error = -cqe.res;
    return true;
  }
  slot.sent += static_cast<std::size_t>(cqe.res);
  if (slot.sent < slot.outgoing.size()) {
    submit_send(slot);
    return false;
  }
  slot.sending = false;
  if (!slot.queued.empty()) send_queued(slot);
  event.kind = EngineEvent::Kind::kWritable;
  return std::exchange(slot.refused, false);
}

io_uring_sqe* IoUringEngine::entry(Operation operation, const Slot& slot) {
  if (::io_uring_sq_space_left(&ring_) == 0) ::io_uring_submit(&ring_);
  io_uring_sqe* sqe = ::io_uring_get_sqe(&ring_);
  SOCKBENCH_ASSERT(sqe != nullptr);
  const auto index = static_cast<std::uint32_t>(&slot - slots_.data());
  ::io_uring_sqe_set_data64(sqe,
                            pack(index, slot.generation, static_cast<std::uint8_t>(operation)));
  return sqe;
}

IoUringEngine::Slot& IoUringEngine::slot_of(Connection& connection) {
  Slot& slot = slots_[connection.slot];
  slot.connection = &connection;
  return slot;
}

void IoUringEngine::receive(Slot& slot) {
  io_uring_sqe* sqe = entry(Operation::kReceive, slot);
  const int fd = slot.connection->fd.get();
  if (options_.kernel_timestamps) {
    ::io_uring_prep_recvmsg_multishot(sqe, fd, &stamped_, 0);
  } else {
    ::io_uring_prep_recv_multishot(sqe, fd, nullptr, 0, 0);
  }
  sqe->flags |= IOSQE_BUFFER_SELECT;
  sqe->buf_group = kGroup;
}

void IoUringEngine::send_queued(Slot& slot) {
  slot.outgoing.swap(slot.queued);
  slot.queued.clear();
  slot.sent = 0;
  slot.sending = true;
  submit_send(slot);
}

void IoUringEngine::submit_send(Slot& slot) {
  io_uring_sqe* sqe = entry(Operation::kSend, slot);
  ::io_uring_prep_send(sqe, slot.connection->fd.get(), slot.outgoing.data() + slot.sent,
                       slot.outgoing.size() - slot.sent, MSG_NOSIGNAL | MSG_WAITALL);
}

void IoUringEngine::give_back_buffer() {
  const int id = std::exchange(held_buffer_, -1);
  if (id < 0) return;
  ::io_uring_buf_ring_add(buffer_ring_.get(), buffer(static_cast<unsigned>(id)), kBufferBytes,
                          static_cast<unsigned short>(id), ::io_uring_buf_ring_mask(kBuffers), 0);
  ::io_uring_buf_ring_advance(buffer_ring_.get(), 1);
}

char* IoUringEngine::buffer(unsigned id) { return buffers_.data() + id * kBufferBytes; }

}  // namespace sockbench
