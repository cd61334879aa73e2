#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bench/document/verdicts.h"
#include "bench/judge/significance.h"
#include "bench/judge/statistics.h"

/// What intervals and tests together say of a ratio, and in which order contestants come.
namespace sockbench {

/// What a ratio head / base says; faster = better in the metric's good direction.
/// - tie: the interval lies within [1 / (1 + margin), 1 + margin]. This comes first: a significant
///   difference that lies below the margin is none in practice.
/// - faster, slower: the interval excludes 1 and the Holm-adjusted p is below kSignificance.
/// - inconclusive: the rest, and whenever there is no interval or no p.
/// The interval alone gives the direction, so the point estimate is not needed. margin 0.02 = 2 %.
Verdict judge(const std::optional<Interval>& ci95, double p_holm, double margin,
              bool lower_is_better);

/// nullopt for a verdict other than inconclusive.
std::optional<Undecided> undecided(Verdict verdict, bool restarts_decide);

struct RankInput {
  std::string name;
  /// log(this / reference), aligned: the same index is the same restart for every contestant, NaN
  /// where it failed. The reference itself has zeros.
  std::vector<double> per_restart_log;
  std::string program = {};  ///< the model, which several contestants may run
};

/// What a step from one rank to the next goes by: the rules of the comparisons with the reference.
struct RankRule {
  double margin = 0;
  bool lower_is_better = true;
  Family family;  ///< of the comparisons of this metric
  std::string reference;
  std::map<std::string, double> p_holm;  ///< of the comparisons with it, by contestant
  bool across_runs = false;              ///< add the variance between runs: see across_runs()
  EffectOptions options = {};
};

struct Ranked {
  std::string name;
  std::optional<std::size_t> rank;  ///< from 1; none when nothing was measured, or too little
  double ratio = 0;                 ///< exp(mean effect) against the reference
  /// Why it has no rank, or has the rank of the best above it without being a tie with it.
  std::optional<Undecided> reason;
};

/// Ranks with ties, best first (equal means by name, those without a rank last). An entry leaves
/// the group above it only when judge() calls it slower than that group's best; else it shares the
/// rank: as a tie, or because the difference is not significant. Where the restarts of both cannot
/// decide and it is no tie, it has no rank. Against the reference p is that of the comparison,
/// against any other best p times the size of the family: that is the same level, in the worst case
/// of Holm's procedure. The best one is looked for among those with restarts enough for the family;
/// where there are none, and no ties, none has a rank. One alone has rank 1. Comparing with the
/// group's best, not with the neighbour, keeps a chain of small steps from tying first with last.
/// Competition ranking: 1, 1, 3.
std::vector<Ranked> rank(const std::vector<RankInput>& entries, const RankRule& rule);

}  // namespace sockbench
