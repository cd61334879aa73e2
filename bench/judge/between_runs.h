#pragma once

#include <span>
#include <string>
#include <vector>

#include "bench/judge/statistics.h"

/// What the restarts of one run cannot show. A run of minutes meets the machine in one or two
/// states, and a run in another hour in others: which physical cores the hypervisor gives to the
/// virtual CPUs changes what a cache line costs between them fourfold, and with it every ratio of
/// models that hand work from thread to thread. Restarts in a row share that state, so their spread
/// is too small. The variance of the level above can be known only from runs that were repeated
/// (Kalibera and Jones, "Rigorous benchmarking in reasonable time", ISMM 2013); here it comes from
/// such runs made once, as a prior for every single run.
namespace sockbench {

/// Standard deviation between runs of a log ratio of two different programs, 0.01 = 1 %:
/// 0.8 % for equal ones and 12 % of the logarithm, up to |log| = 0.4. Of ten runs within two hours
/// of one machine, 0.4 % of the pairs of 95 % intervals are disjoint with it and 9.2 % without;
/// docs/truth.md tells how it does on other machines.
double between_run_sd(double log_ratio);

/// Whether figures of this metric change with the state of the machine: times, CPU times and rates
/// do, counts and bytes do not.
bool varies_between_runs(const std::string& metric);

/// The interval of a log ratio, with the variance between runs added to its own.
Interval across_runs(double log_ratio, const Interval& log_ci95);

/// The effect as a statement about other runs too: its interval becomes wider, its p-value that of
/// the interval where that is larger, and `between_run_sd` says by how much.
Effect across_runs(Effect effect);

/// bootstrap_means() of an effect that across_runs() may have widened, their distances from the
/// mean widened likewise.
std::vector<double> bootstrap_means_across_runs(const Effect& effect, const EffectOptions& options);

/// minimum_detectable_effect() of a single run for differences that hold in other runs: no smaller
/// than the one that its restarts can detect.
double minimum_detectable_effect_across_runs(std::span<const double> effects, double alpha);

}  // namespace sockbench
