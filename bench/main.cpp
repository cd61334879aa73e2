// sockbench: a table of contents. Each command is a function of a room.

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <filesystem>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "bench/commands/capacity.h"
#include "bench/commands/duel.h"
#include "bench/commands/flags.h"
#include "bench/commands/help_texts.h"
#include "bench/commands/names.h"
#include "bench/commands/run.h"
#include "bench/commands/selftest.h"
#include "bench/document/run.h"
#include "bench/document/validate.h"
#include "bench/judge/claims.h"
#include "bench/judge/compare.h"
#include "bench/judge/conclude.h"
#include "bench/judge/history.h"
#include "bench/judge/pool.h"
#include "bench/judge/rules.h"
#include "bench/machine/doctor.h"
#include "bench/plan/contestant.h"
#include "bench/plan/workload.h"
#include "bench/report/duel_reports.h"
#include "bench/report/export.h"
#include "bench/report/reports.h"
#include "common/child.h"
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

/// "duel", "pool", "capacity", or "run" for everything else.
std::string kind_of(const ordered_json& document) {
  const auto given = document.is_object() ? document.find("kind") : document.end();
  for (const char* kind : {"duel", "pool", "capacity"}) {
    if (given != document.end() && *given == kind) return kind;
  }
  return "run";
}

int validate_file(const std::string& path) {
  const ordered_json document = read_measured(path);
  const std::string kind = kind_of(document);
  const auto violations = validate(nlohmann::json(document), schema_file(kind));
  for (const std::string& sentence : violations) std::fprintf(stderr, "%s\n", sentence.c_str());
  if (violations.empty()) {
    std::printf("%s is a valid %s.\n", path.c_str(), kind.c_str());
  }
  return violations.empty() ? kExitOk : kExitRegression;
}

/// `file`: what sockbench-micro wrote, or empty.
MicroCosts costs_in(const std::string& file) {
  return file.empty() ? MicroCosts() : read_micro_costs(file);
}

int write_report(const std::string& path, const std::string& micro, const std::string& out) {
  Run run = read_run(path);
  if (!run.advice && has_advice_rules()) conclude(run, {});
  if (!micro.empty()) run.cost_model = predict_costs(run, costs_in(micro), load_cost_rules());
  write_file_atomically(out, report_markdown(run));
  return kExitOk;
}

int print_advice(const std::string& path, bool as_json) {
  Run run = read_run(path);
  conclude(run, {});
  const ordered_json document = {{"advice", to_json(*run.advice)},
                                 {"break_even", to_json(*run.break_even)}};
  std::fputs((as_json ? document.dump(1) + "\n" : advice_text(run)).c_str(), stdout);
  return kExitOk;
}

int print_cost_model(const std::string& path, const std::string& micro, bool as_json) {
  Run run = read_run(path);
  run.cost_model = predict_costs(run, read_micro_costs(micro), load_cost_rules());
  const std::string text = as_json ? to_json(*run.cost_model).dump(1) + "\n" : cost_model_text(run);
  std::fputs(text.c_str(), stdout);
  return kExitOk;
}

/// `pool`: whose ratios to show instead of the run's own, or empty.
int write_models(const std::string& path, const std::string& pool, const std::string& out) {
  const Run run = read_run(path);
  std::optional<PooledRatios> ratios;
  if (!pool.empty()) ratios = parse_pooled_ratios(read_valid_pool(pool));
  if (ratios && ratios->reference != run.plan.reference) {
    throw UsageError("'" + pool + "' has another reference than '" + path + "'.");
  }
  write_file_atomically(out, models_markdown(run, ratios));
  return kExitOk;
}

int export_file(const ExportOptions& options) {
  const Exporter chosen = exporter(options.format, options.medians);
  write_file_atomically(options.out, exported(read_run(options.file), chosen));
  return kExitOk;
}

int print_history(const std::string& path, bool as_json) {
  const History history = read_history(path);
  if (history.duels.empty()) {
    throw UsageError("'" + path + "' holds no duel; 'sockbench duel --history FILE' adds one.");
  }
  const HistoryReport report = judge_history(history);
  std::fputs((as_json ? to_json(report).dump(1) + "\n" : history_text(report)).c_str(), stdout);
  return kExitOk;
}

int compare_files(const CompareOptions& options) {
  const Run a = read_run(options.a);  // in this order: the first mistake is named first
  const Run b = read_run(options.b);
  const RunsCompared compared = compare_runs(a, b);
  if (const std::string sentence = refusal(compared); !sentence.empty() && !options.force) {
    throw UsageError(sentence);
  }
  if (!options.json.empty()) {
    write_file_atomically(options.json, to_json(compared).dump(1) + "\n");
  }
  if (options.json != "-") std::fputs(comparison_text(compared).c_str(), stdout);
  return kExitOk;
}

