#include <algorithm>
#include <cmath>
#include <sstream>

#include "bench/judge/claims.h"
#include "bench/report/format.h"
#include "bench/report/reports.h"
#include "common/text.h"
#include "common/units.h"

namespace sockbench {
namespace {

constexpr const char* kCpu = "server.cpu_ns_per_request";

std::string percent(double share, int decimals) { return fixed(share * 100, decimals) + " %"; }

/// "1.50 ±0.03", or without half-width where there is no interval.
std::string ratio_text(double ratio, const std::optional<Interval>& ci95) {
  if (std::isnan(ratio)) return kDash;
  std::string text = fixed(ratio, 2);
  if (ci95) text += " ±" + fixed((ci95->hi - ci95->lo) / 2, 2);
  return text;
}

std::string p_text(double p) { return p < 0.001 ? "< 0.001" : fixed(p, 3); }

bool significant(Verdict verdict) {
  return verdict == Verdict::kFaster || verdict == Verdict::kSlower;
}

/// "not_tested" and "depends_on_machine" as words.
std::string words_of_verdict(PooledClaimVerdict verdict) {
  if (verdict == PooledClaimVerdict::kDependsOnMachine) return "depends on the machine";
  std::string text = to_text(verdict);
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

const PooledComparison* comparison_of(const Pool& pool, const std::string& workload,
                                      const std::string& head, const std::string& metric) {
  for (const PooledComparison& comparison : pool.comparisons) {
    if (comparison.workload == workload && comparison.head == head && comparison.metric == metric) {
      return &comparison;
    }
  }
  return nullptr;
}

const PooledCell* cell_of(const Pool& pool, const std::string& workload,
                          const std::string& contestant) {
  for (const PooledCell& cell : pool.cells) {
    if (cell.workload == workload && cell.contestant == contestant) return &cell;
  }
  return nullptr;
}

/// Why a cell has no ratio: its status in the first run in which it is not valid.
std::string reason_of(const PooledCell* cell) {
  if (cell == nullptr) return kDash;
  for (const auto& validity : cell->validity) {
    if (!validity || *validity == Validity::kValid) continue;
    std::string status = to_text(*validity);
    std::replace(status.begin(), status.end(), '_', ' ');
    return status;
  }
  return kDash;
}

std::string cpu_cell(const Pool& pool, const std::string& workload, const std::string& head) {
  const PooledComparison* comparison = comparison_of(pool, workload, head, kCpu);
  if (comparison == nullptr) {
    const bool is_reference = std::any_of(
        pool.comparisons.begin(), pool.comparisons.end(), [&](const PooledComparison& other) {
          return other.workload == workload && other.metric == kCpu && other.base == head;
        });
    return is_reference ? "1" : reason_of(cell_of(pool, workload, head));
  }
  std::string text = ratio_text(comparison->ratio, comparison->ci95);
  if (significant(comparison->verdict)) text = "**" + text + "**";
  if (comparison->effect.runs < pool.runs.size()) {
    text += " (" + std::to_string(comparison->effect.runs) + " of " +
            std::to_string(pool.runs.size()) + ")";
  }
  return text;
}

void runs_section(std::ostream& out, const Pool& pool) {
  out << "| run | started | duration | seed | commit | machine |\n|--:|---|--:|--:|---|---|\n";
  std::size_t number = 0;
  for (const PoolRun& run : pool.runs) {
    std::vector<std::string> machine;
    for (const auto& [key, value] : run.environment) {
      if (key == "cpu_model" || key == "kernel") machine.push_back(value);
      if (key == "cpus") machine.push_back(value + " CPUs");
    }
    out << "| " << ++number << " | " << safe(run.started_at) << " | " << fixed(run.duration_s, 0)
        << " s | " << run.seed << " | " << (run.git_commit.empty() ? kDash : safe(run.git_commit))
        << " | " << safe(joined(machine, ", ")) << " |\n";
  }
  out << '\n';
}

void headline_section(std::ostream& out, const Pool& pool) {
  std::vector<std::string> workloads;
  for (const auto& workload : pool.runs.front().workloads) {
    const std::string& name = workload.first;
    if (std::any_of(pool.comparisons.begin(), pool.comparisons.end(), [&](const auto& each) {
          return each.workload == name && each.metric == kCpu;
        })) {
      workloads.push_back(name);
    }
  }
  out << "## CPU per request\n\n";
  if (workloads.empty()) {
    out << "No run compares CPU per request.\n\n";
    return;
  }
  out << "Server CPU per request as a ratio to `" << safe(pool.runs.front().reference)
      << "`, with the half-width of its 95 % interval, which holds the variance between runs. "
         "**Bold**: significant (Holm-corrected, 5 %). *k of n*: in so many runs the cell could be "
         "compared.\n\n| model |";
  for (const std::string& workload : workloads) out << " `" << safe(workload) << "` |";
  out << "\n|---|";
  for (std::size_t i = 0; i < workloads.size(); ++i) out << "---|";
  out << '\n';
  for (const auto& [name, model] : pool.runs.front().contestants) {
    out << "| `" << safe(name) << "` |";
    for (const std::string& workload : workloads) {
      out << ' ' << cpu_cell(pool, workload, name) << " |";
    }
    out << '\n';
  }
  out << '\n';
}

std::string run_ratios(const PooledComparison& comparison) {
  std::vector<std::string> ratios;
  for (const RatioOfRun& run : comparison.runs) ratios.push_back(ratio_text(run.ratio, run.ci95));
  return joined(ratios, ", ");
}

void moved_section(std::ostream& out, const Pool& pool) {
  out << "## What moved between runs\n\n";
  const bool any = std::any_of(pool.comparisons.begin(), pool.comparisons.end(),
                               [](const auto& each) { return each.moved != Movement::kNone; });
  if (!any) {
    out << "No comparison moved: the runs differ by no more than their restarts explain.\n\n";
    return;
  }
  out << "Runs differ by more than their restarts explain (significant after Bonferroni's "
         "correction), or by a standard deviation beyond the margin.\n\n"
         "| workload | metric | contestant | pooled | sd between runs | I² | p of equal runs | "
         "each run |\n|---|---|---|---|--:|--:|--:|---|\n";
  for (const PooledComparison& each : pool.comparisons) {
    if (each.moved == Movement::kNone) continue;
    const Heterogeneity& between = each.effect.heterogeneity;
    out << "| " << safe(each.workload) << " | " << safe(each.metric) << " | `" << safe(each.head)
        << "` | " << ratio_text(each.ratio, each.ci95) << " | "
        << percent(between.between_run_sd, 1) << " | " << percent(between.i_squared, 0) << " | "
        << p_text(between.q_p_value) << " | " << run_ratios(each) << " |\n";
  }
  out << '\n';
}

std::string share_of(const RunPairs& pairs) {
  if (pairs.compared == 0) return kDash;
  return percent(static_cast<double>(pairs.disjoint) / static_cast<double>(pairs.compared), 1);
}

void pairs_row(std::ostream& out, const std::string& name, const RunPairs& pairs) {
  out << "| " << name << " | " << pairs.compared << " | " << pairs.disjoint << " | "
      << share_of(pairs) << " | " << pairs.contradicting << " |\n";
}

void reproducibility_section(std::ostream& out, const Pool& pool) {
  out << "## Reproducibility\n\nEvery pair of runs, by their own 95 % intervals. *Contradicting*: "
         "faster in one run, slower in the other.\n\n"
         "| metric | pairs | disjoint | share | contradicting |\n|---|--:|--:|--:|--:|\n";
  for (const MetricPairs& metric : pool.pairs_by_metric) {
    pairs_row(out, safe(metric.metric), metric.pairs);
  }
  pairs_row(out, "all", pool.pairs);
  out << '\n';
}

std::string counted_claims(const Pool& pool) {
  std::vector<std::string> parts;
  for (const auto verdict : {PooledClaimVerdict::kConfirmed, PooledClaimVerdict::kRefuted,
                             PooledClaimVerdict::kDependsOnMachine,
                             PooledClaimVerdict::kInconclusive, PooledClaimVerdict::kNotTested}) {
    const auto count = std::count_if(pool.claims.begin(), pool.claims.end(),
                                     [&](const auto& claim) { return claim.verdict == verdict; });
    if (count > 0) parts.push_back(std::to_string(count) + " " + words_of_verdict(verdict));
  }
  return joined(parts, ", ");
}

std::string figure_range(const ClaimRange& figure) {
  const std::string hi = format_figure(figure.range.hi, figure.unit);
  const std::string text = figure.cell + " " + figure.metric + ": ";
  if (figure.range.lo == figure.range.hi) return text + hi;
  const std::string unit = figure.unit == "times" ? "" : figure.unit;
  return text + format_figure(figure.range.lo, unit) + " to " + hi;
}

void claim_row(std::ostream& out, const PooledClaim& claim) {
  const bool depends = claim.verdict == PooledClaimVerdict::kDependsOnMachine;
  const std::string verdict = words_of_verdict(claim.verdict);
  out << "| " << safe(claim.id) << " | " << (depends ? "*" + verdict + "*" : verdict);
  for (const std::size_t count : claim.counts) out << " | " << count;
  std::vector<std::string> figures;
  if (depends || claim.verdict == PooledClaimVerdict::kInconclusive) {
    for (const ClaimRange& figure : claim.figures) figures.push_back(figure_range(figure));
  }
  out << " | " << safe_whole(joined(figures, "; ")) << " |\n";
}

void claims_table(std::ostream& out, const Pool& pool) {
  if (pool.claims.empty()) return;
  out << "## Claims\n\n"
      << counted_claims(pool)
      << ". A verdict holds when every run that tested the claim gave it; where runs do not agree, "
         "the range of its figures is shown.\n\n"
         "| claim | verdict | confirmed | refuted | inconclusive | not tested | figures over runs "
         "|\n|---|---|--:|--:|--:|--:|---|\n";
  for (const PooledClaim& claim : pool.claims) claim_row(out, claim);
  out << '\n';
}

}  // namespace

std::string pool_markdown(const Pool& pool) {
  std::ostringstream out;
  out << "# " << pool.runs.size() << " runs of suite " << safe(pool.runs.front().suite)
      << ", pooled\n\n";
  runs_section(out, pool);
  headline_section(out, pool);
  moved_section(out, pool);
  reproducibility_section(out, pool);
  claims_table(out, pool);
  return out.str();
}

std::string pool_text(const Pool& pool) {
  std::ostringstream out;
  out << pool.runs.size() << " runs of suite '" << plain(pool.runs.front().suite)
      << "', reference '" << plain(pool.runs.front().reference) << "': " << pool.comparisons.size()
      << " comparisons.\n";
  std::vector<std::string> moved;
  for (const PooledComparison& each : pool.comparisons) {
    if (each.moved == Movement::kNone) continue;
    moved.push_back(plain(each.workload) + "/" + plain(each.head) + " " + plain(each.metric) +
                    " (sd between runs " + percent(each.effect.heterogeneity.between_run_sd, 1) +
                    ")");
  }
  write_wrapped(out, "moved between runs    ", moved.empty() ? "none" : joined(moved, ", "));
  out << "disjoint intervals    " << pool.pairs.disjoint << " of " << pool.pairs.compared
      << " pairs of runs (" << share_of(pool.pairs) << ")\n"
      << "contradicting pairs   " << pool.pairs.contradicting << '\n';
  if (!pool.claims.empty()) write_wrapped(out, "claims                ", counted_claims(pool));
  return out.str();
}

}  // namespace sockbench
