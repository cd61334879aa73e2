#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "bench/judge/between_runs.h"
#include "bench/judge/comparison.h"
#include "bench/judge/conclude.h"
#include "bench/judge/series.h"
#include "bench/judge/significance.h"

namespace sockbench {
namespace {

/// A workload of a sweep.
struct Stop {
  std::string workload;
  double x = 0;
};

/// A against B there; below 0 A is the better one.
struct Point {
  Stop stop;
  Effect effect;
  double log_lo = 0;
  double log_hi = 0;
  int winner = 0;                     ///< -1: A, 1: B, 0: not decided
  std::optional<Undecided> reason{};  ///< why it is not decided
};

struct Pair {
  std::string a;
  std::string b;
};

/// Whether a workload is a point of the sweep: by its name, or as one of those that are the same
/// load under a name of their own.
bool is_stop(const std::string& workload, const BreakEvenRules::Sweep& sweep) {
  if (workload.starts_with(sweep.sweep + "-")) return true;
  return std::find(sweep.also.begin(), sweep.also.end(), workload) != sweep.also.end();
}

std::vector<Stop> stops_of(const Run& run, const BreakEvenRules::Sweep& sweep) {
  std::vector<Stop> stops;
  for (const RunWorkload& workload : run.workloads) {
    if (!is_stop(workload.name, sweep)) continue;
    const double connections = workload.connections;
    stops.push_back(
        {workload.name, sweep.over == "connections" ? connections : workload.active / connections});
  }
  const auto before = [](const Stop& a, const Stop& b) { return a.x < b.x; };
  const auto same = [](const Stop& a, const Stop& b) { return a.x == b.x; };
  std::stable_sort(stops.begin(), stops.end(), before);
  stops.erase(std::unique(stops.begin(), stops.end(), same), stops.end());
  return stops;
}

/// The point, or in `left_out` why there is none.
std::optional<Point> point_of(const Run& run, const Pair& pair, const Stop& stop,
                              const std::string& metric,
                              std::vector<BreakEven::MissingPoint>& left_out) {
  std::vector<Series> sides;
  for (const std::string& name : {pair.a, pair.b}) {
    sides.push_back(series_of(run, name, stop.workload, metric));
    if (sides.back().out.empty()) continue;
    left_out.push_back({stop.workload, name, sides.back().out});
    return std::nullopt;
  }
  Point point{.stop = stop,
              .effect = paired_series_effect(sides[1].per_restart_log, sides[0].per_restart_log,
                                             metric, programs_in_run(run, pair.a, pair.b))};
  if (!point.effect.ci95) {
    left_out.push_back({stop.workload, pair.a, "fewer than 3 restarts have both"});
    return std::nullopt;
  }
  point.log_lo = std::log(point.effect.ci95->lo);
  point.log_hi = std::log(point.effect.ci95->hi);
  if (!lower_is_better(metric)) {
    std::swap(point.log_lo, point.log_hi);
    point.log_lo = -point.log_lo;
    point.log_hi = -point.log_hi;
  }
  return point;
}

void decide(std::vector<Point>& points) {
  std::vector<double> p_values;
  std::vector<std::size_t> restarts;
  for (const Point& point : points) {
    p_values.push_back(point.effect.p_value);
    restarts.push_back(point.effect.restarts);
  }
  const Family family = family_of(restarts);
  const std::vector<double> adjusted = holm(p_values, restarts, family);
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Interval logs{std::exp(points[i].log_lo), std::exp(points[i].log_hi)};
    const Verdict verdict = judge(logs, adjusted[i], 0, true);
    points[i].winner = verdict == Verdict::kFaster ? -1 : verdict == Verdict::kSlower ? 1 : 0;
    points[i].reason = undecided(verdict, family.decides(restarts[i]));
  }
}

/// The x between two stops where a line from `left` to `right` is 0; they differ in sign.
double root(const Stop& from, double left, const Stop& to, double right) {
  return std::exp(std::lerp(std::log(from.x), std::log(to.x), left / (left - right)));
}

/// Where values at the points change from the sign of `below` to the other one, first; minus or
/// plus infinity when they have one sign throughout, as the change is then outside.
double crossing(const std::vector<Point>& points, const std::vector<double>& values, int below) {
  if (values.front() * below < 0) return -kInfinity;
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (values[i] * below < 0) {
      return root(points[i - 1].stop, values[i - 1], points[i].stop, values[i]);
    }
  }
  return kInfinity;
}

std::vector<double> means_of(const std::vector<Point>& points, double sign) {
  std::vector<double> means;
  means.reserve(points.size());
  for (const Point& point : points) means.push_back(sign * std::log(point.effect.ratio));
  return means;
}

/// From resampled restarts, at every point for itself, as restarts of different workloads have
/// nothing in common.
Interval crossing_interval(const std::vector<Point>& points, int below, double sign) {
  std::vector<std::vector<double>> draws;
  draws.reserve(points.size());
  for (const Point& point : points) {
    draws.push_back(bootstrap_means_across_runs(point.effect, {.seed = draws.size() + 1}));
  }
  std::vector<double> crossings;
  std::vector<double> values(points.size());
  for (std::size_t draw = 0; draw < draws.front().size(); ++draw) {
    for (std::size_t i = 0; i < points.size(); ++i) values[i] = sign * draws[i][draw];
    crossings.push_back(crossing(points, values, below));
  }
  // Infinite ones must keep their places, so no interpolation between order statistics here.
  std::sort(crossings.begin(), crossings.end());
  const auto last = static_cast<double>(crossings.size() - 1);
  const auto end = [&](double probability) {
    return crossings[static_cast<std::size_t>(std::lround(probability * last))];
  };
  return {end(0.025), end(0.975)};
}

