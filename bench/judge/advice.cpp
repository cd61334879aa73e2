#include <algorithm>
#include <cmath>

#include "bench/judge/comparison.h"
#include "bench/judge/conclude.h"
#include "bench/judge/series.h"
#include "bench/judge/significance.h"
#include "common/text.h"
#include "common/units.h"

namespace sockbench {
namespace {

/// A cell that has a say in a situation.
struct Entry {
  std::string workload;
  std::string metric;
  double weight = 1;
};

/// A contestant that can be ranked.
struct Standing {
  std::string name;
  std::vector<double> log_cost;  ///< logarithms, one per measurement; less is better
  Effect effect{};               ///< against the best
  Verdict verdict = Verdict::kInconclusive;
  std::optional<Undecided> reason{};  ///< of kInconclusive
  bool beyond_margin = false;         ///< worse by more than the margin, not only worse
};

struct Field {
  std::vector<Standing> standings;  ///< the best first
  std::vector<LeftOut> out;
  bool others_cannot = true;  ///< all that are out starve connections or failed
};

bool anybody_has(const Run& run, const std::string& workload, const std::string& metric) {
  const auto names = run.models();
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    const Series series = series_of(run, name, workload, metric);
    return series.out.empty() && std::isfinite(mean(series.per_restart_log));
  });
}

/// The first metric on which some contestant can be ranked; else the first of all, so that the
/// reasons are about that one.
std::string metric_for(const Run& run, const std::string& workload,
                       const std::vector<std::string>& metrics) {
  for (const std::string& metric : metrics) {
    if (anybody_has(run, workload, metric)) return metric;
  }
  return metrics.front();
}

/// The cells that the run has, and in `missing` the workloads of which it has none.
std::vector<Entry> entries_of(const Run& run, const Situation& situation,
                              std::vector<std::string>& missing) {
  std::vector<Entry> entries;
  for (const Situation::Entry& entry : situation.entries) {
    const auto& names = entry.first_of;
    const auto found = std::find_if(names.begin(), names.end(), [&](const std::string& name) {
      return run.workload(name) != nullptr;
    });
    if (found == names.end()) {
      missing.push_back(joined(names, " or "));
    } else {
      entries.push_back({*found, metric_for(run, *found, situation.metrics), entry.weight});
    }
  }
  return entries;
}

/// The series with less as the better direction.
Series log_cost_of(const Run& run, const std::string& name, const Entry& entry) {
  Series series = series_of(run, name, entry.workload, entry.metric);
  if (!lower_is_better(entry.metric)) {
    for (double& value : series.per_restart_log) value = -value;
  }
  return series;
}

/// The weighted mean over the entries, restart by restart as far as all of them go: restarts of
/// different workloads are independent, so which is averaged with which does not matter.
Series weighted_mean(const Run& run, const std::string& name, const std::vector<Entry>& entries) {
  Series total;
  double weights = 0;
  for (const Entry& entry : entries) {
    const Series part = log_cost_of(run, name, entry);
    if (!part.out.empty()) return {{}, "in " + entry.workload + ": " + part.out};
    auto& sum = total.per_restart_log;
    if (weights == 0) sum.assign(part.per_restart_log.size(), 0.0);
    sum.resize(std::min(sum.size(), part.per_restart_log.size()));
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += entry.weight * part.per_restart_log[i];
    weights += entry.weight;
  }
  for (double& value : total.per_restart_log) value /= weights;
  return total;
}

/// Every entry is one measurement of the same property.
Series repeated(const Run& run, const std::string& name, const std::vector<Entry>& entries) {
  Series all;
  std::string reason;
  bool any = false;
  for (const Entry& entry : entries) {
    const Series part = log_cost_of(run, name, entry);
    const double value = part.out.empty() ? mean(part.per_restart_log) : kNaN;
    all.per_restart_log.push_back(value);
    any = any || std::isfinite(value);
    if (!part.out.empty()) reason = "in " + entry.workload + ": " + part.out;
  }
  if (!any) all.out = reason;
  return all;
}

bool cannot_serve(const Run& run, const std::string& name, const std::vector<Entry>& entries) {
  return std::any_of(entries.begin(), entries.end(), [&](const Entry& entry) {
    const Cell* cell = run.cell(name, entry.workload);
    if (cell == nullptr) return false;
    const Validity status = cell->validity.status;
    return status == Validity::kFailed || status == Validity::kModelLimit;
  });
}

Field field_of(const Run& run, const std::vector<Entry>& entries, bool repeats) {
  Field field;
  for (const std::string& name : run.models()) {
    Series series = repeats ? repeated(run, name, entries) : weighted_mean(run, name, entries);
    if (series.out.empty() && !std::isfinite(mean(series.per_restart_log))) {
      series.out = "no restart has a value";
    }
    if (series.out.empty()) {
      field.standings.push_back({.name = name, .log_cost = std::move(series.per_restart_log)});
    } else {
      field.out.push_back({name, series.out});
      field.others_cannot = field.others_cannot && cannot_serve(run, name, entries);
    }
  }
  std::stable_sort(
      field.standings.begin(), field.standings.end(),
      [](const Standing& a, const Standing& b) { return mean(a.log_cost) < mean(b.log_cost); });
  return field;
}

