#pragma once

#include "bench/commands/progress_layout.h"
#include "bench/plan/budget.h"
#include "bench/run/progress.h"
#include "common/clock.h"

namespace sockbench {

/// A table on the terminal that fills in as restarts end, redrawn in place; at the end it is
/// replaced by plain lines with every workload.
class ProgressTable final : public Progress {
 public:
  explicit ProgressTable(const RunPlan& plan);

  void begins(std::size_t workload, const Step& step) override;
  void restart_ended(std::size_t workload, const std::vector<CellResult>& cells,
                     int restarts) override;
  void pass_ended(int pass, const Run* run) override;
  void run_ended(const Run& run) override;

 private:
  /// Shows what run.json says of the workloads that it holds.
  void take_over(const Run& run);
  void draw();

  const RunPlan& plan_;
  TimeLeft time_left_;
  std::int64_t start_ns_ = now_ns();
  std::int64_t drawn_ns_ = 0;
  TableState state_;
  std::vector<std::size_t> drawn_widths_;  // of the lines that are on the terminal
};

}  // namespace sockbench
