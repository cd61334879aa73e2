#include "bench/run/generator_command.h"

#include <algorithm>

#include "bench/run/external_server.h"

namespace sockbench {
namespace {

// A model that states a limit below the workload's connections starves the rest: do not wait long.
constexpr int kStarvedPatienceMs = 150;

void add(std::vector<std::string>& command, const char* flag, const std::string& value) {
  command.emplace_back(flag);
  command.push_back(value);
}

/// What connections do beside asking and waiting.
void add_behaviour(std::vector<std::string>& command, const Workload& workload) {
  if (workload.think_ns > 0) add(command, "--think", std::to_string(workload.think_ns) + "ns");
  if (workload.client_work_ns > 0) {
    add(command, "--client-work", std::to_string(workload.client_work_ns) + "ns");
  }
  if (workload.churn) command.emplace_back("--churn");
  if (workload.newcomers > 0) add(command, "--newcomers", std::to_string(workload.newcomers));
  if (workload.hold_ns > 0) add(command, "--hold", std::to_string(workload.hold_ns) + "ns");
  // One address has 28,000 ports, each unusable for a second after its connection ended.
  if (workload.churns()) add(command, "--source", "127.0.0.0/8");
  if (workload.slow_readers + workload.slow_writers > 0) {
    add(command, "--slow-readers", std::to_string(workload.slow_readers));
    add(command, "--slow-writers", std::to_string(workload.slow_writers));
    add(command, "--slow-rate", std::to_string(workload.slow_rate));
  }
  if (workload.mode == Mode::kOpenLoop) {
    add(command, "--rate", std::to_string(workload.offered_rps));
    add(command, "--arrival", workload.arrival);
  }
}

}  // namespace

std::vector<std::string> generator_command(const std::string& program, const std::string& address,
                                           const Contestant& contestant, const Workload& workload,
                                           int connections, bool silent) {
  const bool starves = !contestant.serves(workload.connections);
  std::vector<std::string> command = {program, "--control"};
  add(command, "--connect", address);
  add(command, "--connections", std::to_string(connections));
  add(command, "--active",
      std::to_string(silent ? connections : std::min(workload.active, connections)));
  add(command, "--pipeline", std::to_string(workload.pipeline));
  add(command, "--message-bytes", std::to_string(workload.message_bytes));
  add(command, "--setup-timeout", std::to_string(kSetupLimitS) + "s");
  add(command, "--setup-patience",
      std::to_string(starves ? kStarvedPatienceMs : kSetupLimitS * 1000) + "ms");
  add(command, "--timeout", "1h");
  add(command, "--timestamps", workload.timestamps);
  if (workload.connect_rate > 0) {
    add(command, "--connect-rate", std::to_string(workload.connect_rate));
  }
  if (!silent) add_behaviour(command, workload);
  for (const std::string& flag : generator_flags(contestant)) command.push_back(flag);
  return command;
}

std::vector<std::string> server_flags(const Workload& workload) {
  std::vector<std::string> flags = {"--message-bytes", std::to_string(workload.message_bytes)};
  for (const auto& [name, value] : workload.server_options) {
    flags.push_back("--" + name);
    flags.push_back(value);
  }
  return flags;
}

}  // namespace sockbench
