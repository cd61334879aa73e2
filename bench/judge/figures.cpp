#include "bench/judge/figures.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "bench/judge/memory_line.h"
#include "bench/judge/statistics.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

void push_number(std::vector<double>& values, const ordered_json& number) {
  if (number.is_number()) values.push_back(number.get<double>());
}

// Two slices on each side: one alone would be luck.
constexpr std::size_t kSlicesToJudgeDrift = 6;
constexpr std::size_t kSlicesToJudgeGrowth = 3;

double cpu_per_request(std::span<const Slice> slices) {
  double cpu = 0;
  double answered = 0;
  for (const Slice& slice : slices) {
    cpu += static_cast<double>(slice.cpu_ns);
    answered += static_cast<double>(slice.answered);
  }
  return cpu / answered;
}

void add_drift(CellFigures& figures, std::span<const Slice> slices) {
  if (slices.size() < kSlicesToJudgeDrift) return;
  const std::size_t third = slices.size() / 3;
  const double drift =
      log_ratio(cpu_per_request(slices.first(third)), cpu_per_request(slices.last(third)));
  if (std::isfinite(drift)) figures.cpu_drift_log.push_back(drift);
}

void add_disturbance(CellFigures& figures, const std::vector<Slice>& slices) {
  figures.slices += slices.size();
  for (const Slice& slice : slices) {
    figures.slices_with_steal += slice.disturbance.steal_ns > 0 ? 1 : 0;
    figures.steal_ns += slice.disturbance.steal_ns;
    figures.foreign_ns += slice.disturbance.foreign_ns;
    figures.repeated_slices += slice.repeats > 0 ? 1 : 0;
    figures.disturbed_slices += slice.disturbed ? 1 : 0;
    figures.settle_ns = std::max(figures.settle_ns, slice.settle_ns);
  }
}

void add_slices(CellFigures& figures, const std::vector<Slice>& slices) {
  double cpu = 0;
  double wall = 0;
  double answered = 0;
  for (const Slice& slice : slices) {
    cpu += static_cast<double>(slice.cpu_ns);
    wall += static_cast<double>(slice.wall_ns);
    answered += static_cast<double>(slice.answered);
  }
  if (wall == 0) return;
  figures.cpu_utilisation.push_back(cpu / wall);
  if (answered == 0) return;
  figures.achieved_rps.push_back(answered / wall * 1e9);
  figures.cpu_ns_per_request.push_back(cpu / answered);
}

/// What nobody could tell in any restart stays absent.
void add_count(std::optional<std::uint64_t>& sum, const ordered_json& block, const char* key) {
  const auto found = block.find(key);
  if (found != block.end() && !found->is_null())
    sum = sum.value_or(0) + found->get<std::uint64_t>();
}

void add_slow_peers(CellFigures& figures, const ordered_json& report) {
  const auto found = report.find("slow_peers");
  if (found == report.end() || found->is_null()) return;
  if (!figures.slow_peers) figures.slow_peers.emplace();
  for (const ordered_json& side : {found->at("readers"), found->at("writers")}) {
    figures.slow_peers->connected += side.at("connected").get<std::uint64_t>();
    figures.slow_peers->refused += side.at("refused").get<std::uint64_t>();
    figures.slow_peers->lost += side.at("lost").get<std::uint64_t>();
    figures.slow_peers->wrong += side.at("wrong").get<std::uint64_t>();
  }
}

/// The mean of a restart's bursts, from their instant to the last reply; nullopt when none was
/// answered completely.
std::optional<double> burst_ns(const ordered_json& report) {
  const auto burst = report.find("burst");
  if (burst == report.end() || burst->is_null()) return std::nullopt;
  const ordered_json& last = burst->at("last_reply_ns");
  return last.is_object() ? std::optional(last.at("mean").get<double>()) : std::nullopt;
}

void add_times_of_restart(std::map<std::string, ordered_json>& figures, const ordered_json& block) {
  for (const char* name : {"mean", "p50", "p90", "p99"}) {
    const ordered_json& figure = block.at(name);
    figures[name].push_back(figure.is_null() ? figure
                                             : ordered_json(std::llround(figure.get<double>())));
  }
}

