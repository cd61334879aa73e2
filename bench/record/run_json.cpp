#include "bench/record/run_json.h"

#include <algorithm>
#include <cmath>

#include "bench/judge/eligibility.h"
#include "bench/record/absent.h"
#include "bench/record/control.h"
#include "bench/record/counted.h"
#include "bench/record/format.h"
#include "bench/record/knees.h"
#include "bench/record/slices.h"
#include "bench/record/version.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/or_null.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

/// {median, ci95, per_restart}, or null without values.
ordered_json statistic(const std::vector<double>& values) {
  if (values.empty()) return nullptr;
  const Summary summary = summarize(values);
  const auto& interval = summary.ci95;
  return {{"median", summary.median},
          {"ci95", interval ? ordered_json({interval->lo, interval->hi}) : nullptr},
          {"per_restart", summary.per_restart}};
}

ordered_json median_or_null(const std::vector<double>& values) {
  return values.empty() ? ordered_json(nullptr) : ordered_json(median(values));
}

ordered_json rounded_or_null(const std::optional<double>& value) {
  return value ? ordered_json(std::llround(*value)) : nullptr;
}

/// What was measured, a point for each number of connections; null without one.
ordered_json memory_points(const JudgedCell& cell) {
  const std::vector<MemoryPoint>& points = cell.result->memory.points;
  if (points.empty() || cell.judgement.validity == Validity::kFailed) return nullptr;
  ordered_json list = ordered_json::array();
  for (const MemoryPoint& point : points) {
    list.push_back({{"connections", point.connections},
                    {"user_bytes", or_null(point.user_bytes)},
                    {"kernel_bytes", or_null(point.kernel_bytes)}});
  }
  return list;
}

ordered_json server_block(const JudgedCell& cell) {
  const CellFigures& figures = cell.figures;
  ordered_json user = nullptr;
  ordered_json system = nullptr;
  if (!figures.user_share.empty() && !figures.cpu_ns_per_request.empty()) {
    const double cpu = median(figures.cpu_ns_per_request);
    const double share = median(figures.user_share);
    user = cpu * share;
    system = cpu * (1 - share);
  }
  const CountedFigures counted = counted_of(cell);
  ordered_json server = {
      {"cpu_ns_per_request", statistic(figures.cpu_ns_per_request)},
      {"user_ns_per_request", user},
      {"system_ns_per_request", system},
      {"cpu_utilisation", statistic(figures.cpu_utilisation)},
      {"threads_peak", figures.threads_peak > 0 ? ordered_json(figures.threads_peak) : nullptr},
      {"memory_bytes_peak", figures.memory_peak > 0 ? ordered_json(figures.memory_peak) : nullptr},
      {"memory_bytes_per_connection",
       {{"user", rounded_or_null(figures.user_memory_per_connection)},
        {"kernel", rounded_or_null(figures.kernel_memory_per_connection)}}},
      {"memory_fixed_bytes",
       {{"user", rounded_or_null(figures.user_memory_fixed)},
        {"kernel", rounded_or_null(figures.kernel_memory_fixed)}}},
      {"memory_points", memory_points(cell)},
      {"memory_growth_bytes_per_s", statistic(figures.memory_growth)},
      {"wakeups_per_s", statistic(figures.wakeups_per_s)}};
  for (const auto& [name, figure] : counted.figures.items()) server[name] = figure;
  return server;
}

ordered_json generator_block(const CellFigures& figures) {
  return {{"cpu_ns_per_request", median_or_null(figures.generator_cpu_ns_per_request)},
          {"cpu_utilisation", median_or_null(figures.generator_utilisation)},
          {"burst_utilisation", median_or_null(figures.burst_generator_utilisation)},
          {"schedule_adherence", median_or_null(figures.schedule_adherence)},
          {"little_ratio", median_or_null(figures.little_ratio)}};
}

