#include "loadgen/source_addresses.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <limits>

#include "common/error.h"

namespace sockbench {
namespace {

/// -1 if `text` is not an integer in range.
int parse_prefix(std::string_view text) {
  int prefix = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), prefix);
  if (error != std::errc() || end != text.data() + text.size()) return -1;
  return prefix;
}

void clear_host_bits(std::array<std::uint8_t, 16>& address, int prefix) {
  for (int byte = 0; byte < 16; ++byte) {
    const int kept = prefix - 8 * byte;  // bits of this byte that belong to the prefix
    if (kept >= 8) continue;
    const int mask = kept <= 0 ? 0 : 0xff << (8 - kept);
    auto& value = address[static_cast<std::size_t>(byte)];
    value = static_cast<std::uint8_t>(value & mask);
  }
}

/// Adds to the last `bytes` bytes of a big-endian number; must not overflow.
void add(std::uint8_t* last, int bytes, std::uint64_t value) {
  for (int i = 0; i < bytes && value != 0; ++i, --last) {
    value += *last;
    *last = static_cast<std::uint8_t>(value);
    value >>= 8;
  }
}

}  // namespace

SourceAddresses SourceAddresses::parse(std::string_view text, std::string_view flag) {
  const auto reject = [&](const std::string& why) {
    throw UsageError(std::string(flag) + " '" + std::string(text) + "' " + why);
  };
  const std::size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));
  SourceAddresses sources;
  if (::inet_pton(AF_INET, address.c_str(), sources.network_.data()) == 1) {
    sources.family_ = AF_INET;
  } else if (::inet_pton(AF_INET6, address.c_str(), sources.network_.data()) == 1) {
    sources.family_ = AF_INET6;
  }
  // inet_pton reads only up to a NUL.
  if (sources.empty() || address.find('\0') != std::string::npos) {
    reject("is not an address or a prefix, such as 127.0.0.1 or 127.0.0.0/8.");
  }
  const int bits = sources.family_ == AF_INET ? 32 : 128;
  sources.prefix_ = slash == std::string_view::npos ? bits : parse_prefix(text.substr(slash + 1));
  if (sources.prefix_ < 0 || sources.prefix_ > bits) {
    reject("has no prefix length from 0 to " + std::to_string(bits) + " after the slash.");
  }
  clear_host_bits(sources.network_, sources.prefix_);
  const int host_bits = bits - sources.prefix_;
  sources.count_ =
      host_bits >= 64 ? std::numeric_limits<std::uint64_t>::max() : std::uint64_t{1} << host_bits;
  // Network and broadcast addresses are not hosts (RFC 1122, 3.2.1.3); a /31 has neither (RFC
  // 3021).
  if (sources.family_ == AF_INET && host_bits >= 2) {
    sources.first_ = 1;
    sources.count_ -= 2;
  }
  return sources;
}

Endpoint SourceAddresses::at(std::uint32_t connection) const {
  Endpoint endpoint;
  if (empty()) return endpoint;
  const std::uint64_t offset = first_ + connection % count_;
  auto bytes = network_;
  if (family_ == AF_INET) {
    add(bytes.data() + 3, 4, offset);
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    std::memcpy(&v4.sin_addr, bytes.data(), sizeof v4.sin_addr);
    std::memcpy(&endpoint.address, &v4, sizeof v4);
    endpoint.length = sizeof v4;
  } else {
    add(bytes.data() + 15, 16, offset);
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    std::memcpy(&v6.sin6_addr, bytes.data(), sizeof v6.sin6_addr);
    std::memcpy(&endpoint.address, &v6, sizeof v6);
    endpoint.length = sizeof v6;
  }
  return endpoint;
}

std::string SourceAddresses::text() const {
  if (empty()) return "";
  std::array<char, INET6_ADDRSTRLEN> address{};
  ::inet_ntop(family_, network_.data(), address.data(), address.size());
  return std::string(address.data()) + "/" + std::to_string(prefix_);
}

int bind_source(int fd, const Endpoint& source) {
  if (source.length == 0) return 0;
  // Without it bind(2) allocates a port for this source address and any destination, and only one
  // without a socket in TIME_WAIT: net.ipv4.tcp_tw_reuse has no effect, and the ports of a churn
  // run are unusable for a minute. ip(7), since Linux 4.2; also valid for IPv6 sockets.
  const int on = 1;
  if (::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on) < 0) return errno;
  return ::bind(fd, source.get(), source.length) < 0 ? errno : 0;
}

}  // namespace sockbench
