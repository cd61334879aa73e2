#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "bench/document/run.h"

/// Two runs side by side, as `sockbench compare --json` writes it. No verdict: two runs have none.
namespace sockbench {

struct RunsCompared {
  struct Identity {
    std::string started_at;
    std::optional<std::string> git_commit;
  };
  struct Difference {
    std::string about;  ///< "environment", "program" or "plan"
    std::string what;
    nlohmann::ordered_json a;
    nlohmann::ordered_json b;
  };
  struct NotMixed {
    std::string workload;
    std::string reason;
  };
  struct Absolute {
    double median = kNaN;
    std::optional<Interval> ci95;
  };
  struct Ratio {
    double ratio = kNaN;
    std::optional<Interval> ci95;
  };
  /// Each run's own paired ratio to the reference.
  struct ToReference {
    std::optional<Ratio> a;
    std::optional<Ratio> b;
    std::optional<bool> intervals_overlap;
  };
  struct Figure {
    std::string metric;
    Absolute a;
    Absolute b;
    double b_to_a_for_information = kNaN;
    std::optional<std::string> reference;
    ToReference to_reference;
  };
  struct Statuses {
    Validity a = Validity::kValid;
    Validity b = Validity::kValid;
  };
  struct Cell {
    std::string contestant;
    std::string workload;
    Mode mode = Mode::kClosedLoop;
    Statuses status;
    bool compared = false;
    std::optional<std::string> reason;  ///< why figures are left out
    std::vector<Figure> figures;
  };
  Identity a;
  Identity b;
  std::vector<Difference> differences;
  bool environments_differ = false;
  std::vector<NotMixed> workloads_not_mixed;
  std::vector<Cell> cells;
  std::vector<CellName> only_in_a;
  std::vector<CellName> only_in_b;
  std::string cannot_show;
};
nlohmann::ordered_json to_json(const RunsCompared& compared);

}  // namespace sockbench
