#include "bench/record/selftest_page.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "bench/judge/selftest_rates.h"
#include "bench/record/format.h"
#include "common/units.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

std::vector<Trial> trials_of(const ordered_json& document, const std::string& kind) {
  std::vector<Trial> trials;
  for (const ordered_json& entry : document["trials"]) {
    if (entry["trial"] != kind) continue;
    const auto verdict = duel_verdict(entry["verdict"].get<std::string>());
    const ordered_json& ratio = entry["cpu_ratio"];
    trials.push_back({verdict.value_or(DuelVerdict::kFailed), entry["seconds"].get<double>(),
                      ratio.is_number() ? ratio.get<double>() : std::nan("")});
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

ordered_json bound_json(const Bound& bound) {
  if (bound.kind == Bound::Kind::kNone) return nullptr;
  const char* const side = bound.kind == Bound::Kind::kRightAtLeast ? "at_least" : "at_most";
  return ordered_json::object({{side, bound.share}});
}

ordered_json kind_json(const TrialKind& kind, const TrialTally& tally) {
  ordered_json json = {
      {"trial", kind.name},
      {"expected", words_of(kind.right)},
      {"trials", tally.trials},
      {"right", tally.right},
      {"wrong", tally.wrong},
      {"inconclusive", tally.inconclusive},
      {"missed", tally.missed},
      {"rate_of", kind.bound.kind == Bound::Kind::kWrongAtMost ? "wrong" : "right"},
      {"rate", nullptr},
      {"ci95", nullptr},
      {"bound", bound_json(kind.bound)},
      {"met", nullptr},
      {"median_cpu_ratio", rounded(tally.median_cpu_ratio, 5)},
      {"seconds", {{"median", rounded(tally.median_s)}, {"longest", rounded(tally.longest_s)}}}};
  if (tally.rate) json["rate"] = rounded(*tally.rate);
  if (tally.ci95) json["ci95"] = {rounded(tally.ci95->lo), rounded(tally.ci95->hi)};
  if (tally.met) json["met"] = *tally.met;
  return json;
}

/// "0.5 % wrong (0.0–2.8)"
std::string rate_text(const ordered_json& kind) {
  if (kind["rate"].is_null()) return "–";
  const auto percent = [](const ordered_json& share) {
    return fixed(share.get<double>() * 100, 1);
  };
  return percent(kind["rate"]) + " % " + kind["rate_of"].get<std::string>() + " (" +
         percent(kind["ci95"][0]) + "–" + percent(kind["ci95"][1]) + ")";
}

std::string bound_text(const ordered_json& bound) {
  if (bound.is_null()) return "–";
  const bool least = bound.contains("at_least");
  return (least ? "at least " : "at most ") +
         fixed(bound[least ? "at_least" : "at_most"].get<double>() * 100, 0) + " %";
}

std::string met_text(const ordered_json& met) {
  if (met.is_null()) return "–";
  return met.get<bool>() ? "yes" : "**no**";
}

/// "+2.1 %"
std::string cpu_change_text(const ordered_json& ratio) {
  if (ratio.is_null()) return "–";
  const double percent = std::round((ratio.get<double>() - 1) * 1000) / 10;
  return (percent < 0 ? "−" : "+") + fixed(std::abs(percent), 1) + " %";
}

std::string seconds_cell(const ordered_json& seconds) {
  return seconds.is_null() ? "–" : fixed(seconds.get<double>(), 1);
}

std::string build_text(const ordered_json& sockbench) {
  const ordered_json& commit = sockbench["git_commit"];
  return commit.is_string() ? "commit " + safe(commit) : "version " + safe(sockbench["version"]);
}

}  // namespace

void summarize_selftest(ordered_json& document) {
  ordered_json kinds = ordered_json::array();
  ordered_json met = nullptr;
  const ordered_json& chosen = document["options"]["trials"];
  for (const TrialKind& kind : trial_kinds()) {
    const std::vector<Trial> trials = trials_of(document, kind.name);
    if (trials.empty() && std::find(chosen.begin(), chosen.end(), kind.name) == chosen.end()) {
      continue;
    }
    kinds.push_back(kind_json(kind, tally_of(kind, trials)));
    const ordered_json& holds = kinds.back()["met"];
    if (!holds.is_null()) met = holds.get<bool>() && (met.is_null() || met.get<bool>());
  }
  document["kinds"] = std::move(kinds);
  document["met"] = std::move(met);
}

std::string selftest_markdown(const ordered_json& document) {
  const ordered_json& options = document["options"];
  std::string page = "# How often the gate is wrong\n\n`sockbench gate --selftest` on `" +
                     safe(options["workload"]) + "`, begun " + safe(document["started_at"]) +
                     ", seed " + options["seed"].dump() + ", " + build_text(document["sockbench"]) +
                     ".";
  if (document["interrupted"] == true) page += " **It was interrupted.**";
  page +=
      "\n\n| trial | CPU per request (median) | expected | trials | right | wrong | inconclusive | "
      "missed | rate (95 % interval) | must be | is | median s | longest s |\n"
      "|---|---|---|---|---|---|---|---|---|---|---|---|---|\n";
  for (const ordered_json& kind : document["kinds"]) {
    page += "| `" + safe(kind["trial"]) + "` | " + cpu_change_text(kind["median_cpu_ratio"]) +
            " | " + safe(kind["expected"]);
    for (const char* count : {"trials", "right", "wrong", "inconclusive", "missed"}) {
      page += " | " + kind[count].dump();
    }
    page += " | " + rate_text(kind) + " | " + bound_text(kind["bound"]) + " | " +
            met_text(kind["met"]) + " | " + seconds_cell(kind["seconds"]["median"]) + " | " +
            seconds_cell(kind["seconds"]["longest"]) + " |\n";
  }
  page +=
      "\nIntervals are exact: C. J. Clopper and E. S. Pearson, \"The use of confidence or fiducial "
      "limits illustrated in the case of the binomial\", Biometrika 26(4), 1934. What is a wrong "
      "or a missed verdict: docs/faults.md.\n";
  return page;
}

}  // namespace sockbench
