#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "bench/record/history.h"

namespace sockbench {

/// What a history shows, as a document; advice, not a verdict:
/// {duels, repeated, gaps, unreadable_lines, first: {time, base}, last: {time, head},
///  series: [{metric, exact, duels, ratio, noise, detectable, reason, product: […],
///            changes: [{kind: "step|creep|count", from, to, started_at, ended_at, duels, ratio,
///                       ci95, p_value, difference}]}]}
/// - repeated: duels of the same two builds as the duel before; the last one counts.
/// - gaps: duels whose base is not the head of the one before: changes between them are not seen.
/// - ratio: last head / first base, the product of the duels' ratios; `product` after each duel.
/// - noise, detectable: relative; reason: why changes were not looked for, else null.
/// - Counts that are exact need no statistics: every difference is a change of the kind "count".
/// All series together have a false alarm with a probability of at most 5 %.
nlohmann::ordered_json judge_history(const History& history);

/// That document for the terminal. Control characters are not passed on.
std::string history_text(const nlohmann::ordered_json& report);

}  // namespace sockbench
