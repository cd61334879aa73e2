#include "loadgen/control.h"

#include <iostream>
#include <limits>
#include <nlohmann/json.hpp>

#include "common/error.h"
#include "loadgen/slow_peers.h"
#include "loadgen/worker_pool.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

std::int64_t required_number(const ordered_json& command, const char* key,
                             std::int64_t most = std::numeric_limits<std::int64_t>::max()) {
  const auto found = command.find(key);
  if (found == command.end() || !found->is_number_integer() || found->get<std::int64_t>() < 0 ||
      found->get<std::int64_t>() > most) {
    throw UsageError("The slice command needs an integer from 0 to " + std::to_string(most) +
                     " called '" + std::string(key) + "'.");
  }
  return found->get<std::int64_t>();
}

ordered_json run_slice(WorkerPool& workers, std::optional<SlowPeers>& slow,
                       const ordered_json& command) {
  const LoadPlan plan = {
      .lead_in_ns = required_number(command, "lead_in_ns", kLongestNs),
      .window_ns = required_number(command, "window_ns", kLongestNs),
      .drain_limit_ns = required_number(command, "drain_limit_ns", kLongestNs),
      .seed = static_cast<std::uint64_t>(required_number(command, "seed")),
  };
  Ticker ticker;
  if (slow) {
    slow->pause();  // since the last slice
    ticker = {.tick = [&](std::int64_t now) { slow->tick(now); }, .tick_ns = kSlowTickNs};
  }
  const LoadOutcome outcome = workers.run(plan, ticker);
  return {{"event", "slice"},
          {"drained", outcome.drained},
          {"all_dead", outcome.all_dead},
          {"answered", outcome.answered},
          {"wall_ns", outcome.wall_ns},
          {"answered_in_window", outcome.answered_in_window},
          {"window_ns", outcome.window_ns}};
}

void answer(const ordered_json& reply) { std::cout << reply.dump() << std::endl; }

}  // namespace

int control_loop(const LoadOptions& options) {
  WorkerPool workers(options);
  const int verified = workers.connect_and_verify();
  std::optional<SlowPeers> slow = start_slow_peers(options);
  answer({{"event", "ready"}, {"verified", verified}, {"failure", workers.first_failure()}});
  for (std::string line; !interrupted && std::getline(std::cin, line);) {
    const auto command = ordered_json::parse(line, nullptr, false);
    if (!command.is_object() || !command.contains("command")) {
      throw UsageError("A control line must be a JSON object with the key 'command'.");
    }
    if (command["command"] == "slice") {
      answer(run_slice(workers, slow, command));
    } else if (command["command"] == "discard") {
      workers.discard_last_window();
      answer({{"event", "discarded"}});
    } else if (command["command"] == "report") {
      ordered_json report = to_json(workers.finish(), options);
      report["event"] = "report";
      report["slow_peers"] = slow ? to_json(slow->result()) : ordered_json(nullptr);
      report["failure"] = workers.first_failure();
      answer(report);
    } else {
      throw UsageError(R"(The control command must be "slice", "discard" or "report".)");
    }
  }
  return interrupted ? kExitInterrupted : kExitOk;
}

}  // namespace sockbench
