#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "bench/document/run.h"
#include "bench/document/verdicts.h"
#include "common/interval.h"

/// duel.json (results/schema/duel.schema.json), typed, as run.h is run.json.
namespace sockbench {

/// One side of a duel: a label, and the commands of its layouts.
struct DuelSide {
  std::string label;
  std::vector<std::vector<std::string>> commands;
};

struct DuelOptionsUsed {
  std::vector<std::string> workloads;
  double margin = 0;
  double resolve = 0;
  double budget_s = 0;
  std::uint64_t seed = 0;
  bool short_form = false;
  bool fail_on_inconclusive = false;
};

/// A side's figure in one check.
struct SideFigure {
  double median = kNaN;
  std::vector<double> per_restart;
};

/// What fresh restarts said of what seemed worse.
struct Confirmation {
  int restarts = 0;
  double ratio = kNaN;
  std::optional<Interval> ci;
  double p_value = kNaN;
  bool agrees = false;
};

struct DuelCheck {
  std::string workload;
  std::string metric;
  std::string unit;
  std::string better;  ///< "lower" or "higher"
  bool gated = true;
  std::optional<std::string> not_gated;  ///< why it has no say
  bool exact = false;                    ///< a count, compared without statistics
  std::optional<SideFigure> base;
  std::optional<SideFigure> control;
  std::optional<SideFigure> head;
  double ratio = kNaN;
  std::optional<Interval> ci;
  std::optional<double> level;  ///< of `ci`
  double difference = kNaN;     ///< head - base
  std::optional<double> p_value;
  std::optional<double> p_corrected;
  std::optional<double> margin;
  double detectable = kNaN;  ///< relative change that would have been found
  GateVerdict verdict = GateVerdict::kPass;
  std::optional<Confirmation> confirmation;
};

/// How much of a side's time was not its own, as shares of the wall time.
struct SideDisturbance {
  double waited_share = kNaN;
  double foreign_share = 0;
  double steal_share = 0;
};

struct DuelWorkload {
  struct Control {
    double ratio = kNaN;
    std::optional<Interval> ci;
    bool moved = false;
  };
  struct Disturbances {
    SideDisturbance base;
    SideDisturbance control;
    SideDisturbance head;
    bool one_sided = false;
  };
  std::string name;
  std::string title;
  DuelVerdict verdict = DuelVerdict::kInconclusive;
  std::string sentence;
  std::vector<std::string> reasons;
  double seconds = kNaN;
  int restarts = 0;
  int confirmation_restarts = 0;
  std::optional<Limiter> limiter;  ///< none for counts and where base has no figures
  std::optional<Control> control;
  std::optional<Disturbances> disturbance;
  std::vector<std::string> explanation;
};

struct Duel {
  int schema_version = 1;
  std::string kind = "duel";
  Program sockbench;
  std::string started_at;
  double duration_s = 0;
  bool interrupted = false;
  DuelSide base;
  DuelSide head;
  DuelOptionsUsed options;
  Environment environment;
  DuelVerdict verdict = DuelVerdict::kInconclusive;
  std::string sentence;
  int exit_code = 0;
  std::vector<DuelWorkload> workloads;
  std::vector<DuelCheck> checks;

  /// The checks of one workload, in order; borrowed.
  std::vector<const DuelCheck*> checks_of(const DuelWorkload& workload) const;
};

/// Throws UsageError that names the place where a value has the wrong type.
Duel parse_duel(const nlohmann::ordered_json& document);
nlohmann::ordered_json to_json(const Duel& duel);

/// One figure of a duel as the history of a branch keeps it.
struct HistoryFigure {
  double ratio = kNaN;
  std::optional<Interval> ci;
  std::optional<double> level;
  double restarts = kNaN;
  double base = kNaN;
  double head = kNaN;
  std::optional<bool> exact;
};

/// One line of a history file.
struct HistoryDuel {
  std::string time;
  std::string base;
  std::string head;
  std::string verdict;
  double seconds = kNaN;
  std::vector<std::pair<std::string, HistoryFigure>> metrics;  ///< by "WORKLOAD/METRIC"
};

/// nullopt for a line that is none.
std::optional<HistoryDuel> parse_history_line(const std::string& line);
/// Without the newline; bytes that are no UTF-8 are replaced.
std::string history_line_of(const HistoryDuel& duel);

/// What a history shows.
struct HistoryReport {
  struct End {
    std::string time;
    std::string build;
  };
  /// Where a figure changed. Of kind "count" it is exact, of "step" within one duel, of "creep"
  /// over several.
  struct Change {
    std::string kind;
    std::string from;
    std::string to;
    std::string started_at;
    std::string ended_at;
    std::size_t duels = 0;
    double ratio = kNaN;
    std::optional<Interval> ci95;
    double p_value = kNaN;
    double difference = kNaN;
  };
  struct Series {
    std::string metric;
    bool exact = false;
    std::size_t duels = 0;
    double ratio = kNaN;                ///< last head / first base
    double noise = kNaN;                ///< relative
    double detectable = kNaN;           ///< relative step that would have been found
    std::optional<std::string> reason;  ///< why changes were not looked for
    std::vector<double> product;        ///< of the ratios, after each duel
    std::vector<Change> changes;
  };
  std::size_t duels = 0;
  std::size_t repeated = 0;
  std::size_t gaps = 0;
  std::size_t unreadable_lines = 0;
  std::optional<End> first;
  std::optional<End> last;
  std::vector<Series> series;
};
nlohmann::ordered_json to_json(const HistoryReport& report);

}  // namespace sockbench