/// All against the best by their means: worse is who is beyond a factor of the best, and farther
/// from it than the figure, in its unit, can be trusted.
void compare_within_guard(std::vector<Standing>& standings, const Situation::Guard& guard) {
  const auto figure = [](const Standing& standing) { return std::exp(mean(standing.log_cost)); };
  for (std::size_t i = 1; i < standings.size(); ++i) {
    Standing& other = standings[i];
    const double best = figure(standings.front());
    other.effect.ratio = figure(other) / best;
    other.effect.restarts = other.log_cost.size();
    other.beyond_margin = other.effect.ratio > guard.factor && figure(other) - best > guard.least;
    other.verdict = other.beyond_margin ? Verdict::kSlower : Verdict::kInconclusive;
    other.reason = undecided(other.verdict, true);
  }
}

/// All against the best, with Holm over those of these comparisons that can be decided.
void compare_with_best(const Run& run, std::vector<Standing>& standings,
                       const std::string& metric) {
  const double margin = run.plan.margin;
  std::vector<double> p_values;
  std::vector<std::size_t> restarts;
  for (std::size_t i = 1; i < standings.size(); ++i) {
    Standing& other = standings[i];
    other.effect = paired_series_effect(standings.front().log_cost, other.log_cost, metric,
                                        programs_in_run(run, standings.front().name, other.name));
    p_values.push_back(other.effect.p_value);
    restarts.push_back(other.effect.restarts);
  }
  const Family family = family_of(restarts);
  const std::vector<double> adjusted = holm(p_values, restarts, family);
  for (std::size_t i = 1; i < standings.size(); ++i) {
    const auto& interval = standings[i].effect.ci95;
    standings[i].verdict = judge(interval, adjusted[i - 1], margin, true);
    standings[i].reason = undecided(standings[i].verdict, family.decides(restarts[i - 1]));
    standings[i].beyond_margin = interval && interval->lo > 1 + margin;
  }
}

const char* word_of(const Standing& standing) {
  if (standing.reason) return to_text(*standing.reason);
  if (standing.verdict == Verdict::kTie) return "tie";
  return standing.beyond_margin ? "worse" : "slightly_worse";
}

std::vector<Answer::RunnerUp> runners_up(const std::vector<Standing>& standings) {
  std::vector<Answer::RunnerUp> list;
  for (std::size_t i = 1; i < standings.size(); ++i) {
    const Standing& other = standings[i];
    list.push_back({other.name, other.effect.ratio, other.effect.ci95, word_of(other)});
  }
  return list;
}

std::optional<Answer::Margin> margin_of(const std::vector<Standing>& standings) {
  const auto next = std::find_if(standings.begin(), standings.end(), [](const Standing& standing) {
    return standing.verdict == Verdict::kSlower;
  });
  if (next == standings.end()) return std::nullopt;
  return Answer::Margin{next->name, next->effect.ratio, next->effect.ci95};
}

std::vector<std::string> names_with(const std::vector<Standing>& standings, Verdict verdict) {
  std::vector<std::string> names;
  for (std::size_t i = 1; i < standings.size(); ++i) {
    if (standings[i].verdict == verdict) names.push_back(standings[i].name);
  }
  return names;
}

std::vector<std::string> names_with(const std::vector<Standing>& standings, Undecided reason) {
  std::vector<std::string> names;
  for (std::size_t i = 1; i < standings.size(); ++i) {
    if (standings[i].reason == reason) names.push_back(standings[i].name);
  }
  return names;
}

bool has_intervals(const std::vector<Standing>& standings) {
  return std::any_of(standings.begin(), standings.end(),
                     [](const Standing& standing) { return standing.effect.ci95.has_value(); });
}

/// Which differences to the best are open, and why.
std::string undecided_differences(const std::vector<Standing>& standings) {
  std::string reason = standings.front().name + " has the best mean, but ";
  const auto alike = names_with(standings, Undecided::kNotSignificant);
  const auto few = names_with(standings, Undecided::kTooFewRestarts);
  if (!alike.empty()) {
    reason += (alike.size() == 1 ? "the difference to " : "the differences to ") + listed(alike) +
              (alike.size() == 1 ? " is" : " are") + " not significant";
  }
  if (few.empty()) return reason + ".";
  const auto first = std::find_if(standings.begin(), standings.end(), [](const Standing& other) {
    return other.reason == Undecided::kTooFewRestarts;
  });
  if (!alike.empty()) reason += ", and ";
  return reason + std::to_string(first->effect.restarts) +
         " measurements are too few restarts for a comparison with " + listed(few) + ".";
}

