#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "bench/commands/duel.h"

namespace sockbench {

/// What `sockbench gate --selftest` was asked to do.
struct SelftestOptions {
  std::vector<std::string> only;  ///< names of trials; empty: all
  int runs = 0;                   ///< of each; 0: as trial_kinds() says
  std::string workload = "busy";
  std::filesystem::path out = "results/selftest";
  std::uint64_t seed = 1;
  bool resume = false;  ///< goes on with the trials in `out`
  /// Where server-epoll and libsockbench_fault.so are; empty: beside this program.
  std::filesystem::path programs;
};

/// Returns duel.json's document; run_duel, or what a test puts in its place.
using RunDuel = std::function<Duel(const DuelOptions&)>;

/// Asks `duel` about servers with known faults, and writes OUT/selftest.json and OUT/selftest.md
/// after every trial. Returns kExitOk when every bound holds, kExitRegression when one does not,
/// kExitInterrupted when a duel says that it was; then that duel does not count. A duel that throws
/// counts as failed. Throws UsageError for an unknown trial, for what a duel calls wrong usage, and
/// for an OUT/selftest.json that cannot be resumed with these options.
int run_selftest(const SelftestOptions& options, const RunDuel& duel);

}  // namespace sockbench