/// Rank by rank the median over restarts, and its interval; null without a restart that has them.
ordered_json reply_shares(const std::vector<std::vector<double>>& per_restart) {
  if (per_restart.empty()) return nullptr;
  ordered_json medians = ordered_json::array();
  ordered_json low = ordered_json::array();
  ordered_json high = ordered_json::array();
  for (std::size_t rank = 0; rank < per_restart.front().size(); ++rank) {
    std::vector<double> values;
    values.reserve(per_restart.size());
    for (const auto& restart : per_restart) values.push_back(restart.at(rank));
    const Summary summary = summarize(values);
    medians.push_back(rounded(summary.median));
    if (!summary.ci95) continue;
    low.push_back(rounded(summary.ci95->lo));
    high.push_back(rounded(summary.ci95->hi));
  }
  const bool has_interval = !low.empty();
  return {{"median", medians},
          {"ci95", has_interval ? ordered_json{{"low", low}, {"high", high}} : nullptr}};
}

ordered_json fairness_block(const CellFigures& figures) {
  return {{"jain", median_or_null(figures.jain)},
          {"starved_connections", figures.starved_connections},
          {"stalled_connections", or_null(figures.stalled_connections)},
          {"reply_shares", reply_shares(figures.reply_shares)},
          {"waited_for_others", or_null(figures.waited_for_others)},
          {"slowest_connection_p99_ns", median_or_null(figures.slowest_connection_p99)}};
}

ordered_json ledger_block(const CellFigures& figures) {
  ordered_json ledger = ordered_json::object();
  for (const char* kind : {"intended", "sent", "never_sent", "answered", "unanswered", "refused",
                           "reset", "timed_out", "mismatched", "extra_replies"}) {
    const auto found = figures.ledger.find(kind);
    ledger[kind] = found == figures.ledger.end() ? 0 : found->second;
  }
  return ledger;
}

ordered_json slow_peers_json(const std::optional<SlowPeerFigures>& peers) {
  if (!peers) return nullptr;
  return {{"connected", peers->connected},
          {"refused", peers->refused},
          {"lost", peers->lost},
          {"wrong", peers->wrong}};
}

/// The generator's stamps beside the kernel's; null when no send was compared.
ordered_json stamps_json(const CellFigures& figures) {
  const StampErrors& errors = figures.stamp_errors;
  ordered_json send = time_block(errors.send);
  if (send.is_null()) return nullptr;
  send["per_restart"] = figures.times_per_restart.at("stamp_check");
  return {{"sampled", errors.send.count()},
          {"send_error_ns", send},
          {"after_send", errors.after_send},
          {"arrivals", errors.arrivals},
          {"before_arrival", errors.before_arrival}};
}

ordered_json cell_json(const JudgedCell& judged) {
  const CellFigures& figures = judged.figures;
  const auto times = [&](const char* key) -> ordered_json {
    const auto found = figures.times.find(key);
    const bool with_unanswered = std::string(key) == "response_time_ns";
    if (found == figures.times.end()) return nullptr;
    ordered_json block = time_block(found->second, with_unanswered ? figures.wrong : 0);
    if (block.is_null()) return block;
    block["per_restart"] = figures.times_per_restart.at(key);
    return block;
  };
  ordered_json cell = {
      {"contestant", judged.contestant->name},
      {"workload", judged.workload->workload.name},
      {"restarts", judged.result->restarts.size()},
      {"limiter", to_text(judged.judgement.limiter)},
      {"validity",
       {{"status", to_text(judged.judgement.validity)}, {"reasons", judged.judgement.reasons}}},
      {"eligibility", eligibility_json(judged.judgement, judged.workload->workload.metrics)},
      {"achieved_rps", statistic(figures.achieved_rps)},
      {"response_time_ns", times("response_time_ns")},
      {"service_time_ns", times("service_time_ns")},
      {"send_delay_ns", times("send_delay_ns")},
      {"take_up_delay_ns", times("take_up_delay_ns")},
      {"receive_delay_ns", times("receive_delay_ns")},
      {"connect_time_ns", times("connect_time_ns")},
      {"first_reply_time_ns", times("first_reply_time_ns")},
      {"burst_ns", statistic(figures.burst_ns)},
      {"server", server_block(judged)},
      {"generator", generator_block(figures)},
      {"stamp_check", stamps_json(figures)},
      {"ledger", ledger_block(figures)},
      {"fairness", fairness_block(figures)},
      {"connections",
       {{"verified", or_null(figures.verified)},
        {"no_port", figures.no_port},
        {"listen_drops", or_null(figures.listen_drops)},
        {"server_nagle_on", or_null(figures.server_nagle_on)},
        {"generator_nagle_on", or_null(figures.generator_nagle_on)}}},
      {"slow_peers", slow_peers_json(figures.slow_peers)},
      {"slices",
       {{"count", figures.slices},
        {"with_steal", figures.slices_with_steal},
        {"steal_ns", figures.steal_ns},
        {"foreign_ns", figures.foreign_ns},
        {"repeated", figures.repeated_slices},
        {"disturbed", figures.disturbed_slices},
        {"max_settle_ns", figures.settle_ns}}}};
  cell["absent"] = absent_reasons(cell, judged);
  return cell;
}

