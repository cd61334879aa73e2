#include "bench/judge/verdict.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "bench/judge/between_runs.h"
#include "bench/judge/significance.h"
#include "common/numbers.h"

namespace sockbench {
namespace {

/// A contestant of a ranking, the better the less.
struct Standing {
  const RankInput* input = nullptr;
  double effect = 0;
  double log_cost = 0;
  bool decidable = false;
};

/// Best first, unmeasured ones last.
std::vector<Standing> standings_of(const std::vector<RankInput>& entries, const RankRule& rule) {
  std::vector<Standing> standings;
  standings.reserve(entries.size());
  for (const RankInput& entry : entries) {
    const double effect = mean(entry.per_restart_log);
    const double log_cost = rule.lower_is_better ? effect : -effect;
    standings.push_back({.input = &entry,
                         .effect = effect,
                         .log_cost = std::isnan(effect) ? kInfinity : log_cost,
                         .decidable = rule.family.decides(finite(entry.per_restart_log).size())});
  }
  std::sort(standings.begin(), standings.end(), [](const Standing& a, const Standing& b) {
    return a.log_cost != b.log_cost ? a.log_cost < b.log_cost : a.input->name < b.input->name;
  });
  return standings;
}

/// Holm's p where the pair has a comparison of its own, else the worst case of the same family.
double p_of_pair(const RankInput& one, const RankInput& other, double p_value,
                 const RankRule& rule) {
  const std::string& partner = one.name == rule.reference ? other.name : one.name;
  const bool compared = one.name == rule.reference || other.name == rule.reference;
  if (const auto found = rule.p_holm.find(partner); compared && found != rule.p_holm.end()) {
    return found->second;
  }
  return std::min(1.0, p_value * static_cast<double>(rule.family.size));
}

struct Step {
  bool down = false;                ///< `entry` is slower than `leader`
  std::optional<Undecided> reason;  ///< why not, unless it is a tie
};

Step step_between(const RankInput& leader, const RankInput& entry, const RankRule& rule) {
  std::vector<double> differences(
      std::min(entry.per_restart_log.size(), leader.per_restart_log.size()));
  for (std::size_t i = 0; i < differences.size(); ++i) {
    differences[i] = entry.per_restart_log[i] - leader.per_restart_log[i];
  }
  Effect effect = restart_effect(differences, rule.options);
  if (rule.across_runs) {
    const bool same = leader.program == entry.program;
    effect = across_runs(std::move(effect), same ? Programs::kSame : Programs::kDifferent);
  }
  const bool decides = rule.family.decides(effect.restarts);
  const double p = decides ? p_of_pair(leader, entry, effect.p_value, rule) : kNaN;
  const Verdict verdict = judge(effect.ci95, p, rule.margin, rule.lower_is_better);
  return {.down = verdict == Verdict::kSlower, .reason = undecided(verdict, decides)};
}

}  // namespace

Verdict judge(const std::optional<Interval>& ci95, double p_holm, double margin,
              bool lower_is_better) {
  if (!ci95 || !std::isfinite(ci95->lo) || !std::isfinite(ci95->hi)) return Verdict::kInconclusive;
  if (ci95->lo >= 1 / (1 + margin) && ci95->hi <= 1 + margin) return Verdict::kTie;
  const bool lower = ci95->hi < 1;
  const bool higher = ci95->lo > 1;
  if (!(p_holm < kSignificance) || lower == higher) return Verdict::kInconclusive;
  return lower == lower_is_better ? Verdict::kFaster : Verdict::kSlower;
}

std::optional<Undecided> undecided(Verdict verdict, bool restarts_decide) {
  if (verdict != Verdict::kInconclusive) return std::nullopt;
  return restarts_decide ? Undecided::kNotSignificant : Undecided::kTooFewRestarts;
}

std::vector<Ranked> rank(const std::vector<RankInput>& entries, const RankRule& rule) {
  const std::vector<Standing> standings = standings_of(entries, rule);
  const auto usable = std::find_if(standings.begin(), standings.end(),
                                   [](const Standing& s) { return s.decidable; });
  const Standing* leader = usable != standings.end() ? &*usable
                           : standings.empty()       ? nullptr
                                                     : &standings.front();
  std::vector<Ranked> placed;
  std::vector<Ranked> others;
  const auto put = [&](const Standing& standing, const Step& step) {
    Ranked ranked{standing.input->name, std::nullopt, std::exp(standing.effect), step.reason};
    const bool measured = !std::isnan(standing.effect);
    if (!measured) ranked.reason.reset();
    if (!measured || step.reason == Undecided::kTooFewRestarts) {
      others.push_back(std::move(ranked));
      return;
    }
    ranked.rank = step.down || placed.empty() ? placed.size() + 1 : placed.back().rank;
    placed.push_back(std::move(ranked));
  };
  for (const Standing& standing : standings) {
    if (&standing == leader) {
      put(standing, {});
    } else if (!placed.empty() && !std::isnan(standing.effect)) {
      const Step step = step_between(*leader->input, *standing.input, rule);
      if (step.down) leader = &standing;
      put(standing, step);
    } else {
      put(standing, {.reason = Undecided::kTooFewRestarts});  // better than all that can be ranked
    }
  }
  const bool others_measured = !others.empty() && others.front().reason.has_value();
  if (placed.size() == 1 && others_measured) {  // the first of whom?
    placed.front().rank.reset();
    placed.front().reason = Undecided::kTooFewRestarts;
  }
  placed.insert(placed.end(), others.begin(), others.end());
  return placed;
}

}  // namespace sockbench
