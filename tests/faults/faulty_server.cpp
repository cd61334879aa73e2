#include "tests/faults/faulty_server.h"

#include "tests/loadgen/programs.h"

namespace sockbench::test {

std::vector<std::string> faulty_command(const std::string& fault, const std::string& model,
                                        const std::vector<std::string>& prefix) {
  std::vector<std::string> command = prefix;
  command.insert(command.end(),
                 {"/usr/bin/env", "LD_PRELOAD=" + program("libsockbench_fault.so", {}).front(),
                  "SOCKBENCH_FAULT=" + fault, program("server-" + model, {}).front()});
  return command;
}

FaultyServer::FaultyServer(const std::string& fault, const std::string& model,
                           const std::vector<std::string>& prefix)
    : RunningServer(faulty_command(fault, model, prefix)) {}

}  // namespace sockbench::test
