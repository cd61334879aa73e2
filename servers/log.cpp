// The only file of the servers that includes spdlog, since spdlog compiles slowly.

#include "servers/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace sockbench {

void start_log() { spdlog::set_default_logger(spdlog::stderr_logger_st("server")); }

void log_warning(std::string_view text) { spdlog::warn("{}", text); }

}  // namespace sockbench
