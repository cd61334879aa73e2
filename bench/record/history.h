#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

/// The history of a branch: a file with one line of JSON for each duel, to which lines are only
/// ever added (docs/history.md).
namespace sockbench {

/// What the history keeps of a duel.json: time, base, head, verdict, seconds, and of each figure
/// that was measured on both sides {ratio, ci, level, restarts, base, head}, under
/// "WORKLOAD/METRIC"; counts that are exact have "exact": true. A workload that failed, whose
/// control moved, or that was disturbed on one side only, has no figures: they are no evidence.
nlohmann::ordered_json history_line(const nlohmann::ordered_json& duel);

/// Adds the duel's line to the file, which is made if need be. Several writers take turns; a line
/// that a crash has left torn is closed first. Throws std::system_error naming the path.
void append_history(const std::string& path, const nlohmann::ordered_json& duel);

inline constexpr int kHistoryDigits = 6;  ///< significant ones of its figures

struct History {
  std::vector<nlohmann::ordered_json> duels;  ///< in the order of the file
  std::size_t unreadable = 0;                 ///< lines that are none: torn, or something else
};

/// Throws UsageError when the file cannot be read.
History read_history(const std::string& path);

}  // namespace sockbench
