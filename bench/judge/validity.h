#pragma once

#include <map>
#include <string>
#include <vector>

#include "bench/document/verdicts.h"
#include "bench/judge/figures.h"

namespace sockbench {

struct Judgement {
  Validity validity = Validity::kValid;
  std::vector<std::string> reasons;  ///< of a status; a valid cell may have remarks here
  Limiter limiter = Limiter::kNeither;
  /// Percentiles of the response time for which the generator was too late, and why.
  std::map<std::string, std::string> late = {};
  std::uint64_t slices = 0;
  std::uint64_t disturbed_slices = 0;  ///< of them; see CellFigures
};

/// The rules (docs: README, "How to read a result"), in the order of their weight; the first that
/// fires gives the status, all that fire give reasons; remarks follow, and change no status. Pure.
/// `server_cpus`: CPUs the server could use.
Judgement judge_cell(const Contestant& contestant, const Workload& workload,
                     const std::string& failure, const CellFigures& figures, int server_cpus);

}  // namespace sockbench
