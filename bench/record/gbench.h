#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

/// Results in the JSON of Google Benchmark, for what reads that. All figures are nanoseconds and
/// smaller is better: a rate goes out as nanoseconds per request. docs/export.md has the names.
namespace sockbench {

/// One benchmark.
struct GbenchSeries {
  std::string name;
  std::vector<double> values_ns;  ///< one per restart, finite; a series without any is left out
};

enum class GbenchEntries : std::uint8_t {
  kAll,  ///< every restart, and their mean, median, standard deviation and its share of the mean
  kMedians,  ///< one entry per benchmark: for readers that take every entry for a benchmark
};

/// The array "benchmarks". Restarts are repetitions; an entry's iterations are the restarts that
/// its figure stands for.
nlohmann::ordered_json gbench_entries(const std::vector<GbenchSeries>& all, GbenchEntries which);

/// A whole document of a parsed run.json; its benchmarks are CONTESTANT/WORKLOAD/METRIC.
nlohmann::ordered_json gbench_of_run(const nlohmann::ordered_json& run, GbenchEntries which);

/// A duel's two sides; their benchmarks have the same names, WORKLOAD/METRIC, so that compare.py
/// puts them side by side.
struct GbenchDuel {
  nlohmann::ordered_json base;
  nlohmann::ordered_json head;
  nlohmann::ordered_json head_medians;
};
/// Of a parsed duel.json. Checks whose figures are neither times nor rates are left out.
GbenchDuel gbench_of_duel(const nlohmann::ordered_json& duel);

}  // namespace sockbench
