#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "bench/document/run.h"

/// capacity.json (results/schema/capacity.schema.json): requests per second at a bound on the
/// response time.
namespace sockbench {

struct CapacityBound {
  std::string percentile;  ///< "p50", "p90", "p99" or "p99.9"
  double ns = kNaN;        ///< of the response time
  std::optional<double>
      times_unloaded;  ///< of a bound that is a multiple of the unloaded reference
};

struct ContestantCapacity {
  std::string contestant;
  double capacity_rps = kNaN;  ///< geometric mean over restarts
  std::optional<Interval> ci95;
  std::vector<double> per_restart;
  double ratio = kNaN;  ///< to the first contestant
  std::optional<Interval> ratio_ci95;
  std::optional<Verdict> verdict;  ///< none of the first one, and where there is no ratio
  std::optional<Undecided> undecided;
  Limiter limiter = Limiter::kServer;  ///< generator: it could not offer more in time
  std::optional<std::string> reason;   ///< why there is no capacity, or no verdict
};

struct CapacityDocument {
  int schema_version = 1;
  std::string kind = "capacity";
  Program sockbench;
  std::string started_at;
  double duration_s = 0;
  bool interrupted = false;
  std::uint64_t seed = 0;
  CapacityBound bound;
  int connections = 0;
  int message_bytes = 0;
  int restarts = 0;
  double margin = 0;
  std::string reference;
  std::vector<ContestantCapacity> contestants;
  Environment environment;
};

nlohmann::ordered_json to_json(const CapacityDocument& document);

}  // namespace sockbench
