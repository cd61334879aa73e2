#pragma once

#include "bench/run/progress.h"
#include "bench/run/time_left.h"
#include "common/clock.h"

namespace sockbench {

/// A line on standard error for every pass: for pipes, logs and plain terminals.
class ProgressLines final : public Progress {
 public:
  explicit ProgressLines(const RunPlan& plan) : plan_(plan), time_left_(plan) {}

  void begins(std::size_t /*workload*/, const Step& /*step*/) override {}
  void restart_ended(std::size_t workload, const std::vector<CellResult>& cells,
                     int restarts) override;
  void pass_ended(int pass, const nlohmann::ordered_json& run) override;
  void run_ended(const nlohmann::ordered_json& /*run*/) override {}

 private:
  const RunPlan& plan_;
  TimeLeft time_left_;
  std::int64_t start_ns_ = now_ns();
};

}  // namespace sockbench
