#pragma once

#include <string_view>

namespace sockbench {

/// Sends the log to standard error; main calls it once.
void start_log();

/// Tells of something that the server goes on in spite of. One line; callers see to it that a fault
/// that returns is told once.
void log_warning(std::string_view text);

}  // namespace sockbench
