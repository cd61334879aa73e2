#include "bench/judge/pool_claims.h"

#include <algorithm>

namespace sockbench {
namespace {

std::size_t place_of(const std::string& verdict) {
  const auto found = std::find(kClaimVerdicts.begin(), kClaimVerdicts.end(), verdict);
  return found == kClaimVerdicts.end() ? kClaimVerdicts.size() - 1
                                       : static_cast<std::size_t>(found - kClaimVerdicts.begin());
}

PooledClaimVerdict verdict_of(const std::array<std::size_t, 4>& counts) {
  const auto [confirmed, refuted, inconclusive, not_tested] = counts;
  if (confirmed > 0 && refuted > 0) return PooledClaimVerdict::kDependsOnMachine;
  if (inconclusive > 0) return PooledClaimVerdict::kInconclusive;
  if (confirmed > 0) return PooledClaimVerdict::kConfirmed;
  if (refuted > 0) return PooledClaimVerdict::kRefuted;
  return PooledClaimVerdict::kNotTested;
}

void add_figure(PooledClaim& claim, const ClaimEvidence& figure) {
  for (ClaimRange& range : claim.figures) {
    if (range.cell != figure.cell || range.metric != figure.metric || range.unit != figure.unit) {
      continue;
    }
    range.range.lo = std::min(range.range.lo, figure.value);
    range.range.hi = std::max(range.range.hi, figure.value);
    ++range.runs;
    return;
  }
  claim.figures.push_back(
      {figure.cell, figure.metric, figure.unit, {figure.value, figure.value}, 1});
}

}  // namespace

const char* to_text(PooledClaimVerdict verdict) {
  switch (verdict) {
    case PooledClaimVerdict::kConfirmed:
      return "confirmed";
    case PooledClaimVerdict::kRefuted:
      return "refuted";
    case PooledClaimVerdict::kDependsOnMachine:
      return "depends_on_machine";
    case PooledClaimVerdict::kInconclusive:
      return "inconclusive";
    case PooledClaimVerdict::kNotTested:
      break;
  }
  return "not_tested";
}

std::vector<PooledClaim> pool_claims(const std::vector<PoolRun>& runs) {
  std::vector<PooledClaim> claims;
  for (const PoolRun& run : runs) {
    for (const RunClaim& each : run.claims) {
      auto claim = std::find_if(claims.begin(), claims.end(),
                                [&](const PooledClaim& known) { return known.id == each.id; });
      if (claim == claims.end()) {
        claim = claims.insert(claim, {each.id, each.statement, {}, {}, {}});
      }
      ++claim->counts.at(place_of(each.verdict));
      for (const ClaimEvidence& figure : each.figures) add_figure(*claim, figure);
    }
  }
  for (PooledClaim& claim : claims) {
    std::size_t told = 0;
    for (const std::size_t count : claim.counts) told += count;
    claim.counts.back() += runs.size() - told;
    claim.verdict = verdict_of(claim.counts);
  }
  return claims;
}

}  // namespace sockbench