void add_stamps(CellFigures& figures, const ordered_json& report) {
  const auto found = report.find("stamp_check");
  if (found == report.end() || found->is_null()) return;
  if (found->at("absent").is_string()) figures.no_stamps = found->at("absent");
  const ordered_json& send = found->at("send_error_ns");
  figures.stamp_errors.merge({.send = histogram_of_block(send),
                              .after_send = found->at("after_send").get<std::uint64_t>(),
                              .arrivals = found->at("arrivals").get<std::uint64_t>(),
                              .before_arrival = found->at("before_arrival").get<std::uint64_t>()});
  if (!send.is_null()) add_times_of_restart(figures.times_per_restart["stamp_check"], send);
}

/// How often a thread of an idle server went back to sleep, so had been woken before. A slice that
/// lost count of a thread says nothing, and then neither does its restart.
void add_wakeups(CellFigures& figures, const std::vector<Slice>& slices) {
  double seconds = 0;
  double wakeups = 0;
  for (const Slice& slice : slices) {
    if (!slice.idle_switches) return;
    seconds += static_cast<double>(slice.wall_ns) * 1e-9;
    wakeups += static_cast<double>(slice.idle_switches->voluntary);
  }
  if (seconds > 0) figures.wakeups_per_s.push_back(wakeups / seconds);
}

/// How fast the server's memory grew while it was under load.
void add_memory_growth(CellFigures& figures, const std::vector<Slice>& slices) {
  std::vector<double> seconds;
  std::vector<double> bytes;
  double under_load = 0;
  for (const Slice& slice : slices) {
    under_load += static_cast<double>(slice.wall_ns) * 1e-9;
    if (!slice.memory_bytes) continue;
    seconds.push_back(under_load);
    bytes.push_back(static_cast<double>(*slice.memory_bytes));
  }
  if (bytes.size() < kSlicesToJudgeGrowth) return;
  const double growth = slope(seconds, bytes);
  if (std::isfinite(growth)) figures.memory_growth.push_back(growth);
}

void add_report(CellFigures& figures, const ordered_json& report, bool loaded) {
  const ordered_json& generator = report.at("generator");
  push_number(figures.generator_cpu_ns_per_request, generator.at("cpu_ns_per_request"));
  push_number(figures.generator_utilisation, generator.at("cpu_utilisation"));
  push_number(figures.little_ratio, generator.at("little_ratio"));
  push_number(figures.schedule_adherence, generator.at("schedule_adherence"));
  const ordered_json& fairness = report.at("fairness");
  push_number(figures.jain, fairness.at("jain"));
  if (const auto shares = fairness.find("reply_shares");
      shares != fairness.end() && shares->is_array()) {
    figures.reply_shares.push_back(shares->get<std::vector<double>>());
  }
  push_number(figures.slowest_connection_p99, fairness.at("slowest_connection_p99_ns"));
  const ordered_json& connections = report.at("connections");
  const int verified = connections.at("verified").get<int>();
  const int unverified = connections.at("asked").get<int>() - verified;
  const auto answered = static_cast<std::uint64_t>(verified);
  figures.verified = std::min(figures.verified.value_or(answered), answered);
  // Without traffic nobody is answered, and the one reply that opened each connection decides.
  figures.no_port += connections.value("no_port", std::uint64_t{0});
  add_count(figures.listen_drops, connections, "listen_drops");
  add_count(figures.server_nagle_on, connections, "server_nagle_on");
  add_count(figures.generator_nagle_on, connections, "generator_nagle_on");
  const int starved = loaded ? fairness.at("starved_connections").get<int>() : 0;
  figures.starved_connections = std::max({figures.starved_connections, starved, unverified});
  if (loaded) {
    const int stalled = fairness.at("stalled_connections").get<int>();
    figures.stalled_connections = std::max(figures.stalled_connections.value_or(0), stalled);
  }
  for (const auto& [kind, count] : report.at("ledger").items()) {
    figures.ledger[kind] += count.get<std::uint64_t>();
  }
  add_count(figures.waited_for_others, fairness, "waited_for_others");
  add_slow_peers(figures, report);
  if (const auto burst = burst_ns(report)) {
    figures.burst_ns.push_back(*burst);
    push_number(figures.burst_generator_utilisation,
                report.at("burst").value("generator_utilisation", ordered_json()));
  }
  add_stamps(figures, report);
  for (const char* key :
       {"response_time_ns", "service_time_ns", "send_delay_ns", "take_up_delay_ns",
        "receive_delay_ns", "connect_time_ns", "first_reply_time_ns"}) {
    if (!report.contains(key) || report.at(key).is_null()) continue;
    figures.times[key].merge(histogram_of_block(report.at(key)));
    add_times_of_restart(figures.times_per_restart[key], report.at(key));
  }
}

