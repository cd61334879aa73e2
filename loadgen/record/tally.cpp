#include "loadgen/record/tally.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>

#include "common/lateness.h"
#include "common/or_null.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

// METHOD: above this share of a CPU the generator, not the server, is the limit.
constexpr double kGeneratorBusy = 0.90;
constexpr double kAchievedShare = 0.98;  // of the offered rate; below it the server is saturated

/// Little's law over a finite window (Little 2011, "Little's law as viewed on its 50th
/// anniversary"): answered requests times their mean time, corrected for requests that cross the
/// window's edges, divided by the number in flight. Lost samples and starved connections move it
/// away from 1. It cannot detect a wrong stamp if a request is intended to start when the last
/// reply is read: without pauses the times add up to the window for any stamps (stamp_check()
/// detects that).
double little_ratio(const Tally& tally, double in_flight) {
  // Think time counts as well: the law holds for the whole cycle (Denning and Buzen 1978, "The
  // operational analysis of queueing network models"). A reply that waits to be read also delays
  // the next request of its connection.
  const double time_in_flight = tally.response.sum() + tally.receive_delay.sum() +
                                static_cast<double>(tally.edge_ns + tally.think_ns);
  return time_in_flight / (static_cast<double>(tally.window_ns) * in_flight);
}

/// The share of time that each generator thread was busy, without spinning.
std::vector<double> utilisation_by_thread(const Tally& tally) {
  std::vector<double> busy;
  for (const std::int64_t ns : tally.busy_by_thread_ns) {
    busy.push_back(
        tally.window_ns > 0 ? static_cast<double>(ns) / static_cast<double>(tally.window_ns) : 0);
  }
  return busy;
}

/// The mean time until a reply is read, by component. Kernel stamps only: without them the last two
/// components are not known separately.
ordered_json mean_parts(const Tally& tally, const LoadOptions& options) {
  if (!options.kernel_timestamps || tally.response.count() == 0) return nullptr;
  const Histogram& service = options.timed() ? tally.service : tally.response;
  return {{"send_delay", tally.response.mean() - service.mean()},
          {"kernel_and_server", service.mean()},
          {"receive_delay", tally.receive_delay.mean()}};
}

/// The CPU utilisation of the generator during bursts; nullopt without a burst.
std::optional<double> burst_utilisation(const BurstTimes& times) {
  if (times.length_ns == 0) return std::nullopt;
  return static_cast<double>(times.generator_cpu_ns) / static_cast<double>(times.length_ns);
}

ordered_json burst(const Tally& tally, const LoadOptions& options) {
  if (options.arrival != Arrival::kBurst || !options.open_loop()) return nullptr;
  const BurstTimes& times = tally.bursts;
  return {{"size", options.active},
          {"first_reply_ns", time_block(times.first, times.incomplete)},
          {"last_reply_ns", time_block(times.last, times.incomplete)},
          {"generator_utilisation", or_null(burst_utilisation(times))},
          {"incomplete", times.incomplete}};
}

/// Why no send was compared with the kernel's stamp.
std::string no_stamps(const LoadOptions& options) {
  if (options.engine == EngineKind::kIoUring) return "the io_uring engine queues its sends";
  if (options.churn) return "with one connection per request, a request starts with connect()";
  return "no send of the window was sampled, or the kernel does not stamp sends";
}

ordered_json stamp_check(const Tally& tally, const LoadOptions& options) {
  const StampErrors& errors = tally.stamp_errors;
  const std::uint64_t sampled = errors.send.count();
  return {{"sampled", sampled},
          {"absent", sampled == 0 ? ordered_json(no_stamps(options)) : nullptr},
          {"send_error_ns", time_block(errors.send)},
          {"after_send", errors.after_send},
          {"arrivals", errors.arrivals},
          {"before_arrival", errors.before_arrival}};
}

/// The number of replies at 21 evenly spaced ranks of connections, in ascending order, relative to
/// an equal share. 0 is a connection without replies.
ordered_json reply_shares(std::vector<std::uint64_t> counts) {
  constexpr std::size_t kSteps = 20;
  std::sort(counts.begin(), counts.end());
  const double sum = std::accumulate(counts.begin(), counts.end(), 0.0);
  if (sum == 0) return nullptr;
  const double equal = sum / static_cast<double>(counts.size());
  ordered_json shares = ordered_json::array();
  for (std::size_t step = 0; step <= kSteps; ++step) {
    const std::size_t rank = (step * (counts.size() - 1) + kSteps / 2) / kSteps;
    shares.push_back(static_cast<double>(counts[rank]) / equal);
  }
  return shares;
}