std::vector<JudgedCell> judge_cells(const RunRecord& record, const RunPlan& plan) {
  std::vector<JudgedCell> cells;
  for (std::size_t w = 0; w < plan.workloads.size(); ++w) {
    for (std::size_t c = 0; c < plan.contestants.size(); ++c) {
      JudgedCell& cell = cells.emplace_back();
      cell.contestant = &plan.contestants[c];
      cell.workload = &plan.workloads[w];
      cell.takes_part = plan.workloads[w].takes_part(c);
      if (!cell.takes_part) continue;
      cell.result = &record.results[w][c];
      // A contestant that failed has no figures, also where some restarts went well before.
      if (cell.result->failure.empty()) {
        cell.figures = figures_of(*cell.result, cell.workload->workload);
      }
      const auto cpus = static_cast<int>(record.cpus.server.size());
      cell.judgement = judge_cell(*cell.contestant, cell.workload->workload, cell.result->failure,
                                  cell.figures, cpus);
      if (cell.judgement.validity == Validity::kFailed) cell.figures = evidence_of(cell.figures);
    }
  }
  return cells;
}

ordered_json groups_json(const WorkloadEnd& end, const RunPlan& plan) {
  ordered_json groups = ordered_json::array();
  for (const auto& group : end.groups) {
    ordered_json& names = groups.emplace_back(ordered_json::array());
    for (const std::size_t i : group) names.push_back(plan.contestants[i].name);
  }
  return groups;
}

/// Of the first group: how the slices were timed in the end; null before its first restart.
ordered_json slices_json(const WorkloadEnd& end) {
  return end.timings.empty() ? ordered_json(nullptr) : ordered_json(end.timings.front().slices);
}

ordered_json slice_ms_json(const WorkloadEnd& end) {
  if (end.timings.empty()) return nullptr;
  return rounded(static_cast<double>(end.timings.front().window_ns) / kNsPerMs);
}

ordered_json left_out_json(const WorkloadPlan& entry, const RunPlan& plan) {
  ordered_json list = ordered_json::array();
  for (const auto& [contestant, reason] : entry.left_out) {
    list.push_back({{"contestant", plan.contestants[contestant].name}, {"reason", reason}});
  }
  return list;
}

