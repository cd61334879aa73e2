#pragma once

#include <string_view>

namespace sockbench {

/// Directs the log to standard error; called once by main.
void start_log();

/// Logs a problem after which the server continues, in one line. Callers log a recurring problem
/// once.
void log_warning(std::string_view text);

}  // namespace sockbench
