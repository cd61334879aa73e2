// `sockbench run`: plan, measure workload by workload, record.

#include "bench/commands/run.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <deque>
#include <functional>
#include <iterator>
#include <set>

#include "bench/commands/micro_run.h"
#include "bench/commands/progress.h"
#include "bench/commands/setting.h"
#include "bench/judge/claims.h"
#include "bench/judge/comparison.h"
#include "bench/judge/conclude.h"
#include "bench/judge/eligibility.h"
#include "bench/judge/judged_run.h"
#include "bench/judge/micro_cost.h"
#include "bench/judge/rules.h"
#include "bench/machine/environment.h"
#include "bench/plan/budget.h"
#include "bench/plan/suite.h"
#include "bench/report/reports.h"
#include "bench/run/order.h"
#include "bench/run/runner.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/file.h"
#include "common/process_limits.h"
#include "common/text.h"
#include "common/units.h"

namespace sockbench {
namespace {

constexpr std::int64_t kMinUnslicedNs = 100 * kNsPerMs;
constexpr std::int64_t kRecordPauses = 30;  // in units of the time that writing run.json takes

/// The models, and after them the external contestants.
void choose_contestants(const RunOptions& options, const Suite& suite, RunPlan& plan) {
  if (options.models != std::vector<std::string>{"none"}) {
    const std::vector<Contestant> all = find_models(program_directory());
    std::vector<std::string> every;
    for (const Contestant& contestant : all) every.push_back(contestant.name);
    plan.contestants =
        choose_models(all, options.models.empty() ? suite.models_of(every) : options.models);
  }
  add_externals(options.contestants, data_directory() / "contestants", plan.contestants,
                plan.skipped);
  if (!plan.contestants.empty()) return;
  std::string why = "No servers are selected";
  for (const Skipped& skipped : plan.skipped) why += "; " + skipped.text();
  throw UsageError(plan.skipped.empty() ? why + "; name a --contestant or leave out --models none."
                                        : why);
}

/// Adds the reference once more, unless it is there twice. Not for claims: their runs measure only
/// what they need. An external server may not be able to run twice.
void add_control(const RunOptions& options, RunPlan& plan) {
  const Contestant& reference = plan.contestants[plan.reference];
  const auto same = std::count_if(
      plan.contestants.begin(), plan.contestants.end(),
      [&](const Contestant& contestant) { return contestant.command == reference.command; });
  if (!options.claims.empty() || reference.external || same > 1) return;
  Contestant control = reference;
  control.name += "#2";
  plan.control = plan.contestants.size();
  plan.contestants.push_back(std::move(control));
}

/// Removes a control that no workload includes.
void drop_idle_control(RunPlan& plan) {
  if (!plan.control) return;
  const std::size_t control = *plan.control;
  const auto included = [&](const WorkloadPlan& entry) { return entry.includes(control); };
  if (std::any_of(plan.workloads.begin(), plan.workloads.end(), included)) return;
  for (WorkloadPlan& entry : plan.workloads) entry.left_out.erase(control);
  plan.contestants.pop_back();  // it was added last
  plan.control.reset();
}

ClaimNeeds needs_of_claims(const RunOptions& options) {
  if (options.claims.empty()) return {};
  std::vector<std::string> catalogue;
  for (const Workload& workload : load_workloads(data_directory() / "workloads")) {
    catalogue.push_back(workload.name);
  }
  return needs_of(choose_claims(load_claims(data_directory() / "claims"), options.claims),
                  catalogue);
}

/// Models, workloads and external contestants that the claims need, where none are given.
RunOptions with_claims(RunOptions options, const ClaimNeeds& needs) {
  if (options.models.empty()) options.models = needs.models;
  if (options.models.empty() && !options.claims.empty()) options.models = {"epoll"};
  if (options.workloads.empty()) options.workloads = needs.workloads;
  for (const std::string& name : needs.contestants) {
    auto& given = options.contestants;
    if (std::find(given.begin(), given.end(), name) == given.end()) given.push_back(name);
  }
  return options;
}

RunPlan make_plan(const RunOptions& options) {
  const auto data = data_directory();
  const std::string usual = options.claims.empty() ? "standard" : "claims";
  const Suite suite = load_suite(options.suite.empty() ? usual : options.suite, data / "suites");
  RunPlan plan;
  plan.suite = suite.name;
  plan.seed = options.seed;
  plan.slice_factor = options.slice_factor;
  plan.repeat_disturbed = options.disturbances != "ignore";
  if (!options.unsliced.empty()) {
    plan.unsliced_ns = parse_duration_ns(options.unsliced, "--unsliced");
    if (plan.unsliced_ns < kMinUnslicedNs) throw UsageError("--unsliced must be at least 100ms.");
  }
  choose_contestants(options, suite, plan);
  for (std::size_t i = 0; i < plan.contestants.size(); ++i) {
    if (plan.contestants[i].name == "epoll") plan.reference = i;
  }
  add_control(options, plan);
  plan_workloads(plan, suite, load_workloads(data / "workloads"),
                 {options.workloads, options.restarts, !options.models.empty()});
  drop_idle_control(plan);
  // Claims that micro-benchmarks decide alone need no load.
  if (!options.claims.empty() && options.workloads.empty()) plan.workloads.clear();
  return plan;
}

Effort read_effort(const RunOptions& options) {
  Effort effort;
  if (!options.precision.empty()) {
    effort.precision = parse_percent(options.precision, "--precision");
    if (*effort.precision <= 0) throw UsageError("--precision must be above 0%, such as 1%.");
  }
  if (!options.budget.empty()) {
    effort.budget_s =
        static_cast<double>(parse_duration_ns(options.budget, "--budget")) / kNsPerSecond;
    if (*effort.budget_s <= 0) throw UsageError("--budget must be above 0, such as 10m.");
  }
  effort.fixed_restarts = options.restarts > 0;
  return effort;
}

Resources read_resources(const RunOptions& options) {
  Resources budget = usual_budget();
  if (!options.memory_budget.empty()) {
    budget.memory_bytes = parse_bytes(options.memory_budget, "--memory-budget");
  }
  return budget;
}

/// Whether a workload has anything to tell: interrupted in its first restart it was not reached.
bool has_results(const WorkloadResult& result) {
  return std::any_of(result.cells.begin(), result.cells.end(), [](const CellResult& cell) {
    return !cell.restarts.empty() || !cell.failure.empty();
  });
}

/// What the workloads that were reached have to tell so far.
void take_results(RunRecord& record, const RunPlan& plan,
                  const std::deque<WorkloadRun>& workloads) {
  record.plan = plan;
  record.plan.workloads.clear();
  record.results.clear();
  record.ends.clear();
  for (std::size_t w = 0; w < workloads.size(); ++w) {
    if (!has_results(workloads[w].result())) continue;
    record.plan.workloads.push_back(plan.workloads[w]);
    record.results.push_back(workloads[w].result().cells);
    record.ends.push_back(workloads[w].result().end);
    std::string& ended_by = record.ends.back().ended_by;
    if (ended_by.empty()) ended_by = interrupted() ? "interrupted" : "unfinished";
  }
}

/// Restarts that each workload gets in one cycle of passes.
std::vector<int> restarts_of(const RunPlan& plan) {
  std::vector<int> restarts;
  for (const WorkloadPlan& entry : plan.workloads) restarts.push_back(entry.restarts);
  return restarts;
}

/// The verdicts on the claims that the run was made for.
void print_claims(const RunOptions& options, const std::vector<Claim>& all, const Run& run) {
  if (options.claims.empty()) return;
  const std::vector<Claim> asked = choose_claims(all, options.claims);
  std::vector<ClaimFinding> findings;
  for (const Claim& claim : asked) {
    std::copy_if(run.claims.begin(), run.claims.end(), std::back_inserter(findings),
                 [&](const ClaimFinding& finding) { return finding.id == claim.id; });
  }
  std::fputs(claims_text(asked, findings).c_str(), stdout);
}

/// How quiet the machine was, and what that cost the run; empty when nothing was disturbed.
std::string disturbance_line(const Run& run) {
  SliceCounts all;
  std::set<std::string> not_judged;
  for (const Cell& cell : run.cells) {
    all.count += cell.slices.count;
    all.repeated += cell.slices.repeated;
    all.disturbed += cell.slices.disturbed;
    if (too_disturbed(cell.slices)) not_judged.insert(cell.workload);
  }
  if (all.repeated + all.disturbed == 0) return "";
  std::string line = "Other processes or the hypervisor disturbed " + std::to_string(all.repeated) +
                     " of " + std::to_string(all.count) + " slices, which were measured again; " +
                     std::to_string(all.disturbed) + " stayed disturbed.";
  if (!not_judged.empty()) {
    line += " The machine was too busy for verdicts on " +
            listed({not_judged.begin(), not_judged.end()}) + ".";
  }
  return line;
}

void print_outcome(const RunPlan& plan, const Run& run, const std::string& path) {
  for (const Skipped& skipped : plan.skipped) std::printf("%s\n", skipped.text().c_str());
  for (const std::string& line : run.headline) std::printf("%s\n", line.c_str());
  for (const std::string& line : control_lines(run)) std::printf("%s\n", line.c_str());
  const std::string line = disturbance_line(run);
  if (!line.empty()) std::printf("%s\n", line.c_str());
  std::printf("Results: %s\n", path.c_str());
}

/// Pass after pass over the workloads, until all have ended or the run is interrupted.
/// `after_pass` is called between passes.
void run_passes(const RunPlan& plan, const std::vector<int>& restarts_per_cycle,
                const Effort& effort, std::deque<WorkloadRun>& workloads,
                const std::function<void(int pass)>& after_pass) {
  StopRule stop{.deadline_ns = {}, .precise_enough = {}, .fewest = fewest_restarts(plan)};
  if (effort.budget_s) stop.deadline_ns = now_ns() + std::llround(*effort.budget_s * kNsPerSecond);
  const auto ended = [](const WorkloadRun& workload) { return workload.ended(); };
  for (int pass = 0;; ++pass) {
    for (const ScheduledRestart& next : pass_order(plan.seed, pass, restarts_per_cycle)) {
      const std::size_t w = next.workload;
      if (workloads[w].ended() || interrupted()) continue;
      if (effort.precision) {
        stop.precise_enough = [&, w](const std::vector<CellResult>& cells, int restarts) {
          const auto widest = widest_interval(plan, w, cells, restarts);
          return widest && *widest <= *effort.precision;
        };
      }
      workloads[w].run_restart(stop);
    }
    if (interrupted() || std::all_of(workloads.begin(), workloads.end(), ended)) return;
    after_pass(pass);
  }
}

}  // namespace

int run_command(const RunOptions& asked) {
  const ClaimNeeds needs = needs_of_claims(asked);
  RunOptions options = with_claims(asked, needs);
  const std::vector<Claim> claims = load_claims(data_directory() / "claims");
  if (!options.micro.empty()) read_micro_costs(options.micro);  // before anything is measured
  RunRecord record;
  const ProgressKind shown = progress_kind(options.progress);
  const Effort effort = read_effort(options);
  const Resources resources = read_resources(options);
  RunPlan plan = make_plan(options);
  const std::vector<int> restarts_per_cycle = restarts_of(plan);
  plan_effort(plan, effort);
  record.plan = plan;
  record.precision = effort.precision;
  record.budget_s = effort.budget_s;
  Setting setting = set_up(options.out, options.server_cpus, options.generator_cpus);
  setting.bench.budget = resources;
  const Bench& bench = setting.bench;
  record.cpus = setting.cpus;
  record.environment = setting.environment;
  record.margin = options.margin;
  record.started_at = utc_now();
  for (const Skipped& skipped : plan.skipped) spdlog::warn("{}", skipped.text());
  const double minutes = expected_run_s(plan) / 60;
  if (!effort.budget_s && !effort.precision && minutes > 2 && shown != ProgressKind::kNone) {
    spdlog::info("This run takes about {:.0f} minutes.", minutes);
  }
  watch_for_interrupt();
  if (options.micro.empty() && !needs.operations.empty()) {
    options.micro = (options.out / "micro.json").string();
    measure_micro(bench.programs, needs.operations, options.micro,
                  bench.log_directory / "micro.log");
    if (interrupted()) return kExitInterrupted;
  }
  const MicroCosts micro = options.micro.empty() ? MicroCosts() : read_micro_costs(options.micro);
  pin_this_thread(record.cpus.generator);

  const auto progress = make_progress(shown, plan);
  record.start_ns = now_ns();
  RunWatch watch(record.cpus, setting.facts.jitter);
  const std::string path = (options.out / "run.json").string();
  std::deque<WorkloadRun> workloads;
  for (std::size_t w = 0; w < plan.workloads.size(); ++w) {
    workloads.emplace_back(bench, plan, w, *progress);
  }
  Run run;
  const auto write_run = [&] { write_file_atomically(path, one_element_a_line(to_json(run))); };
  const auto record_so_far = [&] {
    take_results(record, plan, workloads);
    record.interrupted = interrupted();
    record.duration_s = static_cast<double>(now_ns() - record.start_ns) * 1e-9;
    watch.record_into(record.environment);
    run = judged_run(record);
    run.claims = judge_claims(claims, run, micro);
    write_run();
  };
  std::int64_t recorded_ns = 0;   // when run.json was written last …
  std::int64_t recording_ns = 0;  // … and how long that took
  run_passes(plan, restarts_per_cycle, effort, workloads, [&](int pass) {
    watch.note_machine_state();
    // Judging takes the time of many slices: write what there is as often as that hardly matters.
    const std::int64_t now = now_ns();
    const bool record_now = now - recorded_ns > kRecordPauses * recording_ns;
    if (record_now) {
      record_so_far();
      recorded_ns = now_ns();
      recording_ns = recorded_ns - now;
    }
    progress->pass_ended(pass, record_now ? &run : nullptr);
  });
  watch.finish();
  record_so_far();
  if (has_advice_rules()) {
    conclude(run, micro);
    write_run();
  }
  progress->run_ended(run);
  print_claims(options, claims, run);
  print_outcome(plan, run, path);
  if (interrupted()) return kExitInterrupted;
  const bool failed = std::any_of(run.cells.begin(), run.cells.end(), [](const Cell& cell) {
    return cell.validity.status == Validity::kFailed;
  });
  return failed ? kExitFailed : kExitOk;
}

}  // namespace sockbench
