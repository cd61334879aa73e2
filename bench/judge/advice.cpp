#include "bench/judge/advice.h"

#include <algorithm>
#include <cmath>

#include "bench/judge/comparison.h"
#include "bench/judge/numbers.h"
#include "bench/judge/run_series.h"
#include "bench/judge/significance.h"
#include "common/or_null.h"
#include "common/text.h"
#include "common/units.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

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
  ordered_json out = ordered_json::array();
  bool others_cannot = true;  ///< all that are out starve connections or failed
};

bool anybody_has(const ordered_json& run, const std::string& workload, const std::string& metric) {
  const auto names = models_in_run(run);
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    const Series series = series_of(run, name, workload, metric);
    return series.out.empty() && std::isfinite(mean(series.per_restart_log));
  });
}

/// The first metric on which somebody can be ranked; the first of all where nobody can, so that the
/// reasons are about that one.
std::string metric_for(const ordered_json& run, const std::string& workload,
                       const ordered_json& metrics) {
  for (const ordered_json& metric : metrics) {
    if (anybody_has(run, workload, metric)) return metric;
  }
  return metrics.front();
}

/// "a", or "a or b or c" where one of them would do.
std::string alternatives(const ordered_json& names) {
  std::string text;
  for (const std::string name : names) text += (text.empty() ? "" : " or ") + name;
  return text;
}

/// The cells that the run has, and in `missing` the workloads of which it has none.
std::vector<Entry> entries_of(const ordered_json& run, const ordered_json& situation,
                              ordered_json& missing) {
  std::vector<Entry> entries;
  for (const ordered_json& entry : situation["entries"]) {
    const auto& names = entry["first_of"];
    const auto found = std::find_if(names.begin(), names.end(), [&](const ordered_json& name) {
      return find_workload(run, name) != nullptr;
    });
    if (found == names.end()) {
      missing.push_back(alternatives(names));
    } else {
      entries.push_back(
          {*found, metric_for(run, *found, situation["metrics"]), entry["weight"].get<double>()});
    }
  }
  return entries;
}

/// The series with less as the better direction.
Series log_cost_of(const ordered_json& run, const std::string& name, const Entry& entry) {
  Series series = series_of(run, name, entry.workload, entry.metric);
  if (!lower_is_better(entry.metric)) {
    for (double& value : series.per_restart_log) value = -value;
  }
  return series;
}

