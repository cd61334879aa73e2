#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/judge/gate.h"
#include "bench/judge/statistics.h"

/// The self-test of the gate, without processes: which trials there are, what is right, and how
/// often the gate was.
namespace sockbench {

/// What must hold for the trials of one kind.
struct Bound {
  enum class Kind : std::uint8_t { kNone, kRightAtLeast, kWrongAtMost };
  Kind kind = Kind::kNone;  ///< none: the rate of right ones is reported
  double share = 0;         ///< in [0, 1]
};

/// One kind of trial: a server under the fault `none` against itself with another fault.
struct TrialKind {
  std::string name;
  std::string head_fault;  ///< a value of SOCKBENCH_FAULT; not needed where there is a CPU share
  double cpu_share = 0;    ///< of base's CPU time per request: what head takes on top; or 0
  std::vector<DuelVerdict> right;
  std::vector<DuelVerdict> wrong;  ///< what is in neither list is undecided or missed
  Bound bound;
  int runs = 0;
  std::string workload =
      {};  ///< where the fault shows only there; empty: the one that was asked for
};

/// All kinds, with their usual numbers of trials.
const std::vector<TrialKind>& trial_kinds();
std::vector<std::string> trial_names();
/// Those of `names` (all when empty) in the order of trial_kinds(), each with `runs` trials (0: as
/// usual). Throws UsageError that names an unknown one and one that is near.
std::vector<TrialKind> choose_trial_kinds(const std::vector<std::string>& names, int runs);

/// A spin that was tried, and what it added to base's CPU time per request, as a share of it.
struct TriedSpin {
  double ns = 0;
  double share = 0;
  double base_ns = 0;  ///< base's CPU time per request
};
/// What to try next, in ns, to find out how long a spin must last: 150 at first, then 8, 3 and 8 %
/// of base's CPU time per request, which the first has told. nullopt when that is enough.
std::optional<std::int64_t> next_spin(std::span<const TriedSpin> tried);
/// How long a spin must last to add `share`: the least-squares line through those tried, for a
/// short spin adds less than it lasts. While the server spins, the other end takes its reply and
/// lets go of the socket's locks and cache lines, for which the server would have waited. Throws
/// std::runtime_error unless longer spins cost more.
double spin_for(double share, std::span<const TriedSpin> tried);
/// The fault of the head; `tried` matters where the kind has a share.
std::string head_fault(const TrialKind& kind, std::span<const TriedSpin> tried);
/// A trial's own seed: that of its kind and number, whatever else is run.
std::uint64_t trial_seed(std::uint64_t seed, const std::string& kind, int number);

struct PlannedTrial {
  std::string kind;
  int number = 0;  ///< from 1
};
/// Kinds take turns in proportion to their numbers of trials, so that each meets all hours.
std::vector<PlannedTrial> trial_order(const std::vector<TrialKind>& kinds);

struct Trial {
  DuelVerdict verdict = DuelVerdict::kInconclusive;
  double seconds = 0;
  /// Head / base as the duel saw it; NaN when it did not.
  double cpu_ratio = std::numeric_limits<double>::quiet_NaN();
};

/// What came out for one kind.
struct TrialTally {
  int trials = 0;
  int right = 0;
  int wrong = 0;
  int inconclusive = 0;  ///< counted whether that is right or not
  int missed = 0;        ///< neither right, nor wrong, nor inconclusive
  double median_s = 0;   ///< NaN without trials, as is the next
  double longest_s = 0;
  double median_cpu_ratio = 0;  ///< NaN when no trial saw one
  /// Of right ones, or of wrong ones where the bound is about these; nullopt without trials.
  std::optional<double> rate;
  std::optional<Interval> ci95;
  std::optional<bool> met;  ///< nullopt without a bound, or without trials
};
TrialTally tally_of(const TrialKind& kind, std::span<const Trial> trials);

/// The exact 95 % interval of a share of which `count` of `trials` were seen; 0 <= count <= trials,
/// trials > 0. C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits
/// illustrated in the case of the binomial", Biometrika 26(4), 1934: it covers at least 95 %.
Interval clopper_pearson(int count, int trials);

}  // namespace sockbench
