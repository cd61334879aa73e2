#include "bench/judge/claims.h"

#include <algorithm>

#include "common/text.h"

namespace sockbench {
namespace {

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

void add_evidence(std::vector<ClaimEvidence>& evidence, const CheckResult& result) {
  for (const ClaimFigure& figure : result.evidence) {
    ClaimEvidence entry{figure.cell, figure.metric, figure.value, figure.ci95, figure.unit};
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

ClaimFinding judge_claim(const Claim& claim, const Run& run, const MicroCosts& micro) {
  Tally tally;
  std::vector<ClaimEvidence> evidence;
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
  return {.id = claim.id,
          .statement = claim.statement,
          .kind = claim.by_design ? "by_design" : "measured",
          .verdict = verdict,
          .evidence = std::move(evidence),
          .text = joined(sentences, " "),
          .reproduce = reproduce_command(claim)};
}

std::vector<ClaimFinding> judge_claims(const std::vector<Claim>& claims, const Run& run,
                                       const MicroCosts& micro) {
  std::vector<ClaimFinding> findings;
  findings.reserve(claims.size());
  for (const Claim& claim : claims) findings.push_back(judge_claim(claim, run, micro));
  return findings;
}

}  // namespace sockbench
