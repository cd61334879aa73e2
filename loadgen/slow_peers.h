#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/fd.h"
#include "common/socket.h"
#include "loadgen/options.h"
#include "loadgen/protocol/message.h"

namespace sockbench {

struct SlowPeersOptions {
  Endpoint server;
  int readers = 0;
  int writers = 0;
  double bytes_per_second = 0;  ///< of every peer; > 0 if there is one
  bool upper = true;            ///< replies are upper case, otherwise the request itself
  std::int64_t connect_limit_ns = 5 * kNsPerSecond;  ///< for all connections together
};

struct SlowPeerCounts {
  int connected = 0;
  int refused = 0;  ///< not established, or not in time
  int lost = 0;     ///< closed or reset by the server, of those connected
  int wrong = 0;    ///< given up after a wrong byte, of those connected
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;  ///< and found right
};

struct SlowPeersResult {
  SlowPeerCounts readers;
  SlowPeerCounts writers;
};

/// How often SlowPeers::tick() is called.
inline constexpr std::int64_t kSlowTickNs = 10 * kNsPerMs;

nlohmann::ordered_json to_json(const SlowPeerCounts& counts);
nlohmann::ordered_json to_json(const SlowPeersResult& result);

/// Slow connections in addition to the load, to test whether a server lets them affect others. A
/// slow reader sends as much as server and kernel accept, and receives slowly; a slow writer sends
/// slowly, so that its messages arrive in many small pieces. Every received byte is verified. They
/// are not measured: no clock, no epoll, no thread.
class SlowPeers final {
 public:
  /// Of the peers' messages.
  static constexpr std::size_t kMessageBytes = 1024;

  /// Connects; failures are counted in result().
  explicit SlowPeers(const SlowPeersOptions& options);

  /// Sends and receives the bytes that are due at `now_ns`; call it about every 10 ms. Makes no
  /// system call if nothing is due. All peers together transfer at most 256 KiB per direction, or 1
  /// KiB per peer, so that readers need a few ticks to fill the server's buffers (twenty of them
  /// 0.3 s).
  void tick(std::int64_t now_ns);

  /// Stops the clock of the peers until the next tick().
  void pause() { last_tick_ns_.reset(); }

  const SlowPeersResult& result() const { return result_; }
  /// Why the first peer failed, or empty.
  const std::string& first_failure() const { return first_failure_; }

 private:
  enum class Kind : std::uint8_t { kReader, kWriter };

  struct Peer {
    Kind kind = Kind::kReader;
    std::uint32_t id = 0;
    Fd fd;                   // none when the peer is refused, lost or wrong
    bool full = false;       // the last send was partial
    double allowance = 0;    // bytes that a reader may receive, or a writer send, by now
    std::uint64_t sent = 0;  // positions in the two message streams
    std::uint64_t received = 0;
  };

  void start_connect(Peer& peer);
  void finish_connect(Peer& peer, std::int64_t deadline_ns);
  void read_slowly(Peer& peer);
  void write_slowly(Peer& peer);
  std::size_t send_up_to(Peer& peer, std::size_t limit);
  std::size_t receive_up_to(Peer& peer, std::size_t limit);
  bool accept_bytes(Peer& peer, std::size_t count);
  void give_up(Peer& peer, int SlowPeerCounts::*kind, const std::string& why);
  SlowPeerCounts& counts(const Peer& peer) {
    return peer.kind == Kind::kReader ? result_.readers : result_.writers;
  }

  SlowPeersOptions options_;
  Messages messages_;
  std::vector<Peer> peers_;
  std::vector<char> buffer_;
  std::size_t share_bytes_;  // bytes per peer, direction and tick
  std::optional<std::int64_t> last_tick_ns_;
  SlowPeersResult result_;
  std::string first_failure_;
};

/// The slow peers of the options; nullopt: none.
std::optional<SlowPeers> start_slow_peers(const LoadOptions& options);

}  // namespace sockbench
