// io_uring: one submission each makes the kernel accept and receive continuously (multishot); it
// puts received bytes into buffers of a shared ring and queues completions. One thread converts
// each to a reply, queues its send, and submits all sends with the same system call that waits for
// the next completions. A send transfers as much as the socket buffer accepts; only the rest is
// copied and waits for a slow reader.
//
// System calls per request: 1/k (one io_uring_enter submits and waits for k connections).
//
// Limits: descriptors. Needs Linux 6.1. Connections without a free buffer wait in a list until
// sends return buffers. For a slow reader the server stores the bytes of one wait, at most a
// receive window (tcp_rmem).
//
// Differs from `epoll`: the kernel reports received bytes, not readiness, and connections share
// system calls.

#include <liburing.h>

#include <bit>
#include <deque>
#include <memory>
#include <vector>

#include "common/clock.h"
#include "common/error.h"
#include "servers/accept_errors.h"
#include "servers/buffer_ring.h"
#include "servers/require_io_uring.h"
#include "servers/server.h"
#include "servers/uring_setup.h"

namespace sockbench {
namespace {

/// In the order of the description; docs/comparisons.md compares the last two.
struct Options {
  unsigned ring_entries;
  unsigned buffers;
  bool direct_descriptors;
  bool single_issuer;

  explicit Options(const ServerOptions& options)
      : ring_entries(static_cast<unsigned>(options.model_options[0])),
        buffers(static_cast<unsigned>(options.model_options[1])),
        direct_descriptors(options.model_options[2] == 1),
        single_issuer(options.model_options[3] == 1) {}
};

}  // namespace

const Description kDescription = {
    .name = "io_uring",
    .title = "io_uring with multishot operations",
    .family = "completion",
    .summary = "One thread submits sends and waits for received bytes in the same system call.",
    .syscalls = {{"io_uring_enter", 1}},
    .syscalls_formula = "1/k",
    .limits = "descriptors; Linux 6.1, and a sandbox that permits io_uring",
    .use_when =
        "Many active connections on kernels that permit it: system calls are shared by "
        "all that are ready.",
    .max_connections = unlimited,
    .model_options =
        {{"ring-entries", "submissions per system call; four completions each", 1024, 1, 8192},
         {"buffers", "receive buffers for all connections, a power of two", 1024, 1, 32768},
         {"direct-descriptors", "1: sockets in the descriptor table of the ring", 0, 0, 1},
         {"single-issuer", "1: completions run when the thread waits (DEFER_TASKRUN)", 1, 0, 1}},
    .require =
        [](const ServerOptions& options) {
          if (!std::has_single_bit(Options(options).buffers)) {
            throw UsageError("--buffers must be a power of two.");
          }
          require_io_uring();
        },
    .listener_outlives_process = true,
};

namespace {

/// The operation of a completion, in the low bits of its user data; the other bits are the
/// connection.
enum class Operation : std::uint8_t { kAccept, kReceive, kSend, kSendRest, kForget };
constexpr std::uintptr_t kOperationBits = 7;

Operation operation_of(const io_uring_cqe& cqe) {
  return static_cast<Operation>(cqe.user_data & kOperationBits);
}

enum class Receiving : std::uint8_t {
  kNo,
  kStarved,  // restart when a buffer is free
  kYes       // until a completion ends it
};

struct Connection {
  int socket;  // owned; closed through the ring
  Session session;
  Receiving receiving = Receiving::kNo;
  bool sending = false;
  bool stalled = false;          // slow peer: receive nothing until it has read
  bool end_seen = false;         // end of the peer's stream: close after all replies
  bool closing = false;          // close as soon as no operation is in flight
  int send_result = 0;           // result of a submitted kSend
  int buffer = -1;               // buffer of the reply that is being sent, unless it is in `now`
  std::vector<char> later = {};  // received while a reply is being sent
  std::vector<char> now = {};    // the former `later`, while it is being sent
};

Connection& connection_of(const io_uring_cqe& cqe) {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): the kernel returns user data as a number
  return *reinterpret_cast<Connection*>(cqe.user_data & ~kOperationBits);
}

/// The `i`th pending completion.
const io_uring_cqe& completion(const io_uring& ring, unsigned i) {
  return ring.cq.cqes[(*ring.cq.khead + i) & ring.cq.ring_mask];
}

class IoUringServer final {
 public:
  IoUringServer(int listener, const ServerOptions& options);
  ~IoUringServer() { ::io_uring_queue_exit(&ring_); }
  IoUringServer(const IoUringServer&) = delete;
  IoUringServer& operator=(const IoUringServer&) = delete;
  IoUringServer(IoUringServer&&) = delete;
  IoUringServer& operator=(IoUringServer&&) = delete;
  [[noreturn]] void run();

