#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sockbench::faults {

/// What the environment variable SOCKBENCH_FAULT asks to be injected into a server
/// (docs/faults.md).
struct Fault {
  enum class Kind : std::uint8_t {
    kNone,
    kSpin,
    kSyscall,
    kTail,
    kMemory,
    kLostWakeup,
    kCrash,
    kWrongByte,
    kNeighbour,
  };
  Kind kind = Kind::kNone;
  /// kSpin: nanoseconds per reply; kMemory: bytes per connection; kTail, kLostWakeup, kWrongByte:
  /// one of so many replies or events; kCrash: after so many replies. From 1 to kMaxAmount.
  std::int64_t amount = 0;
  std::int64_t delay_ms = 0;  ///< kTail; from 1 to kMaxDelayMs
};

inline constexpr std::int64_t kMaxAmount = 1'000'000'000;
inline constexpr std::int64_t kMaxDelayMs = 60'000;

/// "none", "spin:NS", "syscall", "tail:N:MS", "memory:BYTES", "lost_wakeup:N", "crash:N",
/// "wrong_byte:N" or "neighbour"; nullopt for anything else.
std::optional<Fault> parse_fault(std::string_view text);

}  // namespace sockbench::faults
