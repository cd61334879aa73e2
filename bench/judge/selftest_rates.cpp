#include "bench/judge/selftest_rates.h"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "common/error.h"
#include "common/nearest.h"

namespace sockbench {
namespace {

using enum DuelVerdict;

constexpr double kTail = 0.025;  // on each side of a 95 % interval

Bound right_at_least(double share) { return {Bound::Kind::kRightAtLeast, share}; }
Bound wrong_at_most(double share) { return {Bound::Kind::kWrongAtMost, share}; }

/// The head is slower: only a regression is right.
TrialKind slower(const char* name, const char* fault, int runs, Bound bound = {}) {
  return {name, fault, 0, {kRegression}, {kPass, kFailed}, bound, runs};
}

TrialKind slower_by(const char* name, double cpu_share, int runs, Bound bound = {}) {
  TrialKind kind = slower(name, "", runs, bound);
  kind.cpu_share = cpu_share;
  return kind;
}

/// Memory per connection is a slope: it takes a hundred of them or more.
TrialKind in_workload(const char* workload, TrialKind kind) {
  kind.workload = workload;
  return kind;
}

bool is_in(const std::vector<DuelVerdict>& verdicts, DuelVerdict verdict) {
  return std::find(verdicts.begin(), verdicts.end(), verdict) != verdicts.end();
}

}  // namespace

const std::vector<TrialKind>& trial_kinds() {
  static const std::vector<TrialKind> kinds = {
      {"a_a", "none", 0, {kPass, kInconclusive}, {kRegression, kFailed}, wrong_at_most(0.01), 200},
      slower("spin_100ns", "spin:100", 20),
      slower_by("cpu_2_percent", 0.02, 40, right_at_least(0.95)),
      slower_by("cpu_5_percent", 0.05, 20),
      slower("syscall", "syscall", 20, right_at_least(1)),
      slower("tail", "tail:1000:5", 20, right_at_least(0.9)),
      in_workload("mostly_idle", slower("memory", "memory:4096", 20)),
      // A head that stops answering has failed.
      {"lost_wakeup", "lost_wakeup:2000", 0, {kRegression, kFailed}, {kPass}, {}, 20},
      // The head is as good as base; a pass says so without having seen the neighbour.
      {"neighbour", "neighbour", 0, {kInconclusive}, {kRegression, kFailed}, wrong_at_most(0), 20},
  };
  return kinds;
}

std::vector<std::string> trial_names() {
  std::vector<std::string> names;
  for (const TrialKind& kind : trial_kinds()) names.push_back(kind.name);
  return names;
}

std::vector<TrialKind> choose_trial_kinds(const std::vector<std::string>& names, int runs) {
  const std::vector<std::string> known = trial_names();
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    throw UsageError("There is no trial '" + name + "'; " +
                     did_you_mean(name, known, "'sockbench names trials' lists them."));
  }
  std::vector<TrialKind> chosen;
  for (const TrialKind& kind : trial_kinds()) {
    if (!names.empty() && std::find(names.begin(), names.end(), kind.name) == names.end()) continue;
    chosen.push_back(kind);
    if (runs > 0) chosen.back().runs = runs;
  }
  return chosen;
}

std::optional<std::int64_t> next_spin(std::span<const TriedSpin> tried) {
  constexpr std::int64_t kFirstNs = 150;
  constexpr double kThenShares[] = {0.08, 0.03, 0.08};
  if (tried.empty()) return kFirstNs;
  if (tried.size() > std::size(kThenShares)) return std::nullopt;
  return std::max(1LL, std::llround(kThenShares[tried.size() - 1] * tried[0].base_ns));
}

double spin_for(double share, std::span<const TriedSpin> tried) {
  std::vector<double> ns;
  std::vector<double> shares;
  for (const TriedSpin& spin : tried) {
    ns.push_back(spin.ns);
    shares.push_back(spin.share);
  }
  const double mean_ns = mean(ns);
  const double mean_share = mean(shares);
  double together = 0;
  double square = 0;
  for (const TriedSpin& spin : tried) {
    together += (spin.ns - mean_ns) * (spin.share - mean_share);
    square += (spin.ns - mean_ns) * (spin.ns - mean_ns);
  }
  const double share_per_ns = together / square;
  if (!(share_per_ns > 0)) {
    throw std::runtime_error(
        "Longer spins did not cost more CPU time; repeat the self-test on a quieter machine.");
  }
  return mean_ns + (share - mean_share) / share_per_ns;
}

std::string head_fault(const TrialKind& kind, std::span<const TriedSpin> tried) {
  if (kind.cpu_share == 0) return kind.head_fault;
  const long long ns = std::max(1LL, std::llround(spin_for(kind.cpu_share, tried)));
  return "spin:" + std::to_string(ns);
}

std::uint64_t trial_seed(std::uint64_t seed, const std::string& kind, int number) {
  constexpr std::uint64_t kSeedsPerKind = 100'000;
  const std::vector<std::string> names = trial_names();
  const auto place = std::find(names.begin(), names.end(), kind) - names.begin();
  return seed + kSeedsPerKind * static_cast<std::uint64_t>(place) +
         static_cast<std::uint64_t>(number);
}

std::vector<PlannedTrial> trial_order(const std::vector<TrialKind>& kinds) {
  std::vector<std::pair<double, PlannedTrial>> moments;  // in [0, 1] of the whole self-test
  for (const TrialKind& kind : kinds) {
    for (int number = 1; number <= kind.runs; ++number) {
      moments.push_back({(number - 0.5) / kind.runs, {kind.name, number}});
    }
  }
  std::stable_sort(moments.begin(), moments.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<PlannedTrial> order;
  order.reserve(moments.size());
  for (auto& [moment, trial] : moments) order.push_back(std::move(trial));
  return order;
}

TrialTally tally_of(const TrialKind& kind, std::span<const Trial> trials) {
  TrialTally tally;
  std::vector<double> seconds;
  std::vector<double> cpu_ratios;
  for (const Trial& trial : trials) {
    const bool right = is_in(kind.right, trial.verdict);
    const bool wrong = is_in(kind.wrong, trial.verdict);
    const bool inconclusive = trial.verdict == kInconclusive;
    tally.trials += 1;
    tally.right += right ? 1 : 0;
    tally.wrong += wrong ? 1 : 0;
    tally.inconclusive += inconclusive ? 1 : 0;
    tally.missed += !right && !wrong && !inconclusive ? 1 : 0;
    seconds.push_back(trial.seconds);
    if (std::isfinite(trial.cpu_ratio)) cpu_ratios.push_back(trial.cpu_ratio);
  }
  tally.median_cpu_ratio = median(cpu_ratios);
  tally.median_s = median(seconds);
  tally.longest_s = quantile(seconds, 1);
  if (trials.empty()) return tally;
  const bool of_wrong = kind.bound.kind == Bound::Kind::kWrongAtMost;
  const int count = of_wrong ? tally.wrong : tally.right;
  tally.rate = static_cast<double>(count) / tally.trials;
  tally.ci95 = clopper_pearson(count, tally.trials);
  if (of_wrong) tally.met = *tally.rate <= kind.bound.share;
  if (kind.bound.kind == Bound::Kind::kRightAtLeast) tally.met = *tally.rate >= kind.bound.share;
  return tally;
}

Interval clopper_pearson(int count, int trials) {
  using Binomial = boost::math::binomial;
  return {Binomial::find_lower_bound_on_p(trials, count, kTail),
          Binomial::find_upper_bound_on_p(trials, count, kTail)};
}

}  // namespace sockbench
