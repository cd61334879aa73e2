#include "bench/commands/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "bench/commands/progress_table.h"
#include "bench/plan/budget.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/nearest.h"
#include "common/terminal.h"

namespace sockbench {
namespace {

class NoProgress final : public Progress {
 public:
  void begins(std::size_t /*workload*/, const Step& /*step*/) override {}
  void restart_ended(std::size_t /*workload*/, const std::vector<CellResult>& /*cells*/,
                     int /*restarts*/) override {}
  void pass_ended(int /*pass*/, const Run* /*run*/) override {}
  void run_ended(const Run& /*run*/) override {}
};

/// A line on standard error for every pass: for pipes, logs and plain terminals.
class ProgressLines final : public Progress {
 public:
  explicit ProgressLines(const RunPlan& plan) : plan_(plan), time_left_(plan) {}

  void begins(std::size_t /*workload*/, const Step& /*step*/) override {}

  void restart_ended(std::size_t workload, const std::vector<CellResult>& /*cells*/,
                     int restarts) override {
    const int planned = plan_.workloads[workload].restarts;
    time_left_.set_done(workload, std::min(1.0, static_cast<double>(restarts) / planned));
  }

  void pass_ended(int pass, const Run* /*run*/) override {
    const double share = time_left_.share();
    const double elapsed_s = static_cast<double>(now_ns() - start_ns_) / kNsPerSecond;
    std::fprintf(stderr, "%3.0f %%  pass %d over all workloads (%.0f s, about %.0f s left)\n",
                 share * 100, pass + 1, elapsed_s, TimeLeft::left_s(share, elapsed_s));
  }

  void run_ended(const Run& /*run*/) override {}

 private:
  const RunPlan& plan_;
  TimeLeft time_left_;
  std::int64_t start_ns_ = now_ns();
};

bool can_redraw() { return ::isatty(STDERR_FILENO) == 1 && !wants_plain_text(); }

}  // namespace

ProgressKind progress_kind(const std::string& word) {
  if (word == "auto") return can_redraw() ? ProgressKind::kTable : ProgressKind::kLines;
  if (word == "table") return ProgressKind::kTable;
  if (word == "lines") return ProgressKind::kLines;
  if (word == "none") return ProgressKind::kNone;
  throw UsageError("--progress '" + word + "' is not known; " +
                   did_you_mean(word, {"auto", "table", "lines", "none"},
                                "choose of auto, table, lines and none."));
}

std::unique_ptr<Progress> make_progress(ProgressKind kind, const RunPlan& plan) {
  switch (kind) {
    case ProgressKind::kTable:
      return std::make_unique<ProgressTable>(plan);
    case ProgressKind::kLines:
      return std::make_unique<ProgressLines>(plan);
    case ProgressKind::kNone:
      break;
  }
  return std::make_unique<NoProgress>();
}

}  // namespace sockbench