/// The weighted mean over the entries, restart by restart as far as all of them go: restarts of
/// different workloads are independent, so which is averaged with which does not matter.
Series weighted_mean(const ordered_json& run, const std::string& name,
                     const std::vector<Entry>& entries) {
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
Series repeated(const ordered_json& run, const std::string& name,
                const std::vector<Entry>& entries) {
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

bool cannot_serve(const ordered_json& run, const std::string& name,
                  const std::vector<Entry>& entries) {
  return std::any_of(entries.begin(), entries.end(), [&](const Entry& entry) {
    const ordered_json* cell = find_cell(run, name, entry.workload);
    if (cell == nullptr) return false;
    const ordered_json& status = (*cell)["validity"]["status"];
    return status == "failed" || status == "model_limit";
  });
}

Field field_of(const ordered_json& run, const std::vector<Entry>& entries, bool repeats) {
  Field field;
  for (const std::string& name : models_in_run(run)) {
    Series series = repeats ? repeated(run, name, entries) : weighted_mean(run, name, entries);
    if (series.out.empty() && !std::isfinite(mean(series.per_restart_log))) {
      series.out = "no restart has a value";
    }
    if (series.out.empty()) {
      field.standings.push_back({.name = name, .log_cost = std::move(series.per_restart_log)});
    } else {
      field.out.push_back({{"contestant", name}, {"reason", series.out}});
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
void compare_within_guard(std::vector<Standing>& standings, const ordered_json& guard) {
  const auto figure = [](const Standing& standing) { return std::exp(mean(standing.log_cost)); };
  for (std::size_t i = 1; i < standings.size(); ++i) {
    Standing& other = standings[i];
    const double best = figure(standings.front());
    other.effect.ratio = figure(other) / best;
    other.effect.restarts = other.log_cost.size();
    other.beyond_margin = other.effect.ratio > guard["factor"].get<double>() &&
                          figure(other) - best > guard["least"].get<double>();
    other.verdict = other.beyond_margin ? Verdict::kSlower : Verdict::kInconclusive;
    other.reason = undecided(other.verdict, true);
  }
}

/// All against the best, with Holm over those of these comparisons that can be decided.
void compare_with_best(const ordered_json& run, std::vector<Standing>& standings,
                       const std::string& metric) {
  const double margin = run["plan"]["margin"];
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

ordered_json interval_json(const Effect& effect) {
  return effect.ci95 ? ordered_json({effect.ci95->lo, effect.ci95->hi}) : ordered_json(nullptr);
}

std::string_view word_of(const Standing& standing) {
  if (standing.reason) return reason_name(*standing.reason);
  if (standing.verdict == Verdict::kTie) return "tie";
  return standing.beyond_margin ? "worse" : "slightly_worse";
}

ordered_json runners_up(const std::vector<Standing>& standings) {
  ordered_json list = ordered_json::array();
  for (std::size_t i = 1; i < standings.size(); ++i) {
    list.push_back({{"contestant", standings[i].name},
                    {"ratio", or_null(standings[i].effect.ratio)},
                    {"ci95", interval_json(standings[i].effect)},
                    {"verdict", word_of(standings[i])}});
  }
  return list;
}

ordered_json margin_of(const std::vector<Standing>& standings) {
  const auto next = std::find_if(standings.begin(), standings.end(), [](const Standing& standing) {
    return standing.verdict == Verdict::kSlower;
  });
  if (next == standings.end()) return nullptr;
  return {{"than", next->name},
          {"ratio", or_null(next->effect.ratio)},
          {"ci95", interval_json(next->effect)}};
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

/// Why nobody wins; empty when somebody does.
std::string undecided_reason(const Field& field, const std::vector<Entry>& entries,
                             const ordered_json& missing, bool guarded) {
  if (entries.empty()) {
    return "This run has none of the workloads that decide it (" +
           listed(missing.get<std::vector<std::string>>()) + ").";
  }
  const auto& standings = field.standings;
  if (standings.empty()) {
    return "No contestant has figures that can be ranked; " +
           (field.out.empty() ? "there is no contestant."
                              : "for one, " + field.out.front()["contestant"].get<std::string>() +
                                    " " + field.out.front()["reason"].get<std::string>() + ".");
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
ordered_json against(const ordered_json& run, const ordered_json& rules,
                     const std::vector<Standing>& standings) {
  ordered_json sentences = ordered_json::array();
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
ordered_json group_of(const std::vector<Standing>& standings) {
  ordered_json names = ordered_json::array();
  for (std::size_t i = 0; i < standings.size(); ++i) {
    if (i == 0 || standings[i].verdict != Verdict::kSlower) names.push_back(standings[i].name);
  }
  return names.size() < standings.size() ? names : ordered_json::array();
}

ordered_json metrics_of(const std::vector<Entry>& entries, const ordered_json& situation) {
  std::vector<std::string> metrics;
  for (const Entry& entry : entries) {
    if (std::find(metrics.begin(), metrics.end(), entry.metric) == metrics.end()) {
      metrics.push_back(entry.metric);
    }
  }
  return metrics.empty() ? situation["metrics"].front() : ordered_json(listed(metrics));
}

ordered_json answer(const ordered_json& run, const ordered_json& rules,
                    const ordered_json& situation) {
  ordered_json missing = ordered_json::array();
  const std::vector<Entry> entries = entries_of(run, situation, missing);
  Field field;
  if (!entries.empty()) field = field_of(run, entries, situation.contains("repeats"));
  const bool guarded = situation.contains("guard");
  if (guarded) {
    compare_within_guard(field.standings, situation["guard"]);
  } else if (!entries.empty()) {
    // A mean over several metrics varies between runs as their first one does.
    compare_with_best(run, field.standings, entries.front().metric);
  }
  const std::string undecided = undecided_reason(field, entries, missing, guarded);
  ordered_json cells = ordered_json::array();
  for (const Entry& entry : entries) {
    cells.push_back(
        {{"workload", entry.workload}, {"metric", entry.metric}, {"weight", entry.weight}});
  }
  const bool decided = undecided.empty();
  return {{"situation", situation["name"]},
          {"question", situation["question"]},
          {"metric", metrics_of(entries, situation)},
          {"cells", cells},
          {"missing", missing},
          {"best_mean", field.standings.empty() ? ordered_json(nullptr)
                                                : ordered_json(field.standings.front().name)},
          {"winner", decided ? ordered_json(field.standings.front().name) : nullptr},
          {"ties", names_with(field.standings, Verdict::kTie)},
          {"not_significant", names_with(field.standings, Undecided::kNotSignificant)},
          {"too_few_restarts", names_with(field.standings, Undecided::kTooFewRestarts)},
          {"group", group_of(field.standings)},
          {"margin", margin_of(field.standings)},
          {"runners_up", runners_up(field.standings)},
          {"out", field.out},
          {"against", against(run, rules["against"], field.standings)},
          {"undecided_reason", decided ? ordered_json(nullptr) : ordered_json(undecided)}};
}

}  // namespace

ordered_json advise(const ordered_json& run, const ordered_json& rules) {
  ordered_json answers = ordered_json::array();
  for (const ordered_json& situation : rules["situations"]) {
    answers.push_back(answer(run, rules, situation));
  }
  return answers;
}

}  // namespace sockbench
