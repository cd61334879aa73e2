#pragma once

#include <memory>
#include <string>

#include "bench/plan/run_plan.h"
#include "bench/run/progress.h"

namespace sockbench {

enum class ProgressKind : std::uint8_t { kTable, kLines, kNone };

/// "table", "lines", "none", or "auto": a table where standard error is a terminal that can redraw
/// lines and NO_COLOR is not set, else lines. Throws UsageError for any other word.
ProgressKind progress_kind(const std::string& word);

/// `plan` is borrowed.
std::unique_ptr<Progress> make_progress(ProgressKind kind, const RunPlan& plan);

}  // namespace sockbench
