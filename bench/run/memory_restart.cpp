#include "bench/run/memory_restart.h"

#include <algorithm>

#include "common/clock.h"

namespace sockbench {
namespace {

constexpr int kSteps = 4;
constexpr std::int64_t kLoadNs = 100 * kNsPerMs;
// Below it the kernel's accounts, kept in portions for each CPU, are too coarse for a slope.
constexpr int kMinConnections = 100;

std::string why_not(const Contestant& contestant, const Workload& workload) {
  if (workload.churns()) return "connections come and go";
  if (workload.connections < kMinConnections) {
    return "a slope needs " + std::to_string(kMinConnections) + " connections or more";
  }
  if (contestant.serves(workload.connections)) return "";
  return "the model serves " + std::to_string(*contestant.max_connections()) + " of " +
         std::to_string(workload.connections) + " connections";
}

}  // namespace

MemoryResult measure_memory(const Bench& bench, const Contestant& contestant,
                            const Workload& workload) {
  MemoryResult result{.points = {}, .absent = why_not(contestant, workload), .kernel_absent = {}};
  if (!result.absent.empty()) return result;
  ServerProcess server(bench, contestant, workload, Purpose::kMemory);
  // One connection that sends requests for a while: all that a server makes at its start, at its
  // first connection or at its first requests is there, and is no part of what later ones need.
  server.connect(bench, contestant, 1);
  server.load(kLoadNs);
  int connected = 1;
  for (int step = 0; step <= kSteps && !server.failed() && !interrupted(); ++step) {
    const int wanted = std::max(1, workload.connections * step / kSteps);
    if (wanted > connected) server.connect(bench, contestant, wanted - connected);
    connected = wanted;
    if (!server.failed()) result.points.push_back(server.memory());
  }
  if (server.failed()) {
    result.points.clear();
    result.absent = "the restart for memory failed: " + server.failure();
  }
  result.kernel_absent = server.no_kernel_memory();
  return result;
}

}  // namespace sockbench
