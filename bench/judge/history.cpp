#include "bench/judge/history.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <sstream>
#include <utility>

#include "bench/judge/change_point.h"
#include "common/error.h"
#include "common/fd.h"
#include "common/file.h"

namespace sockbench {

// ---- The file -----------------------------------------------------------------------------------

namespace {

bool is_evidence(const DuelWorkload& workload) {
  if (workload.verdict == DuelVerdict::kFailed) return false;
  if (workload.control && workload.control->moved) return false;
  return !workload.disturbance || !workload.disturbance->one_sided;
}

bool has_evidence(const Duel& duel, const DuelCheck& check) {
  const auto workload =
      std::find_if(duel.workloads.begin(), duel.workloads.end(),
                   [&](const DuelWorkload& each) { return each.name == check.workload; });
  return workload != duel.workloads.end() && is_evidence(*workload);
}

void lock(int fd, const std::string& what) {
  while (::flock(fd, LOCK_EX) < 0) {
    if (errno != EINTR) check(-1, what);
  }
}

/// Whether the file is empty or ends with a newline.
bool ends_whole(int fd, const std::string& what) {
  struct stat status {};
  check(::fstat(fd, &status), what);
  if (status.st_size == 0) return true;
  char last = 0;
  check(static_cast<int>(::pread(fd, &last, 1, status.st_size - 1)), what);
  return last == '\n';
}

}  // namespace

HistoryDuel history_entry(const Duel& duel) {
  HistoryDuel entry{.time = duel.started_at,
                    .base = duel.base.label,
                    .head = duel.head.label,
                    .verdict = to_text(duel.verdict),
                    .seconds = duel.duration_s,
                    .metrics = {}};
  for (const DuelCheck& check : duel.checks) {
    if (!has_evidence(duel, check) || !check.base || !check.head) continue;
    HistoryFigure figure{.ratio = check.ratio,
                         .ci = check.ci,
                         .level = check.level,
                         .restarts = static_cast<double>(check.head->per_restart.size()),
                         .base = check.base->median,
                         .head = check.head->median,
                         .exact = std::nullopt};
    if (check.exact) figure.exact = true;
    entry.metrics.emplace_back(check.workload + "/" + check.metric, figure);
  }
  return entry;
}

void append_history(const std::string& path, const Duel& duel) {
  const std::string line = history_line_of(history_entry(duel)) + "\n";
  const std::string what = "append to " + path;
  const Fd file(check(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666), what));
  lock(file.get(), what);  // until the file is closed
  write_all(file.get(), (ends_whole(file.get(), what) ? "" : "\n") + line, what);
}

History read_history(const std::string& path) {
  History history;
  std::istringstream lines(read_file(path));
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    if (auto entry = parse_history_line(line)) {
      history.duels.push_back(std::move(*entry));
    } else {
      ++history.unreadable;
    }
  }
  return history;
}

// ---- What it shows ------------------------------------------------------------------------------

