#include "bench/judge/claims.h"

#include <algorithm>

#include "bench/judge/claim_checks.h"
#include "common/text.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

/// The whole of the bounds on the claim's side confirms, the whole beyond it and the doubt refutes.
ClaimVerdict verdict_of(const ClaimCheck& check, const CheckResult& result) {
  const auto& bounds = result.figure().bounds;
  if (!bounds) return ClaimVerdict::kInconclusive;
  if (bounds->lo >= check.claimed.lo && bounds->hi <= check.claimed.hi) {
    return ClaimVerdict::kConfirmed;
  }
  if (bounds->hi < check.claimed.lo - check.doubt || bounds->lo > check.claimed.hi + check.doubt) {
    return ClaimVerdict::kRefuted;
  }
  return ClaimVerdict::kInconclusive;
}

/// What the checks of a claim said.
struct Tally {
  std::vector<std::string> confirmed;  ///< names of checks
  std::vector<std::string> refuted;
  std::vector<std::string> open;
  std::vector<std::string> missing;  ///< reasons
};

ClaimVerdict combined(Combine how, const Tally& tally) {
  if (!tally.missing.empty()) return ClaimVerdict::kNotTested;
  if (how == Combine::kEvery && !tally.refuted.empty()) return ClaimVerdict::kRefuted;
  if (how == Combine::kAny && !tally.confirmed.empty()) return ClaimVerdict::kConfirmed;
  if (!tally.open.empty()) return ClaimVerdict::kInconclusive;
  if (tally.refuted.empty()) return ClaimVerdict::kConfirmed;
  return tally.confirmed.empty() ? ClaimVerdict::kRefuted : ClaimVerdict::kInconclusive;
}

/// Why the verdict is not simply what every sentence says; empty when it is.
std::string reason_of(ClaimVerdict verdict, const Tally& tally) {
  if (verdict == ClaimVerdict::kNotTested) {
    return "Not tested: " + joined(tally.missing, "; ") + ".";
  }
  if (verdict != ClaimVerdict::kInconclusive) return {};
  if (!tally.confirmed.empty() && !tally.refuted.empty()) {
    return "The figures contradict each other: " + joined(tally.confirmed, ", ", " and ") +
           " for the claim, " + joined(tally.refuted, ", ", " and ") + " against it.";
  }
  return "Not decided: too near the margin, or too uncertain: " +
         joined(tally.open, ", ", " and ") + ".";
}

ordered_json to_json(const ClaimFigure& figure) {
  const auto& interval = figure.ci95;
  return {{"cell", figure.cell},
          {"metric", figure.metric},
          {"value", figure.value},
          {"ci95", interval ? ordered_json({interval->lo, interval->hi}) : nullptr},
          {"unit", figure.unit}};
}

void add_evidence(ordered_json& evidence, const CheckResult& result) {
  for (const ClaimFigure& figure : result.evidence) {
    ordered_json entry = to_json(figure);
    if (std::find(evidence.begin(), evidence.end(), entry) == evidence.end()) {
      evidence.push_back(std::move(entry));
    }
  }
}

void count(const ClaimCheck& check, const CheckResult& result, Tally& tally) {
  switch (verdict_of(check, result)) {
    case ClaimVerdict::kConfirmed:
      tally.confirmed.push_back(check.name);
      break;
    case ClaimVerdict::kRefuted:
      tally.refuted.push_back(check.name);
      break;
    default:
      tally.open.push_back(check.name);
  }
}

}  // namespace

std::string reproduce_command(const Claim& claim) {
  return "sockbench run --claim " + claim.id + " --out RUN";
}

const char* to_text(ClaimVerdict verdict) {
  switch (verdict) {
    case ClaimVerdict::kConfirmed:
      return "confirmed";
    case ClaimVerdict::kRefuted:
      return "refuted";
    case ClaimVerdict::kInconclusive:
      return "inconclusive";
    case ClaimVerdict::kNotTested:
      return "not_tested";
  }
  return "not_tested";
}

ordered_json judge_claim(const Claim& claim, const ordered_json& run, const MicroCosts& micro) {
  Tally tally;
  ordered_json evidence = ordered_json::array();
  std::vector<std::string> sentences;
  for (const ClaimCheck& check : claim.checks) {
    const CheckResult result = run_check(check, run, micro);
    if (!result.missing.empty()) {
      const auto& known = tally.missing;
      const bool needed = check.judged && !check.optional;
      if (needed && std::find(known.begin(), known.end(), result.missing) == known.end()) {
        tally.missing.push_back(result.missing);
      }
      continue;
    }
    if (check.judged) count(check, result, tally);
    add_evidence(evidence, result);
    sentences.push_back(fill_text(check, result));
  }
  const ClaimVerdict verdict = combined(claim.combine, tally);
  const std::string reason = reason_of(verdict, tally);
  if (!reason.empty()) sentences.insert(sentences.begin(), reason);
  return {{"id", claim.id},
          {"statement", claim.statement},
          {"kind", claim.by_design ? "by_design" : "measured"},
          {"verdict", to_text(verdict)},
          {"evidence", evidence},
          {"text", joined(sentences, " ")},
          {"reproduce", reproduce_command(claim)}};
}

ordered_json judge_claims(const std::vector<Claim>& claims, const ordered_json& run,
                          const MicroCosts& micro) {
  ordered_json verdicts = ordered_json::array();
  for (const Claim& claim : claims) verdicts.push_back(judge_claim(claim, run, micro));
  return verdicts;
}

}  // namespace sockbench
