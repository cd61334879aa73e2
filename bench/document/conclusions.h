#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/document/verdicts.h"
#include "common/interval.h"
#include "common/numbers.h"

/// What is concluded from the cells of a run, as in run.json.
namespace sockbench {

/// A contestant in a workload.
struct CellName {
  std::string contestant;
  std::string workload;
};

/// One contestant against the reference on one metric of one workload, paired slice by slice.
struct Comparison {
  std::string workload;
  std::string metric;
  std::string base;  ///< the reference
  std::string head;
  double ratio = kNaN;                    ///< head / base
  std::optional<Interval> ci95;           ///< as it holds in other runs too
  double between_run_sd = 0;              ///< of the log ratio, contained in ci95 and p_value
  std::optional<Interval> restarts_ci95;  ///< of this run alone
  Verdict verdict = Verdict::kInconclusive;
  std::optional<Undecided> reason;  ///< of kInconclusive
  double p_value = kNaN;
  double p_holm = kNaN;                    ///< NaN when its restarts cannot decide it
  std::optional<std::size_t> family_size;  ///< how many comparisons share the 5 %
  double margin = 0;
  /// At the level at which its verdict is made, in the worst case of Holm's procedure.
  double minimum_detectable_effect = kNaN;
  std::size_t restarts = 0;
  /// The ratio of every restart up to the last that has one; none in runs of early versions.
  std::optional<std::vector<double>> per_restart;
};

struct RankingEntry {
  std::optional<std::size_t> rank;
  std::string contestant;
  double ratio = kNaN;
  std::optional<Undecided> reason;
};

/// A contestant and why it is left out.
struct LeftOut {
  std::string contestant;
  std::string reason;
};

struct Ranking {
  std::string workload;
  std::string metric;
  std::vector<RankingEntry> ranked;
  std::vector<LeftOut> unranked;
};

/// The highest rate of a sweep at which a contestant still answers in time.
struct SweepKnee {
  std::string contestant;
  std::string workload;
  std::int64_t bound_ns = 0;
  std::optional<double> offered_rps;
  std::string reason;
};

/// The A/A control: the reference against itself.
struct ControlFindings {
  std::string contestant;
  int comparisons = 0;
  double largest_deviation = kNaN;
  int intervals_excluding_1 = 0;
  int verdicts = 0;
  std::string text;
  std::optional<std::string> warning;
};

/// A measured value behind a claim.
struct ClaimEvidence {
  std::string cell;    ///< such as "busy/epoll", "busy/select ÷ busy/epoll"
  std::string metric;  ///< the path
  double value = 0;
  std::optional<Interval> ci95;
  std::string unit;  ///< "ns", "bytes", "times", …

  bool operator==(const ClaimEvidence& other) const;
};

struct ClaimFinding {
  std::string id;
  std::string statement;
  std::optional<std::string> kind;  ///< "measured" or "by_design"; none in early versions
  ClaimVerdict verdict = ClaimVerdict::kNotTested;
  std::vector<ClaimEvidence> evidence;
  std::string text;
  std::string reproduce;
};

/// Which model when: the answer for one situation.
struct Answer {
  struct CellWeight {
    std::string workload;
    std::string metric;
    double weight = 1;
  };
  struct Margin {
    std::string than;
    double ratio = kNaN;
    std::optional<Interval> ci95;
  };
  struct RunnerUp {
    std::string contestant;
    double ratio = kNaN;
    std::optional<Interval> ci95;
    std::string verdict;  ///< "tie", "worse", "slightly_worse", or an Undecided
  };
  std::string situation;
  std::string question;
  std::string metric;
  std::vector<CellWeight> cells;
  std::vector<std::string> missing;
  std::optional<std::string> best_mean;
  std::optional<std::string> winner;
  std::vector<std::string> ties;
  std::vector<std::string> not_significant;
  std::vector<std::string> too_few_restarts;
  std::vector<std::string> group;
  std::optional<Margin> margin;
  std::vector<RunnerUp> runners_up;
  std::vector<LeftOut> out;
  std::vector<std::string> against;
  std::optional<std::string> undecided_reason;
};

/// Where A overtakes B along a sweep.
struct BreakEven {
  struct Point {
    std::string workload;
    double x = 0;
    double ratio = kNaN;
    Interval ci95;
    std::optional<std::string> winner;
    std::optional<Undecided> reason;
  };
  struct MissingPoint {
    std::string workload;
    std::string contestant;
    std::string reason;
  };
  std::string a;
  std::string b;
  std::string sweep;
  std::string over;
  std::string metric;
  std::string outcome;
  std::optional<double> at;
  std::optional<Interval> ci95;  ///< an end that nothing bounds is not finite
  std::optional<std::string> winner_below;
  std::optional<std::string> winner_above;
  std::optional<Interval> undecided;
  std::optional<Interval> range;
  std::vector<Point> points;
  std::vector<MissingPoint> left_out;
  std::optional<std::string> reason;
};

/// What a request should cost by its counted parts, beside what it did cost.
struct CostPrediction {
  struct Part {
    double count = 0;
    double cost_ns = 0;
    double ns = 0;
  };
  struct Contained {
    std::string call;
    std::string in;
  };
  std::string contestant;
  std::string workload;
  std::optional<double> predicted_ns;
  std::optional<double> measured_ns;
  std::vector<std::pair<std::string, Part>> parts;
  std::vector<Contained> contained;
  std::optional<double> unexplained_ns;
  std::optional<double> unexplained_share;
  std::vector<std::string> missing;
  std::optional<std::string> reason;
};

}  // namespace sockbench
