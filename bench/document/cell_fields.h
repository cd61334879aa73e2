#pragma once

#include "bench/document/cell.h"
#include "bench/document/fields.h"

/// The fields of a cell, in the order of run.json. For those who visit them: run.cpp, figure.cpp.
namespace sockbench {

SOCKBENCH_FIELDS(Statistic, median, ci95, per_restart)
SOCKBENCH_FIELDS(Times::PerRestart, mean, p50, p90, p99)

template <typename Visit>
void fields(Visit& visit, Is<Times> auto& times) {
  visit("count", times.count);
  visit("mean", times.mean);
  visit("min", times.min);
  visit("max", times.max);
  visit("p50", times.p50);
  visit("p90", times.p90);
  visit("p99", times.p99);
  visit("p99_9", times.p99_9);
  visit("hdr", times.hdr);
  visit.if_any("per_restart", times.per_restart);
}

SOCKBENCH_FIELDS(WindowPercentiles, p50, p90, p99, p99_9)
SOCKBENCH_FIELDS(Windows, response_time_ns, service_time_ns, take_up_delay_ns)
SOCKBENCH_FIELDS(UserAndKernel, user, kernel)
SOCKBENCH_FIELDS(MemoryAtConnections, connections, user_bytes, kernel_bytes)

template <typename Visit>
void fields(Visit& visit, Is<SwitchesPerRequest> auto& switches) {
  visit("total", switches.total);
  visit.rounded("total_ci95", switches.total_ci95);
  visit("voluntary", switches.voluntary);
  visit("involuntary", switches.involuntary);
}

template <typename Visit>
void fields(Visit& visit, Is<CallsPerRequest> auto& calls) {
  visit("total", calls.total);
  visit.rounded("total_ci95", calls.total_ci95);
  visit("by_name", calls.by_name);
  visit.rounded("by_name_ci95", calls.by_name_ci95);
  visit.rounded("per_slice", calls.per_slice);
}

SOCKBENCH_FIELDS(PredictedCalls, total, by_name)
SOCKBENCH_FIELDS(CountedRestarts, restarts, slices, requests, source, traced_slices,
                 traced_requests, task_clock_ns_per_request, scaled)
SOCKBENCH_FIELDS(ServerFigures, cpu_ns_per_request, user_ns_per_request, system_ns_per_request,
                 cpu_utilisation, threads_peak, memory_bytes_peak, memory_bytes_per_connection,
                 memory_fixed_bytes, memory_points, memory_growth_bytes_per_s, wakeups_per_s,
                 context_switches_per_request, syscalls_per_request, page_faults_per_request,
                 cpu_migrations_per_request, cycles_per_request, instructions_per_request, counted,
                 syscalls_per_request_predicted)
SOCKBENCH_FIELDS(GeneratorFigures, cpu_ns_per_request, cpu_utilisation, burst_utilisation,
                 schedule_adherence, little_ratio)
SOCKBENCH_FIELDS(StampCheck, sampled, send_error_ns, after_send, arrivals, before_arrival)
SOCKBENCH_FIELDS(Ledger, intended, sent, never_sent, answered, unanswered, refused, reset,
                 timed_out, mismatched, extra_replies)

template <typename Visit>
void fields(Visit& visit, Is<ReplyShares::Limits> auto& limits) {
  visit.rounded("low", limits.low);
  visit.rounded("high", limits.high);
}

template <typename Visit>
void fields(Visit& visit, Is<ReplyShares> auto& shares) {
  visit.rounded("median", shares.median);
  visit("ci95", shares.ci95);
}

SOCKBENCH_FIELDS(Fairness, jain, starved_connections, stalled_connections, reply_shares,
                 waited_for_others, slowest_connection_p99_ns)
SOCKBENCH_FIELDS(ConnectionCounts, verified, no_port, listen_drops, server_nagle_on,
                 generator_nagle_on)
SOCKBENCH_FIELDS(SlowPeerCounts, connected, refused, lost, wrong)
SOCKBENCH_FIELDS(SliceCounts, count, with_steal, steal_ns, foreign_ns, repeated, disturbed,
                 max_settle_ns)

template <typename Visit>
void fields(Visit& visit, Is<Eligibility> auto& answer) {
  visit("eligible", answer.eligible);
  visit.unless_empty("reason", answer.reason);
}

SOCKBENCH_FIELDS(CellValidity, status, reasons)

template <typename Visit>
void fields(Visit& visit, Is<Cell> auto& cell) {
  visit("contestant", cell.contestant);
  visit("workload", cell.workload);
  visit("restarts", cell.restarts);
  visit("limiter", cell.limiter);
  visit("validity", cell.validity);
  visit("eligibility", cell.eligibility);
  visit("achieved_rps", cell.achieved_rps);
  for (const KindOfTimes& kind : kKindsOfTimes) visit(kind.key, cell.*kind.times);
  visit.if_any("windows", cell.windows);
  visit("burst_ns", cell.burst_ns);
  visit("server", cell.server);
  visit("generator", cell.generator);
  visit("stamp_check", cell.stamp_check);
  visit("ledger", cell.ledger);
  visit("fairness", cell.fairness);
  visit("connections", cell.connections);
  visit("slow_peers", cell.slow_peers);
  visit("slices", cell.slices);
  visit("absent", cell.absent);
}

}  // namespace sockbench
