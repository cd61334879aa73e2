#pragma once

#include <cstdint>
#include <optional>

struct epoll_event;

namespace sockbench::faults {

/// What the library knows of the connections that a server has accepted, by descriptor. Those
/// beyond kMaxDescriptors go unnoticed. A connection's entry is written by the thread that holds
/// the connection.
inline constexpr int kMaxDescriptors = 1 << 20;

/// Begins an entry, with so many bytes of touched memory, rounded up to whole pages: none where the
/// kernel has none. The rest of the entry is as for a new connection.
void connection_opened(int fd, std::int64_t ballast_bytes);
/// Ends it, and frees the memory.
void connection_closed(int fd);
bool is_connection(int fd);

/// Notes what an epoll instance will report for a connection.
void watched_by_epoll(int epoll, int fd, const epoll_event& event);
/// The connection that an epoll instance reports as `data`; nullopt when it is none.
std::optional<int> connection_of(int epoll, std::uint64_t data);

/// The connection is never to be reported as ready again by poll or select.
void lose(int fd);
bool is_lost(int fd);
/// Whether there ever was a lost one: most servers need not be asked about each.
bool any_lost();

}  // namespace sockbench::faults
