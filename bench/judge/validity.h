#pragma once

#include <string>
#include <vector>

#include "bench/judge/figures.h"

namespace sockbench {

enum class Validity : std::uint8_t {
  kValid,
  kGeneratorBound,  ///< the generator set the pace: no throughput ranking, CPU per request stands
  kSaturated,       ///< open loop: less was achieved than offered
  kModelLimit,      ///< connections were starved beyond what the model can serve
  kUnstable,        ///< the figures contradict each other
  kFailed,
};

enum class Limiter : std::uint8_t { kServer, kGenerator, kNeither };

struct Judgement {
  Validity validity = Validity::kValid;
  std::vector<std::string> reasons;  ///< of a status; a valid cell may have remarks here
  Limiter limiter = Limiter::kNeither;
  std::uint64_t slices = 0;
  std::uint64_t disturbed_slices = 0;  ///< of them; see CellFigures
};

const char* to_text(Validity validity);
const char* to_text(Limiter limiter);
/// The status of that name in a run.json; kFailed for any other text.
Validity validity_named(const std::string& text);
/// The limiter of that name; kNeither for any other text.
Limiter limiter_named(const std::string& text);

/// The rules (docs: README, "How to read a result"), in the order of their weight; the first that
/// fires gives the status, all that fire give reasons; remarks follow, and change no status. Pure.
/// `server_cpus`: CPUs the server could use.
Judgement judge_cell(const Contestant& contestant, const Workload& workload,
                     const std::string& failure, const CellFigures& figures, int server_cpus);

}  // namespace sockbench
