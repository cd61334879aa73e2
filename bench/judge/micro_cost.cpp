#include "bench/judge/micro_cost.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "bench/judge/statistics.h"
#include "common/error.h"
#include "common/file.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

struct Repetitions {
  std::vector<double> ns;
  std::string reason;
};

/// Nanoseconds in Google Benchmark's time units.
std::optional<double> unit_ns(const std::string& unit) {
  if (unit == "ns") return 1;
  if (unit == "us") return 1e3;
  if (unit == "ms") return 1e6;
  if (unit == "s") return 1e9;
  return std::nullopt;
}

std::string text_of(const ordered_json& entry, const char* key) {
  const auto found = entry.find(key);
  return found != entry.end() && found->is_string() ? found->get<std::string>() : "";
}

double time_of(const ordered_json& entry, const std::string& name, const std::string& source) {
  const auto time = entry.find("real_time");
  const auto unit = unit_ns(text_of(entry, "time_unit"));
  if (time == entry.end() || !time->is_number() || !unit) {
    throw UsageError("'" + source + "' has no real_time with a time_unit for " + name + ".");
  }
  const double ns = time->get<double>() * *unit;
  if (!std::isfinite(ns) || ns <= 0) {
    throw UsageError("'" + source + "' has a real_time for " + name + " that is not positive.");
  }
  return ns;
}

void add(const ordered_json& entry, const std::string& source,
         std::map<std::string, Repetitions>& gathered) {
  const std::string name = entry.is_object() ? text_of(entry, "run_name") : "";
  if (name.empty()) {
    throw UsageError("'" + source + "' has a benchmark without a run_name.");
  }
  if (text_of(entry, "run_type") == "aggregate") return;
  Repetitions& repetitions = gathered[name];
  const auto failed = entry.find("error_occurred");
  if (failed == entry.end() || *failed != true) {
    repetitions.ns.push_back(time_of(entry, name, source));
  } else if (repetitions.reason.empty()) {
    const std::string reason = text_of(entry, "error_message");
    repetitions.reason = reason.empty() ? "The benchmark gave no reason." : reason;
  }
}

MicroCost cost_of(const Repetitions& repetitions) {
  MicroCost cost{.reason = repetitions.reason};
  if (repetitions.ns.empty()) return cost;
  cost.median_ns = median(repetitions.ns);
  cost.low_ns = quantile(repetitions.ns, 0.25);
  cost.high_ns = quantile(repetitions.ns, 0.75);
  cost.repetitions = static_cast<int>(repetitions.ns.size());
  return cost;
}

}  // namespace

MicroCosts micro_costs(const ordered_json& results, const std::string& source) {
  const auto entries = results.is_object() ? results.find("benchmarks") : results.end();
  if (!results.is_object() || entries == results.end() || !entries->is_array()) {
    throw UsageError("'" + source + "' is not what sockbench-micro writes: it has no benchmarks.");
  }
  std::map<std::string, Repetitions> gathered;
  for (const ordered_json& entry : *entries) add(entry, source, gathered);
  if (gathered.empty()) {
    throw UsageError("'" + source + "' has no repetition of any benchmark.");
  }
  MicroCosts costs;
  for (const auto& [name, repetitions] : gathered) costs.emplace(name, cost_of(repetitions));
  return costs;
}

MicroCosts read_micro_costs(const std::string& path) {
  ordered_json results;
  try {
    results = ordered_json::parse(read_file(path));
  } catch (const ordered_json::parse_error&) {
    throw UsageError("'" + path + "' is not JSON.");
  }
  return micro_costs(results, path);
}

}  // namespace sockbench