void add_memory(CellFigures& figures, const std::vector<MemoryPoint>& points) {
  if (const auto user = fit_memory(points, &MemoryPoint::user_bytes).line) {
    figures.user_memory_per_connection = user->bytes_per_connection;
    figures.user_memory_fixed = user->fixed_bytes;
  }
  if (const auto kernel = fit_memory(points, &MemoryPoint::kernel_bytes).line) {
    figures.kernel_memory_per_connection = kernel->bytes_per_connection;
    figures.kernel_memory_fixed = kernel->fixed_bytes;
  }
}

}  // namespace

CellFigures evidence_of(const CellFigures& failed) {
  CellFigures evidence;
  evidence.ledger = failed.ledger;
  evidence.starved_connections = failed.starved_connections;
  evidence.stalled_connections = failed.stalled_connections;
  evidence.listen_drops = failed.listen_drops;
  evidence.server_nagle_on = failed.server_nagle_on;
  evidence.generator_nagle_on = failed.generator_nagle_on;
  evidence.verified = failed.verified;
  evidence.no_port = failed.no_port;
  evidence.slow_peers = failed.slow_peers;
  evidence.slices = failed.slices;
  evidence.slices_with_steal = failed.slices_with_steal;
  evidence.steal_ns = failed.steal_ns;
  evidence.foreign_ns = failed.foreign_ns;
  evidence.repeated_slices = failed.repeated_slices;
  evidence.disturbed_slices = failed.disturbed_slices;
  return evidence;
}

CellFigures figures_of(const CellResult& cell, const Workload& workload) {
  CellFigures figures;
  for (const RestartResult& restart : cell.restarts) {
    add_slices(figures, restart.slices);
    add_drift(figures, restart.slices);
    add_disturbance(figures, restart.slices);
    add_memory_growth(figures, restart.slices);
    add_wakeups(figures, restart.slices);
    if (restart.report.is_object()) {
      add_report(figures, restart.report, workload.mode != Mode::kIdle);
    }
    if (restart.user_share) figures.user_share.push_back(*restart.user_share);
    figures.memory_peak = std::max(figures.memory_peak, restart.memory_peak.value_or(0));
    figures.threads_peak = std::max(figures.threads_peak, restart.threads);
  }
  add_memory(figures, cell.memory.points);
  double window_ns = 0;
  for (const RestartResult& restart : cell.restarts) {
    for (const Slice& slice : restart.slices) window_ns += static_cast<double>(slice.window_ns);
  }
  if (window_ns > 0) {
    figures.intended_rps = static_cast<double>(figures.ledger["intended"]) / window_ns * 1e9;
  }
  for (const char* kind : {"unanswered", "never_sent", "reset", "timed_out", "mismatched"}) {
    figures.wrong += figures.ledger[kind];
  }
  return figures;
}

std::map<int, double> values_of(const RestartResult& restart, const std::string& metric) {
  std::map<int, double> values;
  if (metric == "burst_ns") {
    const auto burst = restart.report.is_object() ? burst_ns(restart.report) : std::nullopt;
    if (burst) values[0] = *burst;
    return values;
  }
  if (const std::size_t end = metric.find("_time_ns."); end != std::string::npos) {
    const std::size_t dot = metric.find('.', end);
    const auto found = restart.report.find(metric.substr(0, dot));
    if (!restart.report.is_object() || found == restart.report.end()) return values;
    const std::string key = metric.substr(dot + 1);
    if (found->is_object() && found->at(key).is_number()) values[0] = found->at(key).get<double>();
    return values;
  }
  for (const Slice& slice : restart.slices) {
    const auto cpu = static_cast<double>(slice.cpu_ns);
    if (metric == "server.cpu_ns_per_request" && slice.answered > 0) {
      values[slice.round] = cpu / static_cast<double>(slice.answered);
    } else if (metric == "achieved_rps" && slice.answered > 0) {
      values[slice.round] =
          static_cast<double>(slice.answered) / static_cast<double>(slice.wall_ns) * 1e9;
    } else if (metric == "server.cpu_utilisation" && slice.wall_ns > 0) {
      values[slice.round] = cpu / static_cast<double>(slice.wall_ns);
    }
  }
  return values;
}

}  // namespace sockbench
