#include "loadgen/options.h"

#include <nlohmann/json.hpp>

namespace sockbench {

nlohmann::ordered_json to_json(const LoadOptions& options) {
  using nlohmann::ordered_json;
  const auto seconds = [](std::int64_t ns) { return static_cast<double>(ns) * 1e-9; };
  const bool echo = options.protocol == ProtocolKind::kEcho;
  const auto or_null = [](bool applies, const ordered_json& value) {
    return applies ? value : ordered_json(nullptr);
  };
  const MessageSizes& sizes = options.message_sizes;
  return {
      {"connect", options.connect_text},
      {"mode", options.open_loop() ? "open_loop" : "closed_loop"},
      {"connections", options.connections},
      {"active", options.active},
      {"threads", options.threads},
      {"pipeline", options.pipeline},
      {"protocol", to_text(options.protocol)},
      {"message_bytes",
       or_null(echo, sizes.fixed() ? ordered_json(sizes.largest()) : ordered_json(sizes.text()))},
      {"reply", or_null(echo, options.upper ? "upper" : "echo")},
      {"path", or_null(options.protocol == ProtocolKind::kHttp, options.path)},
      {"rate", or_null(options.open_loop(), options.rate)},
      {"arrival", or_null(options.open_loop(), to_text(options.arrival))},
      {"think_s", seconds(options.think_ns)},
      {"client_work_s", seconds(options.client_work_ns)},
      {"churn", options.churn},
      {"newcomers", options.newcomers},
      {"hold_s", seconds(options.hold_ns)},
      {"connect_rate", or_null(options.connect_rate > 0, options.connect_rate)},
      {"source", or_null(!options.sources.empty(), options.sources.text())},
      {"slow_readers", options.slow_readers},
      {"slow_writers", options.slow_writers},
      {"slow_bytes_per_second", or_null(options.slow_peers() > 0, options.slow_bytes_per_second)},
      {"duration_s", seconds(options.duration_ns)},
      {"warmup_s", seconds(options.warmup_ns)},
      {"setup_timeout_s", seconds(options.setup_timeout_ns)},
      {"timeout_s", seconds(options.timeout_ns)},
      {"engine", options.engine == EngineKind::kEpoll ? "epoll" : "io_uring"},
      {"timestamps", options.kernel_timestamps ? "kernel" : "app"},
      {"seed", options.seed}};
}

}  // namespace sockbench
