#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "bench/document/run.h"
#include "bench/document/verdicts.h"

/// selftest.json: how often the regression gate was wrong.
namespace sockbench {

struct SelftestDocument {
  struct Options {
    std::string workload;
    std::uint64_t seed = 0;
    std::optional<std::vector<std::string>> trials;  ///< the selected kinds
  };
  /// What a spin of the server added to its CPU time.
  struct Spin {
    double ns = 0;
    double share = 0;
    std::optional<double> base_ns;  ///< base's CPU time per request; none in early versions
  };
  struct Trial {
    std::string trial;  ///< its kind
    int number = 0;     ///< from 1
    std::uint64_t seed = 0;
    std::string head;  ///< its fault
    DuelVerdict verdict = DuelVerdict::kFailed;
    double seconds = 0;
    double cpu_ratio = kNaN;
    std::string sentence;
  };
  struct Bound {
    std::optional<double> at_least;  ///< of right verdicts
    std::optional<double> at_most;   ///< of wrong ones
  };
  struct Seconds {
    double median = kNaN;
    double longest = kNaN;
  };
  struct Kind {
    std::string trial;
    std::string expected;
    int trials = 0;
    int right = 0;
    int wrong = 0;
    int inconclusive = 0;
    int missed = 0;
    std::string rate_of;  ///< "right" or "wrong"
    std::optional<double> rate;
    std::optional<Interval> ci95;
    std::optional<Bound> bound;
    std::optional<bool> met;
    double median_cpu_ratio = kNaN;
    Seconds seconds;
  };
  int schema_version = 1;
  std::string kind = "selftest";
  Program sockbench;
  std::string started_at;
  bool interrupted = false;
  Options options;
  std::vector<Spin> spins;
  std::vector<Trial> trials;
  std::vector<Kind> kinds;
  std::optional<bool> met;  ///< whether every bound holds
};

/// Throws UsageError that names the place where a value has the wrong type.
SelftestDocument parse_selftest(const nlohmann::ordered_json& json);
nlohmann::ordered_json to_json(const SelftestDocument& document);

}  // namespace sockbench
