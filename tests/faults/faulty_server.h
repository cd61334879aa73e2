#pragma once

#include <string>
#include <vector>

#include "tests/support/running_server.h"

namespace sockbench::test {

/// The command of a server with a fault; `prefix` stands before it and starts it.
std::vector<std::string> faulty_command(const std::string& fault, const std::string& model,
                                        const std::vector<std::string>& prefix = {});

/// A server with a fault that was started and is ready.
class FaultyServer final : public RunningServer {
 public:
  explicit FaultyServer(const std::string& fault, const std::string& model = "epoll",
                        const std::vector<std::string>& prefix = {});
};

}  // namespace sockbench::test
