#include "loadgen/control.h"

#include <iostream>
#include <limits>
#include <nlohmann/json.hpp>

#include "common/error.h"
#include "common/or_null.h"
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

/// Samples that must stand beyond a percentile of one window: fewer than for a percentile that is
/// reported by itself, as windows are summarized by their median.
constexpr std::uint64_t kSamplesBeyondInWindow = 10;

/// {count, p50, p90, p99, p99_9}, or null without a sample; a percentile without samples enough is
/// null. `beyond` as in Histogram::percentile.
ordered_json window_block(const Histogram& times, std::uint64_t beyond) {
  if (times.count() == 0) return nullptr;
  const auto percentile = [&](double percent) -> ordered_json {
    const auto all = static_cast<double>(times.count() + beyond);
    if (all * (1 - percent / 100) < kSamplesBeyondInWindow - 1e-6) return nullptr;
    return or_null(times.percentile(percent, beyond));
  };
  return {{"count", times.count()},
          {"p50", percentile(50)},
          {"p90", percentile(90)},
          {"p99", percentile(99)},
          {"p99_9", percentile(99.9)}};
}

/// Requests per second of this slice alone; 0: the rate of the options.
double slice_rate(const ordered_json& command, const LoadOptions& options) {
  const auto found = command.find("rate");
  if (found == command.end()) return 0;
  if (!options.open_loop()) throw UsageError("A slice of a closed loop has no 'rate'.");
  const double rate = found->is_number() ? found->get<double>() : 0;
  if (!(rate > 0 && rate <= kMaxRate)) {
    throw UsageError("'rate' of a slice must be a number above 0 and at most 10,000,000.");
  }
  return rate;
}

ordered_json run_slice(WorkerPool& workers, std::optional<SlowPeers>& slow,
                       const ordered_json& command, const LoadOptions& options) {
  const LoadPlan plan = {
      .lead_in_ns = required_number(command, "lead_in_ns", kLongestNs),
      .window_ns = required_number(command, "window_ns", kLongestNs),
      .drain_limit_ns = required_number(command, "drain_limit_ns", kLongestNs),
      .seed = static_cast<std::uint64_t>(required_number(command, "seed")),
      .rate = slice_rate(command, options),
  };
  Ticker ticker;
  if (slow) {
    slow->pause();  // since the last slice
    ticker = {.tick = [&](std::int64_t now) { slow->tick(now); }, .tick_ns = kSlowTickNs};
  }
  const LoadOutcome outcome = workers.run(plan, ticker);
  ordered_json reply = {{"event", "slice"},
                        {"drained", outcome.drained},
                        {"all_dead", outcome.all_dead},
                        {"answered", outcome.answered},
                        {"wall_ns", outcome.wall_ns},
                        {"answered_in_window", outcome.answered_in_window},
                        {"window_ns", outcome.window_ns}};
  if (plan.window_ns > 0) {
    const WindowTimes times = workers.last_window();
    reply["wrong"] = times.wrong;
    reply["response_time_ns"] = window_block(times.response, times.wrong);
    reply["service_time_ns"] = window_block(times.service, times.lost);
    reply["take_up_delay_ns"] = window_block(times.take_up_delay, times.not_taken_up);
  }
  return reply;
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
      answer(run_slice(workers, slow, command, options));
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