int pool_files(const PoolOptions& options) {
  const Pool pool = pool_runs(read_pool_runs(options.runs));
  std::filesystem::create_directories(options.out);
  const std::string place = options.out + "/pool";
  write_file_atomically(place + ".json", one_element_a_line(to_json(pool)));
  write_file_atomically(place + ".md", pool_markdown(pool));
  std::printf("%sResults: %s.json, %s.md\n", pool_text(pool).c_str(), place.c_str(), place.c_str());
  return kExitOk;
}

int judge_file(const ClaimsOptions& options) {
  const auto claims = choose_claims(load_claims(data_directory() / "claims"), options.ids);
  if (options.list) {
    std::fputs(claims_list(claims).c_str(), stdout);
    return kExitOk;
  }
  if (options.file.empty()) throw UsageError("Name a run.json, or --list to see all claims.");
  const std::vector<ClaimFinding> findings =
      judge_claims(claims, read_run(options.file), costs_in(options.micro));
  const std::string text =
      options.json ? to_json(findings).dump(1) + "\n" : claims_text(claims, findings);
  std::fputs(text.c_str(), stdout);
  return kExitOk;
}

/// `wanted`: whether --selftest was given.
int test_gate(bool wanted, const SelftestOptions& options) {
  if (!wanted) {
    throw UsageError(
        "'gate' only tests itself, with --selftest; 'sockbench duel' compares two builds of a "
        "server, and scripts/ci_gate.sh two revisions.");
  }
  watch_for_interrupt();
  return run_selftest(options, run_duel);
}

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

void add_looking_around(Commands& commands, CommandLineOptions& options) {
  commands.add("models", "list the server models", list_models);
  declare_workloads(commands.add("workloads", "list the workloads, or describe one",
                                 [&] { return list_workloads(options.workload); }),
                    options);
  declare_doctor(commands.add("doctor", "what this machine can and cannot measure, with advice",
                              [&] { return examine(options.as_json); }),
                 options);
  declare_names(commands.add("names", "list the names of one kind, one a line",
                             [&] { return print_names(options.kind); }),
                options);
}

void add_measuring(Commands& commands, CommandLineOptions& options) {
  declare_run(commands.add("run", "measure, and write OUT/run.json",
                           [&] { return run_command(options.run); }),
              options.run);
  declare_duel(commands.add("duel", "is one build of a server worse than another? One verdict",
                            [&] { return duel_command(options.duel); }),
               options.duel);
  declare_capacity(commands.add("capacity", "requests per second at a bound on response times",
                                [&] { return capacity_command(options.capacity); }),
                   options.capacity);
  declare_gate(commands.add("gate", "test the regression gate itself, by known faults",
                            [&] { return test_gate(options.selftest, options.trials); }),
               options.selftest, options.trials);
}

/// What is read off a run.json by itself.
void add_answers(Commands& commands, CommandLineOptions& options) {
  declare_validate(
      commands.add("validate", "check a run.json, duel.json or pool.json against its schema",
                   [&] { return validate_file(options.file); }),
      options);
  declare_report(
      commands.add("report-md", "write a run as a Markdown page",
                   [&] { return write_report(options.file, options.micro, options.out); }),
      options);
  declare_advice(commands.add("advice", "which model when, from a run",
                              [&] { return print_advice(options.file, options.as_json); }),
                 options);
  declare_cost_model(
      commands.add("cost-model", "what a request should cost by its parts, and what it did",
                   [&] { return print_cost_model(options.file, options.micro, options.as_json); }),
      options);
  declare_models(
      commands.add("models-md", "write a run's contestants as one Markdown table",
                   [&] { return write_models(options.file, options.pooled, options.out); }),
      options);
}

void add_reading(Commands& commands, CommandLineOptions& options) {
  add_answers(commands, options);
  declare_compare(commands.add("compare", "two runs side by side; for a verdict see duel",
                               [&] { return compare_files(options.compare); }),
                  options.compare);
  declare_pool(commands.add("pool", "several runs of one plan as one result",
                            [&] { return pool_files(options.pool); }),
               options.pool);
  declare_export(commands.add("export", "write a run for other programs to read",
                              [&] { return export_file(options.exported); }),
                 options.exported);
  declare_claims(commands.add("claims", "what a run says of the textbooks' claims, with figures",
                              [&] { return judge_file(options.claims); }),
                 options.claims);
  declare_history(commands.add("history", "what changed over many duels; advice, no verdict",
                               [&] { return print_history(options.file, options.as_json); }),
                  options);
}

int sockbench_main(int argc, char** argv) {
  CLI::App app("Measures how servers do socket I/O: time-sliced, paired, with intervals.",
               "sockbench");
  CommandLineOptions options;
  Commands commands(app);
  add_looking_around(commands, options);
  add_measuring(commands, options);
  add_reading(commands, options);
  app.set_version_flag("--version", version_line(), "Print version, commit and compiler, and exit");
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
