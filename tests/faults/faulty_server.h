#pragma once

#include <string>
#include <vector>

#include "common/socket.h"
#include "tests/support/child_process.h"

namespace sockbench::test {

/// The command of a server with a fault; `prefix` stands before it and starts it.
std::vector<std::string> faulty_command(const std::string& fault, const std::string& model,
                                        const std::vector<std::string>& prefix = {});

/// A server with a fault that was started and is ready.
class FaultyServer final {
 public:
  explicit FaultyServer(const std::string& fault, const std::string& model = "epoll",
                        const std::vector<std::string>& prefix = {});

  const Endpoint& endpoint() const { return endpoint_; }
  ChildProcess& process() { return process_; }
  pid_t pid() const { return process_.pid(); }

 private:
  ChildProcess process_;
  Endpoint endpoint_;
};

}  // namespace sockbench::test
