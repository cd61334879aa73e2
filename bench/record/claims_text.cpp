#include "bench/record/claims_text.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "bench/judge/claim_checks.h"
#include "bench/judge/claim_figures.h"
#include "bench/judge/claims.h"
#include "bench/record/format.h"
#include "common/error.h"
#include "common/text.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

constexpr const char* kVerdicts[] = {"confirmed", "refuted", "inconclusive", "not_tested"};

std::string words_of(const std::string& verdict) {
  return verdict == "not_tested" ? "not tested" : verdict;
}

std::string figure_text(const ordered_json& entry) {
  const std::string unit = plain(entry["unit"]);
  std::string text = plain(entry["cell"]) + "  " + plain(entry["metric"]) + "  " +
                     format_figure(entry["value"], unit);
  if (const ordered_json& interval = entry["ci95"]; interval.is_array()) {
    const std::string shown = unit == "times" ? "" : unit;
    text +=
        " [" + format_figure(interval[0], shown) + ", " + format_figure(interval[1], shown) + "]";
  }
  return text;
}

/// "; decided 22 of 24 claims: 18 measured, 4 by design". Empty for a run of an earlier version,
/// which does not tell the kinds.
std::string decided_by_kind(const ordered_json& verdicts) {
  int measured = 0;
  int by_design = 0;
  for (const ordered_json& entry : verdicts) {
    if (!entry.contains("kind")) return {};
    if (entry["verdict"] != "confirmed" && entry["verdict"] != "refuted") continue;
    ++(entry["kind"] == "by_design" ? by_design : measured);
  }
  return "; decided " + std::to_string(measured + by_design) + " of " +
         std::to_string(verdicts.size()) + " claims: " + std::to_string(measured) + " measured, " +
         std::to_string(by_design) + " by design";
}

/// What a check looks at, in the words of the vocabulary.
std::string subject(const ClaimCheck& check) {
  const std::string metric = check.reciprocal ? "1 / " + check.metric : check.metric;
  const std::string pair =
      "`" + check.model + "`" + (check.base.empty() ? "" : " against `" + check.base + "`");
  switch (check.kind) {
    case CheckKind::kStarved:
      return (check.all_but ? "connections served, " : "connections without a reply, ") + pair;
    case CheckKind::kMicroRatio:
      return "time per operation, " + pair;
    case CheckKind::kDifference:
      return metric + ", difference, " + pair;
    default:
      return metric + ", " + pair;
  }
}

std::string places(const ClaimCheck& check) {
  const std::string workload = joined(check.workload, " or ");
  return check.from.empty() ? workload : joined(check.from, " or ") + " → " + workload;
}

std::string unit_claimed(const ClaimCheck& check) {
  if (check.kind == CheckKind::kStarved) return "connections";
  if (check.kind == CheckKind::kLevel || check.kind == CheckKind::kDifference) {
    return check.reciprocal ? "" : unit_of(check.metric);
  }
  return "times";
}

}  // namespace

std::string claims_count(const ordered_json& verdicts) {
  std::vector<std::string> parts;
  for (const char* verdict : kVerdicts) {
    const auto count =
        std::count_if(verdicts.begin(), verdicts.end(),
                      [&](const ordered_json& entry) { return entry["verdict"] == verdict; });
    parts.push_back(std::to_string(count) + " " + words_of(verdict));
  }
  return joined(parts, ", ") + decided_by_kind(verdicts);
}

std::string claims_text(const std::vector<Claim>& claims, const ordered_json& verdicts) {
  SOCKBENCH_ASSERT(claims.size() == verdicts.size());
  std::ostringstream out;
  for (std::size_t i = 0; i < claims.size(); ++i) {
    const ordered_json& entry = verdicts[i];
    std::string verdict = words_of(plain(entry["verdict"]));
    std::transform(verdict.begin(), verdict.end(), verdict.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    out << verdict << "  " << claims[i].id << '\n';
    write_wrapped(out, "  claim    ", plain(entry["statement"]));
    write_wrapped(out, "  finding  ", plain(entry["text"]));
    const char* label = "  figures  ";
    for (const ordered_json& figure : entry["evidence"]) {
      out << label << figure_text(figure) << '\n';
      label = "           ";
    }
    out << "  again    " << reproduce_command(claims[i]) << "\n\n";
  }
  out << claims_count(verdicts) << '\n';
  return out.str();
}

std::string claims_section(const ordered_json& verdicts) {
  if (verdicts.empty()) return {};
  std::ostringstream out;
  out << "## Claims\n\n"
      << claims_count(verdicts)
      << ". `sockbench claims` shows all figures, and the command that repeats each.\n\n"
         "| id | statement | verdict | text |\n|---|---|---|---|\n";
  for (const ordered_json& entry : verdicts) {
    out << "| " << safe(entry["id"]) << " | " << safe(entry["statement"]) << " | "
        << words_of(safe(entry["verdict"])) << " | " << safe_whole(entry["text"]) << " |\n";
  }
  out << '\n';
  return out.str();
}

std::string claims_list(const std::vector<Claim>& claims) {
  constexpr const char* kCombined[] = {"all figures must agree", "each part must hold",
                                       "one that holds is enough"};
  std::ostringstream out;
  for (const Claim& claim : claims) {
    out << "### " << claim.id << "\n\n"
        << claim.statement << "\n\n"
        << "Verdict: " << kCombined[static_cast<std::size_t>(claim.combine)]
        << (claim.by_design ? ". By design: the definition of the model decides it" : "")
        << ".\n\n| check | figure | workload | claimed | without interval "
           "|\n|---|---|---|---|---|\n";
    for (const ClaimCheck& check : claim.checks) {
      out << "| " << check.name << (check.optional ? " (where measured)" : "") << " | "
          << subject(check) << " | " << places(check) << " | "
          << (check.judged ? claimed_text(check, unit_claimed(check)) : "only shown") << " | "
          << (check.guard > 1 ? "± factor " + format_figure(check.guard, "") : "–") << " |\n";
    }
    out << '\n';
  }
  return out.str();
}

}  // namespace sockbench