namespace {

using Duels = std::vector<const HistoryDuel*>;

constexpr double kFamilySignificance = 0.05;  ///< of all series together
constexpr int kMinSimulations = 2'000;
constexpr int kSimulationsBeyond = 5;  ///< expected beyond the significance level
constexpr double kNormal95 = 1.959964;
constexpr double kMaxOfADuel = 1e6;

bool same_builds(const HistoryDuel& a, const HistoryDuel& b) {
  return a.base == b.base && a.head == b.head;
}

/// The duels that count.
Duels chain_of(const History& history) {
  Duels chain;
  for (const HistoryDuel& duel : history.duels) {
    if (!chain.empty() && same_builds(*chain.back(), duel)) chain.pop_back();
    chain.push_back(&duel);
  }
  return chain;
}

std::size_t gaps_in(const Duels& chain) {
  std::size_t gaps = 0;
  for (std::size_t i = 1; i < chain.size(); ++i) {
    if (chain[i]->base != chain[i - 1]->head) ++gaps;
  }
  return gaps;
}

/// One metric's way through the chain: the duels that measured it.
struct HistorySeries {
  std::string metric;
  bool exact = false;
  Duels duels;
  std::vector<const HistoryFigure*> figures;  ///< one for each duel
};

/// In the order in which metrics appear. An exact one is wanted without a ratio, too.
std::vector<HistorySeries> series_of(const Duels& chain) {
  std::vector<HistorySeries> all;
  for (const HistoryDuel* duel : chain) {
    for (const auto& [metric, figure] : duel->metrics) {
      const bool exact = figure.exact.value_or(false);
      const bool has_counts = std::isfinite(figure.base) && std::isfinite(figure.head);
      if (!(exact ? has_counts : figure.ratio > 0)) continue;
      auto place = std::find_if(all.begin(), all.end(), [&, &metric = metric](const auto& series) {
        return series.metric == metric && series.exact == exact;
      });
      if (place == all.end()) {
        place = all.insert(all.end(), HistorySeries{metric, exact, {}, {}});
      }
      place->duels.push_back(duel);
      place->figures.push_back(&figure);
    }
  }
  return all;
}

/// Of a figure with a ratio.
DuelEffect effect_of(const HistoryFigure& figure) {
  DuelEffect effect{std::log(figure.ratio), kNaN};
  if (figure.ci && figure.level && std::isfinite(figure.restarts)) {
    const double restarts = std::clamp(figure.restarts, 0.0, kMaxOfADuel);
    effect.standard_error =
        standard_error_of(*figure.ci, *figure.level, static_cast<std::size_t>(restarts));
  }
  return effect;
}

/// Where a change began and ended.
HistoryReport::Change change_between(const char* kind, const HistorySeries& series,
                                     std::size_t first, std::size_t last) {
  const HistoryDuel& begin = *series.duels[first];
  const HistoryDuel& end = *series.duels[last];
  HistoryReport::Change change;
  change.kind = kind;
  change.from = begin.base;
  change.to = end.head;
  change.started_at = begin.time;
  change.ended_at = end.time;
  change.duels = last - first + 1;
  return change;
}

std::vector<HistoryReport::Change> changes_of_counts(const HistorySeries& series) {
  std::vector<HistoryReport::Change> changes;
  for (std::size_t i = 0; i < series.duels.size(); ++i) {
    const HistoryFigure& figure = *series.figures[i];
    if (figure.head == figure.base) continue;
    HistoryReport::Change& change = changes.emplace_back(change_between("count", series, i, i));
    change.ratio = figure.ratio;
    change.difference = figure.head - figure.base;
  }
  return changes;
}

HistoryReport::Change found_change(const HistorySeries& series, const ChangePoint& point) {
  const char* kind = point.first == point.last ? "step" : "creep";
  HistoryReport::Change change = change_between(kind, series, point.first, point.last);
  const double half_width = kNormal95 * point.standard_error;
  change.ratio = std::exp(point.log_ratio);
  change.ci95 =
      Interval{std::exp(point.log_ratio - half_width), std::exp(point.log_ratio + half_width)};
  change.p_value = point.p_value;
  return change;
}

HistoryReport::Series judge_series(const HistorySeries& series, double significance) {
  HistoryReport::Series entry;
  entry.metric = series.metric;
  entry.exact = series.exact;
  entry.duels = series.duels.size();
  if (series.exact) {
    entry.changes = changes_of_counts(series);
    return entry;
  }
  std::vector<DuelEffect> effects;
  double sum = 0;
  for (const HistoryFigure* figure : series.figures) {
    effects.push_back(effect_of(*figure));
    sum += effects.back().log_ratio;
    entry.product.push_back(std::exp(sum));
  }
  if (!entry.product.empty()) entry.ratio = entry.product.back();
  const int simulations =
      std::max(kMinSimulations, static_cast<int>(kSimulationsBeyond / significance));
  const auto found =
      find_change_points(effects, {.significance = significance, .simulations = simulations});
  if (!found) {
    entry.reason = "too short: " + std::to_string(series.duels.size()) + " of at least " +
                   std::to_string(kMinDuels) + " duels";
    return entry;
  }
  entry.noise = std::expm1(found->noise);
  entry.detectable = std::expm1(found->detectable);
  for (const ChangePoint& point : found->changes) {
    entry.changes.push_back(found_change(series, point));
  }
  return entry;
}

}  // namespace

HistoryReport judge_history(const History& history) {
  const Duels chain = chain_of(history);
  HistoryReport report;
  report.duels = chain.size();
  report.repeated = history.duels.size() - chain.size();
  report.gaps = gaps_in(chain);
  report.unreadable_lines = history.unreadable;
  if (chain.empty()) return report;
  report.first = {chain.front()->time, chain.front()->base};
  report.last = {chain.back()->time, chain.back()->head};
  const std::vector<HistorySeries> all = series_of(chain);
  const auto judged = std::count_if(all.begin(), all.end(),
                                    [](const HistorySeries& series) { return !series.exact; });
  const double significance =
      kFamilySignificance / static_cast<double>(std::max<std::ptrdiff_t>(1, judged));
  for (const HistorySeries& series : all)
    report.series.push_back(judge_series(series, significance));
  return report;
}

}  // namespace sockbench