bool open(double log_lo, double log_hi) { return log_lo <= 0 && log_hi >= 0; }

/// From the first to the last x where the interval includes 1.
std::optional<Interval> undecided_range(const std::vector<Point>& points) {
  std::vector<double> edges;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Point& point = points[i];
    if (open(point.log_lo, point.log_hi)) edges.push_back(point.stop.x);
    if (i == 0) continue;
    const Point& before = points[i - 1];
    for (const auto& [left, right] :
         {std::pair(before.log_lo, point.log_lo), std::pair(before.log_hi, point.log_hi)}) {
      if (left * right < 0) edges.push_back(root(before.stop, left, point.stop, right));
    }
  }
  if (edges.empty()) return std::nullopt;
  const auto [lo, hi] = std::minmax_element(edges.begin(), edges.end());
  return Interval{*lo, *hi};
}

std::optional<std::string> name_of(int winner, const Pair& pair) {
  if (winner == 0) return std::nullopt;
  return winner < 0 ? pair.a : pair.b;
}

/// From the last point that the first winner wins to the first one that the other wins.
std::vector<Point> around_the_change(const std::vector<Point>& points) {
  std::size_t from = 0;
  std::size_t to = 0;
  int first = 0;
  for (std::size_t i = 0; i < points.size() && to == 0; ++i) {
    if (first == 0) first = points[i].winner;
    if (first != 0 && points[i].winner == first) from = i;
    if (first != 0 && points[i].winner == -first) to = i;
  }
  return {points.begin() + static_cast<std::ptrdiff_t>(from),
          points.begin() + static_cast<std::ptrdiff_t>(to) + 1};
}

/// The outcome of two points or more.
void conclude(BreakEven& result, const std::vector<Point>& points, const Pair& pair, double sign) {
  std::vector<int> winners;
  for (const Point& point : points) {
    if (point.winner != 0) winners.push_back(point.winner);
  }
  std::size_t changes = 0;
  for (std::size_t i = 1; i < winners.size(); ++i) changes += winners[i] != winners[i - 1] ? 1 : 0;
  result.winner_below = name_of(points.front().winner, pair);
  result.winner_above = name_of(points.back().winner, pair);
  result.undecided = undecided_range(points);
  if (winners.empty()) {
    result.outcome = "undecided";
  } else if (changes > 1) {
    result.outcome = "several";
  } else if (changes == 1) {
    const std::vector<Point> around = around_the_change(points);
    result.outcome = "crosses";
    result.at = crossing(around, means_of(around, sign), winners.front());
    result.ci95 = crossing_interval(around, winners.front(), sign);
    result.winner_below = name_of(winners.front(), pair);
    result.winner_above = name_of(winners.back(), pair);
  } else {
    const bool everywhere = winners.size() == points.size();
    result.outcome = !everywhere ? "partly" : winners.front() < 0 ? "always" : "never";
  }
}

BreakEven break_even(const Run& run, const Pair& pair, const BreakEvenRules::Sweep& sweep,
                     const std::string& metric) {
  BreakEven result;
  result.a = pair.a;
  result.b = pair.b;
  result.sweep = sweep.sweep;
  result.over = sweep.over;
  result.metric = metric;
  result.outcome = "missing";
  std::vector<Point> points;
  for (const Stop& stop : stops_of(run, sweep)) {
    if (auto point = point_of(run, pair, stop, metric, result.left_out)) points.push_back(*point);
  }
  if (points.size() < 2) {
    result.reason = "fewer than two points have figures of both";
  } else {
    decide(points);
    conclude(result, points, pair, lower_is_better(metric) ? 1 : -1);
  }
  if (!points.empty()) result.range = Interval{points.front().stop.x, points.back().stop.x};
  for (const Point& point : points) {
    result.points.push_back({point.stop.workload, point.stop.x, point.effect.ratio,
                             *point.effect.ci95, name_of(point.winner, pair), point.reason});
  }
  return result;
}

/// The pairs whose contestants are both in the run.
std::vector<Pair> pairs_of(const Run& run, const BreakEvenRules& rules) {
  const std::vector<std::string> models = run.models();
  const std::set<std::string> present(models.begin(), models.end());
  std::vector<Pair> pairs;
  for (const std::string& model : models) {
    if (present.contains(rules.against_all) && model != rules.against_all) {
      pairs.push_back({model, rules.against_all});
    }
  }
  for (const auto& pair : rules.pairs) {
    if (present.contains(pair.at(0)) && present.contains(pair.at(1))) {
      pairs.push_back({pair[0], pair[1]});
    }
  }
  return pairs;
}

}  // namespace

std::vector<BreakEven> break_even_points(const Run& run, const BreakEvenRules& rules) {
  std::vector<BreakEven> list;
  for (const BreakEvenRules::Sweep& sweep : rules.sweeps) {
    if (stops_of(run, sweep).empty()) continue;
    for (const Pair& pair : pairs_of(run, rules)) {
      list.push_back(break_even(run, pair, sweep, rules.metric));
    }
  }
  return list;
}

}  // namespace sockbench
