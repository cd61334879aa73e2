#include "bench/judge/capacity.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "bench/judge/significance.h"
#include "bench/judge/verdict.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/units.h"

namespace sockbench {
namespace {

constexpr double kSamplesBeyond = 15;  // in a window, on average; below 10 it has no percentile
constexpr std::int64_t kMinWindowNs = 100 * kNsPerMs;
constexpr double kOverload = 0.01;  // that breaks the bound; ten times it while coarse

[[noreturn]] void reject(const std::string& text) {
  throw UsageError(
      "--bound '" + text +
      "' must be a percentile and a limit, such as p99=1ms, p50=200us or p99=3x (three "
      "times that of the unloaded reference); percentiles are p50, p90, p99 and "
      "p99.9.");
}

/// The percentile as a share of 1.
double rank_of(const CapacityBound& bound) { return std::stod(bound.percentile.substr(1)) / 100; }

Effect effect_of(const std::vector<double>& base, const std::vector<double>& head) {
  std::vector<double> logs;
  for (std::size_t i = 0; i < std::min(base.size(), head.size()); ++i) {
    logs.push_back(log_ratio(base[i], head[i]));
  }
  return restart_effect(logs);
}

}  // namespace

Staircase::Staircase(double rate, double step, double min_rate, std::size_t levels)
    : log_rate_(std::log(std::max(rate, min_rate))),
      log_min_(std::log(min_rate)),
      step_(std::max(step, kFinestStep)),
      wanted_levels_(levels) {}

double Staircase::rate() const { return std::exp(log_rate_); }

void Staircase::answer(bool held) {
  const int direction = held ? 1 : -1;
  if (step_ <= kFinestStep) levels_.push_back(log_rate_);
  const bool reversal = direction_ != 0 && direction != direction_;
  if (reversal) step_ = std::max(step_ / 2, kFinestStep);
  run_ = reversal ? 1 : run_ + 1;
  if (run_ > kRun && !is_coarse()) {
    step_ *= 2;
    run_ = 1;
    levels_.clear();
  }
  direction_ = direction;
  failed_at_min_ = !held && log_rate_ <= log_min_;
  log_rate_ = std::max(log_min_, log_rate_ + direction * step_);
}

double Staircase::estimate() const {
  if (failed_at_min_) return 0;
  return levels_.size() < kMinLevels ? kNaN : std::exp(median(levels_));
}

CapacityBound parse_bound(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) reject(text);
  CapacityBound bound;
  bound.percentile = text.substr(0, equals);
  const std::string limit = text.substr(equals + 1);
  const auto& known = {"p50", "p90", "p99", "p99.9"};
  if (std::find(known.begin(), known.end(), bound.percentile) == known.end()) reject(text);
  if (limit.ends_with('x')) {
    char* end = nullptr;
    bound.times_unloaded = std::strtod(limit.c_str(), &end);
    if (end != limit.c_str() + limit.size() - 1 || !(*bound.times_unloaded > 1) ||
        std::isinf(*bound.times_unloaded)) {
      reject(text);
    }
    return bound;
  }
  bound.ns = static_cast<double>(parse_duration_ns(limit, "--bound"));
  if (!(bound.ns > 0)) reject(text);
  require_short(bound);
  return bound;
}

void require_short(const CapacityBound& bound) {
  const double longest_ns = kMaxWindowNs * kOverload * rank_of(bound);
  if (!(bound.ns > longest_ns)) return;
  throw UsageError("--bound " + bound.percentile + "=" +
                   std::to_string(std::llround(bound.ns / kNsPerMs)) +
                   "ms is too long: a window of " + std::to_string(kMaxWindowNs / kNsPerSecond) +
                   " s cannot show an overload of 1 %; give at most " + bound.percentile + "=" +
                   std::to_string(std::llround(longest_ns / kNsPerMs)) + "ms.");
}

std::int64_t window_for(const CapacityBound& bound, double rate, bool coarse) {
  const double samples_s = kSamplesBeyond / (1 - rank_of(bound)) / rate;
  const double overload_ns = bound.ns / rank_of(bound) / kOverload / (coarse ? 10 : 1);
  const double ns = std::max(samples_s * kNsPerSecond, overload_ns);
  return std::clamp<std::int64_t>(std::llround(ns), kMinWindowNs, kMaxWindowNs);
}

double min_rate_for(const CapacityBound& bound) {
  return kSamplesBeyond / (1 - rank_of(bound)) * kNsPerSecond / kMaxWindowNs;
}

std::vector<ContestantCapacity> judge_capacities(const std::vector<CapacityInput>& inputs,
                                                 double margin) {
  std::vector<ContestantCapacity> results;
  std::vector<double> p_values;
  std::vector<std::size_t> restarts;
  for (const CapacityInput& input : inputs) {
    ContestantCapacity& result = results.emplace_back();
    result.contestant = input.name;
    result.per_restart = input.per_restart;
    result.limiter = input.generator_late ? Limiter::kGenerator : Limiter::kServer;
    if (!input.failure.empty()) result.reason = input.failure;
    const std::vector<double> values = finite(input.per_restart);
    if (!values.empty() && median(values) == 0) {
      result.reason = "the bound is broken at every rate that could be tried";
    }
    if (result.reason || values.empty()) {
      if (!result.reason) result.reason = "too few windows for an estimate";
      p_values.push_back(kNaN);
      restarts.push_back(0);
      continue;
    }
    const Effect own =
        effect_of(std::vector<double>(input.per_restart.size(), 1.0), input.per_restart);
    result.capacity_rps = own.ratio;
    result.ci95 = own.ci95;
    Effect effect = effect_of(inputs.front().per_restart, input.per_restart);
    if (&input == &inputs.front()) effect = {};
    const bool same = input.program == inputs.front().program;
    if (effect.restarts > 0) {
      effect = across_runs(std::move(effect), same ? Programs::kSame : Programs::kDifferent);
      result.ratio = effect.ratio;
      result.ratio_ci95 = effect.ci95;
    }
    p_values.push_back(effect.restarts > 0 ? effect.p_value : kNaN);
    restarts.push_back(effect.restarts);
  }
  const Family family = family_of(restarts);
  const std::vector<double> adjusted = holm(p_values, restarts, family);
  for (std::size_t i = 1; i < results.size(); ++i) {
    ContestantCapacity& result = results[i];
    if (std::isnan(result.ratio)) continue;
    const Verdict verdict = judge(result.ratio_ci95, adjusted[i], margin, false);
    const bool at_least = result.limiter == Limiter::kGenerator;
    const bool reference_at_least = results.front().limiter == Limiter::kGenerator;
    if ((at_least && verdict != Verdict::kFaster) ||
        (reference_at_least && verdict != Verdict::kSlower)) {
      result.reason = "no verdict: the generator was the limit";
      continue;
    }
    result.verdict = verdict;
    result.undecided = undecided(verdict, family.decides(restarts[i]));
  }
  return results;
}

}  // namespace sockbench
