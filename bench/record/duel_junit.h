#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace sockbench {

/// A duel.json as JUnit XML: a suite for each workload, a test case for each check. A regression is
/// a failure, a workload that failed an error, what was not decided or not gated is skipped; with
/// options.fail_on_inconclusive what should have been decided and was not is a failure. A verdict
/// that no check shows, of a workload or of the whole duel, has a test case of its own, "verdict".
/// The elements and attributes are those of the schema of Jenkins' xUnit plugin, junit-10.xsd.
std::string duel_junit(const nlohmann::ordered_json& duel);

}  // namespace sockbench
