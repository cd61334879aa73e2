#pragma once

#include <string>
#include <vector>

#include "bench/commands/capacity.h"
#include "bench/commands/duel.h"
#include "bench/commands/run.h"
#include "bench/commands/selftest.h"
#include "common/cli.h"

/// The flags of every subcommand, and where what was given for them goes.
namespace sockbench {

struct ExportOptions {
  std::string file;
  std::string format;
  std::string out = "-";
  bool medians = false;
};

struct CompareOptions {
  std::string a;
  std::string b;
  std::string json;  ///< where to; empty: nowhere
  bool force = false;
};

struct PoolOptions {
  std::vector<std::string> runs;  ///< directories or files
  std::string out = "results/pool";
};

struct ClaimsOptions {
  std::string file;
  std::string micro;  ///< what sockbench-micro wrote; empty: none
  std::vector<std::string> ids;
  bool json = false;
  bool list = false;
};

/// What the command line says, of whichever command.
struct CommandLineOptions {
  std::string workload;
  std::string kind;
  std::string file;
  std::string micro;
  std::string pooled;  ///< a pool.json; empty: none
  std::string out = "-";
  bool as_json = false;
  bool selftest = false;
  RunOptions run;
  DuelOptions duel;
  CapacityOptions capacity;
  SelftestOptions trials;
  CompareOptions compare;
  ExportOptions exported;
  PoolOptions pool;
  ClaimsOptions claims;
};

// What looks around.
void declare_workloads(CLI::App& app, CommandLineOptions& options);
void declare_doctor(CLI::App& app, CommandLineOptions& options);
void declare_names(CLI::App& app, CommandLineOptions& options);

// What measures.
void declare_run(CLI::App& app, RunOptions& options);
void declare_duel(CLI::App& app, DuelOptions& options);
void declare_capacity(CLI::App& app, CapacityOptions& options);
void declare_gate(CLI::App& app, bool& selftest, SelftestOptions& options);

// What reads a file that was measured.
void declare_validate(CLI::App& app, CommandLineOptions& options);
void declare_report(CLI::App& app, CommandLineOptions& options);
void declare_advice(CLI::App& app, CommandLineOptions& options);
void declare_cost_model(CLI::App& app, CommandLineOptions& options);
void declare_models(CLI::App& app, CommandLineOptions& options);
void declare_compare(CLI::App& app, CompareOptions& options);
void declare_pool(CLI::App& app, PoolOptions& options);
void declare_export(CLI::App& app, ExportOptions& options);
void declare_claims(CLI::App& app, ClaimsOptions& options);
void declare_history(CLI::App& app, CommandLineOptions& options);

}  // namespace sockbench
