#pragma once

#include <nlohmann/json_fwd.hpp>

#include "bench/machine/cpu_activity.h"
#include "bench/machine/cpus.h"
#include "bench/machine/facts.h"

namespace sockbench {

/// The machine as `run.json` describes it: what a reader needs to judge the figures, the findings
/// of the doctor, and `warnings`, sentences about what would spoil results. Names no host and no
/// path.
nlohmann::ordered_json describe_environment(const CpuSplit& cpus, const MachineFacts& facts);

/// Watches the CPUs of a run from its construction on.
class RunWatch final {
 public:
  /// `before`: the jitter of the CPUs before the run, as examine_machine() saw it.
  RunWatch(CpuSplit cpus, const std::vector<CpuJitter>& before);

  /// Writes into `environment` what has happened so far: "steal_s", "cpu_activity", "jitter",
  /// "wake_up_ns", "cache_line_ns".
  void record_into(nlohmann::ordered_json& environment) const;
  /// Watches the jitter once more, when the run is over.
  void finish();
  /// Notes how long the server's first CPU takes to wake up now, and a cache line from there to the
  /// generator's first one.
  void note_machine_state();

 private:
  CpuSplit cpus_;
  std::vector<CpuJitter> before_;
  std::vector<CpuJitter> after_;
  CpuCounters counters_before_ = read_cpu_counters();
  double steal_before_s_ = read_cpu_times().steal_s;
  std::vector<std::int64_t> wake_ups_ns_;
  std::vector<std::int64_t> cache_lines_ns_;
};

}  // namespace sockbench
