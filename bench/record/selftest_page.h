#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace sockbench {

/// Adds to the document of a self-test what follows from its "trials": "kinds", one for each that
/// has trials or is named in options.trials, with rates and intervals, and "met": whether every
/// bound holds (null when none could be judged).
void summarize_selftest(nlohmann::ordered_json& document);

/// The document, summarized, as a Markdown page with one table.
std::string selftest_markdown(const nlohmann::ordered_json& document);

}  // namespace sockbench
