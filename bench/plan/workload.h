#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace sockbench {

enum class Mode : std::uint8_t { kClosedLoop, kOpenLoop, kIdle };

/// What the load generator does, and how it is measured: one file in bench/workloads/.
struct Workload {
  std::string name;
  std::string title;
  std::string description;
  Mode mode = Mode::kClosedLoop;
  int connections = 1;
  int active = 1;
  int message_bytes = 64;
  int pipeline = 1;
  double offered_rps = 0;  ///< open loop only
  std::string arrival = "poisson";
  std::string timestamps = "app";  ///< or "kernel": replies are stamped on arrival
  int slice_ms = 20;               ///< the measured window of a slice
  int discard_ms = 2;              ///< load before it that is not measured
  int slices_per_restart = 12;
  std::vector<std::string> metrics;  ///< compared and ranked, the first is the primary one
};

/// Checks every key; throws UsageError with one sentence that names `origin` and the key.
Workload parse_workload(const nlohmann::ordered_json& json, const std::string& origin);
nlohmann::ordered_json to_json(const Workload& workload);

/// All workloads of `directory`, sorted by name.
std::vector<Workload> load_workloads(const std::filesystem::path& directory);

/// Which workloads to run and how often: one file in bench/suites/.
struct Suite {
  std::string name;
  std::string title;
  int restarts = 12;
  int counted_restarts = 1;         ///< beside them, with counters on the servers
  double slices_factor = 1;         ///< scales every workload's slices_per_restart
  std::vector<std::string> models;  ///< empty: all
  std::vector<std::string> workloads;
};

/// `name_or_file`: the name of a suite in `directory`, or the path of a file of that form.
Suite load_suite(const std::string& name_or_file, const std::filesystem::path& directory);

/// The workloads of `names`, in that order; throws UsageError that names an unknown one.
std::vector<Workload> choose_workloads(const std::vector<Workload>& all,
                                       const std::vector<std::string>& names);

/// Where workloads/ and suites/ are: $SOCKBENCH_DATA, beside an installed program, or the source
/// tree.
std::filesystem::path data_directory();

}  // namespace sockbench
