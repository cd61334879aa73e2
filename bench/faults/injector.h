#pragma once

#include <atomic>
#include <cstdint>

#include "bench/faults/fault.h"

namespace sockbench::faults {

/// Injects the one fault that SOCKBENCH_FAULT names, where the replaced functions of the C library
/// say what the server does. Unset means none.
class Injector final {
 public:
  /// The only one, made at the first call: with a wrong value of the variable it says so on
  /// standard error and ends the process with status 2.
  static Injector& instance();

  const Fault& fault() const { return fault_; }
  /// Bytes that a connection is to hold beside its own.
  std::int64_t ballast_bytes() const {
    return fault_.kind == Fault::Kind::kMemory ? fault_.amount : 0;
  }

  /// Takes the number of the next reply of the server, all its processes together, from 1 on.
  std::uint64_t begin_reply();
  /// Nothing could be sent: the number goes to the next one.
  void withdraw_reply();
  /// Whether the first byte of this reply shall be wrong.
  bool spoils(std::uint64_t reply) const;
  /// To be called before a reply is sent, and after.
  void before(std::uint64_t reply) const;
  void after(std::uint64_t reply, int fd) const;

  /// Whether the next readiness event shall never reach the server.
  bool swallows_event();

 private:
  Injector();
  bool is_due(std::uint64_t number) const {
    return number % static_cast<std::uint64_t>(fault_.amount) == 0;
  }

  /// Shared by the server's processes.
  struct Counts {
    std::atomic<std::uint64_t> replies{0};
    std::atomic<std::uint64_t> events{0};
  };

  Fault fault_;
  std::uint64_t spin_steps_ = 0;
  Counts* counts_ = nullptr;
};

}  // namespace sockbench::faults
