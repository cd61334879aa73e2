#pragma once

#include "bench/document/fields.h"
#include "bench/document/cell.h"

/// The fields of a cell, in the order of run.json. For those who visit them: run.cpp, figure.cpp.
namespace sockbench {

template <typename Visit>
void fields(Visit& visit, Is<Statistic> auto& statistic) {
  visit("median", statistic.median);
  visit("ci95", statistic.ci95);
  visit("per_restart", statistic.per_restart);
}

template <typename Visit>
void fields(Visit& visit, Is<Times::PerRestart> auto& lists) {
  visit("mean", lists.mean);
  visit("p50", lists.p50);
  visit("p90", lists.p90);
  visit("p99", lists.p99);
}

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

template <typename Visit>
void fields(Visit& visit, Is<UserAndKernel> auto& bytes) {
  visit("user", bytes.user);
  visit("kernel", bytes.kernel);
}

template <typename Visit>
void fields(Visit& visit, Is<MemoryAtConnections> auto& point) {
  visit("connections", point.connections);
  visit("user_bytes", point.user_bytes);
  visit("kernel_bytes", point.kernel_bytes);
}

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

template <typename Visit>
void fields(Visit& visit, Is<PredictedCalls> auto& calls) {
  visit("total", calls.total);
  visit("by_name", calls.by_name);
}

template <typename Visit>
void fields(Visit& visit, Is<CountedRestarts> auto& counted) {
  visit("restarts", counted.restarts);
  visit("slices", counted.slices);
  visit("requests", counted.requests);
  visit("source", counted.source);
  visit("traced_slices", counted.traced_slices);
  visit("traced_requests", counted.traced_requests);
  visit("task_clock_ns_per_request", counted.task_clock_ns_per_request);
  visit("scaled", counted.scaled);
}

template <typename Visit>
void fields(Visit& visit, Is<ServerFigures> auto& server) {
  visit("cpu_ns_per_request", server.cpu_ns_per_request);
  visit("user_ns_per_request", server.user_ns_per_request);
  visit("system_ns_per_request", server.system_ns_per_request);
  visit("cpu_utilisation", server.cpu_utilisation);
  visit("threads_peak", server.threads_peak);
  visit("memory_bytes_peak", server.memory_bytes_peak);
  visit("memory_bytes_per_connection", server.memory_bytes_per_connection);
  visit("memory_fixed_bytes", server.memory_fixed_bytes);
  visit("memory_points", server.memory_points);
  visit("memory_growth_bytes_per_s", server.memory_growth_bytes_per_s);
  visit("wakeups_per_s", server.wakeups_per_s);
  visit("context_switches_per_request", server.context_switches_per_request);
  visit("syscalls_per_request", server.syscalls_per_request);
  visit("page_faults_per_request", server.page_faults_per_request);
  visit("cpu_migrations_per_request", server.cpu_migrations_per_request);
  visit("cycles_per_request", server.cycles_per_request);
  visit("instructions_per_request", server.instructions_per_request);
  visit("counted", server.counted);
  visit("syscalls_per_request_predicted", server.syscalls_per_request_predicted);
}

template <typename Visit>
void fields(Visit& visit, Is<GeneratorFigures> auto& generator) {
  visit("cpu_ns_per_request", generator.cpu_ns_per_request);
  visit("cpu_utilisation", generator.cpu_utilisation);
  visit("burst_utilisation", generator.burst_utilisation);
  visit("schedule_adherence", generator.schedule_adherence);
  visit("little_ratio", generator.little_ratio);
}

template <typename Visit>
void fields(Visit& visit, Is<StampCheck> auto& stamps) {
  visit("sampled", stamps.sampled);
  visit("send_error_ns", stamps.send_error_ns);
  visit("after_send", stamps.after_send);
  visit("arrivals", stamps.arrivals);
  visit("before_arrival", stamps.before_arrival);
}

template <typename Visit>
void fields(Visit& visit, Is<Ledger> auto& ledger) {
  visit("intended", ledger.intended);
  visit("sent", ledger.sent);
  visit("never_sent", ledger.never_sent);
  visit("answered", ledger.answered);
  visit("unanswered", ledger.unanswered);
  visit("refused", ledger.refused);
  visit("reset", ledger.reset);
  visit("timed_out", ledger.timed_out);
  visit("mismatched", ledger.mismatched);
  visit("extra_replies", ledger.extra_replies);
}

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

template <typename Visit>
void fields(Visit& visit, Is<Fairness> auto& fairness) {
  visit("jain", fairness.jain);
  visit("starved_connections", fairness.starved_connections);
  visit("stalled_connections", fairness.stalled_connections);
  visit("reply_shares", fairness.reply_shares);
  visit("waited_for_others", fairness.waited_for_others);
  visit("slowest_connection_p99_ns", fairness.slowest_connection_p99_ns);
}

template <typename Visit>
void fields(Visit& visit, Is<ConnectionCounts> auto& connections) {
  visit("verified", connections.verified);
  visit("no_port", connections.no_port);
  visit("listen_drops", connections.listen_drops);
  visit("server_nagle_on", connections.server_nagle_on);
  visit("generator_nagle_on", connections.generator_nagle_on);
}

template <typename Visit>
void fields(Visit& visit, Is<SlowPeerCounts> auto& peers) {
  visit("connected", peers.connected);
  visit("refused", peers.refused);
  visit("lost", peers.lost);
  visit("wrong", peers.wrong);
}

template <typename Visit>
void fields(Visit& visit, Is<SliceCounts> auto& slices) {
  visit("count", slices.count);
  visit("with_steal", slices.with_steal);
  visit("steal_ns", slices.steal_ns);
  visit("foreign_ns", slices.foreign_ns);
  visit("repeated", slices.repeated);
  visit("disturbed", slices.disturbed);
  visit("max_settle_ns", slices.max_settle_ns);
}

template <typename Visit>
void fields(Visit& visit, Is<Eligibility> auto& answer) {
  visit("eligible", answer.eligible);
  visit.unless_empty("reason", answer.reason);
}

template <typename Visit>
void fields(Visit& visit, Is<CellValidity> auto& validity) {
  visit("status", validity.status);
  visit("reasons", validity.reasons);
}

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
