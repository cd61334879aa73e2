#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bench/plan/run_plan.h"

namespace sockbench {

/// A workload or a whole sweep in a suite, with what differs from the suite for it.
struct SuiteEntry {
  std::string workload;
  /// Options behind a name as for --models; empty: as the workload or the suite says.
  std::vector<std::string> models = {};
  std::vector<std::string> also = {};  ///< beside those
  int restarts = 0;                    ///< 0: as the suite says
  double slices_factor = 0;            ///< 0: as the suite says
  int counted_restarts = -1;           ///< -1: as the suite says
};

/// Which workloads to run and how often: one file in bench/suites/.
struct Suite {
  std::string name;
  std::string title;
  int restarts = 12;
  int counted_restarts = 1;         ///< beside them, with counters on the servers
  double slices_factor = 1;         ///< scales every workload's slices_per_restart
  std::vector<std::string> models;  ///< empty: all
  std::vector<SuiteEntry> workloads;

  /// Every model that some workload includes, and those with options that only some workloads
  /// name ("pooled --threads 8"). `every`: all that there are.
  std::vector<std::string> models_of(const std::vector<std::string>& every) const;
};

/// `name_or_file`: the name of a suite in `directory`, or the path of a file of that form.
Suite load_suite(const std::string& name_or_file, const std::filesystem::path& directory);

/// What the command line asks for instead of what the suite says.
struct Choice {
  std::vector<std::string> workloads;  ///< empty: those of the suite
  int restarts = 0;                    ///< 0: as the suite says
  bool models_named = false;           ///< every workload includes every contestant of the plan
};

/// Fills in `plan.workloads` for the contestants that `plan` has. The reference is included in
/// every workload, an external contestant in all but those that give servers options, and the
/// control where no list of models is given. Throws UsageError that names an unknown workload.
void plan_workloads(RunPlan& plan, const Suite& suite, const std::vector<Workload>& all,
                    const Choice& choice);

}  // namespace sockbench
