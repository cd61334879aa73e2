#pragma once

#include <string>
#include <vector>

#include "bench/plan/contestant.h"
#include "bench/plan/workload.h"

namespace sockbench {

/// How long the load generator may take to connect and verify everything.
inline constexpr int kSetupLimitS = 20;

/// The load generator's command line. `silent`: its connections are answered once and do nothing
/// more, whatever the workload does.
std::vector<std::string> generator_command(const std::string& program, const std::string& address,
                                           const Contestant& contestant, const Workload& workload,
                                           int connections, bool silent);

/// What a model gets on its command line for this workload, beside where to listen.
std::vector<std::string> server_flags(const Workload& workload);

}  // namespace sockbench
