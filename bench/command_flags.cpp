#include "bench/command_flags.h"

namespace sockbench {
namespace {

void declare_file(CLI::App& app, Asked& asked) {
  app.add_option("file", asked.file, "a run.json")->required();
}

void declare_json(CLI::App& app, Asked& asked) {
  app.add_flag("--json", asked.as_json, "for programs");
}

void declare_out(CLI::App& app, Asked& asked) {
  app.add_option("--out", asked.out, "where to; - is standard output")->capture_default_str();
}

}  // namespace

void declare_workloads(CLI::App& app, Asked& asked) {
  app.add_option("name", asked.workload, "of a workload or a sweep");
}

void declare_doctor(CLI::App& app, Asked& asked) { declare_json(app, asked); }

void declare_names(CLI::App& app, Asked& asked) {
  app.add_option("kind", asked.kind, "models, workloads, suites, claims, contestants or trials")
      ->required();
}

void declare_run(CLI::App& app, RunOptions& options) {
  app.add_option("--suite", options.suite,
                 "quick, standard, full, claims, or the path of a suite file [standard; "
                 "claims with --claim]")
      ->capture_default_str();
  app.add_option("--models", options.models,
                 "only these, such as epoll,select or \"epoll,epoll --reply echo\"; or none")
      ->delimiter(',');
  app.add_option(
         "--contestant", options.contestants,
         "a server of yours too: its JSON file, or a shipped one such as gevent; repeatable")
      ->allow_extra_args(false);
  app.add_option("--workloads", options.workloads, "only these")->delimiter(',');
  app.add_option("--claim", options.claims,
                 "what deciding this claim needs (see 'sockbench claims --list'); repeatable")
      ->allow_extra_args(false);
  app.add_option("--out", options.out, "directory for run.json and logs")->capture_default_str();
  app.add_option("--server-cpus", options.server_cpus, "such as 0 or 0,2-3 [half of the cores]");
  app.add_option("--generator-cpus", options.generator_cpus, "likewise [the other half]");
  app.add_option("--restarts", options.restarts, "fresh starts of everything [as the suite says]")
      ->check(CLI::Range(1, 10'000));
  app.add_option("--precision", options.precision,
                 "end a workload once its primary intervals are within, such as 1%");
  app.add_option("--budget", options.budget, "time for all workloads together, such as 10m");
  app.add_option("--memory-budget", options.memory_budget,
                 "of contestants alive together, such as 4GiB [60 % of what is available]");
  app.add_option("--micro", options.micro,
                 "what sockbench-micro wrote: claims and the cost model judge by it too");
  app.add_option("--progress", options.progress,
                 "on standard error: table, lines, none, or auto (a table on a terminal)")
      ->capture_default_str();
  app.add_flag_callback(
      "--quiet", [&options] { options.progress = "none"; }, "the same as --progress none");
  app.add_option("--seed", options.seed, "random seed")->capture_default_str();
  app.add_option(
         "--disturbances", options.disturbances,
         "repeat slices that other processes or the hypervisor disturb, or ignore that: on a "
         "machine that never gets quiet ratios then hold for its noise as well")
      ->check(CLI::IsMember({"repeat", "ignore"}))
      ->capture_default_str();
  app.add_option("--slice-factor", options.slice_factor,
                 "make slices FACTOR times as long and as few, to check that figures do not depend "
                 "on their length")
      ->check(CLI::Range(0.1, 100.0))
      ->capture_default_str();
  app.add_option("--unsliced", options.unsliced,
                 "measure each contestant alone for DURATION, one after the other: the check "
                 "without slices");
}

void declare_duel(CLI::App& app, DuelOptions& options) {
  app.add_option("--base", options.base,
                 "command of the server as it was, or a contestant's .json; repeatable: other link "
                 "layouts of it")
      ->required()
      ->allow_extra_args(false);
  app.add_option("--head", options.head, "command of the server as it is now; likewise")
      ->required()
      ->allow_extra_args(false);
  app.add_option("--base-label", options.base_label, "what to call it, such as a commit");
  app.add_option("--head-label", options.head_label, "likewise");
  app.add_option("--workloads", options.workloads,
                 "only these [pingpong,busy,mostly_idle,churn,paced]")
      ->delimiter(',');
  app.add_option("--margin", options.margin, "ignore changes of CPU per request smaller than this")
      ->capture_default_str();
  app.add_option("--resolve", options.resolve, "a pass rules out a change of this size")
      ->capture_default_str();
  app.add_option("--budget", options.budget, "time for each workload")->capture_default_str();
  app.add_flag("--short", options.short_form,
               "exact counts, and 'busy', of which timing can only warn");
  app.add_flag("--fail-on-inconclusive", options.fail_on_inconclusive,
               "end with 3 when nothing is decided, instead of 0");
  app.add_option("--out", options.out, "directory for the verdict and logs")->capture_default_str();
  app.add_option("--history", options.history, "append the verdict to this file");
  app.add_option("--seed", options.seed, "of orders and arrivals")->capture_default_str();
  app.add_option("--server-cpus", options.server_cpus, "such as 0 or 0,2-3 [half of the cores]");
  app.add_option("--generator-cpus", options.generator_cpus, "likewise [the other half]");
  app.add_flag("--quiet", options.quiet, "no line for each workload");
}

void declare_gate(CLI::App& app, bool& selftest, SelftestOptions& options) {
  app.add_flag("--selftest", selftest, "how often is the gate wrong here? takes hours");
  app.add_option("--runs", options.runs, "of each trial [as docs/faults.md says]")
      ->check(CLI::Range(1, 10'000));
  app.add_option("--only", options.only,
                 "only these, such as a_a,syscall (see 'sockbench names trials'); repeatable")
      ->allow_extra_args(false)
      ->delimiter(',');
  app.add_option("--workload", options.workload, "of every trial but memory")
      ->capture_default_str();
  app.add_option("--out", options.out, "directory for selftest.json, selftest.md and the duels")
      ->capture_default_str();
  app.add_option("--seed", options.seed, "of the trials' seeds")->capture_default_str();
  app.add_flag("--resume", options.resume, "go on with the self-test in the directory of --out");
}

void declare_validate(CLI::App& app, Asked& asked) { declare_file(app, asked); }

void declare_report(CLI::App& app, Asked& asked) {
  declare_file(app, asked);
  declare_out(app, asked);
  app.add_option("--micro", asked.micro,
                 "what sockbench-micro wrote: adds what a request should cost");
}

void declare_advice(CLI::App& app, Asked& asked) {
  declare_file(app, asked);
  declare_json(app, asked);
}

void declare_cost_model(CLI::App& app, Asked& asked) {
  declare_file(app, asked);
  app.add_option("--micro", asked.micro, "what sockbench-micro wrote")->required();
  declare_json(app, asked);
}

void declare_models(CLI::App& app, Asked& asked) {
  declare_file(app, asked);
  declare_out(app, asked);
  app.add_option("--pool", asked.pooled, "a pool.json: show its ratios instead of the run's");
}

void declare_compare(CLI::App& app, CompareOptions& options) {
  app.add_option("a", options.a, "a run.json")->required();
  app.add_option("b", options.b, "another one")->required();
  app.add_option("--json", options.json, "where to write it for programs; - is standard output");
  app.add_flag("--force", options.force, "also when the environments differ");
}

void declare_pool(CLI::App& app, PoolOptions& options) {
  app.add_option("runs", options.runs, "directories with a run.json, or run.json files; at least 2")
      ->required();
  app.add_option("--out", options.out, "directory for pool.json and pool.md")
      ->capture_default_str();
}

void declare_export(CLI::App& app, ExportOptions& options) {
  app.add_option("file", options.file, "a run.json")->required();
  app.add_option("--format", options.format, "gbench, csv, hdr or bmf")->required();
  app.add_option("--out", options.out, "where to; - is standard output")->capture_default_str();
  app.add_flag("--medians", options.medians, "gbench: one entry for each benchmark, nothing else");
}

void declare_claims(CLI::App& app, ClaimsOptions& options) {
  app.add_option("file", options.file, "a run.json");
  app.add_option("--micro", options.micro,
                 "micro-benchmarks, as sockbench-micro --out writes them");
  app.add_option("--id", options.ids, "only this claim; repeatable")->allow_extra_args(false);
  app.add_flag("--json", options.json, "for programs");
  app.add_flag("--list", options.list, "all claims with their rules, as Markdown; needs no run");
}

void declare_history(CLI::App& app, Asked& asked) {
  app.add_option("file", asked.file, "what sockbench duel --history writes")->required();
  declare_json(app, asked);
}

}  // namespace sockbench
