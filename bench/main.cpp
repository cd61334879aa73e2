// sockbench: a table of contents. Each command is a function of a room.

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "bench/help_texts.h"
#include "bench/judge/claims.h"
#include "bench/machine/contestant_rules.h"
#include "bench/machine/doctor.h"
#include "bench/plan/contestant.h"
#include "bench/plan/names.h"
#include "bench/plan/workload.h"
#include "bench/record/claims_text.h"
#include "bench/record/compare.h"
#include "bench/record/conclusions.h"
#include "bench/record/conclusions_text.h"
#include "bench/record/export.h"
#include "bench/record/history_report.h"
#include "bench/record/models_md.h"
#include "bench/record/report_md.h"
#include "bench/record/validate.h"
#include "bench/run/child.h"
#include "bench/run/command.h"
#include "bench/run/duel.h"
#include "bench/run/selftest.h"
#include "common/cli.h"
#include "common/file.h"
#include "common/terminal.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

int list_models() {
  for (const Contestant& model : find_models(program_directory())) {
    std::printf("%-18s %-14s %s\n", model.name.c_str(), model.describe.value("family", "").c_str(),
                model.describe.value("summary", "").c_str());
  }
  return kExitOk;
}

int list_workloads(const std::string& name) {
  const std::vector<Workload> all = load_workloads(data_directory() / "workloads");
  if (name.empty()) {
    std::fputs(list_text(all).c_str(), stdout);
    return kExitOk;
  }
  std::string text;
  for (const Workload& workload : choose_workloads(all, {name})) {
    text += (text.empty() ? "" : "\n") + detail_text(workload);
  }
  std::fputs(text.c_str(), stdout);
  return kExitOk;
}

/// Bad findings are an answer, not a failure.
int examine(bool as_json) {
  std::vector<Finding> findings = diagnose(examine_machine());
  for (Finding& finding : judge_contestants(data_directory() / "contestants")) {
    findings.push_back(std::move(finding));
  }
  const std::string text = as_json ? to_json(findings).dump(1) + "\n" : to_text(findings);
  std::fputs(text.c_str(), stdout);
  return kExitOk;
}

int print_names(const std::string& kind) {
  for (const std::string& name : names_of(kind)) std::printf("%s\n", name.c_str());
  return kExitOk;
}

/// Naming no subcommand is wrong usage, and most likely the first try.
int tell_first_steps() {
  std::fwrite(kFirstSteps.data(), 1, kFirstSteps.size(), stderr);
  return kExitUsage;
}

ordered_json read_run(const std::string& path) {
  try {
    return ordered_json::parse(read_file(path));
  } catch (const ordered_json::parse_error&) {
    throw UsageError("'" + path + "' is not JSON.");
  }
}

int validate_file(const std::string& path) {
  const ordered_json document = read_run(path);
  const bool is_duel = document.contains("kind") && document["kind"] == "duel";
  const auto violations =
      validate(nlohmann::json(document), is_duel ? duel_schema_file() : run_schema_file());
  for (const std::string& sentence : violations) std::fprintf(stderr, "%s\n", sentence.c_str());
  if (violations.empty()) {
    std::printf("%s is a valid %s.\n", path.c_str(), is_duel ? "duel" : "run");
  }
  return violations.empty() ? kExitOk : kExitRegression;
}

ordered_json read_valid_run(const std::string& path) {
  ordered_json run = read_run(path);
  if (const auto violations = validate(nlohmann::json(run), run_schema_file());
      !violations.empty()) {
    throw UsageError("'" + path + "' is not a valid run: " + violations.front() + ".");
  }
  return run;
}

/// `micro`: what sockbench-micro wrote, or empty.
int write_report(const std::string& path, const std::string& micro, const std::string& out) {
  ordered_json run = read_valid_run(path);
  if (!run.contains("advice") && has_rules("advice.json")) add_conclusions(run);
  if (!micro.empty()) add_cost_model(run, micro);
  write_file_atomically(out, report_markdown(run));
  return kExitOk;
}

