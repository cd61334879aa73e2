#pragma once

#include <cstddef>
#include <vector>

#include "common/fd.h"

namespace sockbench::micro {

/// Both ends of a TCP connection over loopback, non-blocking, without Nagle's algorithm. Closing
/// the client's end resets the connection, so that no port waits for two minutes.
struct Connection {
  Fd client;
  Fd server;
};

/// `count` connections. Throws std::system_error.
std::vector<Connection> connect_pairs(std::size_t count);

/// Connections that may wait to be accepted.
inline constexpr int kBacklog = 256;
/// Loopback listeners and clients for benchmarks that accept by themselves.
Fd listen_on_loopback();
/// A non-blocking client that connects to `listener`, which need not have accepted it yet.
Fd connect_to(int listener);

/// send(2) and recv(2) of exactly `bytes` bytes in one call; anything else throws a sentence.
void send_whole(int fd, const char* data, std::size_t bytes);
void recv_whole(int fd, char* data, std::size_t bytes);

/// Raises the limit of descriptors to at least `needed`; throws std::runtime_error, one sentence,
/// where that is not permitted.
void need_descriptors(std::size_t needed);

}  // namespace sockbench::micro
