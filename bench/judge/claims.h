#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "bench/judge/claim.h"
#include "bench/judge/micro_cost.h"

namespace sockbench {

enum class ClaimVerdict : std::uint8_t { kConfirmed, kRefuted, kInconclusive, kNotTested };

/// "confirmed", "refuted", "inconclusive", "not_tested", as in run.json.
const char* to_text(ClaimVerdict verdict);

/// The command that measures what this claim needs and judges it; "RUN" stands for a folder.
std::string reproduce_command(const Claim& claim);

/// What a run says of one claim: {id, statement, kind, verdict, evidence: [{cell, metric, value,
/// ci95|null, unit}], text, reproduce}. Pure; `run` is a valid run.json, the costs may
/// be empty.
nlohmann::ordered_json judge_claim(const Claim& claim, const nlohmann::ordered_json& run,
                                   const MicroCosts& micro);

/// The same for all of them, in order.
nlohmann::ordered_json judge_claims(const std::vector<Claim>& claims,
                                    const nlohmann::ordered_json& run, const MicroCosts& micro);

}  // namespace sockbench
