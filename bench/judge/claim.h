#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/judge/statistics.h"

/// A claim as data: one file in bench/claims/. docs/claims.md explains every key.
namespace sockbench {

enum class CheckKind : std::uint8_t {
  kRatio,       ///< of one metric between two models in one workload
  kLevel,       ///< of one metric in one cell
  kDifference,  ///< of one counted metric between two models in one workload
  kGrowth,      ///< of one metric from one workload to another, beside a reference model or alone
  kStarved,     ///< connections that got no reply
  kMicroRatio,  ///< of two micro-benchmarks
};

/// One figure, and what it would have to be. `claimed` is what confirms; a figure whose interval
/// lies wholly outside refutes.
struct ClaimCheck {
  std::string name;
  CheckKind kind = CheckKind::kLevel;
  std::string model;                  ///< the head; of kMicroRatio a micro-benchmark
  std::string base;                   ///< model or micro-benchmark; empty: none
  std::vector<std::string> workload;  ///< the first one that holds the cells counts
  std::vector<std::string> from;      ///< kGrowth: where it starts, likewise
  std::string metric;                 ///< a path; "a+b" is the sum
  bool reciprocal = false;            ///< kLevel: 1 / metric, such as requests per call
  Interval claimed;                   ///< may reach to infinity; kStarved: connections
  double doubt = 0;       ///< a figure refutes only when it lies so far beyond `claimed`
  bool all_but = false;   ///< kStarved: claimed is how many connections are served
  bool judged = true;     ///< false: only shown
  bool optional = false;  ///< true: left out where it was not measured
  double guard = 0;  ///< factor by which a figure without interval may be wrong; 0: undecided then
  std::vector<std::string> accept;  ///< statuses and limiters whose figures count here, too
  std::string text;                 ///< a sentence with {placeholders}
};

/// How the checks make a verdict.
enum class Combine : std::uint8_t {
  kAgree,  ///< several views of one statement: when they contradict each other nothing is decided
  kEvery,  ///< parts of a statement: each must hold
  kAny,    ///< "may", "can": one that holds is enough
};

struct Claim {
  std::string id;
  std::string statement;
  /// It holds by the definition of the models, and only a fault in a program could refute it.
  bool by_design = false;
  Combine combine = Combine::kAgree;
  std::vector<ClaimCheck> checks;
  std::vector<std::string> contestants;  ///< external ones that a run for this claim takes along
};

/// Checks every key; throws UsageError with one sentence that names `origin` and the key.
Claim parse_claim(const nlohmann::ordered_json& json, const std::string& origin);

/// All claims of `directory`, sorted by id; the file is named after the id. None when there
/// is no such folder.
std::vector<Claim> load_claims(const std::filesystem::path& directory);

/// The claims of `ids`, in the order of `all`; all when empty. Throws UsageError that names an
/// unknown id and one that is near.
std::vector<Claim> choose_claims(const std::vector<Claim>& all,
                                 const std::vector<std::string>& ids);

/// What a run must hold to decide these claims.
struct ClaimNeeds {
  std::vector<std::string> models;
  std::vector<std::string> workloads;
  std::vector<std::string> contestants;
  std::vector<std::string> operations;  ///< names of micro-benchmarks
};

/// The union, without repetitions. Of alternative workloads the first one in `catalogue` is taken;
/// what only optional checks need is left out where the catalogue lacks it.
ClaimNeeds needs_of(const std::vector<Claim>& claims, const std::vector<std::string>& catalogue);

}  // namespace sockbench
