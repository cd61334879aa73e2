#pragma once

#include <array>
#include <cstdint>

#include "common/words.h"

/// What is said of a cell, a comparison and a claim, in the words of run.json.
namespace sockbench {

/// Of a cell.
enum class Validity : std::uint8_t {
  kValid,
  kGeneratorBound,  ///< the generator set the pace: no throughput ranking, CPU per request stands
  kSaturated,       ///< open loop: less was achieved than offered
  kModelLimit,      ///< connections were starved beyond what the model can serve
  kUnstable,        ///< the figures contradict each other
  kFailed,
};
template <>
struct Words<Validity> {
  static constexpr std::array kNames = {"valid",       "generator_bound", "saturated",
                                        "model_limit", "unstable",        "failed"};
};

/// What set the pace in a cell.
enum class Limiter : std::uint8_t { kServer, kGenerator, kNeither };
template <>
struct Words<Limiter> {
  static constexpr std::array kNames = {"server", "generator", "neither"};
};

/// Of a comparison; faster = better in the metric's good direction.
enum class Verdict : std::uint8_t { kFaster, kSlower, kTie, kInconclusive };
template <>
struct Words<Verdict> {
  static constexpr std::array kNames = {"faster", "slower", "tie", "inconclusive"};
};

/// Why a comparison is inconclusive.
enum class Undecided : std::uint8_t {
  kTooFewRestarts,  ///< no figures could have decided it
  kNotSignificant,
};
template <>
struct Words<Undecided> {
  static constexpr std::array kNames = {"too_few_restarts", "not_significant"};
};

/// The same for people: "too few restarts", "not significant".
constexpr const char* words_of(Undecided reason) {
  return reason == Undecided::kTooFewRestarts ? "too few restarts" : "not significant";
}

enum class ClaimVerdict : std::uint8_t { kConfirmed, kRefuted, kInconclusive, kNotTested };
template <>
struct Words<ClaimVerdict> {
  static constexpr std::array kNames = {"confirmed", "refuted", "inconclusive", "not_tested"};
};

/// Of a workload of a duel, and of the whole duel.
enum class DuelVerdict : std::uint8_t { kPass, kRegression, kInconclusive, kFailed };
template <>
struct Words<DuelVerdict> {
  static constexpr std::array kNames = {"pass", "regression", "inconclusive", "failed"};
};

/// Of one check of a duel.
enum class GateVerdict : std::uint8_t { kPass, kRegression, kImproved, kInconclusive, kNotGated };
template <>
struct Words<GateVerdict> {
  static constexpr std::array kNames = {"pass", "regression", "improved", "inconclusive",
                                        "not_gated"};
};

}  // namespace sockbench
