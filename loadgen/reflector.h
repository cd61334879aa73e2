#pragma once

#include <sys/types.h>

#include <cstdint>
#include <ctime>
#include <vector>

#include "common/socket.h"

namespace sockbench {

/// The CPUs of reflector and generator. Empty lists: not pinned.
struct ReflectorCpus {
  std::vector<int> reflector;
  std::vector<int> generator;
};

/// The reflector gets the CPUs `wanted`, or the last of `allowed` if `wanted` is empty, and the
/// generator the others. If none is left for the generator, it is not pinned; with a single CPU and
/// empty `wanted` neither is.
ReflectorCpus split_off_reflector(const std::vector<int>& allowed, const std::vector<int>& wanted);

/// The null server, which measures the maximum rate of the generator: a child process that returns
/// every byte with as little work as possible over sockets. Create it before the first thread, in
/// the thread that ends last: the child is forked, and ends with the thread that forked it
/// (PR_SET_PDEATHSIG).
class Reflector final {
 public:
  /// `upper`: answers in upper case, otherwise unchanged. `cpus`: its CPUs; empty: as chosen by
  /// split_off_reflector. The calling thread and threads that it starts later do not use these CPUs
  /// during the lifetime of this object. Throws std::system_error.
  explicit Reflector(bool upper, const std::vector<int>& cpus = {});
  ~Reflector();
  Reflector(const Reflector&) = delete;
  Reflector& operator=(const Reflector&) = delete;
  Reflector(Reflector&&) = delete;
  Reflector& operator=(Reflector&&) = delete;

  const Endpoint& endpoint() const { return endpoint_; }
  pid_t pid() const { return pid_; }
  /// CPU time of the child so far. Throws std::system_error if it ended.
  std::int64_t cpu_ns() const;

 private:
  Reflector() = default;  // delegated to by the public one, so that ~Reflector runs if that throws

  Endpoint endpoint_;
  pid_t pid_ = -1;
  clockid_t cpu_clock_{};
  std::vector<int> cpus_before_;  // of the calling thread
};

}  // namespace sockbench
