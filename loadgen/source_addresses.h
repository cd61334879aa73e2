#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/socket.h"

namespace sockbench {

/// The local addresses that connections are spread over (--source). Every further address brings
/// its own set of local ports, so that one machine can hold, or open in a minute, more connections
/// to one server address than there are ports.
class SourceAddresses final {
 public:
  /// None: the kernel chooses address and port.
  SourceAddresses() = default;

  /// An address ("127.0.0.1", "::1") or a prefix ("127.0.0.0/8"). Host bits beyond the prefix are
  /// masked away ("127.0.0.5/8" is 127.0.0.0/8). Throws UsageError with one sentence that names
  /// `flag`.
  static SourceAddresses parse(std::string_view text, std::string_view flag);

  bool empty() const { return family_ == AF_UNSPEC; }
  int family() const { return family_; }
  /// How many different addresses at() gives, 1 when empty; at most 2⁶⁴ - 1.
  std::uint64_t count() const { return count_; }
  /// The address for a connection, port 0: number 0 gets the first one, the next number the next
  /// one, and after the last the first again, so no address serves more than one connection more
  /// than another. When empty: an endpoint of length 0, with which bind_source() does nothing.
  Endpoint at(std::uint32_t connection) const;
  /// As it is used, "127.0.0.0/8"; empty when none.
  std::string text() const;

 private:
  int family_ = AF_UNSPEC;
  std::array<std::uint8_t, 16> network_{};  ///< big-endian; IPv4 uses the first four bytes
  int prefix_ = 0;
  std::uint64_t first_ = 0;  ///< how many addresses at the start of the prefix are left out
  std::uint64_t count_ = 1;
};

/// Binds a socket to its source address and leaves the port to connect(2). Returns 0 or errno, for
/// the caller to count: EADDRNOTAVAIL when the address is not one of this machine's.
int bind_source(int fd, const Endpoint& source);

}  // namespace sockbench
