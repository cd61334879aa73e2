#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace sockbench::test {

inline constexpr const char* kBusyCpu = "busy/server.cpu_ns_per_request";  ///< in a history

/// Made-up duel.json documents of the workloads busy, pingpong and counts. CPU per request of base
/// is 5 µs, and that of head `ratio` times as much in busy.
nlohmann::ordered_json passed_duel(double ratio = 1.001);
/// Busy costs 2.1 % more, and one fcntl more is counted for each request.
nlohmann::ordered_json regressed_duel();
/// Busy is inconclusive: the second instance of base was off.
nlohmann::ordered_json unsteady_duel();
/// Busy is inconclusive: others used the CPU while head was measured.
nlohmann::ordered_json disturbed_duel();
/// Head crashes in busy, which has a check without figures.
nlohmann::ordered_json failed_duel();
/// The short form: counts only, and a warning of a figure that is not gated.
nlohmann::ordered_json short_duel();
/// Ended after pingpong.
nlohmann::ordered_json interrupted_duel();
/// Texts that try to break out of Markdown, XML and the terminal, in every place.
nlohmann::ordered_json hostile_duel();

/// All of them, with names.
std::vector<std::pair<std::string, nlohmann::ordered_json>> all_duels();

/// The document's check of a metric; throws when there is none.
nlohmann::ordered_json& check_in(nlohmann::ordered_json& duel, const std::string& workload,
                                 const std::string& metric);
/// The document's workload; throws when there is none.
nlohmann::ordered_json& workload_in(nlohmann::ordered_json& duel, const std::string& name);

}  // namespace sockbench::test
