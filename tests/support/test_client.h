#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/fd.h"
#include "common/socket.h"
#include "tests/support/deadline.h"

namespace sockbench::test {

/// Sizes of the client's socket buffers in bytes; 0 leaves the kernel's choice.
struct SocketBuffers {
  int send = 0;
  int receive = 0;
};

/// One connection to a server, with TCP_NODELAY. No operation hangs: each ends, or throws
/// std::runtime_error with a sentence, within kHangLimit.
class TestClient final {
 public:
  explicit TestClient(const Endpoint& server, SocketBuffers buffers = {});

  int fd() const { return fd_.get(); }
  explicit operator bool() const { return static_cast<bool>(fd_); }

  void send(std::string_view bytes);
  /// Sends until the socket has been full for `patience`; returns how many bytes went.
  std::size_t send_until_full(std::string_view bytes, milliseconds patience);
  /// `count` bytes; fewer only when the server closed.
  std::string receive(std::size_t count);
  /// Sends and receives at the same time until the reply is as long as the request, or has
  /// `reply_bytes`, which is for replies to earlier requests that were left unread.
  std::string exchange(std::string_view request);
  std::string exchange(std::string_view request, std::size_t reply_bytes);
  /// The same; then ends the sending half and returns what comes until the server closes.
  std::string exchange_and_finish(std::string_view request);
  /// Everything until the server closes.
  std::string receive_to_end();

  /// Ends the sending half (FIN); the connection can still receive.
  void finish_sending();
  /// Closes with a reset instead of the orderly end.
  void reset();
  void close() { fd_.reset(); }

  /// Whether data, an end or an error is there, or comes within `patience`.
  bool anything_within(milliseconds patience) const;
  /// Whether the server closes or resets the connection within kHangLimit; data before is dropped.
  bool closed_by_server();

 private:
  enum class After { kNothing, kFinish };

  short wait_for(short events, Deadline deadline, std::string_view what) const;
  std::size_t send_some(std::string_view bytes);
  /// Appends up to `limit` bytes to `to`; false at the end of the stream.
  bool receive_some(std::string& to, std::size_t limit);
  std::string transfer(std::string_view request, std::size_t wanted, After after);

  Fd fd_;
};

/// Which of `clients` are answered: waits until none of them gets anything new for `quiet`. The
/// others may be answered later still, so callers demand nothing of them that forbids it.
std::vector<bool> answered(std::span<const TestClient> clients, milliseconds quiet);

}  // namespace sockbench::test
