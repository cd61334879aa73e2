#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/interval.h"

/// Figures and texts as pages and terminals show them.
namespace sockbench {

inline constexpr const char* kDash = "–";  ///< stands for a figure that is absent

/// Text of an untrusted file: without control characters, which would move the cursor.
std::string plain(std::string text);

/// Text that cannot break a table or smuggle in markup; at most 200 characters.
std::string safe(const std::string& text);
/// The same, however long.
std::string safe_whole(const std::string& text);
/// Each made safe.
std::vector<std::string> safe_list(const std::vector<std::string>& texts);

/// 0.0123 as "1.23 %".
std::string format_percent(double share);
/// "1.042 [1.031, 1.053]", without interval where there is none; kDash for NaN.
std::string format_ratio(double ratio, const std::optional<Interval>& ci95);

}  // namespace sockbench
