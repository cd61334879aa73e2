#include "loadgen/options.h"

#include <nlohmann/json.hpp>

namespace sockbench {

nlohmann::ordered_json to_json(const LoadOptions& options) {
  using nlohmann::ordered_json;
  const auto seconds = [](std::int64_t ns) { return static_cast<double>(ns) * 1e-9; };
  const char* arrival = options.arrival == Arrival::kPoisson ? "poisson" : "uniform";
  return {{"connect", options.connect_text},
          {"mode", options.open_loop() ? "open_loop" : "closed_loop"},
          {"connections", options.connections},
          {"active", options.active},
          {"threads", options.threads},
          {"pipeline", options.pipeline},
          {"message_bytes", options.message_bytes},
          {"reply", options.upper ? "upper" : "echo"},
          {"rate", options.open_loop() ? ordered_json(options.rate) : nullptr},
          {"arrival", options.open_loop() ? ordered_json(arrival) : nullptr},
          {"duration_s", seconds(options.duration_ns)},
          {"warmup_s", seconds(options.warmup_ns)},
          {"setup_timeout_s", seconds(options.setup_timeout_ns)},
          {"timeout_s", seconds(options.timeout_ns)},
          {"engine", "epoll"},
          {"timestamps", options.kernel_timestamps ? "kernel" : "app"},
          {"seed", options.seed}};
}

}  // namespace sockbench
