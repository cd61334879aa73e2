#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bench/document/duel.h"

/// The history of a branch: a file with one line of JSON for each duel, to which lines are only
/// ever added (docs/history.md), and what it shows.
namespace sockbench {

/// What the history keeps of a duel: each figure that was measured on both sides. A workload that
/// failed, whose control moved, or that was disturbed on one side only, has no figures: they are no
/// evidence.
HistoryDuel history_entry(const Duel& duel);

/// Adds the duel's line to the file, which is made if need be. Several writers take turns; a line
/// that a crash has left torn is closed first. Throws std::system_error naming the path.
void append_history(const std::string& path, const Duel& duel);

struct History {
  std::vector<HistoryDuel> duels;  ///< in the order of the file
  std::size_t unreadable = 0;      ///< lines that are none: torn, or something else
};

/// Throws UsageError when the file cannot be read.
History read_history(const std::string& path);

/// Advice, not a verdict.
/// - repeated: duels of the same two builds as the duel before; the last one counts.
/// - gaps: duels whose base is not the head of the one before: changes between them are not seen.
/// - Counts that are exact need no statistics: every difference is a change of the kind "count".
/// All series together have a false alarm with a probability of at most 5 %.
HistoryReport judge_history(const History& history);

}  // namespace sockbench
