#pragma once

#include <cstdint>
#include <memory>

#include "common/fd.h"
#include "common/ring.h"
#include "loadgen/protocol/reply_parser.h"
#include "loadgen/record/coarse_histogram.h"

namespace sockbench {

/// A request that was committed to the connection and has no reply yet.
struct InFlight {
  std::int64_t intended_ns;
  std::int64_t sent_ns;
};

/// One connection's state, without I/O. Requests and replies keep their order, so the reply being
/// received always belongs to the oldest request in flight.
struct alignas(64) Connection {
  enum class State : std::uint8_t {
    kClosed,  ///< with churn: between two connections
    kConnecting,
    kOpen,
    kDead  ///< never opened again
  };

  Fd fd;
  std::uint32_t id = 0;    ///< unique among all workers
  std::uint32_t slot = 0;  ///< index in its worker
  State state = State::kClosed;
  bool verified = false;  ///< received one correct reply
  bool answered_under_load = false;
  bool active = false;       ///< sends requests
  bool churns = false;       ///< reopened for every request
  bool held = false;         ///< has its reply, and stays open until a timer expires
  bool wants_write = false;  ///< the epoll engine watches for writability
  std::int64_t connect_start_ns = 0;
  std::uint64_t next_sequence = 0;  ///< next request to commit
  std::uint64_t send_sequence = 0;  ///< request that is being sent
  std::size_t send_offset = 0;      ///< its bytes that have been sent
  std::uint64_t reply_sequence = 0;
  std::size_t reply_offset = 0;  ///< verified bytes of the current reply
  std::uint64_t answered = 0;    ///< requests of measured windows
  Ring<InFlight> in_flight;
  Ring<std::int64_t> waiting;           ///< queued intended starts (open loop)
  std::unique_ptr<ReplyParser> parser;  ///< null for echo

  std::unique_ptr<CoarseHistogram> times;  ///< response times; active connections only

  bool unsent() const { return send_sequence < next_sequence; }
};

}  // namespace sockbench
