#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/document/cell.h"
#include "bench/document/conclusions.h"
#include "bench/plan/workload.h"

/// run.json (results/schema/run.schema.json), typed: what judges, compares, exports or prints takes
/// this. Members have the names and the order of the document's keys. A double that is not finite
/// is null there, as is an empty optional.
namespace sockbench {

/// How far the figures of a workload depend on when a slice was measured.
struct DriftTables {
  std::vector<std::optional<Statistic>> by_position;
  std::vector<std::optional<Statistic>> by_round;
  std::vector<std::optional<Statistic>> by_predecessor;
};

/// Every timed slice of a workload in the order of time, column by column.
struct SliceColumns {
  std::string workload;
  std::string metric;  ///< of `figure`
  DriftTables drift;
  std::vector<std::int64_t> start_ms;
  std::vector<std::size_t> contestant;  ///< index
  std::vector<int> restart;
  std::vector<int> round;
  std::vector<int> position;
  std::vector<std::int64_t> steal_ms;
  std::vector<double> figure;
  std::vector<double> achieved_rps;
};

/// The build of sockbench that wrote the document.
struct Program {
  std::string version;
  std::optional<std::string> git_commit;  ///< none outside git
  std::optional<bool> git_dirty;
  std::string compiler;
  std::string build_type;
};

/// A finding of the doctor.
struct MachineFinding {
  std::string item;
  std::string status;
  std::string found;
  std::string cost;
  std::optional<std::string> advice;
};

/// How long the machine delays an otherwise idle CPU.
struct JitterFloor {
  std::string when;
  std::string side;
  int cpu = 0;
  double p99_ns = 0;
  double p99_9_ns = 0;
};

/// The machine: what is read of it, beside the whole.
struct Environment {
  nlohmann::ordered_json whole = nlohmann::ordered_json::object();
  std::string kernel;
  std::string cpu_model;
  int cpus = 0;
  double memory_bytes = 0;
  std::optional<std::string> governor;
  std::optional<double> load_average_at_start;
  std::vector<std::string> warnings;
  std::vector<MachineFinding> doctor;
  std::vector<JitterFloor> jitter;

  /// What the whole has at a key; null when it is absent.
  nlohmann::ordered_json value_of(const char* key) const;
};
Environment environment_of(nlohmann::ordered_json whole);
Program parse_program(const nlohmann::ordered_json& json);
nlohmann::ordered_json program_json(const Program& program);

/// How a workload was measured.
struct WorkloadTiming {
  int restarts = 0;
  int most_restarts = 0;
  std::string ended_by;
  std::optional<int> slices_per_restart;
  int counted_restarts = 0;
  int warm_up_ms = 0;
  double slice_ms = 0;
  int discard_ms = 0;
  std::vector<LeftOut> left_out;
  std::vector<std::vector<std::string>> groups;
};

struct PlanSection {
  std::uint64_t seed = 0;
  std::string suite;
  std::string reference;
  std::optional<std::string> control;
  double margin = 0;
  std::string disturbances = "repeat";
  double slice_factor = 1;
  std::optional<std::int64_t> unsliced_ms;
  std::optional<double> precision;
  std::optional<double> budget_s;
  std::vector<int> server_cpus;
  std::vector<int> generator_cpus;
  std::vector<std::pair<std::string, WorkloadTiming>> workloads;  ///< by name
  std::vector<CellName> paused_between_slices;
  bool interrupted = false;

  const WorkloadTiming* timing(const std::string& workload) const;
};

struct RunContestant {
  std::string name;
  std::string model;  ///< the program; empty in early versions
  std::vector<std::string> command;
  nlohmann::ordered_json options = nlohmann::ordered_json::object();
  nlohmann::ordered_json describe = nlohmann::ordered_json::object();  ///< what it says of itself

  /// A text that the program says of itself; nullopt when it says nothing.
  std::optional<std::string> said(const char* key) const;
};

struct SkippedContestant {
  std::string contestant;
  std::string title;
  std::string status;
  std::string missing;
  std::string package;
  std::string reason;
};

/// The options of a workload, and the contestant that others are compared with.
struct RunWorkload : Workload {
  std::string reference;
};

struct Run {
  int schema_version = 1;
  std::string started_at;  ///< ISO 8601, UTC
  double duration_s = 0;
  Program sockbench;
  Environment environment;
  PlanSection plan;
  std::vector<RunContestant> contestants;
  std::vector<SkippedContestant> skipped;
  std::vector<RunWorkload> workloads;
  std::vector<Cell> cells;
  std::vector<SliceColumns> slices;
  std::vector<Comparison> comparisons;
  std::optional<ControlFindings> control;
  std::vector<Ranking> rankings;
  std::vector<SweepKnee> knees;
  std::vector<std::string> headline;
  std::vector<ClaimFinding> claims;
  std::optional<std::vector<Answer>> advice;
  std::optional<std::vector<BreakEven>> break_even;
  std::optional<std::vector<CostPrediction>> cost_model;

  /// nullptr when the run has no such thing.
  const Cell* cell(const std::string& contestant, const std::string& workload) const;
  const RunWorkload* workload(const std::string& name) const;
  const RunContestant* contestant(const std::string& name) const;
  /// Against the reference; nullptr when there is none.
  const Comparison* comparison(const std::string& workload, const std::string& head,
                               const std::string& metric) const;
  const Ranking* ranking(const std::string& workload, const std::string& metric) const;

  /// Whether that contestant is the reference once more, and so no model of its own.
  bool is_control(const std::string& contestant) const;
  /// The names of the contestants without the control.
  std::vector<std::string> models() const;
  /// Whether two contestants are one program, with other options or as the control.
  bool same_program(const std::string& contestant, const std::string& other) const;
};

/// Throws UsageError that names the place where a value has the wrong type. Keys that an earlier
/// version did not write keep their defaults.
Run parse_run(const nlohmann::ordered_json& document);
/// A document with one element of its lists a line: short, and line by line comparable.
std::string one_element_a_line(const nlohmann::ordered_json& document);
nlohmann::ordered_json to_json(const Run& run);
nlohmann::ordered_json to_json(const RunWorkload& workload);
nlohmann::ordered_json to_json(const WorkloadTiming& timing);

/// What other programs of sockbench write in the form of run.json: a block of times, and what a
/// model predicts.
Times parse_times(const nlohmann::ordered_json& block);
PredictedCalls parse_predicted_calls(const nlohmann::ordered_json& calls);

nlohmann::ordered_json to_json(const std::vector<Answer>& answers);
nlohmann::ordered_json to_json(const std::vector<BreakEven>& points);
nlohmann::ordered_json to_json(const std::vector<CostPrediction>& predictions);
nlohmann::ordered_json to_json(const std::vector<ClaimFinding>& findings);

/// This build; without a commit outside git.
Program this_program();
/// The same in one line for people, without its end.
std::string version_line();

}  // namespace sockbench
