#include "bench/judge/figures.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "bench/document/figure.h"
#include "bench/document/generator_report.h"
#include "bench/judge/memory_line.h"
#include "bench/judge/statistics.h"

namespace sockbench {
namespace {

void push_number(std::vector<double>& values, double number) {
  if (!std::isnan(number)) values.push_back(number);
}

/// "response_time_ns.p99", "service_time_ns.p50", "take_up_delay_ns.p90" …; NaN for any other.
double percentile_of(const SliceLatency& times, const std::string& metric) {
  struct Block {
    const char* key;
    SlicePercentiles SliceLatency::*percentiles;
  };
  struct Key {
    const char* key;
    double SlicePercentiles::*value;
  };
  constexpr Block kBlocks[] = {{"response_time_ns.", &SliceLatency::response},
                               {"service_time_ns.", &SliceLatency::service},
                               {"take_up_delay_ns.", &SliceLatency::take_up_delay}};
  constexpr Key kKeys[] = {{"p50", &SlicePercentiles::p50},
                           {"p90", &SlicePercentiles::p90},
                           {"p99", &SlicePercentiles::p99},
                           {"p99_9", &SlicePercentiles::p99_9}};
  for (const Block& block : kBlocks) {
    if (!metric.starts_with(block.key)) continue;
    for (const Key& key : kKeys) {
      if (metric.ends_with(key.key)) return (times.*block.percentiles).*key.value;
    }
  }
  return kNaN;
}

/// Each restart's median over its windows.
void add_windows(CellFigures& figures, const RestartResult& restart) {
  for (const char* block : {"response_time_ns.", "service_time_ns.", "take_up_delay_ns."}) {
    for (const char* percentile : {"p50", "p90", "p99", "p99_9"}) {
      const std::string metric = std::string(block) + percentile;
      std::vector<double> values;
      for (const Slice& slice : restart.slices) {
        values.push_back(percentile_of(slice.latency, metric));
      }
      const double middle = median(values);
      if (!std::isnan(middle)) figures.windows[metric].push_back(middle);
    }
  }
}

Histogram histogram_of(const Times& times) {
  Histogram histogram = Histogram::decode(times.hdr);
  histogram.restore_exact(times.min, times.max, times.mean);
  return histogram;
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

/// A count that no restart has stays absent.
void add_count(std::optional<std::uint64_t>& sum, const std::optional<std::uint64_t>& count) {
  if (count) sum = sum.value_or(0) + *count;
}

void add_slow_peers(CellFigures& figures, const GeneratorReport& report) {
  if (!report.slow_peers) return;
  if (!figures.slow_peers) figures.slow_peers.emplace();
  for (const SlowPeerCounts* side : {&report.slow_peers->readers, &report.slow_peers->writers}) {
    figures.slow_peers->connected += side->connected;
    figures.slow_peers->refused += side->refused;
    figures.slow_peers->lost += side->lost;
    figures.slow_peers->wrong += side->wrong;
  }
}

/// The mean of a restart's bursts, from their instant to the last reply; nullopt when none was
/// answered completely.
std::optional<double> burst_ns(const GeneratorReport& report) {
  if (!report.burst || !report.burst->last_reply_ns) return std::nullopt;
  return report.burst->last_reply_ns->mean;
}

void add_times_of_restart(Times::PerRestart& lists, const Times& times) {
  lists.mean.emplace_back(std::llround(times.mean));
  lists.p50.push_back(times.p50);
  lists.p90.push_back(times.p90);
  lists.p99.push_back(times.p99);
}

void add_stamps(CellFigures& figures, const GeneratorReport& report) {
  if (!report.stamp_check) return;
  const GeneratorReport::Stamps& stamps = *report.stamp_check;
  if (stamps.absent) figures.no_stamps = *stamps.absent;
  figures.stamp_errors.merge(
      {.send = stamps.send_error_ns ? histogram_of(*stamps.send_error_ns) : Histogram(),
       .after_send = stamps.after_send,
       .arrivals = stamps.arrivals,
       .before_arrival = stamps.before_arrival});
  if (stamps.send_error_ns) {
    add_times_of_restart(figures.times_per_restart["stamp_check"], *stamps.send_error_ns);
  }
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

void add_connections(CellFigures& figures, const GeneratorReport& report, bool loaded) {
  const GeneratorReport::Connections& connections = report.connections;
  // Without traffic no request is answered, and the one reply that opened each connection decides.
  const int unverified = connections.asked - connections.verified;
  const auto answered = static_cast<std::uint64_t>(connections.verified);
  figures.verified = std::min(figures.verified.value_or(answered), answered);
  figures.no_port += connections.no_port;
  add_count(figures.listen_drops, connections.listen_drops);
  add_count(figures.server_nagle_on, connections.server_nagle_on);
  add_count(figures.generator_nagle_on, connections.generator_nagle_on);
  const int starved = loaded ? report.fairness.starved_connections : 0;
  figures.starved_connections = std::max({figures.starved_connections, starved, unverified});
  if (loaded) {
    figures.stalled_connections =
        std::max(figures.stalled_connections.value_or(0), report.fairness.stalled_connections);
  }
}

void add_report(CellFigures& figures, const GeneratorReport& report, bool loaded) {
  push_number(figures.generator_cpu_ns_per_request, report.generator.cpu_ns_per_request);
  push_number(figures.generator_utilisation, report.generator.cpu_utilisation);
  push_number(figures.little_ratio, report.generator.little_ratio);
  push_number(figures.schedule_adherence, report.generator.schedule_adherence);
  push_number(figures.jain, report.fairness.jain);
  if (report.fairness.reply_shares) figures.reply_shares.push_back(*report.fairness.reply_shares);
  push_number(figures.slowest_connection_p99, report.fairness.slowest_connection_p99_ns);
  add_connections(figures, report, loaded);
  for (const auto& [kind, count] : report.ledger) figures.ledger[kind] += count;
  add_count(figures.waited_for_others, report.fairness.waited_for_others);
  add_slow_peers(figures, report);
  if (const auto burst = burst_ns(report)) {
    figures.burst_ns.push_back(*burst);
    push_number(figures.burst_generator_utilisation, report.burst->generator_utilisation);
  }
  add_stamps(figures, report);
  for (const auto& [key, times] : report.times) {
    figures.times[key].merge(histogram_of(times));
    add_times_of_restart(figures.times_per_restart[key], times);
  }
}

/// A percentile of each window of the restart, by round, where windows have it.
std::map<int, double> window_values(const RestartResult& restart, const std::string& metric) {
  std::map<int, double> values;
  for (const Slice& slice : restart.slices) {
    const double value = percentile_of(slice.latency, metric);
    if (!std::isnan(value)) values[slice.round] = value;
  }
  return values;
}

/// The figure at "response_time_ns.p99" and the like.
std::optional<double> time_of(const GeneratorReport& report, const std::string& metric) {
  const std::size_t dot = metric.rfind('.');
  const auto found = report.times.find(metric.substr(0, dot));
  if (found == report.times.end()) return std::nullopt;
  const double value = figure(found->second, metric.substr(dot + 1));
  return std::isnan(value) ? std::nullopt : std::optional(value);
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
    add_windows(figures, restart);
    if (restart.report.is_object()) {
      add_report(figures, parse_generator_report(restart.report), workload.mode != Mode::kIdle);
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
  const auto once = [&](const std::optional<double>& value) {
    if (value) values[0] = *value;
    return values;
  };
  if (metric == "burst_ns") {
    return once(restart.report.is_object() ? burst_ns(parse_generator_report(restart.report))
                                           : std::nullopt);
  }
  if (metric.find("_time_ns.") != std::string::npos) {
    values = window_values(restart, metric);
    if (!values.empty()) return values;
    return once(restart.report.is_object() ? time_of(parse_generator_report(restart.report), metric)
                                           : std::nullopt);
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