/// Why there is no winner; empty when there is one.
std::string undecided_reason(const Field& field, const std::vector<Entry>& entries,
                             const std::vector<std::string>& missing, bool guarded) {
  if (entries.empty()) {
    return "This run has none of the workloads that decide it (" + listed(missing) + ").";
  }
  const auto& standings = field.standings;
  if (standings.empty()) {
    return "No contestant has figures that can be ranked; " +
           (field.out.empty() ? "there is no contestant."
                              : "for one, " + field.out.front().contestant + " " +
                                    field.out.front().reason + ".");
  }
  const std::string& best = standings.front().name;
  if (standings.size() == 1 && !(field.others_cannot && !field.out.empty())) {
    return "Only " + best + " has figures that can be ranked.";
  }
  const std::vector<std::string> open = names_with(standings, Verdict::kInconclusive);
  if (open.empty()) return {};
  if (guarded) {
    return best + " has the best figure, and " + listed(open) +
           (open.size() == 1 ? " is" : " are") + " nearer to it than the figure can be trusted.";
  }
  if (!has_intervals(standings)) {
    return best + " has the best figure of " + std::to_string(standings.size()) + " and " +
           standings.back().name + " the last, " + fixed(standings.back().effect.ratio, 2) +
           " times that, but there are fewer than three measurements, and so no interval: too few "
           "restarts.";
  }
  return undecided_differences(standings);
}

/// What speaks against those that a reader might take.
std::vector<std::string> against(const Run& run, const AgainstRules& rules,
                                 const std::vector<Standing>& standings) {
  std::vector<std::string> sentences;
  const bool intervals = has_intervals(standings);
  for (std::size_t i = 0; i < standings.size(); ++i) {
    const bool equal = i == 0 || (standings[i].verdict != Verdict::kSlower && intervals);
    if (!equal) continue;
    for (const std::string& text : speaks_against(run, rules, standings[i].name)) {
      sentences.push_back(standings[i].name + ": " + text);
    }
  }
  return sentences;
}

/// The best one and all that are not significantly worse: the choice that the figures leave. Empty
/// when they leave it to everybody: no choice was made, and none among fewer than two.
std::vector<std::string> group_of(const std::vector<Standing>& standings) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < standings.size(); ++i) {
    if (i == 0 || standings[i].verdict != Verdict::kSlower) names.push_back(standings[i].name);
  }
  if (names.size() == standings.size()) names.clear();
  return names;
}

std::string metrics_of(const std::vector<Entry>& entries, const Situation& situation) {
  std::vector<std::string> metrics;
  for (const Entry& entry : entries) {
    if (std::find(metrics.begin(), metrics.end(), entry.metric) == metrics.end()) {
      metrics.push_back(entry.metric);
    }
  }
  return metrics.empty() ? situation.metrics.front() : listed(metrics);
}

Answer answer_to(const Run& run, const AdviceRules& rules, const Situation& situation) {
  Answer answer;
  answer.situation = situation.name;
  answer.question = situation.question;
  const std::vector<Entry> entries = entries_of(run, situation, answer.missing);
  Field field;
  if (!entries.empty()) field = field_of(run, entries, situation.repeats.has_value());
  if (situation.guard) {
    compare_within_guard(field.standings, *situation.guard);
  } else if (!entries.empty()) {
    // A mean over several metrics varies between runs as their first one does.
    compare_with_best(run, field.standings, entries.front().metric);
  }
  answer.metric = metrics_of(entries, situation);
  for (const Entry& entry : entries) {
    answer.cells.push_back({entry.workload, entry.metric, entry.weight});
  }
  if (!field.standings.empty()) answer.best_mean = field.standings.front().name;
  const std::string undecided =
      undecided_reason(field, entries, answer.missing, situation.guard.has_value());
  if (undecided.empty()) {
    answer.winner = answer.best_mean;
  } else {
    answer.undecided_reason = undecided;
  }
  answer.ties = names_with(field.standings, Verdict::kTie);
  answer.not_significant = names_with(field.standings, Undecided::kNotSignificant);
  answer.too_few_restarts = names_with(field.standings, Undecided::kTooFewRestarts);
  answer.group = group_of(field.standings);
  answer.margin = margin_of(field.standings);
  answer.runners_up = runners_up(field.standings);
  answer.against = against(run, rules.against, field.standings);
  answer.out = std::move(field.out);
  return answer;
}

}  // namespace

std::vector<Answer> advise(const Run& run, const AdviceRules& rules) {
  std::vector<Answer> answers;
  for (const Situation& situation : rules.situations) {
    answers.push_back(answer_to(run, rules, situation));
  }
  return answers;
}

}  // namespace sockbench
