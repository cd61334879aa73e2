#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/document/duel.h"

/// The figures of a duel for people. What was not measured
/// is "–". Texts of the document are handed on as they are: make them harmless for where they go.
namespace sockbench {

/// "CPU per request", "response time p99", "calls of fcntl per request"; an unknown metric is its
/// own title.
std::string metric_title(const std::string& metric);

/// "5.01 µs", "4.00 KiB", "3.00" of a side of the check.
std::string side_text(const DuelCheck& check, const std::optional<SideFigure>& side);

/// "+2.10 % [+1.50, +2.70]" of a ratio and its interval.
std::string change_text(double ratio, const std::optional<Interval>& ci);

/// The change of a check, of counts as their difference: "+1.00".
std::string check_change_text(const DuelCheck& check);

/// "+1.00", "-0.0312": more or fewer of something counted.
std::string count_change_text(double difference);

/// 0.012 as "1.2 %": the smallest change that would have been found.
std::string detectable_text(double detectable);

/// "5.00 µs -> 5.10 µs, +2.10 % [+1.50, +2.70], p 0.021, seen again: …": all that there is.
std::string figures_text(const DuelCheck& check);

/// "p 0.021", or empty where a check has none.
std::string p_text(const DuelCheck& check);

/// What a confirmation said: "seen again: +2.00 % [+1.00, +3.00]"; empty without one.
std::string confirmation_text(const DuelCheck& check);

/// Those that a reader must know of: regressions, improvements, and what was measured but not
/// decided.
std::vector<const DuelCheck*> notable_checks_of(const Duel& duel, const DuelWorkload& workload);

/// The check of CPU per request, which the verdict rests on; null when there is none.
const DuelCheck* primary_check_of(const Duel& duel, const DuelWorkload& workload);

/// The primary figure's change, or of exact checks "1 of 5 counts changed".
std::string headline_figure(const Duel& duel, const DuelWorkload& workload);

/// "8", "8 + 8" with those of the confirmation.
std::string restarts_text(const DuelWorkload& workload);

/// "AMD EPYC, 2 CPUs, 24 GiB, Linux 6.1".
std::string machine_text(const Environment& machine);

/// The command line that repeats the duel, quoted for a shell.
std::string repeat_command(const Duel& duel);

}  // namespace sockbench
