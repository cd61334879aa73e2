#pragma once

#include <sys/types.h>

#include <cstdint>
#include <ctime>
#include <vector>

#include "common/socket.h"

namespace sockbench {

/// Who runs where while the reflector lives. Empty lists: wherever the kernel likes.
struct ReflectorCpus {
  std::vector<int> reflector;
  std::vector<int> generator;
};

/// The reflector gets the CPUs `wanted`, or the last of `allowed` when none are, and the generator
/// the others. Where none would be left to the generator, it is not pinned; with a single CPU and
/// no wish nothing is.
ReflectorCpus split_off_reflector(const std::vector<int>& allowed, const std::vector<int>& wanted);

/// The null server, against which the generator's own ceiling is measured: a child process that
/// sends every byte back with the least work that is possible over sockets. Build it before the
/// first thread, in the thread that ends last: the child is a fork, and it dies with the thread
/// that forked it (PR_SET_PDEATHSIG).
class Reflector final {
 public:
  /// `upper`: answers in upper case, otherwise unchanged. `cpus`: where it runs; empty: as
  /// split_off_reflector chooses. The calling thread, and those it starts from now on, keep off
  /// these CPUs while this object lives. Throws std::system_error.
  explicit Reflector(bool upper, const std::vector<int>& cpus = {});
  ~Reflector();
  Reflector(const Reflector&) = delete;
  Reflector& operator=(const Reflector&) = delete;
  Reflector(Reflector&&) = delete;
  Reflector& operator=(Reflector&&) = delete;

  const Endpoint& endpoint() const { return endpoint_; }
  pid_t pid() const { return pid_; }
  /// CPU time of the child so far. Throws std::system_error when it is gone.
  std::int64_t cpu_ns() const;

 private:
  Reflector() = default;  // what the public one starts from: ~Reflector tidies up when that throws

  Endpoint endpoint_;
  pid_t pid_ = -1;
  clockid_t cpu_clock_{};
  std::vector<int> cpus_before_;  // of the calling thread
};

}  // namespace sockbench
