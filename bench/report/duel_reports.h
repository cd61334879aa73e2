#pragma once

#include <string>

#include "bench/document/duel.h"

/// A duel for people and for other programs; one file for each.
namespace sockbench {

/// For the terminal, in 100 columns: the verdict, a line for each workload, then what
/// is behind every verdict but a pass. `folder`: where its files are; empty: nothing is said of it.
/// Control characters of the document are not passed on.
std::string duel_text(const Duel& duel, const std::string& folder = "");

/// The first line of duel_markdown(), by which a program finds the comment to replace.
inline constexpr const char* kDuelMarker = "<!-- sockbench-duel -->";

/// A comment on a pull request: the verdict, workloads, what changed, all figures
/// folded, and how to repeat it. No text of the document can bring markup or notify anybody.
std::string duel_markdown(const Duel& duel);

/// JUnit XML: a suite for each workload, a test case for each check. A regression is
/// a failure, a workload that failed an error, what was not decided or not gated is skipped; with
/// options.fail_on_inconclusive what should have been decided and was not is a failure. A verdict
/// that no check shows, of a workload or of the whole duel, has a test case of its own, "verdict".
/// The elements and attributes are those of the schema of Jenkins' xUnit plugin, junit-10.xsd.
std::string duel_junit(const Duel& duel);

/// What a branch's history shows, for the terminal. Control characters are not passed on.
std::string history_text(const HistoryReport& report);

}  // namespace sockbench
