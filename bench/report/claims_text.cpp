#include <algorithm>
#include <cmath>
#include <sstream>

#include "bench/judge/claims.h"
#include "bench/report/format.h"
#include "bench/report/reports.h"
#include "common/error.h"
#include "common/text.h"

namespace sockbench {
namespace {

std::string words_of(ClaimVerdict verdict) {
  return verdict == ClaimVerdict::kNotTested ? "not tested" : to_text(verdict);
}

std::string figure_text(const ClaimEvidence& evidence) {
  const std::string unit = plain(evidence.unit);
  std::string text = plain(evidence.cell) + "  " + plain(evidence.metric) + "  " +
                     format_figure(evidence.value, unit);
  if (evidence.ci95) {
    const std::string shown = unit == "times" ? "" : unit;
    text += " [" + format_figure(evidence.ci95->lo, shown) + ", " +
            format_figure(evidence.ci95->hi, shown) + "]";
  }
  return text;
}

/// "; decided 22 of 24 claims: 18 measured, 4 by design". Empty for a run of an earlier version,
/// which does not tell the kinds.
std::string decided_by_kind(const std::vector<ClaimFinding>& findings) {
  int measured = 0;
  int by_design = 0;
  for (const ClaimFinding& finding : findings) {
    if (!finding.kind) return {};
    const bool decided =
        finding.verdict == ClaimVerdict::kConfirmed || finding.verdict == ClaimVerdict::kRefuted;
    if (decided) ++(finding.kind == "by_design" ? by_design : measured);
  }
  return "; decided " + std::to_string(measured + by_design) + " of " +
         std::to_string(findings.size()) + " claims: " + std::to_string(measured) + " measured, " +
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

std::string claims_count(const std::vector<ClaimFinding>& findings) {
  std::vector<std::string> parts;
  for (const ClaimVerdict verdict : {ClaimVerdict::kConfirmed, ClaimVerdict::kRefuted,
                                     ClaimVerdict::kInconclusive, ClaimVerdict::kNotTested}) {
    const auto count =
        std::count_if(findings.begin(), findings.end(),
                      [&](const ClaimFinding& finding) { return finding.verdict == verdict; });
    parts.push_back(std::to_string(count) + " " + words_of(verdict));
  }
  return joined(parts, ", ") + decided_by_kind(findings);
}

std::string claims_text(const std::vector<Claim>& claims,
                        const std::vector<ClaimFinding>& findings) {
  SOCKBENCH_ASSERT(claims.size() == findings.size());
  std::ostringstream out;
  for (std::size_t i = 0; i < claims.size(); ++i) {
    const ClaimFinding& finding = findings[i];
    std::string verdict = words_of(finding.verdict);
    std::transform(verdict.begin(), verdict.end(), verdict.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    out << verdict << "  " << claims[i].id << '\n';
    write_wrapped(out, "  claim    ", plain(finding.statement));
    write_wrapped(out, "  finding  ", plain(finding.text));
    const char* label = "  figures  ";
    for (const ClaimEvidence& evidence : finding.evidence) {
      out << label << figure_text(evidence) << '\n';
      label = "           ";
    }
    out << "  again    " << reproduce_command(claims[i]) << "\n\n";
  }
  out << claims_count(findings) << '\n';
  return out.str();
}

std::string claims_section(const std::vector<ClaimFinding>& findings) {
  if (findings.empty()) return {};
  std::ostringstream out;
  out << "## Claims\n\n"
      << claims_count(findings)
      << ". `sockbench claims` shows all figures, and the command that repeats each.\n\n"
         "| id | statement | verdict | text |\n|---|---|---|---|\n";
  for (const ClaimFinding& finding : findings) {
    out << "| " << safe(finding.id) << " | " << safe(finding.statement) << " | "
        << words_of(finding.verdict) << " | " << safe_whole(finding.text) << " |\n";
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
