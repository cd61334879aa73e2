#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "bench/document/duel.h"
#include "bench/document/run.h"

/// A run for other programs to read: one file, and one line in exporters(), for each format.
/// docs/export.md has what stands in them.
namespace sockbench {

struct Exporter {
  const char* format;
  std::string (*text_of)(const Run& run);  ///< empty when the run has nothing for it
  const char* nothing;                     ///< why a run may have nothing for it
};
std::span<const Exporter> exporters();

/// The exporter of a format. `medians`, of gbench only: one entry for each benchmark and nothing
/// else. Throws UsageError for what is none of these.
Exporter exporter(const std::string& format, bool medians);

/// Throws UsageError when the run has nothing that could stand in it.
std::string exported(const Run& run, const Exporter& exporter);

/// The cells as CSV (RFC 4180): a heading, then a line for each cell. Columns are paths of the
/// document ("achieved_rps.ci95.lo"), the same for every run but for the system calls at the end;
/// what is absent is empty. "workload.…" and "comparison.…" are what the run says of the cell
/// elsewhere. Text that a spreadsheet would run as a formula begins with an apostrophe.
std::string csv_of_run(const Run& run);

/// The recorded times as one HdrHistogram log, in nanoseconds: a line for each cell and kind of
/// time, tagged CONTESTANT/WORKLOAD/response_time_ns. Slices of all cells are interleaved, so each
/// line's interval is the whole run. Throws UsageError for a damaged histogram, or a start that is
/// no time.
std::string hdr_log_of_run(const Run& run);

/// Bencher's metric format: benchmarks CONTESTANT/WORKLOAD, each with measures that have the median
/// over restarts as value and its 95 % interval as lower and upper value. Cells without a figure
/// are left out.
std::string bmf_of_run(const Run& run);

/// The JSON of Google Benchmark; benchmarks are CONTESTANT/WORKLOAD/METRIC.
std::string gbench_of_run(const Run& run);
std::string gbench_medians_of_run(const Run& run);

/// The figure of a cell for others to draw or watch over time: one value per restart that has it,
/// or one that exists once for all. Empty where the run itself would not compare the cell on it.
std::vector<double> restart_values(const Cell& cell, const std::string& metric);

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

/// A duel's two sides; their benchmarks have the same names, WORKLOAD/METRIC, so that compare.py
/// puts them side by side.
struct GbenchDuel {
  nlohmann::ordered_json base;
  nlohmann::ordered_json head;
  nlohmann::ordered_json head_medians;
};
/// Checks whose figures are neither times nor rates are left out.
GbenchDuel gbench_of_duel(const Duel& duel);

}  // namespace sockbench
