#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

/// The figures of a duel.json (results/schema/duel.schema.json) for people. What was not measured
/// is "–". Texts of the document are handed on as they are: make them harmless for where they go.
namespace sockbench {

/// "CPU per request", "response time p99", "calls of fcntl per request"; an unknown metric is its
/// own title.
std::string metric_title(const std::string& metric);

/// "5.01 µs", "4.00 KiB", "3.00" of a check's side ("base", "control", "head").
std::string side_text(const nlohmann::ordered_json& check, const char* side);

/// "+2.10 % [+1.50, +2.70]" of something with `ratio` and `ci`, which may be null.
std::string change_text(const nlohmann::ordered_json& figure);

/// The change of a check, of counts as their difference: "+1.00".
std::string check_change_text(const nlohmann::ordered_json& check);

/// "+1.00", "-0.0312": more or fewer of something counted.
std::string count_change_text(double difference);

/// 0.012 as "1.2 %": the smallest change that would have been found.
std::string detectable_text(const nlohmann::ordered_json& detectable);

/// "5.00 µs -> 5.10 µs, +2.10 % [+1.50, +2.70], p 0.021, seen again: …": all that there is.
std::string figures_text(const nlohmann::ordered_json& check);

/// "p 0.021", or empty where a check has none.
std::string p_text(const nlohmann::ordered_json& check);

/// What a confirmation said: "seen again: +2.00 % [+1.00, +3.00]"; empty without one.
std::string confirmation_text(const nlohmann::ordered_json& check);

/// The checks of one workload, in order; borrowed from `duel`.
std::vector<const nlohmann::ordered_json*> checks_of(const nlohmann::ordered_json& duel,
                                                     const nlohmann::ordered_json& workload);

/// Those that a reader must know of: regressions, improvements, and what was measured but not
/// decided.
std::vector<const nlohmann::ordered_json*> notable_checks_of(
    const nlohmann::ordered_json& duel, const nlohmann::ordered_json& workload);

/// The check of CPU per request, which the verdict rests on; null when there is none.
const nlohmann::ordered_json* primary_check_of(const nlohmann::ordered_json& duel,
                                               const nlohmann::ordered_json& workload);

/// The primary figure's change, or of exact checks "1 of 5 counts changed".
std::string headline_figure(const nlohmann::ordered_json& duel,
                            const nlohmann::ordered_json& workload);

/// "8", "8 + 8" with those of the confirmation.
std::string restarts_text(const nlohmann::ordered_json& workload);

/// "AMD EPYC, 2 CPUs, 24 GiB, Linux 6.1".
std::string machine_text(const nlohmann::ordered_json& environment);

/// The command line that repeats the duel, quoted for a shell.
std::string repeat_command(const nlohmann::ordered_json& duel);

}  // namespace sockbench
