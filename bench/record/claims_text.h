#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/judge/claim.h"

/// Verdicts on claims, as judge_claims() gives them, as pages.
namespace sockbench {

/// "19 confirmed, 3 refuted, 1 inconclusive, 1 not tested; decided 22 of 24 claims: 18 measured, 4
/// by design".
std::string claims_count(const nlohmann::ordered_json& verdicts);

/// For people: every claim with verdict, figures, explanation and the command that repeats it;
/// `verdicts` are of `claims`, in the same order.
std::string claims_text(const std::vector<Claim>& claims, const nlohmann::ordered_json& verdicts);

/// A section of a Markdown report: id, statement, verdict, text; empty without verdicts.
std::string claims_section(const nlohmann::ordered_json& verdicts);

/// The claims and their rules as Markdown tables, without any run.
std::string claims_list(const std::vector<Claim>& claims);

}  // namespace sockbench