int print_advice(const std::string& path, bool as_json) {
  ordered_json run = read_valid_run(path);
  add_conclusions(run);
  const ordered_json conclusions = {{"advice", run["advice"]}, {"break_even", run["break_even"]}};
  std::fputs((as_json ? conclusions.dump(1) + "\n" : advice_text(run)).c_str(), stdout);
  return kExitOk;
}

int print_cost_model(const std::string& path, const std::string& micro, bool as_json) {
  ordered_json run = read_valid_run(path);
  add_cost_model(run, micro);
  std::fputs((as_json ? run["cost_model"].dump(1) + "\n" : cost_model_text(run)).c_str(), stdout);
  return kExitOk;
}

int write_models(const std::string& path, const std::string& out) {
  write_file_atomically(out, models_markdown(read_valid_run(path)));
  return kExitOk;
}

struct ExportOptions {
  std::string file;
  std::string format;
  std::string out = "-";
  bool medians = false;
};

int export_file(const ExportOptions& options) {
  const Exporter exported = exporter(options.format, options.medians);
  write_file_atomically(options.out, exported(read_valid_run(options.file)));
  return kExitOk;
}

int print_history(const std::string& path, bool as_json) {
  const History history = read_history(path);
  if (history.duels.empty()) {
    throw UsageError("'" + path + "' holds no duel; 'sockbench duel --history FILE' adds one.");
  }
  const ordered_json report = judge_history(history);
  std::fputs((as_json ? report.dump(1) + "\n" : history_text(report)).c_str(), stdout);
  return kExitOk;
}

struct CompareOptions {
  std::string a;
  std::string b;
  std::string json;  ///< where to; empty: nowhere
  bool force = false;
};

int compare_files(const CompareOptions& options) {
  const ordered_json a = read_valid_run(options.a);
  const ordered_json b = read_valid_run(options.b);
  const ordered_json comparison = compare_runs(a, b);
  if (const std::string sentence = refusal(comparison); !sentence.empty() && !options.force) {
    throw UsageError(sentence);
  }
  if (!options.json.empty()) write_file_atomically(options.json, comparison.dump(1) + "\n");
  if (options.json != "-") std::fputs(comparison_text(comparison).c_str(), stdout);
  return kExitOk;
}

struct ClaimsOptions {
  std::string file;
  std::string micro;  ///< what sockbench-micro wrote; empty: none
  std::vector<std::string> ids;
  bool json = false;
  bool list = false;
};

int judge_file(const ClaimsOptions& options) {
  const auto claims = choose_claims(load_claims(data_directory() / "claims"), options.ids);
  if (options.list) {
    std::fputs(claims_list(claims).c_str(), stdout);
    return kExitOk;
  }
  if (options.file.empty()) throw UsageError("Name a run.json, or --list to see all claims.");
  const ordered_json run = read_valid_run(options.file);
  const MicroCosts micro = options.micro.empty() ? MicroCosts() : read_micro_costs(options.micro);
  const ordered_json verdicts = judge_claims(claims, run, micro);
  const std::string text = options.json ? verdicts.dump(1) + "\n" : claims_text(claims, verdicts);
  std::fputs(text.c_str(), stdout);
  return kExitOk;
}

void declare_claims(CLI::App& app, ClaimsOptions& options) {
  app.add_option("file", options.file, "a run.json");
  app.add_option("--micro", options.micro,
                 "micro-benchmarks, as sockbench-micro --out writes them");
  app.add_option("--id", options.ids, "only this claim; repeatable")->allow_extra_args(false);
  app.add_flag("--json", options.json, "for programs");
  app.add_flag("--list", options.list, "all claims with their rules, as Markdown; needs no run");
}

void declare_export(CLI::App& app, ExportOptions& options) {
  app.add_option("file", options.file, "a run.json")->required();
  app.add_option("--format", options.format, "gbench, csv, hdr or bmf")->required();
  app.add_option("--out", options.out, "where to; - is standard output")->capture_default_str();
  app.add_flag("--medians", options.medians, "gbench: one entry for each benchmark, nothing else");
}

void declare_compare(CLI::App& app, CompareOptions& options) {
  app.add_option("a", options.a, "a run.json")->required();
  app.add_option("b", options.b, "another one")->required();
  app.add_option("--json", options.json, "where to write it for programs; - is standard output");
  app.add_flag("--force", options.force, "also when the environments differ");
}

