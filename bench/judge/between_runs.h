#pragma once

#include <cstdint>
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

/// What is compared: one program with itself (other options, the A/A control), or two programs.
enum class Programs : std::uint8_t { kSame, kDifferent };

/// Standard deviation of a log ratio between runs, 0.01 = 1 %: 12 % of the logarithm, up to
/// |log| = 0.4, and for different programs 0.8 % more (added as variances), since they pass through
/// other code even where they cost the same. docs/truth.md has the runs it was fitted to, and how
/// it does on another machine.
double between_run_sd(double log_ratio, Programs programs);

/// Whether figures of this metric change with the state of the machine: times, CPU times and rates
/// do, counts and bytes do not.
bool varies_between_runs(const std::string& metric);

/// The interval of a log ratio, with the variance between runs added to its own.
Interval across_runs(double log_ratio, const Interval& log_ci95, Programs programs);

/// The effect as a statement about other runs too: its interval becomes wider, its p-value that of
/// the interval where that is larger, and `between_run_sd` says by how much.
Effect across_runs(Effect effect, Programs programs);

/// bootstrap_means() of an effect that across_runs() may have widened, their distances from the
/// mean widened likewise.
std::vector<double> bootstrap_means_across_runs(const Effect& effect, const EffectOptions& options);

/// minimum_detectable_effect() of a single run for differences that hold in other runs: no smaller
/// than the one that its restarts can detect.
double minimum_detectable_effect_across_runs(std::span<const double> effects, double alpha,
                                             Programs programs);

}  // namespace sockbench
