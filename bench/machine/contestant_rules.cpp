#include <algorithm>

#include "bench/machine/doctor.h"

namespace sockbench {

Finding judge_contestant(const Contestant& contestant, const std::optional<Requirement>& missing) {
  const std::string item = "contestant " + contestant.name;
  if (!missing) return {item, Status::kGood, "available: --contestant " + contestant.name, ""};
  return {item, Status::kNote, missing->text() + " is missing", "it would be skipped",
          missing->advice()};
}

std::vector<Finding> judge_contestants(const std::filesystem::path& shipped) {
  std::vector<Finding> findings;
  for (const ExternalContestant& external : load_shipped(shipped)) {
    findings.push_back(judge_contestant(external.contestant, first_missing(external)));
  }
  std::stable_sort(findings.begin(), findings.end(),
                   [](const Finding& a, const Finding& b) { return a.status > b.status; });
  return findings;
}

}  // namespace sockbench
