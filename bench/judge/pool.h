#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/document/run.h"
#include "bench/judge/meta_analysis.h"
#include "bench/judge/statistics.h"
#include "bench/judge/validity.h"
#include "bench/judge/verdict.h"

/// Several runs of one plan as one result, with the variance between runs in its intervals.
namespace sockbench {

/// What a run says of one contestant against its reference.
struct RunComparison {
  std::string workload;
  std::string metric;
  std::string base;
  std::string head;
  double ratio = 0;  ///< NaN when there is none
  std::optional<Interval> ci95;
  std::optional<Interval> restarts_ci95;  ///< without the variance between runs
  std::size_t restarts = 0;
  Verdict verdict = Verdict::kInconclusive;
  std::vector<double> per_restart_log;
};

/// What a run says of one contestant in one workload by itself.
struct RunCell {
  std::string contestant;
  std::string workload;
  Validity validity = Validity::kValid;
  std::vector<std::pair<std::string, double>> figures;  ///< by metric; only those that it has
};

struct RunClaim {
  std::string id;
  std::string statement;
  ClaimVerdict verdict = ClaimVerdict::kNotTested;
  std::vector<ClaimEvidence> figures;  ///< those with a value
};

/// One thing that runs of one plan have in common.
struct PlanItem {
  std::string what;   ///< in words
  std::string value;  ///< empty: being there is all
};

/// Of a run.json what a pool needs.
struct PoolRun {
  std::string file;
  std::string started_at;
  double duration_s = 0;
  std::uint64_t seed = 0;
  std::string git_commit;  ///< empty: not known
  std::vector<std::pair<std::string, std::string>> environment;
  bool interrupted = false;
  double margin = 0;
  std::string reference;
  std::string suite;
  std::vector<PlanItem> plan;  ///< in the order in which differences are named
  std::vector<std::pair<std::string, std::string>> contestants;  ///< name and model
  std::vector<std::pair<std::string, std::string>> workloads;    ///< name and mode
  std::vector<RunComparison> comparisons;
  std::vector<RunCell> cells;
  std::vector<RunClaim> claims;
};

/// Why these runs are not to be pooled, as one sentence; empty when they are: at least two runs, of
/// one plan, run to the end, none given twice. Seeds and machines may differ.
std::string pool_refusal(const std::vector<PoolRun>& runs);

/// What one run of the pool says of a comparison.
struct RatioOfRun {
  std::size_t run = 0;  ///< its index
  double ratio = 0;
  std::optional<Interval> ci95;
  std::optional<Interval> restarts_ci95;  ///< without the variance between runs
  std::size_t restarts = 0;
  Verdict verdict = Verdict::kInconclusive;
};

/// Whether runs differ by more than restarts explain.
enum class Movement : std::uint8_t {
  kNone,
  kSignificant,   ///< the test for equal runs fails at 5 % divided by the number of comparisons
  kBeyondMargin,  ///< it fails at 5 %, and the standard deviation between runs exceeds the margin
};

/// "none", "significant", "beyond_margin".
const char* to_text(Movement movement);

/// Pairs of runs, compared by their own 95 % intervals and verdicts.
struct RunPairs {
  std::size_t compared = 0;       ///< both runs have an interval
  std::size_t disjoint = 0;       ///< of these: the intervals have no value in common
  std::size_t contradicting = 0;  ///< one run says faster, the other slower
};

struct PooledComparison {
  std::string workload;
  std::string metric;
  std::string base;
  std::string head;
  PooledEffect effect;  ///< of log ratios
  double ratio = 0;     ///< exp(effect)
  std::optional<Interval> ci95;
  double p_holm = 1;
  double minimum_detectable_effect = 0;
  Verdict verdict = Verdict::kInconclusive;
  Movement moved = Movement::kNone;
  RunPairs pairs;
  std::vector<RatioOfRun> runs;
};

/// An absolute figure over the runs in which its cell may be compared.
struct PooledFigure {
  std::string metric;
  double median = 0;
  Interval range;
  std::size_t runs = 0;
};

struct PooledCell {
  std::string contestant;
  std::string workload;
  std::vector<std::optional<Validity>> validity;  ///< of every run; none where it has no such cell
  std::size_t valid_runs = 0;
  std::vector<PooledFigure> figures;
};

enum class PooledClaimVerdict : std::uint8_t {
  kConfirmed,         ///< in every run that tested it
  kRefuted,           ///< likewise
  kDependsOnMachine,  ///< confirmed in one run, refuted in another
  kInconclusive,      ///< some run did not decide, no two contradict each other
  kNotTested,         ///< in no run
};

/// "confirmed", "refuted", "depends_on_machine", "inconclusive", "not_tested".
const char* to_text(PooledClaimVerdict verdict);

/// The range of a claim's figure over runs.
struct ClaimRange {
  std::string cell;
  std::string metric;
  std::string unit;
  Interval range;
  std::size_t runs = 0;
};

struct PooledClaim {
  std::string id;
  std::string statement;
  PooledClaimVerdict verdict = PooledClaimVerdict::kNotTested;
  /// Runs that say so, in the order of ClaimVerdict.
  std::array<std::size_t, 4> counts{};
  std::vector<ClaimRange> figures;
};

struct MetricPairs {
  std::string metric;
  RunPairs pairs;
};

struct Pool {
  std::vector<PoolRun> runs;
  std::vector<PooledComparison> comparisons;
  std::vector<MetricPairs> pairs_by_metric;
  RunPairs pairs;  ///< of all metrics
  std::vector<PooledCell> cells;
  std::vector<PooledClaim> claims;
};

/// Pools runs that pool_refusal() accepts. Pure.
Pool pool_runs(std::vector<PoolRun> runs);

/// What a pool.json says of one comparison.
struct PooledRatio {
  std::string workload;
  std::string metric;
  std::string base;
  std::string head;
  double ratio = kNaN;
  std::optional<Interval> ci95;
  Verdict verdict = Verdict::kInconclusive;
};

/// Of a stored pool, what other pages quote.
struct PooledRatios {
  std::string reference;
  std::size_t runs = 0;
  std::vector<PooledRatio> comparisons;
};

/// `file` is what messages call the run. Throws UsageError when it has no ratios per restart.
PoolRun pool_run(const Run& run, const std::string& file);

/// Reads each path, a run.json or the directory that holds one. Throws UsageError with one sentence
/// when a path is neither, or these runs cannot be pooled.
std::vector<PoolRun> read_pool_runs(const std::vector<std::string>& paths);

}  // namespace sockbench
