#pragma once

#include <string>
#include <vector>

#include "bench/document/run.h"
#include "bench/judge/between_runs.h"
#include "bench/judge/statistics.h"

/// A figure over the restarts of a run, as judgements over several cells need it.
namespace sockbench {

/// One metric of a contestant in a workload, a logarithm per restart (natural). Two series of the
/// same workload and metric may be subtracted restart by restart; alone they mean nothing. One that
/// exists once for all restarts (a percentile of merged samples) has one value.
struct Series {
  std::vector<double> per_restart_log;  ///< NaN where a restart has none
  std::string out;                      ///< why it may not be used; empty: it may
};

/// Names that are in no run give a series that is out. Whether and why a cell is left out is what
/// `eligibility` and `rankings` say.
Series series_of(const Run& run, const std::string& contestant, const std::string& workload,
                 const std::string& metric);

/// Whether two contestants of a run are one program, with other options or as the control.
Programs programs_in_run(const Run& run, const std::string& contestant, const std::string& other);

/// `head` against `base`, restart by restart, as many as both have; with the variance between runs
/// where the metric has one.
Effect paired_series_effect(const std::vector<double>& base, const std::vector<double>& head,
                            const std::string& metric, Programs programs);

}  // namespace sockbench
