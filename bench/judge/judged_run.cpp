// From what was measured to run.json.

#include "bench/judge/judged_run.h"

#include <cmath>
#include <filesystem>

#include "bench/document/run.h"
#include "bench/judge/drift.h"
#include "bench/judge/eligibility.h"
#include "bench/judge/knee.h"
#include "common/clock.h"
#include "common/error.h"

namespace sockbench {
namespace {

std::optional<Statistic> statistic(const std::vector<double>& values) {
  if (values.empty()) return std::nullopt;
  Summary summary = summarize(values);
  return Statistic{summary.median, summary.ci95, std::move(summary.per_restart)};
}

double median_of(const std::vector<double>& values) {
  return values.empty() ? kNaN : median(values);
}

std::optional<std::int64_t> whole(const std::optional<double>& value) {
  return value ? std::optional(std::llround(*value)) : std::nullopt;
}

template <typename T>
std::optional<T> if_positive(T value) {
  return value > 0 ? std::optional(value) : std::nullopt;
}

/// What was measured, a point for each number of connections.
std::optional<std::vector<MemoryAtConnections>> memory_points(const JudgedCell& cell) {
  const std::vector<MemoryPoint>& points = cell.result->memory.points;
  if (points.empty() || cell.judgement.validity == Validity::kFailed) return std::nullopt;
  std::vector<MemoryAtConnections> list;
  for (const MemoryPoint& point : points) {
    list.push_back({point.connections, point.user_bytes, point.kernel_bytes});
  }
  return list;
}

ServerFigures server_figures(const JudgedCell& cell) {
  const CellFigures& figures = cell.figures;
  ServerFigures server;
  server.cpu_ns_per_request = statistic(figures.cpu_ns_per_request);
  if (!figures.user_share.empty() && !figures.cpu_ns_per_request.empty()) {
    const double cpu = median(figures.cpu_ns_per_request);
    const double share = median(figures.user_share);
    server.user_ns_per_request = cpu * share;
    server.system_ns_per_request = cpu * (1 - share);
  }
  server.cpu_utilisation = statistic(figures.cpu_utilisation);
  server.threads_peak = if_positive(figures.threads_peak);
  server.memory_bytes_peak = if_positive(figures.memory_peak);
  server.memory_bytes_per_connection = {whole(figures.user_memory_per_connection),
                                        whole(figures.kernel_memory_per_connection)};
  server.memory_fixed_bytes = {whole(figures.user_memory_fixed),
                               whole(figures.kernel_memory_fixed)};
  server.memory_points = memory_points(cell);
  server.memory_growth_bytes_per_s = statistic(figures.memory_growth);
  server.wakeups_per_s = statistic(figures.wakeups_per_s);
  CountedFigures counted = counted_of(cell);
  server.context_switches_per_request = counted.context_switches;
  server.syscalls_per_request = std::move(counted.syscalls);
  server.page_faults_per_request = counted.page_faults;
  server.cpu_migrations_per_request = counted.migrations;
  server.cycles_per_request = counted.cycles;
  server.instructions_per_request = counted.instructions;
  server.counted = std::move(counted.counted);
  server.syscalls_per_request_predicted = std::move(counted.predicted);
  return server;
}

/// Rank by rank the median over restarts, and its interval.
std::optional<ReplyShares> reply_shares(const std::vector<std::vector<double>>& per_restart) {
  if (per_restart.empty()) return std::nullopt;
  ReplyShares shares;
  ReplyShares::Limits limits;
  for (std::size_t rank = 0; rank < per_restart.front().size(); ++rank) {
    std::vector<double> values;
    values.reserve(per_restart.size());
    for (const auto& restart : per_restart) values.push_back(restart.at(rank));
    const Summary summary = summarize(values);
    shares.median.push_back(summary.median);
    if (!summary.ci95) continue;
    limits.low.push_back(summary.ci95->lo);
    limits.high.push_back(summary.ci95->hi);
  }
  if (!limits.low.empty()) shares.ci95 = std::move(limits);
  return shares;
}

Fairness fairness_of(const CellFigures& figures) {
  return {.jain = median_of(figures.jain),
          .starved_connections = figures.starved_connections,
          .stalled_connections = figures.stalled_connections,
          .reply_shares = reply_shares(figures.reply_shares),
          .waited_for_others = figures.waited_for_others,
          .slowest_connection_p99_ns = median_of(figures.slowest_connection_p99)};
}

Ledger ledger_of(const CellFigures& figures) {
  const auto count = [&](const char* kind) -> std::uint64_t {
    const auto found = figures.ledger.find(kind);
    return found == figures.ledger.end() ? 0 : found->second;
  };
  return {.intended = count("intended"),
          .sent = count("sent"),
          .never_sent = count("never_sent"),
          .answered = count("answered"),
          .unanswered = count("unanswered"),
          .refused = count("refused"),
          .reset = count("reset"),
          .timed_out = count("timed_out"),
          .mismatched = count("mismatched"),
          .extra_replies = count("extra_replies")};
}

/// `beyond`: requests that lie beyond every percentile.
std::optional<Times> times_of(const CellFigures& figures, const char* key,
                              std::uint64_t beyond = 0) {
  const auto found = figures.times.find(key);
  if (found == figures.times.end()) return std::nullopt;
  const nlohmann::ordered_json block = time_block(found->second, beyond);
  if (block.is_null()) return std::nullopt;
  Times times = parse_times(block);
  times.per_restart = figures.times_per_restart.at(key);
  return times;
}

std::optional<Windows> windows_of(const CellFigures& figures) {
  if (figures.windows.empty()) return std::nullopt;
  const auto percentiles = [&](const std::string& block) {
    const auto at = [&](const char* percentile) -> std::optional<Statistic> {
      const auto found = figures.windows.find(block + "." + percentile);
      return found == figures.windows.end() ? std::nullopt : statistic(found->second);
    };
    return WindowPercentiles{at("p50"), at("p90"), at("p99"), at("p99_9")};
  };
  return Windows{percentiles("response_time_ns"), percentiles("service_time_ns"),
                 percentiles("take_up_delay_ns")};
}

/// The generator's stamps beside the kernel's; nullopt when no send was compared.
std::optional<StampCheck> stamp_check_of(const CellFigures& figures) {
  const StampErrors& errors = figures.stamp_errors;
  const nlohmann::ordered_json send = time_block(errors.send);
  if (send.is_null()) return std::nullopt;
  StampCheck check{.sampled = errors.send.count(),
                   .send_error_ns = parse_times(send),
                   .after_send = errors.after_send,
                   .arrivals = errors.arrivals,
                   .before_arrival = errors.before_arrival};
  check.send_error_ns.per_restart = figures.times_per_restart.at("stamp_check");
  return check;
}

Cell cell_of(const JudgedCell& judged) {
  const CellFigures& figures = judged.figures;
  Cell cell;
  cell.contestant = judged.contestant->name;
  cell.workload = judged.workload->workload.name;
  cell.restarts = judged.result->restarts.size();
  cell.limiter = judged.judgement.limiter;
  cell.validity = {judged.judgement.validity, judged.judgement.reasons};
  cell.eligibility = eligibility_of(judged.judgement, judged.workload->workload.metrics);
  cell.achieved_rps = statistic(figures.achieved_rps);
  for (const KindOfTimes& kind : kKindsOfTimes) {
    const bool with_unanswered = kind.times == &Cell::response_time_ns;
    cell.*kind.times = times_of(figures, kind.key, with_unanswered ? figures.wrong : 0);
  }
  cell.windows = windows_of(figures);
  cell.burst_ns = statistic(figures.burst_ns);
  cell.server = server_figures(judged);
  cell.generator = {.cpu_ns_per_request = median_of(figures.generator_cpu_ns_per_request),
                    .cpu_utilisation = median_of(figures.generator_utilisation),
                    .burst_utilisation = median_of(figures.burst_generator_utilisation),
                    .schedule_adherence = median_of(figures.schedule_adherence),
                    .little_ratio = median_of(figures.little_ratio)};
  cell.stamp_check = stamp_check_of(figures);
  cell.ledger = ledger_of(figures);
  cell.fairness = fairness_of(figures);
  cell.connections = {.verified = figures.verified,
                      .no_port = figures.no_port,
                      .listen_drops = figures.listen_drops,
                      .server_nagle_on = figures.server_nagle_on,
                      .generator_nagle_on = figures.generator_nagle_on};
  cell.slow_peers = figures.slow_peers;
  cell.slices = {.count = figures.slices,
                 .with_steal = figures.slices_with_steal,
                 .steal_ns = figures.steal_ns,
                 .foreign_ns = figures.foreign_ns,
                 .repeated = figures.repeated_slices,
                 .disturbed = figures.disturbed_slices,
                 .max_settle_ns = figures.settle_ns};
  cell.absent = absent_reasons(cell, judged);
  return cell;
}

std::vector<JudgedCell> judge_cells(const RunRecord& record, const RunPlan& plan) {
  std::vector<JudgedCell> cells;
  for (std::size_t w = 0; w < plan.workloads.size(); ++w) {
    for (std::size_t c = 0; c < plan.contestants.size(); ++c) {
      JudgedCell& cell = cells.emplace_back();
      cell.contestant = &plan.contestants[c];
      cell.workload = &plan.workloads[w];
      cell.included = plan.workloads[w].includes(c);
      if (!cell.included) continue;
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

WorkloadTiming timing_of(const WorkloadPlan& entry, const WorkloadEnd& end, const RunPlan& plan) {
  WorkloadTiming timing{.restarts = end.restarts,
                        .most_restarts = entry.restarts,
                        .ended_by = end.ended_by,
                        .slices_per_restart = std::nullopt,
                        .counted_restarts = entry.counted_restarts,
                        .warm_up_ms = entry.workload.warm_up_ms,
                        .slice_ms = kNaN,
                        .discard_ms = entry.workload.discard_ms,
                        .left_out = {},
                        .groups = {}};
  if (!end.timings.empty()) {  // not known before the first restart
    timing.slices_per_restart = end.timings.front().slices;
    timing.slice_ms = static_cast<double>(end.timings.front().window_ns) / kNsPerMs;
  }
  for (const auto& [contestant, reason] : entry.left_out) {
    timing.left_out.push_back({plan.contestants[contestant].name, reason});
  }
  for (const auto& group : end.groups) {
    auto& names = timing.groups.emplace_back();
    for (const std::size_t i : group) names.push_back(plan.contestants[i].name);
  }
  return timing;
}

PlanSection plan_section(const RunRecord& record, const RunPlan& plan) {
  PlanSection section;
  section.seed = plan.seed;
  section.suite = plan.suite;
  section.reference = plan.contestants[plan.reference].name;
  if (plan.control) section.control = plan.contestants[*plan.control].name;
  section.margin = record.margin;
  section.disturbances = plan.repeat_disturbed ? "repeat" : "ignore";
  section.slice_factor = plan.slice_factor;
  if (plan.unsliced_ns > 0) section.unsliced_ms = plan.unsliced_ns / kNsPerMs;
  section.precision = record.precision;
  section.budget_s = record.budget_s;
  section.server_cpus = record.cpus.server;
  section.generator_cpus = record.cpus.generator;
  for (std::size_t w = 0; w < plan.workloads.size(); ++w) {
    const WorkloadPlan& entry = plan.workloads[w];
    section.workloads.emplace_back(entry.workload.name, timing_of(entry, record.ends[w], plan));
    for (std::size_t c = 0; c < plan.contestants.size(); ++c) {
      // The others were silent while unloaded and needed no stopping.
      if (!record.results[w][c].paused) continue;
      section.paused_between_slices.push_back({plan.contestants[c].name, entry.workload.name});
    }
  }
  section.interrupted = record.interrupted;
  return section;
}

std::vector<RunContestant> contestants_of(const RunPlan& plan) {
  std::vector<RunContestant> list;
  for (const Contestant& contestant : plan.contestants) {
    RunContestant& entry = list.emplace_back();
    entry.name = contestant.name;
    entry.model = contestant.model;
    entry.command = contestant.command;
    entry.command.front() = std::filesystem::path(entry.command.front()).filename().string();
    entry.options = contestant.describe.value("options", nlohmann::ordered_json::object());
    entry.describe = contestant.describe;
  }
  return list;
}

}  // namespace

Run judged_run(const RunRecord& record) {
  SOCKBENCH_ASSERT(record.ends.size() == record.results.size());
  RunPlan plan = record.plan;
  plan.workloads.resize(record.results.size());
  const std::vector<JudgedCell> judged = judge_cells(record, plan);
  Run run;
  run.started_at = record.started_at;
  run.duration_s = record.duration_s;
  run.sockbench = this_program();
  run.environment = environment_of(record.environment);
  run.plan = plan_section(record, plan);
  run.contestants = contestants_of(plan);
  for (const Skipped& skipped : plan.skipped) {
    run.skipped.push_back(
        {skipped.name, skipped.title, "skipped", skipped.missing, skipped.package, skipped.text()});
  }
  for (const WorkloadPlan& entry : plan.workloads) {
    run.workloads.push_back({entry.workload, run.plan.reference});
  }
  for (const JudgedCell& cell : judged) {
    if (cell.included) run.cells.push_back(cell_of(cell));
  }
  run.slices = slice_columns(plan, judged, record.start_ns);
  run.comparisons = compare_cells(plan, judged, record.margin);
  run.control = control_findings(plan, run.comparisons);
  run.rankings = rank_cells(plan, judged, run.comparisons, record.margin);
  run.knees = find_knees(plan, judged);
  run.headline = headlines(run.rankings, plan);
  return run;
}

}  // namespace sockbench
