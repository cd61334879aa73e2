#include "bench/run/progress.h"

#include <unistd.h>

#include "bench/run/progress_lines.h"
#include "bench/run/progress_table.h"
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
  void pass_ended(int /*pass*/, const nlohmann::ordered_json& /*run*/) override {}
  void run_ended(const nlohmann::ordered_json& /*run*/) override {}
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