ordered_json fairness(const Tally& tally, const LoadOptions& options) {
  double sum = 0;
  double squares = 0;
  for (const std::uint64_t count : tally.answered_by_connection) {
    const auto x = static_cast<double>(count);
    sum += x;
    squares += x * x;
  }
  // Jain, Chiu, Hawe 1984: 1 if all are served equally, 1/n if only one is served.
  const auto connections = static_cast<double>(tally.answered_by_connection.size());
  const std::int64_t slowest = tally.slowest_connection_p99_ns;
  return {
      {"jain", squares > 0 ? ordered_json(sum * sum / (connections * squares)) : nullptr},
      {"reply_shares", reply_shares(tally.answered_by_connection)},
      {"starved_connections", tally.starved_connections},
      {"stalled_connections", tally.stalled_connections},
      {"waited_for_others", options.hold_ns > 0 ? ordered_json(tally.waited_for_others) : nullptr},
      {"slowest_connection_p99_ns", slowest > 0 ? ordered_json(slowest) : nullptr}};
}

std::string percent(double share) { return std::to_string(static_cast<int>(share * 100)) + " %"; }

/// The reasons why the generator was too slow.
void add_generator_bound(ordered_json& reasons, const Tally& tally, const LoadOptions& options) {
  const std::vector<double> busy = utilisation_by_thread(tally);
  const double busiest = busy.empty() ? 0 : *std::max_element(busy.begin(), busy.end());
  if (busiest > kGeneratorBusy) {
    reasons.push_back("generator-bound: the generator used " + percent(busiest) +
                      (busy.size() > 1 ? " of a thread's CPU" : " of its CPU"));
  }
  if (const auto share = burst_utilisation(tally.bursts); share.value_or(0) > kGeneratorBusy) {
    reasons.push_back("generator-bound: the generator used " + percent(*share) +
                      " of its CPU from the start of a burst to its last reply");
  }
  // The requests of a burst are taken up one after the other, which is not a late generator.
  if (!options.timed() || options.arrival == Arrival::kBurst) return;
  if (generator_is_late(tally.take_up_delay, tally.not_taken_up, tally.response,
                        tally.ledger.wrong(), options.timeout_ns, kOnScheduleNs)) {
    reasons.push_back(
        "generator-bound: the p99 take-up delay is above a tenth of the p99 response time");
  }
}

/// Open loop: at the end more requests waited than the connections can have in flight.
void add_saturated(ordered_json& reasons, const Tally& tally, const LoadOptions& options) {
  if (!options.open_loop() || options.arrival == Arrival::kBurst) return;
  const auto intended = static_cast<double>(tally.ledger.intended);
  const auto answered = static_cast<double>(tally.answered_in_window);
  if (answered >= kAchievedShare * intended) return;
  if (intended - answered <= static_cast<double>(options.active) * options.pipeline) return;
  reasons.push_back("saturated: " + percent(answered / intended) +
                    " of the offered rate was achieved");
}

ordered_json verdict(const Tally& tally, const LoadOptions& options) {
  ordered_json reasons = options.warnings;
  const Ledger& ledger = tally.ledger;
  if (ledger.answered == 0) reasons.push_back("no request was answered");
  if (ledger.wrong() + ledger.refused + ledger.extra_replies > 0) {
    reasons.push_back("not every request has a correct reply; see the ledger");
  }
  if (tally.connections_verified < static_cast<std::uint64_t>(options.connections)) {
    reasons.push_back("only " + std::to_string(tally.connections_verified) + " of " +
                      std::to_string(options.connections) + " connections got a reply");
  }
  if (tally.connections_lost > 0) {
    reasons.push_back(std::to_string(tally.connections_lost) + " connections were lost");
  }
  if (tally.no_port > 0) {
    reasons.push_back(std::to_string(tally.no_port) +
                      " times no local port was free: spread the connections with --source");
  }
  add_generator_bound(reasons, tally, options);
  add_saturated(reasons, tally, options);
  const auto typical = tally.response.percentile(50, ledger.wrong());
  if (const auto problem = stamp_problem(tally.stamp_errors, typical)) reasons.push_back(*problem);
  return {{"fit", reasons.empty()}, {"reasons", reasons}};
}

}  // namespace

void Ledger::merge(const Ledger& other) {
  intended += other.intended;
  sent += other.sent;
  never_sent += other.never_sent;
  answered += other.answered;
  unanswered += other.unanswered;
  reset += other.reset;
  timed_out += other.timed_out;
  mismatched += other.mismatched;
  extra_replies += other.extra_replies;
  refused += other.refused;
}

