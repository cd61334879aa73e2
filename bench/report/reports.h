#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "bench/document/capacity.h"
#include "bench/document/compared.h"
#include "bench/document/run.h"
#include "bench/document/selftest.h"
#include "bench/judge/claim.h"
#include "bench/judge/pool.h"

/// Runs and what is made of them for people: a page or a text each.
namespace sockbench {

/// The run as a Markdown page: the answer first, then how far to trust it, then every figure.
std::string report_markdown(const Run& run);

/// The line about the A/A control, and the warning where there is one; empty without a control.
std::vector<std::string> control_lines(const Run& run);

/// For the terminal.
std::string advice_text(const Run& run);
std::string cost_model_text(const Run& run);

/// The sections "Which model when", "Break-even points" and "Predicted and measured cost".
std::string conclusions_markdown(const Run& run);

/// "19 confirmed, 3 refuted, 1 inconclusive, 1 not tested; decided 22 of 24 claims: 18 measured, 4
/// by design".
std::string claims_count(const std::vector<ClaimFinding>& findings);

/// For people: every claim with verdict, figures, explanation and the command that repeats it;
/// `findings` are of `claims`, in the same order.
std::string claims_text(const std::vector<Claim>& claims,
                        const std::vector<ClaimFinding>& findings);

/// A section of a Markdown report: id, statement, verdict, text; empty without verdicts.
std::string claims_section(const std::vector<ClaimFinding>& findings);

/// The claims and their rules as Markdown tables, without any run.
std::string claims_list(const std::vector<Claim>& claims);

/// Every contestant of a run in one Markdown table: what it says of itself, and what was measured.
/// `pool`: whose ratios to show instead of the run's own; it has the same reference.
std::string models_markdown(const Run& run, const std::optional<PooledRatios>& pool = std::nullopt);

/// For the terminal: a line for each contestant.
std::string capacity_text(const CapacityDocument& document);

/// For people; control characters of the files are not passed on.
std::string comparison_text(const RunsCompared& compared);

/// pool.json: see results/schema/pool.schema.json. Figures have six significant digits.
nlohmann::ordered_json to_json(const Pool& pool);

/// Of a stored pool.json, what other pages quote.
PooledRatios parse_pooled_ratios(const nlohmann::ordered_json& pool);

/// pool.md: ratios of CPU per request, what moved between runs, reproducibility, claims.
std::string pool_markdown(const Pool& pool);

/// A few lines for people.
std::string pool_text(const Pool& pool);

/// Fills in what follows from the trials: "kinds", one for each that has trials or is named in the
/// options, with rates and intervals, and "met".
void summarize_selftest(SelftestDocument& document);

/// The document, summarized, as a Markdown page with one table.
std::string selftest_markdown(const SelftestDocument& document);

}  // namespace sockbench