 private:
  void submit_and_wait();
  void settle_sends(unsigned completions);
  void complete(const io_uring_cqe& cqe);
  void accepted(int result, bool goes_on);
  void received(Connection& connection, const io_uring_cqe& cqe);
  void received_bytes(Connection& connection, unsigned buffer, std::size_t count);
  void sent(Connection& connection, int result);
  void accept();
  void receive(Connection& connection);
  void receive_starved();
  void stop_receiving(Connection& connection);
  void send(Connection& connection, Operation operation);
  void give_back(unsigned buffer);
  void close(Connection& connection);
  io_uring_sqe* entry(Operation operation, Connection* connection);
  bool table_full() const { return options_.direct_descriptors && connections_ == table_size_; }
  unsigned socket_flag() const { return options_.direct_descriptors ? IOSQE_FIXED_FILE : 0; }

  int listener_;
  const Protocol& protocol_;
  const Options options_;
  io_uring ring_{};
  std::unique_ptr<BufferRing> buffers_;
  unsigned free_buffers_;
  std::vector<Connection*> unsettled_;  // with a queued or submitted kSend
  std::vector<Connection*> settling_;
  bool hurry_ = false;               // one of them must continue as soon as it is settled
  std::deque<Connection*> starved_;  // their receive ended without a free buffer
  unsigned connections_ = 0;
  unsigned table_size_ = 0;  // of direct descriptors
  bool accepting_ = false;   // false at the descriptor limit, until a connection ends
};

IoUringServer::IoUringServer(int listener, const ServerOptions& options)
    : listener_(listener),
      protocol_(options.protocol),
      options_(options),
      free_buffers_(options_.buffers) {
  open_ring(ring_, options_.ring_entries, options_.single_issuer);
  if (options_.direct_descriptors) table_size_ = register_table(ring_);
  buffers_ = std::make_unique<BufferRing>(ring_, options_.buffers);
  accept();
}

void IoUringServer::run() {
  for (;;) {
    submit_and_wait();
    const unsigned completions = ::io_uring_cq_ready(&ring_);
    settle_sends(completions);
    for (unsigned i = 0; i < completions; ++i) complete(completion(ring_, i));
    ::io_uring_cq_advance(&ring_, completions);
    receive_starved();
  }
}

void IoUringServer::submit_and_wait() {
  int rc = 0;
  if (hurry_ || !starved_.empty()) {
    rc = ::io_uring_submit_and_get_events(&ring_);
  } else if (accepting_) {
    rc = ::io_uring_submit_and_wait(&ring_, 1);
  } else {
    __kernel_timespec retry{0, kAcceptRetryMs * kNsPerMs};
    io_uring_cqe* first = nullptr;
    rc = ::io_uring_submit_and_wait_timeout(&ring_, &first, 1, &retry, nullptr);
    if (rc == -ETIME) {
      if (!table_full()) accept();
      return;
    }
  }
  if (rc != -EINTR && rc != -EAGAIN && rc != -EBUSY) check_result(rc, "io_uring_enter");
}

/// A kSend is done when it is submitted, and completes only if it was partial. So without
/// outstanding completions all others were complete.
void IoUringServer::settle_sends(unsigned completions) {
  for (unsigned i = 0; i < completions; ++i) {
    const io_uring_cqe& cqe = completion(ring_, i);
    if (operation_of(cqe) == Operation::kSend) connection_of(cqe).send_result = cqe.res;
  }
  hurry_ = ::io_uring_cq_has_overflow(&ring_) || ::io_uring_sq_ready(&ring_) > 0;
  if (hurry_) return;
  settling_.swap(unsettled_);
  for (Connection* connection : settling_) sent(*connection, connection->send_result);
  settling_.clear();
}

void IoUringServer::complete(const io_uring_cqe& cqe) {
  switch (operation_of(cqe)) {
    case Operation::kAccept:
      return accepted(cqe.res, (cqe.flags & IORING_CQE_F_MORE) != 0);
    case Operation::kReceive:
      return received(connection_of(cqe), cqe);
    case Operation::kSendRest:
      return sent(connection_of(cqe), cqe.res);
    case Operation::kSend:  // settled
    case Operation::kForget:
      return;
  }
}

void IoUringServer::accepted(int result, bool goes_on) {
  if (result >= 0) {
    ++connections_;
    receive(*new Connection{result, Session(protocol_)});  // close() deletes it
  }
  if (goes_on) return;
  accepting_ = false;
  const bool exhausted = result < 0 && accept_failure(-result) == AcceptFailure::kExhausted;
  if (!exhausted && !table_full()) accept();
}

void IoUringServer::received(Connection& connection, const io_uring_cqe& cqe) {
  if ((cqe.flags & IORING_CQE_F_BUFFER) != 0) {
    SOCKBENCH_ASSERT(cqe.res > 0);
    received_bytes(connection, cqe.flags >> IORING_CQE_BUFFER_SHIFT,
                   static_cast<std::size_t>(cqe.res));
  }
  if ((cqe.flags & IORING_CQE_F_MORE) != 0) return;
  connection.receiving = Receiving::kNo;
  if (connection.closing) return close(connection);
  if (cqe.res == 0) {
    connection.end_seen = true;
    if (!connection.sending) return close(connection);
    hurry_ = true;
  } else if (cqe.res == -ENOBUFS) {
    connection.receiving = Receiving::kStarved;
    starved_.push_back(&connection);
  } else if (cqe.res > 0 || cqe.res == -ECANCELED || cqe.res == -EINTR) {
    if (!connection.stalled) receive(connection);
  } else {
    close(connection);
  }
}

void IoUringServer::received_bytes(Connection& connection, unsigned buffer, std::size_t count) {
  --free_buffers_;
  const std::span<char> bytes(buffers_->at(buffer), count);
  if (!connection.sending && !connection.closing) {
    connection.buffer = static_cast<int>(buffer);
    connection.session.received(bytes);
    return send(connection, Operation::kSend);
  }
  if (!connection.closing) {
    connection.later.insert(connection.later.end(), bytes.begin(), bytes.end());
    if (!connection.stalled) hurry_ = true;
  }
  give_back(buffer);
}

void IoUringServer::sent(Connection& connection, int result) {
  Session& session = connection.session;
  const bool failed = result < 0 && result != -EAGAIN && result != -EINTR;
  connection.sending = false;
  session.sent(result < 0 ? 0 : static_cast<std::size_t>(result));  // copies what is left
  if (!connection.now.empty()) connection.now = {};
  if (connection.buffer >= 0) {
    give_back(static_cast<unsigned>(std::exchange(connection.buffer, -1)));
  }
  if (failed || connection.closing) return close(connection);
  connection.stalled = session.pending();
  if (connection.stalled) {
    stop_receiving(connection);
    return send(connection, Operation::kSendRest);
  }
  if (!connection.later.empty()) {
    connection.now = std::exchange(connection.later, {});
    session.received(connection.now);
    return send(connection, Operation::kSend);
  }
  if (connection.end_seen) return close(connection);
  if (connection.receiving == Receiving::kNo) receive(connection);
}

void IoUringServer::accept() {
  io_uring_sqe* sqe = entry(Operation::kAccept, nullptr);
  if (options_.direct_descriptors) {
    // One at a time: the kernel resets a connection that it accepts while the table is full.
    ::io_uring_prep_accept_direct(sqe, listener_, nullptr, nullptr, 0, kAnyPlace);
  } else {
    ::io_uring_prep_multishot_accept(sqe, listener_, nullptr, nullptr, SOCK_CLOEXEC);
  }
  accepting_ = true;
}

void IoUringServer::receive(Connection& connection) {
  io_uring_sqe* sqe = entry(Operation::kReceive, &connection);
  ::io_uring_prep_recv_multishot(sqe, connection.socket, nullptr, 0, 0);
  ::io_uring_sqe_set_flags(sqe, IOSQE_BUFFER_SELECT | socket_flag());
  sqe->buf_group = kBufferGroup;
  connection.receiving = Receiving::kYes;
}

/// Restarts as many receives as there are buffers; others would fail again.
void IoUringServer::receive_starved() {
  for (unsigned n = free_buffers_; n > 0 && !starved_.empty(); --n) {
    Connection& connection = *starved_.front();
    starved_.pop_front();
    connection.receiving = Receiving::kNo;
    if (!connection.stalled) receive(connection);
  }
}

void IoUringServer::stop_receiving(Connection& connection) {
  if (connection.receiving != Receiving::kYes) return;
  io_uring_sqe* sqe = entry(Operation::kForget, nullptr);
  const auto of = reinterpret_cast<std::uintptr_t>(&connection) |
                  static_cast<std::uintptr_t>(Operation::kReceive);
  ::io_uring_prep_cancel64(sqe, of, 0);
  sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
}

/// kSend sends what the socket buffer accepts; kSendRest waits until the peer has read all.
void IoUringServer::send(Connection& connection, Operation operation) {
  const bool at_once = operation == Operation::kSend;
  const auto reply = connection.session.reply();
  io_uring_sqe* sqe = entry(operation, &connection);
  ::io_uring_prep_send(sqe, connection.socket, reply.data(), reply.size(),
                       MSG_NOSIGNAL | MSG_WAITALL | (at_once ? MSG_DONTWAIT : 0));
  ::io_uring_sqe_set_flags(sqe, socket_flag() | (at_once ? IOSQE_CQE_SKIP_SUCCESS : 0U));
  connection.sending = true;
  if (!at_once) return;
  // With MSG_WAITALL a partial send is not a success, and completes.
  connection.send_result = static_cast<int>(reply.size());
  unsettled_.push_back(&connection);
  if (connection.end_seen || connection.receiving == Receiving::kNo) hurry_ = true;
}

void IoUringServer::give_back(unsigned buffer) {
  buffers_->give_back(buffer);
  ++free_buffers_;
}

/// Closes if no operation of the connection is in flight; otherwise cancels the operations.
void IoUringServer::close(Connection& connection) {
  connection.closing = true;
  stop_receiving(connection);
  if (connection.receiving == Receiving::kStarved) {
    std::erase(starved_, &connection);
    connection.receiving = Receiving::kNo;
  }
  if (connection.sending) hurry_ = true;
  if (connection.sending || connection.receiving == Receiving::kYes) return;
  io_uring_sqe* sqe = entry(Operation::kForget, nullptr);
  if (options_.direct_descriptors) {
    ::io_uring_prep_close_direct(sqe, static_cast<unsigned>(connection.socket));
  } else {
    ::io_uring_prep_close(sqe, connection.socket);
  }
  sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
  delete &connection;
  --connections_;
  if (!accepting_) accept();  // after the close
}

io_uring_sqe* IoUringServer::entry(Operation operation, Connection* connection) {
  while (::io_uring_sq_space_left(&ring_) == 0) {
    const int rc = ::io_uring_submit(&ring_);
    if (rc != -EINTR && rc != -EAGAIN && rc != -EBUSY) check_result(rc, "io_uring_enter");
  }
  io_uring_sqe* sqe = ::io_uring_get_sqe(&ring_);
  const auto user_data = reinterpret_cast<std::uintptr_t>(connection);
  ::io_uring_sqe_set_data64(sqe, user_data | static_cast<std::uintptr_t>(operation));
  return sqe;
}

}  // namespace

void serve(const Fd& listener, const ServerOptions& options) {
  IoUringServer(listener.get(), options).run();
}

}  // namespace sockbench
