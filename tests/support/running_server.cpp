#include "tests/support/running_server.h"

namespace sockbench::test {

Endpoint endpoint_of(const std::string& ready_line) {
  return parse_endpoint(ready_line.substr(ready_line.find(' ') + 1), "the ready line");
}

RunningServer::RunningServer(const std::vector<std::string>& command)
    : process_(command), endpoint_(endpoint_of(process_.read_line())) {}

}  // namespace sockbench::test
