#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace sockbench {

/// What `sockbench capacity` was asked to do.
struct CapacityOptions {
  std::string bound = "p99=1ms";
  std::vector<std::string> models;  ///< empty: epoll, threaded, io_uring
  std::vector<std::string> contestants;
  int connections = 64;
  int message_bytes = 64;
  int restarts = 0;    ///< 0: as many as the budget allows
  std::string budget;  ///< empty: 90 s for each contestant
  std::filesystem::path out = "results/capacity";
  std::string server_cpus;
  std::string generator_cpus;
  std::uint64_t seed = 1;
  double margin = 0.02;
};

/// Finds for each contestant the highest rate at which the bound holds, all of them in turns, and
/// writes OUT/capacity.json. Returns the exit code. Throws UsageError for wrong options.
int capacity_command(const CapacityOptions& options);

}  // namespace sockbench
