#include <algorithm>
#include <cmath>
#include <vector>

#include "bench/judge/selftest_rates.h"
#include "bench/report/format.h"
#include "bench/report/reports.h"
#include "common/units.h"

namespace sockbench {
namespace {

std::vector<Trial> trials_of(const SelftestDocument& document, const std::string& kind) {
  std::vector<Trial> trials;
  for (const SelftestDocument::Trial& entry : document.trials) {
    if (entry.trial == kind) trials.push_back({entry.verdict, entry.seconds, entry.cpu_ratio});
  }
  return trials;
}

std::string words_of(const std::vector<DuelVerdict>& verdicts) {
  std::string words;
  for (const DuelVerdict verdict : verdicts) {
    words += (words.empty() ? "" : " or ") + std::string(to_text(verdict));
  }
  return words;
}

SelftestDocument::Kind kind_of(const TrialKind& kind, const TrialTally& tally) {
  SelftestDocument::Kind result;
  result.trial = kind.name;
  result.expected = words_of(kind.right);
  result.trials = tally.trials;
  result.right = tally.right;
  result.wrong = tally.wrong;
  result.inconclusive = tally.inconclusive;
  result.missed = tally.missed;
  result.rate_of = kind.bound.kind == Bound::Kind::kWrongAtMost ? "wrong" : "right";
  result.rate = tally.rate;
  result.ci95 = tally.ci95;
  if (kind.bound.kind == Bound::Kind::kRightAtLeast) {
    result.bound = {.at_least = kind.bound.share, .at_most = std::nullopt};
  } else if (kind.bound.kind == Bound::Kind::kWrongAtMost) {
    result.bound = {.at_least = std::nullopt, .at_most = kind.bound.share};
  }
  result.met = tally.met;
  result.median_cpu_ratio = tally.median_cpu_ratio;
  result.seconds = {tally.median_s, tally.longest_s};
  return result;
}

/// "0.5 % wrong (0.0–2.8)"
std::string rate_text(const SelftestDocument::Kind& kind) {
  if (!kind.rate || !kind.ci95) return kDash;
  const auto percent = [](double share) { return fixed(share * 100, 1); };
  return percent(*kind.rate) + " % " + kind.rate_of + " (" + percent(kind.ci95->lo) + "–" +
         percent(kind.ci95->hi) + ")";
}

std::string bound_text(const std::optional<SelftestDocument::Bound>& bound) {
  if (!bound) return kDash;
  return (bound->at_least ? "at least " : "at most ") +
         fixed(bound->at_least.value_or(bound->at_most.value_or(kNaN)) * 100, 0) + " %";
}

std::string met_text(const std::optional<bool>& met) {
  if (!met) return kDash;
  return *met ? "yes" : "**no**";
}

/// "+2.1 %"
std::string cpu_change_text(double ratio) {
  if (std::isnan(ratio)) return kDash;
  const double percent = std::round((ratio - 1) * 1000) / 10;
  return (percent < 0 ? "−" : "+") + fixed(std::abs(percent), 1) + " %";
}

std::string seconds_cell(double seconds) { return std::isnan(seconds) ? kDash : fixed(seconds, 1); }

std::string build_text(const Program& program) {
  return program.git_commit ? "commit " + safe(*program.git_commit)
                            : "version " + safe(program.version);
}

}  // namespace

void summarize_selftest(SelftestDocument& document) {
  document.kinds.clear();
  document.met.reset();
  const auto chosen = document.options.trials.value_or(std::vector<std::string>());
  for (const TrialKind& kind : trial_kinds()) {
    const std::vector<Trial> trials = trials_of(document, kind.name);
    if (trials.empty() && std::find(chosen.begin(), chosen.end(), kind.name) == chosen.end()) {
      continue;
    }
    document.kinds.push_back(kind_of(kind, tally_of(kind, trials)));
    const auto& holds = document.kinds.back().met;
    if (holds) document.met = *holds && document.met.value_or(true);
  }
}

std::string selftest_markdown(const SelftestDocument& document) {
  std::string page = "# How often the gate is wrong\n\n`sockbench gate --selftest` on `" +
                     safe(document.options.workload) + "`, begun " + safe(document.started_at) +
                     ", seed " + std::to_string(document.options.seed) + ", " +
                     build_text(document.sockbench) + ".";
  if (document.interrupted) page += " **It was interrupted.**";
  page +=
      "\n\n| trial | CPU per request (median) | expected | trials | right | wrong | inconclusive | "
      "missed | rate (95 % interval) | must be | is | median s | longest s |\n"
      "|---|---|---|---|---|---|---|---|---|---|---|---|---|\n";
  for (const SelftestDocument::Kind& kind : document.kinds) {
    page += "| `" + safe(kind.trial) + "` | " + cpu_change_text(kind.median_cpu_ratio) + " | " +
            safe(kind.expected);
    for (const int count : {kind.trials, kind.right, kind.wrong, kind.inconclusive, kind.missed}) {
      page += " | " + std::to_string(count);
    }
    page += " | " + rate_text(kind) + " | " + bound_text(kind.bound) + " | " + met_text(kind.met) +
            " | " + seconds_cell(kind.seconds.median) + " | " + seconds_cell(kind.seconds.longest) +
            " |\n";
  }
  page +=
      "\nIntervals are exact: C. J. Clopper and E. S. Pearson, \"The use of confidence or fiducial "
      "limits illustrated in the case of the binomial\", Biometrika 26(4), 1934. What is a wrong "
      "or a missed verdict: docs/faults.md.\n";
  return page;
}

}  // namespace sockbench
