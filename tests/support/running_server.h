#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "common/socket.h"
#include "tests/support/child_process.h"

namespace sockbench::test {

/// Where the server listens that says so in this line, once it is ready.
Endpoint endpoint_of(const std::string& ready_line);

/// A server program that was started and is ready.
class RunningServer {
 public:
  explicit RunningServer(const std::vector<std::string>& command);

  const Endpoint& endpoint() const { return endpoint_; }
  ChildProcess& process() { return process_; }
  pid_t pid() const { return process_.pid(); }

 private:
  ChildProcess process_;
  Endpoint endpoint_;
};

}  // namespace sockbench::test
