#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/socket.h"

namespace sockbench {

/// The local addresses of connections (--source). Every address has its own set of local ports, so
/// that one machine can hold, or open in a minute, more connections to one server address than
/// there are ports.
class SourceAddresses final {
 public:
  /// None: the kernel chooses address and port.
  SourceAddresses() = default;

  /// An address ("127.0.0.1", "::1") or a prefix ("127.0.0.0/8"). Host bits beyond the prefix are
  /// masked away ("127.0.0.5/8" is 127.0.0.0/8). Throws UsageError with one sentence that contains
  /// `flag`.
  static SourceAddresses parse(std::string_view text, std::string_view flag);

  bool empty() const { return family_ == AF_UNSPEC; }
  int family() const { return family_; }
  /// The number of different addresses of at(), 1 when empty; at most 2⁶⁴ - 1.
  std::uint64_t count() const { return count_; }
  /// The address of a connection, with port 0: round robin over the connections. When empty: an
  /// endpoint of length 0, for which bind_source() does nothing.
  Endpoint at(std::uint32_t connection) const;
  /// The normalised text, "127.0.0.0/8"; empty without addresses.
  std::string text() const;

 private:
  int family_ = AF_UNSPEC;
  std::array<std::uint8_t, 16> network_{};  ///< big-endian; IPv4 uses the first four bytes
  int prefix_ = 0;
  std::uint64_t first_ = 0;  ///< number of addresses skipped at the start of the prefix
  std::uint64_t count_ = 1;
};

/// Binds a socket to its source address; connect(2) chooses the port. Returns 0 or errno:
/// EADDRNOTAVAIL if this machine does not have the address.
int bind_source(int fd, const Endpoint& source);

}  // namespace sockbench