/// `asked`: whether --selftest was given.
int test_gate(bool asked, const SelftestOptions& options) {
  if (!asked) {
    throw UsageError(
        "'gate' only tests itself, with --selftest; 'sockbench duel' compares two builds of a "
        "server, and scripts/ci_gate.sh two revisions.");
  }
  watch_for_interrupt();
  return run_selftest(options, run_duel);
}

void declare_gate(CLI::App& app, bool& selftest, SelftestOptions& options) {
  app.add_flag("--selftest", selftest, "how often is the gate wrong here? takes hours");
  app.add_option("--runs", options.runs, "of each trial [as docs/faults.md says]")
      ->check(CLI::Range(1, 10'000));
  app.add_option("--only", options.only,
                 "only this trial (see 'sockbench names trials'); repeatable")
      ->allow_extra_args(false);
  app.add_option("--workload", options.workload, "of every trial")->capture_default_str();
  app.add_option("--out", options.out, "folder for selftest.json, selftest.md and the duels")
      ->capture_default_str();
  app.add_option("--seed", options.seed, "of the trials' seeds")->capture_default_str();
  app.add_flag("--resume", options.resume, "go on with the self-test in the folder of --out");
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
  app.add_option("--out", options.out, "folder for run.json and logs")->capture_default_str();
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
  app.add_option("--seed", options.seed, "of orders and arrivals")->capture_default_str();
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
  app.add_option("--margin", options.margin,
                 "a change of CPU per request below it is nobody's concern")
      ->capture_default_str();
  app.add_option("--resolve", options.resolve, "a pass rules out a change of this size")
      ->capture_default_str();
  app.add_option("--budget", options.budget, "time for each workload")->capture_default_str();
  app.add_flag("--short", options.short_form,
               "exact counts, and 'busy', of which timing can only warn");
  app.add_flag("--fail-on-inconclusive", options.fail_on_inconclusive,
               "end with 3 when nothing is decided, instead of 0");
  app.add_option("--out", options.out, "folder for the verdict and logs")->capture_default_str();
  app.add_option("--history", options.history, "append the verdict to this file");
  app.add_option("--seed", options.seed, "of orders and arrivals")->capture_default_str();
  app.add_option("--server-cpus", options.server_cpus, "such as 0 or 0,2-3 [half of the cores]");
  app.add_option("--generator-cpus", options.generator_cpus, "likewise [the other half]");
  app.add_flag("--quiet", options.quiet, "no line for each workload");
}

/// What the command line says, of whichever command.
struct Asked {
  std::string workload;
  std::string kind;
  std::string file;
  std::string micro;
  std::string out = "-";
  bool as_json = false;
  bool selftest = false;
  RunOptions run;
  DuelOptions duel;
  SelftestOptions trials;
  CompareOptions compare;
  ExportOptions exported;
  ClaimsOptions claims;
};

/// The subcommands, and what each of them does.
class Commands final {
 public:
  explicit Commands(CLI::App& app) : app_(app) { app_.require_subcommand(1); }

  CLI::App& add(const char* name, const char* text, std::function<int()> action) {
    CLI::App* const command = app_.add_subcommand(name, text);
    all_.emplace_back(command, std::move(action));
    return *command;
  }
  /// The one that was given.
  int run() const {
    for (const auto& [command, action] : all_) {
      if (app_.got_subcommand(command)) return action();
    }
    return tell_first_steps();
  }

 private:
  CLI::App& app_;
  std::vector<std::pair<CLI::App*, std::function<int()>>> all_;
};

void add_looking_around(Commands& commands, Asked& asked) {
  commands.add("models", "list the server models", list_models);
  commands
      .add("workloads", "list the workloads, or describe one",
           [&] { return list_workloads(asked.workload); })
      .add_option("name", asked.workload, "of a workload or a sweep");
  commands
      .add("doctor", "what this machine can and cannot measure, with advice",
           [&] { return examine(asked.as_json); })
      .add_flag("--json", asked.as_json, "for programs");
  commands
      .add("names", "list the names of one kind, one a line",
           [&] { return print_names(asked.kind); })
      .add_option("kind", asked.kind, "models, workloads, suites, claims, contestants or trials")
      ->required();
}

void add_measuring(Commands& commands, Asked& asked) {
  declare_run(commands.add("run", "measure, and write OUT/run.json",
                           [&] { return run_command(asked.run); }),
              asked.run);
  declare_duel(commands.add("duel", "is one build of a server worse than another? One verdict",
                            [&] { return duel_command(asked.duel); }),
               asked.duel);
  declare_gate(commands.add("gate", "test the regression gate itself, by known faults",
                            [&] { return test_gate(asked.selftest, asked.trials); }),
               asked.selftest, asked.trials);
}

/// What is read off a run.json by itself.
void add_answers(Commands& commands, Asked& asked) {
  const auto add = [&](const char* name, const char* text, std::function<int()> action) {
    CLI::App* const command = &commands.add(name, text, std::move(action));
    command->add_option("file", asked.file, "a run.json")->required();
    return command;
  };
  add("validate", "check a run.json or duel.json against its schema",
      [&] { return validate_file(asked.file); });
  CLI::App* const report = add("report-md", "write a run as a Markdown page",
                               [&] { return write_report(asked.file, asked.micro, asked.out); });
  report->add_option("--out", asked.out, "where to; - is standard output")->capture_default_str();
  report->add_option("--micro", asked.micro,
                     "what sockbench-micro wrote: adds what a request should cost");
  add("advice", "which model when, from a run", [&] {
    return print_advice(asked.file, asked.as_json);
  })->add_flag("--json", asked.as_json, "for programs");
  CLI::App* const cost_model =
      add("cost-model", "what a request should cost by its parts, and what it did",
          [&] { return print_cost_model(asked.file, asked.micro, asked.as_json); });
  cost_model->add_option("--micro", asked.micro, "what sockbench-micro wrote")->required();
  cost_model->add_flag("--json", asked.as_json, "for programs");
  add("models-md", "write a run's contestants as one Markdown table",
      [&] { return write_models(asked.file, asked.out); })
      ->add_option("--out", asked.out, "where to; - is standard output")
      ->capture_default_str();
}

void add_reading(Commands& commands, Asked& asked) {
  add_answers(commands, asked);
  declare_compare(commands.add("compare", "two runs side by side; for a verdict see duel",
                               [&] { return compare_files(asked.compare); }),
                  asked.compare);
  declare_export(commands.add("export", "write a run for other programs to read",
                              [&] { return export_file(asked.exported); }),
                 asked.exported);
  declare_claims(commands.add("claims", "what a run says of the textbooks' claims, with figures",
                              [&] { return judge_file(asked.claims); }),
                 asked.claims);
  CLI::App& history = commands.add("history", "what changed over many duels; advice, no verdict",
                                   [&] { return print_history(asked.file, asked.as_json); });
  history.add_option("file", asked.file, "what sockbench duel --history writes")->required();
  history.add_flag("--json", asked.as_json, "for programs");
}

int sockbench_main(int argc, char** argv) {
  CLI::App app("Measures how servers do socket I/O: time-sliced, paired, with intervals.",
               "sockbench");
  Asked asked;
  Commands commands(app);
  add_looking_around(commands, asked);
  add_measuring(commands, asked);
  add_reading(commands, asked);
  app.footer(std::string(kExamples));
  for (const auto& [name, examples] : kExamplesOf) app.get_subcommand(name)->footer(examples);
  if (argc == 1) return tell_first_steps();
  if (const auto exit_code = parse_command_line(app, argc, argv)) return *exit_code;
  return commands.run();
}

}  // namespace
}  // namespace sockbench

int main(int argc, char** argv) {
  const auto colours =
      sockbench::wants_plain_text() ? spdlog::color_mode::never : spdlog::color_mode::automatic;
  auto logger = spdlog::stderr_color_st("sockbench", colours);
  logger->set_pattern("%^%l%$: %v");
  spdlog::set_default_logger(logger);
  return sockbench::run_main("sockbench", [&] { return sockbench::sockbench_main(argc, argv); });
}
