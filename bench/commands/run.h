#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace sockbench {

/// What `sockbench run` was asked to do.
struct RunOptions {
  std::string suite;                     ///< empty: standard, or claims where some are named
  std::vector<std::string> models;       ///< empty: all; "none": none
  std::vector<std::string> contestants;  ///< external ones: files, or names of shipped ones
  std::vector<std::string> workloads;
  std::vector<std::string> claims;  ///< ids: they name models and workloads where those are empty
  std::filesystem::path out = "results/latest";
  std::string server_cpus;
  std::string generator_cpus;
  int restarts = 0;       ///< at most; 0: as the suite, the precision or the budget says
  std::string precision;  ///< such as 1%: a workload ends when its intervals are so narrow
  std::string budget;     ///< such as 10m: of time, for all workloads
  std::string micro;      ///< a file that sockbench-micro wrote, for what judges by it; or empty
  std::string memory_budget;            ///< such as 4GiB: of contestants that are alive together
  std::string progress = "auto";        ///< what standard error shows, see progress_kind()
  std::string disturbances = "repeat";  ///< or "ignore"
  double slice_factor = 1;              ///< slices so many times as long, and fewer
  std::string unsliced;  ///< such as 2s: each contestant alone, in one slice; or empty
  std::uint64_t seed = 1;
  double margin = 0.02;
};

/// Measures everything and writes OUT/run.json, after every workload and at the end. Returns the
/// exit code; throws UsageError for wrong options.
int run_command(const RunOptions& options);

}  // namespace sockbench
