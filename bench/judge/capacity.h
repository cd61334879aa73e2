#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/document/capacity.h"
#include "bench/judge/between_runs.h"
#include "common/clock.h"

/// How much load a server takes before a bound on its response times is broken: the highest offered
/// rate at which half of the windows hold it. Pure.
namespace sockbench {

/// An up-and-down staircase on the logarithm of the rate (Levitt, "Transformed up-down methods in
/// psychoacoustics", 1971): the rate rises after a window that holds the bound and falls after one
/// that does not, by a step that halves at each reversal down to kFinestStep. It goes around the
/// rate at which a window holds it as often as not. After kRun steps in one direction the step
/// doubles, and what was collected is dropped: a pause of the machine made the steps small too
/// early, or the rate has moved (after Taylor and Creelman, "PEST", 1967).
class Staircase final {
 public:
  static constexpr double kFinestStep = 0.04;
  static constexpr int kRun = 5;
  static constexpr std::size_t kLevels = 20;    ///< rates that an estimate is made of
  static constexpr std::size_t kMinLevels = 8;  ///< … where it was ended early

  /// `step`: the first one, of the logarithm. Below `min_rate` nothing is tried. It ends after
  /// `levels` rates of the finest step.
  Staircase(double rate, double step, double min_rate, std::size_t levels = kLevels);

  double rate() const;
  /// Whether the steps are still large, and a window need only tell much too high from much too
  /// low.
  bool is_coarse() const { return step_ > 4 * kFinestStep; }
  /// Whether the window at rate() held the bound.
  void answer(bool held);
  /// It has all its levels, or failed at the lowest rate.
  bool ended() const { return failed_at_min_ || levels_.size() >= wanted_levels_; }
  /// The median of the rates since the step is the finest, so that a pause of a few windows moves
  /// it little; 0 when it failed at the lowest one, NaN when there are fewer than kMinLevels.
  double estimate() const;

 private:
  double log_rate_;
  double log_min_;
  double step_;
  std::size_t wanted_levels_;
  int direction_ = 0;  // 1: up
  int run_ = 0;        // answers in that direction, one after another
  bool failed_at_min_ = false;
  std::vector<double> levels_;  // logarithms
};

/// The bound as text: "p99=1ms", "p50=200us", or "p99=3x", a multiple of the unloaded reference.
/// Throws UsageError that names --bound, also for one that require_short() refuses.
CapacityBound parse_bound(const std::string& text);

/// The longest window.
inline constexpr std::int64_t kMaxWindowNs = 10 * kNsPerSecond;

/// Throws UsageError that names --bound when the longest window is too short for it; see
/// window_for().
void require_short(const CapacityBound& bound);

/// How long a window must be at this rate: for the percentile to have samples enough beyond it, and
/// for an overload of 1 % to break the bound. An overload by a share e lets response times grow to
/// e t after a time t, so the q-th percentile of a window of length T passes the bound B only if
/// e q T > B: a window of 100 B / q, or 10 B / q while the search is coarse. A shorter one finds a
/// capacity that the server cannot keep up. At least 100 ms, at most kMaxWindowNs.
std::int64_t window_for(const CapacityBound& bound, double rate, bool coarse);
/// Requests per second below which the longest window has too few samples for the percentile.
double min_rate_for(const CapacityBound& bound);

/// What one contestant's windows say, one estimate per restart (NaN: none).
struct CapacityInput {
  std::string name;
  std::string program;  ///< the model
  std::vector<double> per_restart;
  bool generator_late = false;  ///< windows failed because the generator was late
  std::string failure;          ///< empty: none
};

/// Absolute capacities, and ratios to the first contestant, paired by restart, with the variance
/// between runs; Holm over the contestants. More is better.
std::vector<ContestantCapacity> judge_capacities(const std::vector<CapacityInput>& inputs,
                                                 double margin);

}  // namespace sockbench
