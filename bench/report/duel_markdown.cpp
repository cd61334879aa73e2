#include <algorithm>
#include <cmath>
#include <sstream>
#include <string_view>
#include <vector>

#include "bench/report/duel_figures.h"
#include "bench/report/duel_reports.h"
#include "bench/report/format.h"
#include "common/text.h"
#include "common/units.h"

namespace sockbench {
namespace {

/// A comment on GitHub holds 65,536 characters.
constexpr std::size_t kLongestText = 600;
constexpr std::size_t kLongestLabel = 60;

/// One line that GitHub shows as it is: no markup, no HTML, no mention, no link to an issue.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '@':
        out += "&#64;";
        break;
      case '#':
        out += "&#35;";
        break;
      default:
        if (std::string_view("\\`*[]|~$").find(c) != std::string_view::npos) out += '\\';
        out += c;
    }
  }
  return out;
}

std::string sentence(const std::string& text) {
  return escaped(clipped(plain(text), kLongestText));
}

std::string label(const std::string& text) { return escaped(clipped(plain(text), kLongestLabel)); }

std::string verdict_text(GateVerdict verdict) {
  if (verdict == GateVerdict::kNotGated) return "not gated";
  const std::string word = to_text(verdict);
  return verdict == GateVerdict::kPass ? word : "**" + word + "**";
}

std::string verdict_text(DuelVerdict verdict) {
  const std::string word = to_text(verdict);
  return verdict == DuelVerdict::kPass ? word : "**" + word + "**";
}

std::string capitalised(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 32);
  return text;
}

/// Behind a row's verdict.
std::string remark(const DuelCheck& check) {
  std::string text = p_text(check);
  const auto add = [&](const std::string& more) {
    if (!more.empty()) text += (text.empty() ? "" : "; ") + more;
  };
  add(confirmation_text(check));
  if (check.not_gated) add(plain(*check.not_gated));
  return escaped(clipped(text, kLongestText));
}

void write_checks(std::ostream& out, const std::vector<const DuelCheck*>& checks) {
  out << "| workload | figure | base | head | change | verdict | |\n"
         "|---|---|--:|--:|--:|---|---|\n";
  for (const DuelCheck* check : checks) {
    out << "| " << label(check->workload) << " | " << label(metric_title(check->metric)) << " | "
        << side_text(*check, check->base) << " | " << side_text(*check, check->head) << " | "
        << escaped(check_change_text(*check)) << " | " << verdict_text(check->verdict) << " | "
        << remark(*check) << " |\n";
  }
  out << '\n';
}

void write_workload_table(std::ostream& out, const Duel& duel) {
  if (duel.workloads.empty()) return;
  out << "| workload | verdict | CPU per request | would have found | restarts | time |\n"
         "|---|---|--:|--:|--:|--:|\n";
  for (const DuelWorkload& workload : duel.workloads) {
    const DuelCheck* primary = primary_check_of(duel, workload);
    out << "| " << label(workload.title) << " | " << verdict_text(workload.verdict) << " | "
        << escaped(headline_figure(duel, workload)) << " | "
        << (primary == nullptr ? kDash : detectable_text(primary->detectable)) << " | "
        << restarts_text(workload) << " | "
        << (std::isnan(workload.seconds) ? kDash : fixed(workload.seconds, 0) + " s") << " |\n";
  }
  out << '\n';
}

void write_notable(std::ostream& out, const Duel& duel) {
  std::vector<const DuelCheck*> notable;
  for (const DuelWorkload& workload : duel.workloads) {
    for (const DuelCheck* check : notable_checks_of(duel, workload)) notable.push_back(check);
  }
  if (notable.empty()) return;
  out << "### Figures to look at\n\n";
  write_checks(out, notable);
}

/// A list of texts of all workloads, such as their explanations.
void write_list(std::ostream& out, const Duel& duel, std::vector<std::string> DuelWorkload::*texts,
                const char* title) {
  bool first = true;
  for (const DuelWorkload& workload : duel.workloads) {
    for (const std::string& text : workload.*texts) {
      if (first) out << "### " << title << "\n\n";
      first = false;
      out << "- " << label(workload.name) << ": " << sentence(text) << '\n';
    }
  }
  if (!first) out << '\n';
}

void write_all_figures(std::ostream& out, const Duel& duel) {
  if (duel.checks.empty()) return;
  std::vector<const DuelCheck*> all;
  for (const DuelCheck& check : duel.checks) all.push_back(&check);
  out << "<details>\n<summary>All figures</summary>\n\n"
         "Medians over restarts; the change is that of paired slices, with its interval.\n\n";
  write_checks(out, all);
  out << "</details>\n\n";
}

/// A fence that no run of backticks in `code` can close.
std::string fenced(const std::string& code) {
  std::size_t longest = 2;
  std::size_t run = 0;
  for (const char c : code) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  return fence + "\n" + code + "\n" + fence + "\n";
}

void write_footer(std::ostream& out, const Duel& duel) {
  out << "Base " << label(duel.base.label) << ", head " << label(duel.head.label) << "; seed "
      << duel.options.seed << ", " << fixed(duel.duration_s, 0) << " s on "
      << sentence(machine_text(duel.environment)) << "; "
      << label("sockbench " + duel.sockbench.version) << ". Again:\n\n"
      << fenced(plain(repeat_command(duel)));
}

}  // namespace

std::string duel_markdown(const Duel& duel) {
  std::ostringstream out;
  out << kDuelMarker << "\n## sockbench: " << capitalised(to_text(duel.verdict)) << "\n\n"
      << sentence(duel.sentence) << "\n\n";
  if (duel.interrupted) out << "Interrupted: this is what was measured until then.\n\n";
  if (duel.options.short_form) {
    out << "The short form: counts are exact, the rest can only warn.\n\n";
  }
  write_workload_table(out, duel);
  write_notable(out, duel);
  write_list(out, duel, &DuelWorkload::explanation, "What changed per request");
  write_list(out, duel, &DuelWorkload::reasons, "Remarks");
  write_all_figures(out, duel);
  write_footer(out, duel);
  return out.str();
}

}  // namespace sockbench
