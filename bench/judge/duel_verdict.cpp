#include "bench/judge/duel_verdict.h"

#include <algorithm>
#include <array>

namespace sockbench {
namespace {

using enum DuelVerdict;

constexpr std::array<std::string_view, 4> kNames = {"pass", "regression", "inconclusive", "failed"};

}  // namespace

std::string_view to_text(DuelVerdict verdict) { return kNames[static_cast<std::size_t>(verdict)]; }

std::optional<DuelVerdict> duel_verdict(std::string_view name) {
  const auto* const found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<DuelVerdict>(found - kNames.begin());
}

DuelVerdict worst_of(const std::vector<DuelVerdict>& verdicts) {
  for (const DuelVerdict verdict : {kFailed, kRegression, kInconclusive}) {
    if (std::find(verdicts.begin(), verdicts.end(), verdict) != verdicts.end()) return verdict;
  }
  return kPass;
}

}  // namespace sockbench