ordered_json plan_json(const RunRecord& record, const RunPlan& plan) {
  ordered_json workloads = ordered_json::object();
  for (std::size_t w = 0; w < plan.workloads.size(); ++w) {
    const WorkloadPlan& entry = plan.workloads[w];
    const WorkloadEnd& end = record.ends[w];
    workloads[entry.workload.name] = {{"restarts", end.restarts},
                                      {"most_restarts", entry.restarts},
                                      {"ended_by", end.ended_by},
                                      {"slices_per_restart", slices_json(end)},
                                      {"counted_restarts", entry.counted_restarts},
                                      {"warm_up_ms", entry.workload.warm_up_ms},
                                      {"slice_ms", slice_ms_json(end)},
                                      {"discard_ms", entry.workload.discard_ms},
                                      {"left_out", left_out_json(entry, plan)},
                                      {"groups", groups_json(end, plan)}};
  }
  ordered_json paused = ordered_json::array();
  for (std::size_t w = 0; w < record.results.size(); ++w) {
    for (std::size_t c = 0; c < plan.contestants.size(); ++c) {
      if (!record.results[w][c].paused) continue;
      paused.push_back({{"contestant", plan.contestants[c].name},
                        {"workload", plan.workloads[w].workload.name}});
    }
  }
  return {
      {"seed", plan.seed},
      {"suite", plan.suite},
      {"reference", plan.contestants[plan.reference].name},
      {"control", plan.control ? ordered_json(plan.contestants[*plan.control].name) : nullptr},
      {"margin", record.margin},
      {"disturbances", plan.repeat_disturbed ? "repeat" : "ignore"},
      {"slice_factor", plan.slice_factor},
      {"unsliced_ms", plan.unsliced_ns > 0 ? ordered_json(plan.unsliced_ns / kNsPerMs) : nullptr},
      {"precision", or_null(record.precision)},
      {"budget_s", or_null(record.budget_s)},
      {"server_cpus", record.cpus.server},
      {"generator_cpus", record.cpus.generator},
      {"workloads", workloads},
      // The others were silent while unloaded and needed no stopping.
      {"paused_between_slices", paused},
      {"interrupted", record.interrupted}};
}

ordered_json contestants_json(const RunPlan& plan) {
  ordered_json list = ordered_json::array();
  for (const Contestant& contestant : plan.contestants) {
    std::vector<std::string> command = contestant.command;
    command.front() = std::filesystem::path(command.front()).filename().string();
    list.push_back({{"name", contestant.name},
                    {"model", contestant.model},
                    {"command", command},
                    {"options", contestant.describe.value("options", ordered_json::object())},
                    {"describe", contestant.describe}});
  }
  return list;
}

ordered_json skipped_json(const RunPlan& plan) {
  ordered_json list = ordered_json::array();
  for (const Skipped& skipped : plan.skipped) {
    list.push_back({{"contestant", skipped.name},
                    {"title", skipped.title},
                    {"status", "skipped"},
                    {"missing", skipped.missing},
                    {"package", skipped.package},
                    {"reason", skipped.text()}});
  }
  return list;
}

}  // namespace

ordered_json to_json(const RunRecord& record) {
  SOCKBENCH_ASSERT(record.ends.size() == record.results.size());
  RunPlan plan = record.plan;
  plan.workloads.resize(record.results.size());
  const std::vector<JudgedCell> judged = judge_cells(record, plan);
  ordered_json workloads = ordered_json::array();
  for (const WorkloadPlan& entry : plan.workloads) {
    ordered_json workload = to_json(entry.workload);
    workload["reference"] = plan.contestants[plan.reference].name;
    workloads.push_back(std::move(workload));
  }
  ordered_json cells = ordered_json::array();
  for (const JudgedCell& cell : judged) {
    if (cell.takes_part) cells.push_back(cell_json(cell));
  }
  const std::vector<Comparison> compared = compare_cells(plan, judged, record.margin);
  ordered_json comparisons = ordered_json::array();
  for (const Comparison& comparison : compared) comparisons.push_back(to_json(comparison));
  const ordered_json rankings = rank_cells(plan, judged, compared, record.margin);
  return {{"schema_version", 1},
          {"started_at", record.started_at},
          {"duration_s", record.duration_s},
          {"sockbench", version_json()},
          {"environment", record.environment},
          {"plan", plan_json(record, plan)},
          {"contestants", contestants_json(plan)},
          {"skipped", skipped_json(plan)},
          {"workloads", workloads},
          {"cells", cells},
          {"slices", slices_json(plan, judged, record.start_ns)},
          {"comparisons", comparisons},
          {"control", control_json(plan, compared)},
          {"rankings", rankings},
          {"knees", knees_json(plan, judged)},
          {"headline", headlines(rankings, plan)},
          {"claims", ordered_json::array()}};
}

bool any_failed(const ordered_json& run) {
  return std::any_of(run["cells"].begin(), run["cells"].end(), [](const ordered_json& cell) {
    return cell["validity"]["status"] == "failed";
  });
}

}  // namespace sockbench
