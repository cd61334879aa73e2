// `sockbench duel`: base, base once more and head, workload by workload, until it is clear.

#include "bench/commands/duel.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdio>

#include "bench/commands/progress.h"
#include "bench/commands/setting.h"
#include "bench/judge/ab_comparison.h"
#include "bench/judge/history.h"
#include "bench/judge/judged_duel.h"
#include "bench/machine/environment.h"
#include "bench/measure/call_counts.h"
#include "bench/plan/suite.h"
#include "bench/report/duel_reports.h"
#include "bench/report/export.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/file.h"
#include "common/process_limits.h"
#include "common/units.h"

namespace sockbench {
namespace {

const std::vector<std::string> kUsualWorkloads = {"pingpong", "busy", "mostly_idle", "churn",
                                                  "paced"};
const std::vector<std::string> kShortWorkloads = {"busy"};
// What the budget leaves to a confirmation when screening used all of its share.
constexpr double kScreeningShare = 0.6;
constexpr std::uint64_t kConfirmationSeed = 0x5bd1e995;

Opponent side_of(const std::vector<std::string>& commands, const std::string& label,
                 const std::string& name) {
  const std::string flag = "--" + name;
  if (commands.empty())
    throw UsageError(flag + " is required: the command that starts the server.");
  Opponent side{label.empty() ? commands.front() : label, {}};
  side.contestant = contestant_of_command(commands.front(), name, flag);
  if (commands.size() == 1) return side;
  for (const std::string& command : commands) {
    const Contestant layout = contestant_of_command(command, name, flag);
    if (layout.external) {
      throw UsageError("Several of " + flag +
                       " are layouts of one program: name commands, not files.");
    }
    side.contestant.layouts.push_back(layout.command);
  }
  return side;
}

/// The control is base once more; of its layouts it uses another one than base at the same time.
Contestant control_of(const Contestant& base) {
  Contestant control = base;
  control.name = "control";
  if (!control.layouts.empty()) {
    std::rotate(control.layouts.begin(), control.layouts.begin() + 1, control.layouts.end());
  }
  return control;
}

std::vector<WorkloadPlan> workloads_of(const DuelOptions& options) {
  std::vector<std::string> names = options.workloads;
  if (names.empty()) names = options.short_form ? kShortWorkloads : kUsualWorkloads;
  std::vector<WorkloadPlan> plans;
  for (Workload& workload :
       choose_workloads(load_workloads(data_directory() / "workloads"), names)) {
    if (workload.mode == Mode::kIdle) {
      throw UsageError("The workload '" + workload.name +
                       "' has no requests: nothing in it can become slower.");
    }
    if (workload.duel) {
      workload.slice_ms = workload.duel->slice_ms;
      workload.discard_ms = workload.duel->discard_ms;
      workload.slices_per_restart = workload.duel->slices_per_restart;
      workload.keep_awake = workload.duel->keep_awake;
    }
    const int slices = workload.slices_per_restart;
    plans.push_back({.workload = std::move(workload),
                     .restarts = 0,
                     .slices_per_restart = slices,
                     .counted_restarts = 1});
  }
  return plans;
}

struct Rules {
  std::vector<GateRule> gate;
  double margin = 0;
  double resolve = 0;
  std::int64_t budget_ns = 0;
};

Rules read_rules(const DuelOptions& options) {
  Rules rules;
  rules.margin = parse_percent(options.margin, "--margin");
  rules.resolve = parse_percent(options.resolve, "--resolve");
  rules.budget_ns = parse_duration_ns(options.budget, "--budget");
  if (rules.resolve <= rules.margin) {
    throw UsageError("--resolve must be above --margin: a pass rules a change of that size out.");
  }
  if (rules.budget_ns < 10 * kNsPerSecond) throw UsageError("--budget must be at least 10s.");
  rules.gate = gate_rules(rules.margin, rules.resolve);
  return rules;
}

/// Runs one stage until it is clear, or its last look, or the deadline.
AbStage run_stage(const Bench& bench, RunPlan plan, const std::vector<GateRule>& rules,
                  const GateStage& stage, std::int64_t deadline_ns) {
  const auto cpus = static_cast<int>(bench.server_cpus.size());
  plan.workloads.front().restarts = stage.most;
  const auto look = [&](const std::vector<CellResult>& cells, int restarts, bool last) {
    WorkloadResult so_far{
        .cells = cells, .end = {.restarts = restarts, .ended_by = {}, .groups = {}, .timings = {}}};
    return look_at(plan, std::move(so_far), rules, stage, cpus, last);
  };
  const StopRule stop{.deadline_ns = deadline_ns,
                      .precise_enough =
                          [&](const std::vector<CellResult>& cells, int restarts) {
                            const AbStage seen = look(cells, restarts, false);
                            if (seen.head_loses() || seen.any_failed()) return true;
                            return stage.looks_after(restarts) && seen.step != GateStep::kGoOn;
                          },
                      .fewest = 1};
  const auto progress = make_progress(ProgressKind::kNone, plan);  // a duel reports by workload
  WorkloadResult result = run_workload(bench, plan, 0, stop, *progress);
  return look_at(plan, std::move(result), rules, stage, cpus, true);
}

std::vector<GateRule> suspects_of(const AbStage& stage) {
  std::vector<GateRule> suspects;
  for (std::size_t i = 0; i < stage.series.size(); ++i) {
    if (stage.findings[i].verdict == GateVerdict::kRegression) {
      suspects.push_back(stage.series[i].rule);
    }
  }
  return suspects;
}

AbComparison compare_builds(const Bench& bench, const RunPlan& plan, const Rules& rules,
                            bool warn_only) {
  const std::int64_t start = now_ns();
  AbComparison comparison;
  comparison.plan = plan;
  const auto screening_ns =
      static_cast<std::int64_t>(kScreeningShare * static_cast<double>(rules.budget_ns));
  comparison.screening = run_stage(bench, plan, rules.gate, kScreening, start + screening_ns);
  if (comparison.screening.suspects() && !interrupted()) {
    RunPlan again = plan;
    again.seed ^= kConfirmationSeed;
    comparison.confirmation =
        run_stage(bench, again, suspects_of(comparison.screening), kConfirmation,
                  std::max(start + rules.budget_ns, now_ns() + rules.budget_ns / 4));
  }
  conclude(comparison, warn_only);
  comparison.seconds = static_cast<double>(now_ns() - start) * 1e-9;
  return comparison;
}

DuelCounts count_sides(const Opponent& base, const Opponent& head, const Bench& bench) {
  const std::int64_t start = now_ns();
  const auto count = [&](const Opponent& side, const char* log) {
    if (interrupted()) return CallCounts{{}, "interrupted"};
    return count_calls(side.contestant, bench.log_directory / log);
  };
  DuelCounts counts;
  counts.base = count(base, "base.strace.log");
  counts.control = count(base, "control.strace.log");
  counts.head = count(head, "head.strace.log");
  counts.head_again = count(head, "head.strace.log");
  counts.seconds = static_cast<double>(now_ns() - start) * 1e-9;
  return counts;
}

DuelOptionsUsed options_used(const DuelOptions& options, const Rules& rules,
                             const std::vector<WorkloadPlan>& workloads) {
  DuelOptionsUsed used{.workloads = {},
                       .margin = rules.margin,
                       .resolve = rules.resolve,
                       .budget_s = static_cast<double>(rules.budget_ns) * 1e-9,
                       .seed = options.seed,
                       .short_form = options.short_form,
                       .fail_on_inconclusive = options.fail_on_inconclusive};
  for (const WorkloadPlan& plan : workloads) used.workloads.push_back(plan.workload.name);
  return used;
}

}  // namespace

Duel run_duel(const DuelOptions& options) {
  const Rules rules = read_rules(options);
  DuelRecord record;
  record.base = side_of(options.base, options.base_label, "base");
  record.head = side_of(options.head, options.head_label, "head");
  const std::vector<WorkloadPlan> workloads = workloads_of(options);
  record.options = options_used(options, rules, workloads);
  Setting setting = set_up(options.out, options.server_cpus, options.generator_cpus);
  setting.bench.watch_waiting = true;
  record.cpus = setting.cpus;
  record.environment = setting.environment;
  record.started_at = utc_now();
  watch_for_interrupt();
  pin_this_thread(setting.cpus.generator);
  const std::int64_t start = now_ns();
  RunWatch watch(setting.cpus, setting.facts.jitter);
  record.counts = count_sides(record.base, record.head, setting.bench);
  for (const WorkloadPlan& workload : workloads) {
    if (interrupted()) break;
    RunPlan plan;
    plan.suite = "duel";
    plan.repeat_disturbed = false;  // the control tells how far a noisy machine is to be trusted
    plan.seed = options.seed;
    plan.workloads = {workload};
    plan.contestants = {record.base.contestant, control_of(record.base.contestant),
                        record.head.contestant};
    AbComparison comparison = compare_builds(setting.bench, plan, rules, options.short_form);
    if (interrupted()) break;  // half a workload says nothing
    if (!options.quiet) {
      spdlog::info("{}: {} after {:.0f} s", workload.workload.name, to_text(comparison.verdict),
                   comparison.seconds);
    }
    record.comparisons.push_back(std::move(comparison));
  }
  record.interrupted = interrupted();
  record.duration_s = static_cast<double>(now_ns() - start) * 1e-9;
  watch.finish();
  watch.record_into(record.environment);
  return judged_duel(record);
}

int duel_command(const DuelOptions& options) {
  const Duel duel = run_duel(options);
  const auto write = [&](const char* file, const std::string& text) {
    write_file_atomically((options.out / file).string(), text);
  };
  write("duel.json", to_json(duel).dump(1) + "\n");
  write("summary.md", duel_markdown(duel));
  write("junit.xml", duel_junit(duel));
  const GbenchDuel benchmarks = gbench_of_duel(duel);
  write("gbench_base.json", benchmarks.base.dump(1) + "\n");
  write("gbench.json", benchmarks.head.dump(1) + "\n");
  write("gbench_medians.json", benchmarks.head_medians.dump(1) + "\n");
  if (!options.history.empty() && !duel.interrupted) append_history(options.history, duel);
  std::fputs(duel_text(duel, options.out.string()).c_str(), stdout);
  return duel.exit_code;
}

}  // namespace sockbench
