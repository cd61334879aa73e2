#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace sockbench {

/// What one micro-benchmark found over its repetitions: real time per operation in nanoseconds.
struct MicroCost {
  double median_ns = 0;
  double low_ns = 0;    ///< first quartile of the repetitions
  double high_ns = 0;   ///< third quartile
  int repetitions = 0;  ///< those that were measured; 0: none was, and `reason` says why
  std::string reason;   ///< why a repetition was left out; empty when all were measured

  bool measured() const { return repetitions > 0; }
};

/// Keys are names such as "recv/data/64"; docs/micro.md lists them.
using MicroCosts = std::map<std::string, MicroCost>;

/// Reads what `sockbench-micro --out` wrote. Repetitions of one name are gathered; Google
/// Benchmark's own aggregates are left aside. Throws UsageError with one sentence that names
/// `source` when `results` has another form, or nothing in it.
MicroCosts micro_costs(const nlohmann::ordered_json& results, const std::string& source);

/// The same from a file; throws UsageError also when it cannot be read or is not JSON.
MicroCosts read_micro_costs(const std::string& path);

}  // namespace sockbench
