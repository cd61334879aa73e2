#pragma once

#include <cstdint>
#include <memory>

#include "common/fd.h"
#include "common/ring.h"
#include "loadgen/protocol/reply_parser.h"
#include "loadgen/record/coarse_histogram.h"

namespace sockbench {

/// A request that was committed to the connection and is not answered yet.
struct InFlight {
  std::int64_t intended_ns;
  std::int64_t sent_ns;
};

/// One connection's state, without I/O. Requests and replies keep their order, so the reply being
/// received always belongs to the oldest request in flight.
struct alignas(64) Connection {
  enum class State : std::uint8_t {
    kClosed,  ///< between two connections of a churn
    kConnecting,
    kOpen,
    kDead  ///< for good
  };

  Fd fd;
  std::uint32_t id = 0;    ///< unique among all workers
  std::uint32_t slot = 0;  ///< its place in its worker
  State state = State::kClosed;
  bool verified = false;  ///< one right reply came
  bool answered_under_load = false;
  bool active = false;       ///< takes part in the load
  bool churns = false;       ///< opened anew for every request
  bool held = false;         ///< its reply came, and it stays open until a timer ends that
  bool wants_write = false;  ///< the epoll engine watches for writability
  std::int64_t connect_start_ns = 0;
  std::uint64_t next_sequence = 0;  ///< of the next request to commit
  std::uint64_t send_sequence = 0;  ///< of the request whose bytes are being sent …
  std::size_t send_offset = 0;      ///< … and how many of them are gone
  std::uint64_t reply_sequence = 0;
  std::size_t reply_offset = 0;  ///< bytes of the current reply that came and were right
  std::uint64_t answered = 0;    ///< requests of measured windows
  Ring<InFlight> in_flight;
  Ring<std::int64_t> waiting;           ///< intended starts that wait for their turn (open loop)
  std::unique_ptr<ReplyParser> parser;  ///< for protocols with a framing of their own

  std::unique_ptr<CoarseHistogram> times;  ///< response times; active connections only

  bool unsent() const { return send_sequence < next_sequence; }
};

}  // namespace sockbench
