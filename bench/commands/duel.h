#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/document/duel.h"

namespace sockbench {

/// What `sockbench duel` was asked to do. `base`, `head`: commands, of which further ones are other
/// link layouts of the same program, used in turn.
struct DuelOptions {
  std::vector<std::string> base;
  std::vector<std::string> head;
  std::string base_label;  ///< such as a commit; empty: base's command
  std::string head_label;
  std::vector<std::string> workloads;  ///< empty: the usual five
  std::string margin = "0.5%";         ///< of CPU per request; see GateRule
  std::string resolve = "2%";
  std::string budget = "60s";  ///< for each workload
  std::filesystem::path out = "results/duel";
  std::string history;  ///< a file that the verdict is appended to; or empty
  std::string server_cpus;
  std::string generator_cpus;
  std::uint64_t seed = 1;
  bool short_form = false;  ///< exact counts, and one workload of which timing can only warn
  bool fail_on_inconclusive = false;
  bool quiet = false;
};

/// Measures and judges; writes nothing but logs. Throws UsageError for wrong options.
Duel run_duel(const DuelOptions& options);

/// run_duel(), and everything that is written and printed of it. Returns the exit code.
int duel_command(const DuelOptions& options);

}  // namespace sockbench
