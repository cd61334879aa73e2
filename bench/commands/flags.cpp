#include "bench/commands/flags.h"

namespace sockbench {
namespace {

void declare_file(CLI::App& app, CommandLineOptions& options) {
  app.add_option("file", options.file, "run.json to read.")->required();
}

void declare_json(CLI::App& app, CommandLineOptions& options) {
  app.add_flag("--json", options.as_json, "Print JSON.");
}

void declare_out(CLI::App& app, CommandLineOptions& options) {
  app.add_option("--out", options.out, "Output file ('-': standard output).")
      ->capture_default_str();
}

}  // namespace

void declare_workloads(CLI::App& app, CommandLineOptions& options) {
  app.add_option("name", options.workload, "Workload or sweep to describe.");
}

void declare_doctor(CLI::App& app, CommandLineOptions& options) { declare_json(app, options); }

void declare_names(CLI::App& app, CommandLineOptions& options) {
  app.add_option("kind", options.kind, "models, workloads, suites, claims, contestants or trials.")
      ->required();
}

void declare_run(CLI::App& app, RunOptions& options) {
  app.add_option("--suite", options.suite,
                 "Run this suite: quick, standard, full, claims, or a suite file (default: "
                 "standard; claims with --claim).")
      ->capture_default_str();
  app.add_option(
         "--models", options.models,
         "Measure only these models: epoll,select or \"epoll,epoll --reply echo\" (default: "
         "the suite's; none: only external contestants).")
      ->delimiter(',');
  app.add_option("--contestant", options.contestants,
                 "Also measure this external server: a JSON file, or a shipped one such as gevent. "
                 "Repeatable.")
      ->allow_extra_args(false);
  app.add_option("--workloads", options.workloads, "Run only these workloads.")->delimiter(',');
  app.add_option("--claim", options.claims,
                 "Measure what this claim needs (see 'sockbench claims --list'). Repeatable.")
      ->allow_extra_args(false);
  app.add_option("--out", options.out, "Directory for run.json and logs.")->capture_default_str();
  app.add_option("--server-cpus", options.server_cpus,
                 "CPUs of the servers, such as 0 or 0,2-3 (default: half of the cores).");
  app.add_option("--generator-cpus", options.generator_cpus,
                 "CPUs of the load generator (default: the other half).");
  app.add_option("--restarts", options.restarts,
                 "Restart every server N times (default: the suite's number).")
      ->check(CLI::Range(1, 10'000));
  app.add_option(
      "--precision", options.precision,
      "End a workload when its intervals over restarts are within ±PERCENT, such as 1%.");
  app.add_option("--budget", options.budget,
                 "Limit the run to DURATION, such as 10m (default: unlimited).");
  app.add_option(
      "--memory-budget", options.memory_budget,
      "Limit the memory of servers that run together, such as 4GiB (default: 60 % of what "
      "is available).");
  app.add_option(
      "--micro", options.micro,
      "Use these micro-benchmarks, a file of sockbench-micro --out, for claims and costs.");
  app.add_option("--progress", options.progress,
                 "Show progress as table, lines, none, or auto (a table on a terminal).")
      ->capture_default_str();
  app.add_flag_callback(
      "--quiet", [&options] { options.progress = "none"; }, "Same as --progress none.");
  app.add_option("--seed", options.seed, "Random seed.")->capture_default_str();
  app.add_option(
         "--disturbances", options.disturbances,
         "Repeat slices that other processes or the hypervisor disturb, or ignore disturbances "
         "(for a machine that is never quiet).")
      ->check(CLI::IsMember({"repeat", "ignore"}))
      ->capture_default_str();
  app.add_option(
         "--slice-factor", options.slice_factor,
         "Measure slices FACTOR times as long and as few, to check that figures do not depend "
         "on their length.")
      ->check(CLI::Range(0.1, 100.0))
      ->capture_default_str();
  app.add_option(
      "--unsliced", options.unsliced,
      "Measure each contestant alone for DURATION, one after the other, without slices.");
}

void declare_duel(CLI::App& app, DuelOptions& options) {
  app.add_option("--base", options.base,
                 "Base: the command of a server, or a contestant's .json. Repeatable: other link "
                 "layouts of the same program.")
      ->required()
      ->allow_extra_args(false);
  app.add_option("--head", options.head, "Head: the command to compare with it, likewise.")
      ->required()
      ->allow_extra_args(false);
  app.add_option("--base-label", options.base_label,
                 "Name of the base in messages, such as a commit.");
  app.add_option("--head-label", options.head_label, "Name of the head.");
  app.add_option("--workloads", options.workloads,
                 "Run only these workloads (default: pingpong,busy,mostly_idle,churn,paced).")
      ->delimiter(',');
  app.add_option("--margin", options.margin, "Ignore changes of CPU per request smaller than this.")
      ->capture_default_str();
  app.add_option("--resolve", options.resolve, "Pass only if a change of this size is ruled out.")
      ->capture_default_str();
  app.add_option("--budget", options.budget, "Limit the time for each workload.")
      ->capture_default_str();
  app.add_flag("--short", options.short_form,
               "Compare system calls, and run 'busy', whose timing only warns.");
  app.add_flag("--fail-on-inconclusive", options.fail_on_inconclusive,
               "Exit with 3 instead of 0 when nothing is decided.");
  app.add_option("--out", options.out, "Directory for the verdict and logs.")
      ->capture_default_str();
  app.add_option("--history", options.history, "Append the verdict to this file.");
  app.add_option("--seed", options.seed, "Random seed.")->capture_default_str();
  app.add_option("--server-cpus", options.server_cpus,
                 "CPUs of the servers, such as 0 or 0,2-3 (default: half of the cores).");
  app.add_option("--generator-cpus", options.generator_cpus,
                 "CPUs of the load generator (default: the other half).");
  app.add_flag("--quiet", options.quiet, "Print no line for each workload.");
}

void declare_capacity(CLI::App& app, CapacityOptions& options) {
  app.add_option("--bound", options.bound,
                 "Bound on the response time: p50, p90, p99 or p99.9, and a duration or a multiple "
                 "of the unloaded first server, such as p99=3x.")
      ->capture_default_str();
  app.add_option("--models", options.models,
                 "Measure these models, the first one is the reference (default: "
                 "epoll,threaded,io_uring; none: only external contestants).")
      ->delimiter(',');
  app.add_option("--contestant", options.contestants,
                 "Also measure this external server: a JSON file, or a shipped one such as gevent. "
                 "Repeatable.")
      ->allow_extra_args(false);
  app.add_option("--connections", options.connections, "Spread the requests over N connections.")
      ->capture_default_str()
      ->check(CLI::Range(1, 15'000));
  app.add_option("--message-bytes", options.message_bytes, "Bytes of a message.")
      ->capture_default_str()
      ->check(CLI::Range(1, 64 << 20));
  app.add_option("--restarts", options.restarts,
                 "Restart every server N times (default: as the budget allows, at least 6).")
      ->check(CLI::Range(1, 1'000));
  app.add_option("--budget", options.budget,
                 "Limit the search to DURATION, such as 5m (default: 90 s for each server).");
  app.add_option("--out", options.out, "Directory for capacity.json and logs.")
      ->capture_default_str();
  app.add_option("--server-cpus", options.server_cpus,
                 "CPUs of the servers, such as 0 or 0,2-3 (default: half of the cores).");
  app.add_option("--generator-cpus", options.generator_cpus,
                 "CPUs of the load generator (default: the other half).");
  app.add_option("--seed", options.seed, "Random seed.")->capture_default_str();
  app.add_option("--margin", options.margin, "Ignore ratios closer to 1 than this share.")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 0.5));
}

void declare_gate(CLI::App& app, bool& selftest, SelftestOptions& options) {
  app.add_flag("--selftest", selftest,
               "Measure how often the gate is wrong on this machine. Takes hours.");
  app.add_option("--runs", options.runs, "Repeat each trial N times (default: see docs/faults.md).")
      ->check(CLI::Range(1, 10'000));
  app.add_option("--only", options.only,
                 "Run only these trials, such as a_a,syscall (see 'sockbench names trials'). "
                 "Repeatable.")
      ->allow_extra_args(false)
      ->delimiter(',');
  app.add_option("--workload", options.workload, "Workload of all trials but memory.")
      ->capture_default_str();
  app.add_option("--out", options.out, "Directory for selftest.json, selftest.md and the duels.")
      ->capture_default_str();
  app.add_option("--seed", options.seed, "Random seed.")->capture_default_str();
  app.add_flag("--resume", options.resume, "Continue the self-test in the directory of --out.");
}

void declare_validate(CLI::App& app, CommandLineOptions& options) { declare_file(app, options); }

void declare_report(CLI::App& app, CommandLineOptions& options) {
  declare_file(app, options);
  declare_out(app, options);
  app.add_option("--micro", options.micro,
                 "Add what a request should cost, from a file of sockbench-micro --out.");
}

void declare_advice(CLI::App& app, CommandLineOptions& options) {
  declare_file(app, options);
  declare_json(app, options);
}

void declare_cost_model(CLI::App& app, CommandLineOptions& options) {
  declare_file(app, options);
  app.add_option("--micro", options.micro, "Micro-benchmarks, a file of sockbench-micro --out.")
      ->required();
  declare_json(app, options);
}

void declare_models(CLI::App& app, CommandLineOptions& options) {
  declare_file(app, options);
  declare_out(app, options);
  app.add_option("--pool", options.pooled,
                 "Show the ratios of this pool.json instead of the run's.");
}

void declare_compare(CLI::App& app, CompareOptions& options) {
  app.add_option("a", options.a, "First run.json.")->required();
  app.add_option("b", options.b, "Second run.json.")->required();
  app.add_option("--json", options.json,
                 "Write the comparison as JSON to this file ('-': standard output).");
  app.add_flag("--force", options.force, "Compare runs of different environments.");
}

void declare_pool(CLI::App& app, PoolOptions& options) {
  app.add_option("runs", options.runs,
                 "Directories with a run.json, or run.json files; at least 2.")
      ->required();
  app.add_option("--out", options.out, "Directory for pool.json and pool.md.")
      ->capture_default_str();
}

void declare_export(CLI::App& app, ExportOptions& options) {
  app.add_option("file", options.file, "run.json to read.")->required();
  app.add_option("--format", options.format, "Output format: gbench, csv, hdr or bmf.")->required();
  app.add_option("--out", options.out, "Output file ('-': standard output).")
      ->capture_default_str();
  app.add_flag("--medians", options.medians,
               "gbench: write one entry for each benchmark, without repetitions.");
}

void declare_claims(CLI::App& app, ClaimsOptions& options) {
  app.add_option("file", options.file, "run.json to read.");
  app.add_option("--micro", options.micro, "Micro-benchmarks, a file of sockbench-micro --out.");
  app.add_option("--id", options.ids, "Judge only this claim. Repeatable.")
      ->allow_extra_args(false);
  app.add_flag("--json", options.json, "Print JSON.");
  app.add_flag("--list", options.list,
               "List all claims with their rules as Markdown; needs no run.");
}

void declare_history(CLI::App& app, CommandLineOptions& options) {
  app.add_option("file", options.file, "History file that sockbench duel --history wrote.")
      ->required();
  declare_json(app, options);
}

}  // namespace sockbench
