#include "bench/judge/verdict.h"

#include <algorithm>
#include <cmath>

#include "bench/judge/numbers.h"
#include "bench/judge/significance.h"

namespace sockbench {
namespace {

/// Whether `entry`, whose mean effect is the worse one, is clearly beyond the margin from `leader`.
bool clearly_worse(const RankInput& entry, const RankInput& leader, double margin,
                   bool lower_is_better, const EffectOptions& options) {
  std::vector<double> differences(
      std::min(entry.per_restart_log.size(), leader.per_restart_log.size()));
  const double worse_sign = lower_is_better ? 1 : -1;
  for (std::size_t i = 0; i < differences.size(); ++i) {
    differences[i] = worse_sign * (entry.per_restart_log[i] - leader.per_restart_log[i]);
  }
  const std::vector<double> kept = finite(differences);
  const std::optional<Interval> interval = bootstrap_interval(kept, options);
  return interval && interval->lo > std::log1p(margin) &&
         sign_flip_p(kept, options.seed) < kSignificance;
}

}  // namespace

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kFaster:
      return "faster";
    case Verdict::kSlower:
      return "slower";
    case Verdict::kTie:
      return "tie";
    case Verdict::kInconclusive:
      break;
  }
  return "inconclusive";
}

Verdict judge(const std::optional<Interval>& ci95, double p_holm, double margin,
              bool lower_is_better) {
  if (!ci95 || !std::isfinite(ci95->lo) || !std::isfinite(ci95->hi)) return Verdict::kInconclusive;
  if (ci95->lo >= 1 / (1 + margin) && ci95->hi <= 1 + margin) return Verdict::kTie;
  const bool lower = ci95->hi < 1;
  const bool higher = ci95->lo > 1;
  if (!(p_holm < kSignificance) || lower == higher) return Verdict::kInconclusive;
  return lower == lower_is_better ? Verdict::kFaster : Verdict::kSlower;
}

std::vector<Ranked> rank(const std::vector<RankInput>& entries, double margin, bool lower_is_better,
                         const EffectOptions& options) {
  struct Standing {
    const RankInput* input;
    double effect;
    double badness;  // ascending; unmeasured ones last
  };
  std::vector<Standing> standings;
  standings.reserve(entries.size());
  for (const RankInput& entry : entries) {
    const double effect = mean(entry.per_restart_log);
    const double badness = lower_is_better ? effect : -effect;
    standings.push_back({&entry, effect, std::isnan(effect) ? kInfinity : badness});
  }
  std::sort(standings.begin(), standings.end(), [](const Standing& a, const Standing& b) {
    return a.badness != b.badness ? a.badness < b.badness : a.input->name < b.input->name;
  });

  std::vector<Ranked> ranked;
  ranked.reserve(standings.size());
  std::size_t leader = 0;
  for (std::size_t i = 0; i < standings.size(); ++i) {
    const Standing& standing = standings[i];
    std::optional<std::size_t> place;
    if (!std::isnan(standing.effect)) {
      if (clearly_worse(*standing.input, *standings[leader].input, margin, lower_is_better,
                        options)) {
        leader = i;
      }
      place = leader + 1;
    }
    ranked.push_back({standing.input->name, place, std::exp(standing.effect)});
  }
  return ranked;
}

}  // namespace sockbench
