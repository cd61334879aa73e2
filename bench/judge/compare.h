#pragma once

#include <string>

#include "bench/document/compared.h"

namespace sockbench {

/// Two runs side by side. Gives no verdict, because two runs cannot: absolute figures stand beside
/// each other for information, and each run's own paired ratios to its reference are checked for
/// overlapping intervals. Pure.
RunsCompared compare_runs(const Run& a, const Run& b);

/// One sentence that names what differs, or empty when the environments are alike.
std::string refusal(const RunsCompared& compared);

}  // namespace sockbench