void Tally::merge(const Tally& other) {
  response.merge(other.response);
  service.merge(other.service);
  send_delay.merge(other.send_delay);
  take_up_delay.merge(other.take_up_delay);
  receive_delay.merge(other.receive_delay);
  connect.merge(other.connect);
  first_reply.merge(other.first_reply);
  ledger.merge(other.ledger);
  connections_verified += other.connections_verified;
  connections_lost += other.connections_lost;
  no_port += other.no_port;
  answered_in_window += other.answered_in_window;
  answered_ever += other.answered_ever;
  on_schedule += other.on_schedule;
  not_taken_up += other.not_taken_up;
  window_ns = std::max(window_ns, other.window_ns);  // the workers' windows are simultaneous
  cpu_ns += other.cpu_ns;
  spin_ns += other.spin_ns;
  busy_by_thread_ns.insert(busy_by_thread_ns.end(), other.busy_by_thread_ns.begin(),
                           other.busy_by_thread_ns.end());
  spin_budget_ns = std::max(spin_budget_ns, other.spin_budget_ns);
  arrivals.merge(other.arrivals);
  think_ns += other.think_ns;
  bursts.merge(other.bursts);
  stamp_errors.merge(other.stamp_errors);
  answered_by_connection.insert(answered_by_connection.end(), other.answered_by_connection.begin(),
                                other.answered_by_connection.end());
  edge_ns += other.edge_ns;
  waited_for_others += other.waited_for_others;
  starved_connections += other.starved_connections;
  stalled_connections += other.stalled_connections;
  slowest_connection_p99_ns = std::max(slowest_connection_p99_ns, other.slowest_connection_p99_ns);
}

ordered_json to_json(const Ledger& ledger) {
  return {{"intended", ledger.intended},     {"sent", ledger.sent},
          {"never_sent", ledger.never_sent}, {"answered", ledger.answered},
          {"unanswered", ledger.unanswered}, {"refused", ledger.refused},
          {"reset", ledger.reset},           {"timed_out", ledger.timed_out},
          {"mismatched", ledger.mismatched}, {"extra_replies", ledger.extra_replies}};
}

ordered_json to_json(const Tally& tally, const LoadOptions& options) {
  const double seconds = static_cast<double>(tally.window_ns) * 1e-9;
  const double rps = seconds > 0 ? static_cast<double>(tally.answered_in_window) / seconds : 0;
  const auto busy_ns = static_cast<double>(tally.cpu_ns - tally.spin_ns);
  const auto utilisation_of = [&](double ns) {
    return seconds > 0 ? ns / (seconds * 1e9 * options.threads) : 0;
  };
  const double utilisation = utilisation_of(busy_ns);
  const double in_flight = static_cast<double>(options.active) * options.pipeline;
  const bool open = options.open_loop();
  const bool timed = options.timed();
  const Ledger& ledger = tally.ledger;
  const std::uint64_t beyond = ledger.wrong();
  const auto per_window_request = [&](double total) {
    return tally.answered_in_window > 0
               ? ordered_json(total / static_cast<double>(tally.answered_in_window))
               : nullptr;
  };
  ordered_json generator = {
      {"cpu_ns_per_request", per_window_request(busy_ns)},
      {"cpu_utilisation", utilisation},
      {"cpu_utilisation_by_thread", utilisation_by_thread(tally)},
      {"spin_utilisation", utilisation_of(static_cast<double>(tally.spin_ns))},
      {"spin_budget_ns", open ? ordered_json(tally.spin_budget_ns) : nullptr},
      {"arrival_dispersion",
       open && tally.arrivals.ratio() ? ordered_json(*tally.arrivals.ratio()) : nullptr},
      {"schedule_adherence", open && tally.ledger.intended > 0
                                 ? ordered_json(static_cast<double>(tally.on_schedule) /
                                                static_cast<double>(tally.ledger.intended))
                                 : nullptr},
      {"little_ratio", !open && tally.response.count() > 0
                           ? ordered_json(little_ratio(tally, in_flight))
                           : nullptr}};
  return {
      {"duration_s", seconds},
      {"offered_rps", open ? ordered_json(options.rate) : nullptr},
      {"achieved_rps", rps},
      {"response_time_ns", time_block(tally.response, beyond)},
      {"service_time_ns", time_block(timed ? tally.service : tally.response, ledger.lost())},
      {"send_delay_ns", timed ? time_block(tally.send_delay, ledger.never_sent) : nullptr},
      {"take_up_delay_ns", timed ? time_block(tally.take_up_delay, tally.not_taken_up) : nullptr},
      {"receive_delay_ns", time_block(tally.receive_delay)},
      {"connect_time_ns", time_block(tally.connect)},
      {"first_reply_time_ns", time_block(tally.first_reply)},
      {"mean_parts_ns", mean_parts(tally, options)},
      {"generator", generator},
      {"connections",
       {{"asked", options.connections},
        {"verified", tally.connections_verified},
        {"lost", tally.connections_lost},
        {"no_port", tally.no_port}}},
      {"ledger", to_json(ledger)},
      {"fairness", fairness(tally, options)},
      {"burst", burst(tally, options)},
      {"stamp_check", stamp_check(tally, options)},
      {"verdict", verdict(tally, options)}};
}

}  // namespace sockbench
